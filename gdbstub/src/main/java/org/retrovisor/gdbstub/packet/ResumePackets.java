package org.retrovisor.gdbstub.packet;

import java.util.ArrayList;
import java.util.List;

/** Packets that make the machine move. Signals are read and ignored: a machine has none. */
public final class ResumePackets {
    private ResumePackets() {}

    /** {@code c}, {@code s}, {@code c address}, {@code s address} */
    public record Resume(boolean elsewhere) {
        public static Resume parse(PacketReader in) {
            return in.atEnd() ? new Resume(false) : parseAddress(in);
        }

        /** {@code C signal}, {@code S signal}, {@code C signal;address} */
        public static Resume parseWithSignal(PacketReader in) {
            in.number();
            if (in.atEnd()) {
                return new Resume(false);
            }
            in.expect(';');
            return parseAddress(in);
        }

        private static Resume parseAddress(PacketReader in) {
            in.number();
            in.end();
            return new Resume(true);
        }
    }

    /** {@code vCont;action[:thread];...} */
    public record Continue(List<Action> actions) {
        public static Continue parse(PacketReader in) {
            List<Action> actions = new ArrayList<>();
            do {
                in.expect(';');
                actions.add(Action.parse(in));
            } while (!in.atEnd());
            return new Continue(List.copyOf(actions));
        }
    }

    /**
     * What the named threads shall do.
     *
     * @param start first address of a range step, equal to {@code end} otherwise
     * @param end first address after the range
     */
    public record Action(Kind kind, long start, long end, ThreadId thread) {

        /** To stop is for non-stop mode only, where other threads may be running. */
        public enum Kind {
            CONTINUE, STEP, STOP
        }

        static Action parse(PacketReader in) {
            char letter = in.character();
            return switch (letter) {
                case 'c' -> new Action(Kind.CONTINUE, 0, 0, target(in));
                case 's' -> new Action(Kind.STEP, 0, 0, target(in));
                case 't' -> new Action(Kind.STOP, 0, 0, target(in));
                case 'C' -> withSignal(Kind.CONTINUE, in);
                case 'S' -> withSignal(Kind.STEP, in);
                case 'r' -> range(in);
                default -> throw new MalformedPacket("the action must be one of c, C, s, S, t, r");
            };
        }

        private static Action withSignal(Kind kind, PacketReader in) {
            in.number();
            return new Action(kind, 0, 0, target(in));
        }

        private static Action range(PacketReader in) {
            long start = in.number();
            in.expect(',');
            long end = in.number();
            return new Action(Kind.STEP, start, end, target(in));
        }

        private static ThreadId target(PacketReader in) {
            return in.accept(':') ? ThreadId.parse(in) : ThreadId.ALL_THREADS;
        }
    }
}
