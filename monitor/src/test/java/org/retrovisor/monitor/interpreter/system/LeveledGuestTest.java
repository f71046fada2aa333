package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.retrovisor.monitor.processor.Processor;

/** What tests of rules have that put a {@link LeveledGuest} at each level. */
abstract class LeveledGuestTest {
    LeveledGuest leveled;
    TinyGuest guest;
    Processor cpu;

    @BeforeEach
    void open() {
        leveled = new LeveledGuest();
        guest = leveled.guest;
        cpu = leveled.cpu;
    }

    @AfterEach
    void close() {
        leveled.close();
    }
}
