package org.retrovisor.monitor.memory;

/** Told of what happens to page frames that hold code or paging structures. */
public interface FrameWatcher {
    /** Nobody watches. */
    FrameWatcher NOBODY = new FrameWatcher() {
        @Override
        public void becameWatched(int frame) {}

        @Override
        public void writing(int frame, int offset, int length) {}
    };

    /** From now on writes to the frame must be announced: direct write access has to be withdrawn. */
    void becameWatched(int frame);

    /** Bytes of a watched frame are about to be written. */
    void writing(int frame, int offset, int length);
}
