package org.retrovisor.gdbstub.agent;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.gdbstub.debuggee.GuestState;
import org.retrovisor.gdbstub.debuggee.RegisterFile;
import org.retrovisor.gdbstub.debuggee.TargetError;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AgentExpressionTest {
    /** Register n holds n; memory holds 0x80, 0x81, ... from 0x1000 to 0x1010; dr6 is not available. */
    private final GuestState state = new GuestState() {
        @Override
        public RegisterFile registers() {
            return register -> {
                byte[] value = new byte[register.bytes()];
                value[0] = (byte) register.number();
                return register.name().equals("dr6") ? Optional.empty() : Optional.of(value);
            };
        }

        @Override
        public byte[] readMemory(long virtualAddress, int length) {
            if (virtualAddress < 0x1000 || virtualAddress >= 0x1010) {
                throw new TargetError("unmapped");
            }
            byte[] all = HexFormat.of().parseHex("808182838485868788898a8b8c8d8e8f");
            int from = (int) virtualAddress - 0x1000;
            return Arrays.copyOfRange(all, from, Math.min(16, from + length));
        }
    };

    @ParameterizedTest(name = "{0} gives {1}")
    @CsvSource({
        "22052203 02 27, 8",
        "22052203 03 27, 2",
        "22052203 04 27, 15",
        "22ff1608 2203 05 27, 0",
        "22f81608 2203 05 27, -2",
        "22072203 06 27, 2",
        "22f81608 2203 07 27, -2",
        "22082203 08 27, 2",
        "22012204 09 27, 16",
        "22012240 09 27, 0",
        "22f01608 2202 0a 27, -4",
        "22f01608 2250 0a 27, -1",
        "22f02204 0b 27, 15",
        "2200 0e 27, 1",
        "2205 0e 27, 0",
        "220c220a 0f 27, 8",
        "220c220a 10 27, 14",
        "220c220a 11 27, 6",
        "2200 12 27, -1",
        "22052205 13 27, 1",
        "22ff1608 2201 14 27, 1",
        "22ff1608 2201 15 27, 0",
        "2380ff 1608 27, -1",
        "2380ff 2a08 27, 255",
        "2380ff 2a40 27, 33023",
        "231000 17 27, 128",
        "231000 18 27, 0x8180",
        "231000 19 27, 0x83828180",
        "231001 1a 27, 0x8887868584838281",
        "2200 200008 2205 27 2206 27, 5",
        "2201 200008 2205 27 2206 27, 6",
        "210005 2201 2206 27, 6",
        "2412345678 27, 0x12345678",
        "25123456789abcdef0 27, 0x123456789abcdef0",
        "260010 27, 16",
        "2205 28 02 27, 10",
        "22052206 29 27, 5",
        "22052203 2b 03 27, -2",
        "220122022203 3202 27, 1",
        "220122022203 33 03 27, -1",
    })
    void eachBytecodeDoesWhatTheManualSays(String code, String expected) {
        assertEquals(number(expected), parse(code).evaluate(state), code);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00", "01", "1b27", "2c000127", "3400", "22", "2401", "25000000", "210009",
        "200001220127", "ff"})
    void codeThatCanNeverRunIsRefusedWhenItArrives(String code) {
        assertThrows(AgentError.class, () -> parse(code));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "02", "27", "22012200 05 27", "22012200 06 27", "22012200 07 27", "22012200 08 27", "2201", "2201 1600 27",
        "222017 27", "23100f 18 27", "26ffff 27", "260046 27", "2201 3201 27", "210000", "2201 28 210002"
    })
    void anExpressionWithoutAValueHoldsSoThatGdbShowsTheError(String code) {
        AgentExpression expression = parse(code);
        assertThrows(AgentError.class, () -> expression.evaluate(state));
        assertTrue(expression.holds(state));
    }

    @Test
    void zeroDoesNotHoldAndEverythingElseDoes() {
        assertFalse(parse("220027").holds(state));
        assertTrue(parse("22ff27").holds(state));
    }

    @Test
    void aLoopRunsUntilItsConditionEnds() {
        // 5, then: dup, not zero?, minus one, again.
        assertEquals(0, parse("2205 28 0e 20000d 2201 03 210002 27").evaluate(state));
    }

    @Test
    void randomCodeNeverFailsOtherwiseThanByAnAgentError() {
        for (int seed = 0; seed < 20_000; seed++) {
            byte[] code = new byte[1 + seed % 40];
            Random random = new Random(seed);
            random.nextBytes(code);
            for (int i = 0; i < code.length; i++) {
                code[i] = random.nextInt(4) == 0 ? code[i] : (byte) (0x02 + random.nextInt(0x32));
            }
            try {
                new AgentExpression(code).evaluate(state);
            } catch (AgentError e) {
                assertFalse(e.getMessage().isEmpty(), "seed " + seed);
            }
        }
    }

    private static AgentExpression parse(String hex) {
        return new AgentExpression(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private static long number(String text) {
        return text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseLong(text);
    }
}
