package org.retrovisor.trace;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Event sequences for the tests, each a function of its seed. */
final class RandomEvents {

    /** One event as the tests remember it. */
    record Event(EventKind kind, int processor, long moment, long value, List<Byte> payload) {}

    private static final EventKind[] KINDS = EventKind.values();

    private RandomEvents() {}

    /** Events without END, with values and gaps of every size. */
    static List<Event> make(long seed, int count, boolean severalProcessors) {
        Random random = new Random(seed);
        List<Event> events = new ArrayList<>();
        long moment = random.nextInt(1000);
        for (int i = 0; i < count; i++) {
            moment += random.nextInt(4) == 0 ? 0 : random.nextLong(1L << random.nextInt(40));
            EventKind kind = KINDS[random.nextInt(KINDS.length - 1)];
            int processor = severalProcessors ? random.nextInt(256) : 0;
            events.add(new Event(kind, processor, moment, random.nextLong() >> random.nextInt(64),
                    kind == EventKind.DMA ? bytes(random, random.nextInt(600)) : List.of()));
        }
        return events;
    }

    static void write(EventLogWriter log, Event event) {
        if (event.kind() == EventKind.DMA) {
            log.appendDma(event.processor(), event.moment(), event.value(), array(event.payload()));
        } else if (event.kind() == EventKind.END) {
            log.end(event.moment(), event.value());
        } else {
            log.append(event.kind(), event.processor(), event.moment(), event.value());
        }
    }

    /** Writes a log that ends in order. */
    static void writeLog(Path folder, List<Event> events, int flushEvery) {
        try (EventLogWriter log = new EventLogWriter(folder)) {
            for (int i = 0; i < events.size(); i++) {
                write(log, events.get(i));
                if (i % flushEvery == flushEvery - 1) {
                    log.flush();
                }
            }
            log.end(events.isEmpty() ? 0 : events.getLast().moment(), 7);
        }
    }

    /** Writes a log as a killed recorder leaves it. */
    static void writeLogWithoutEnd(Path folder, List<Event> events) {
        try (EventLogWriter log = new EventLogWriter(folder)) {
            events.forEach(event -> write(log, event));
        }
    }

    static Event current(EventLogReader log) {
        return new Event(log.kind(), log.processor(), log.moment(), log.value(), list(log.payload()));
    }

    /** Everything from the cursor to the end. */
    static List<Event> rest(EventLogReader log) {
        List<Event> events = new ArrayList<>();
        for (; !log.atEnd(); log.next()) {
            events.add(current(log));
        }
        return events;
    }

    static List<Byte> bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return list(bytes);
    }

    static List<Byte> list(byte[] bytes) {
        List<Byte> list = new ArrayList<>(bytes.length);
        for (byte b : bytes) {
            list.add(b);
        }
        return list;
    }

    static byte[] array(List<Byte> list) {
        byte[] bytes = new byte[list.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = list.get(i);
        }
        return bytes;
    }
}
