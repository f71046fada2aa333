package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Vector;
import org.retrovisor.monitor.translator.Translator;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** What the other tests of this package rest on: guests in 64-bit code are translated where the translator runs them. */
@OnEachEngine
class EngineTest {
    @Test
    void whatAGuestExecutesIsTranslatedAtOnce() {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.run("ff c3 ff c3 0f 0b").expectVector(Vector.UD); // inc ebx, twice; ud2
            if (guest.machine.engine() instanceof Translator translator) {
                assertEquals(2, translator.generatedMoments());
            }
        }
    }
}
