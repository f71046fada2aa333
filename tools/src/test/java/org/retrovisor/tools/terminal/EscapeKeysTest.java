package org.retrovisor.tools.terminal;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class EscapeKeysTest {
    private final StringBuilder log = new StringBuilder();
    private final EscapeKeys keys = new EscapeKeys(new EscapeKeys.Listener() {
        @Override
        public void typed(byte key) {
            log.append(key == 1 ? "^A" : Character.toString(key));
        }

        @Override
        public void end() {
            log.append("<end>");
        }

        @Override
        public void help() {
            log.append("<help>");
        }
    });

    private String press(String text) {
        for (char key : text.toCharArray()) {
            keys.press((byte) key);
        }
        return log.toString();
    }

    @Test
    void ordinaryKeysGoToTheGuest() {
        assertEquals("ls x\u0003", press("ls x\u0003"));
    }

    @Test
    void controlAAndXEndsTheRun() {
        assertEquals("a<end>", press("a\u0001x"));
    }

    @Test
    void controlATwiceSendsOne() {
        assertEquals("^Ax", press("\u0001\u0001x"));
    }

    @Test
    void controlAAndAnotherLetterShowsHelpAndSendsNothing() {
        assertEquals("<help><help>b", press("\u0001h\u0001qb"));
    }
}
