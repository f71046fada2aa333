package org.retrovisor.monitor.platform;

/** Bytes typed at the console. */
public interface ByteSource {
    /** A console at which nobody types. */
    ByteSource SILENT = new Silence();

    /** No lambda: Java keeps none of those that an interface makes when it is initialised, and makes it anew at each start. */
    final class Silence implements ByteSource {
        private Silence() {}

        @Override
        public int next(long now) {
            return -1;
        }
    }

    /** Takes the next byte, 0 to 255, that is there at guest time {@code now}; -1 when there is none. */
    int next(long now);

    /** The guest time at which the next byte is known to come; {@link Device#NEVER} when that is not known. */
    default long nextAt() {
        return Device.NEVER;
    }
}
