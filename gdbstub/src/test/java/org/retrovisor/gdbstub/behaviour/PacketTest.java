package org.retrovisor.gdbstub.behaviour;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.features.Registers;
import org.retrovisor.gdbstub.toy.ForwardOnly;
import org.retrovisor.gdbstub.toy.ToyMachine;
import org.retrovisor.gdbstub.wire.Line;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PacketTest {
    private static final String TODAY = "qSupported:multiprocess+;swbreak+;hwbreak+;vContSupported+;QThreadEvents+;xmlRegisters=i386;error-message+";

    private final ToyMachine machine = new ToyMachine();
    private final RecordingLine line = new RecordingLine(machine);

    @BeforeEach
    void introduce() {
        line.ask(TODAY);
    }

    private String ask(String packet) {
        return line.ask(packet);
    }

    private static String hex(long number) {
        return Long.toHexString(number);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "H", "Hx1", "Hg", "Hgp", "Hgp1.", "Hg9", "Hgp2.1", "Hg-2", "T", "Tzz", "T7", "qThreadExtraInfo",
        "qThreadExtraInfo,", "qThreadExtraInfo,9", "p", "pzz", "p1000", "p12345678901234567", "P", "P1", "P1=0",
        "P1=zz",
        "P1000=00", "G0", "Gzz", "m", "m,", "m1000", "m1000,", "m1000,1,", "m1000,-1", "m1000,ffffffffffffffff",
        "x1000", "M1000,4:00", "M1000,1:zz", "M1000", "X1000,4:a", "X1000", "qSearch:memory", "qSearch:memory:1;2",
        "qSearch:memory:1000;10;", "qSearch:memory:1000;10;x", "qCRC:", "qCRC:1000", "qCRC:1000,10", "Z", "Z0",
        "Z0,1000",
        "Z9,1000,1", "Z2,1000,0", "Z2,1000,ffffffffffffffff", "Z0,1000,1;", "Z0,1000,1;X", "Z0,1000,1;X2,22",
        "Z0,1000,1;X1,ff", "Z0,1000,1;X7fffffff,27", "Z0,1000,1;cmds:0", "z0", "z7,1,1", "c1000", "czz", "s1000", "C",
        "Czz", "S05;", "vCont", "vCont;", "vCont;q", "vCont;c:", "vCont;c:9", "vCont;r1000", "vCont;r1,2,3", "bsx1",
        "bc;", "QNonStop:1", "QNonStop:", "QNonStop:2", "QThreadEvents", "QStartNoAckMode:1", "qXfer:features:read",
        "qXfer:features:read:other.xml:0,10", "qXfer:features:read:target.xml:ffffff,10",
        "qXfer:features:read:target.xml:0", "qXfer:threads:read:x:0,10", "qRcmd", "qRcmd,zz", "qRcmd,1", "qSupportedx:",
        "Qqemu.PhyMemMode", "Qqemu.PhyMemMode:7", "qqemu.PhyMemMode:1", "??"
    })
    void aMalformedPacketGetsAnErrorOrIsUnknown(String packet) {
        String answer = ask(packet);
        assertTrue(answer.startsWith("E.") || answer.isEmpty(), answer);
        assertEquals("OK", ask("QThreadEvents:0"), "it still answers");
        assertEquals(0, machine.moment(), "it did not move");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "vMustReplyEmpty", "qTStatus", "qSymbol::", "qOffsets", "vFile:setfs:0", "!", "qL1",
        "jx", "\0"})
    void anUnknownPacketGetsAnEmptyReply(String packet) {
        assertEquals("", ask(packet));
    }

    @Test
    void anErrorTextNeedsNoEscapes() {
        String answer = ask("qXfer:features:read:#$*}\n\u00e4:0,1");
        assertEquals("E.there is no document ??????", answer);
    }

    @Nested
    class Introduction {
        @Test
        void whatIsAnnouncedFollowsFromTheTarget() {
            String all = ask(TODAY);
            assertTrue(all.startsWith("PacketSize=20000;"), all);
            for (String feature : new String[]{
                "multiprocess+", "swbreak+", "hwbreak+", "vContSupported+", "ReverseStep+",
                "ReverseContinue+", "qXfer:features:read+", "qXfer:memory-map:read+", "qXfer:threads:read+",
                "ConditionalBreakpoints+", "QThreadEvents+", "binary-upload+", "QStartNoAckMode+"
            }) {
                assertTrue((all + ";").contains(";" + feature + ";"), feature);
            }
            DebugTarget modest = new ForwardOnly(machine);
            assertFalse(new RecordingLine(modest).ask(TODAY).contains("Reverse"));
        }

        @Test
        void aTargetThatCanNotGoBackDoesNotKnowThePacketsForIt() {
            RecordingLine modest = new RecordingLine(new ForwardOnly(machine));
            for (String packet : new String[]{"bs", "bc", "qRcmd,00", "Qqemu.PhyMemMode:1"}) {
                assertEquals("", modest.ask(packet));
            }
        }

        @Test
        void acknowledgementsEndWhenAskedFor() {
            assertEquals("OK", ask("QStartNoAckMode"));
            assertFalse(line.acknowledging);
            assertTrue(line.asksAgain, "gdb does");
            RecordingLine unknown = new RecordingLine(machine);
            assertEquals("OK", unknown.ask("QStartNoAckMode"));
            assertFalse(unknown.asksAgain, "who has not said what it is may not");
        }

        @Test
        void threadNamesHaveAProcessOnlyForAClientThatUnderstandsIt() {
            assertEquals("QCp1.1", ask("qC"));
            assertEquals("QC1", new RecordingLine(machine).ask("qC"));
        }

        @Test
        void onlyStopModeIsOffered() {
            assertEquals("OK", ask("QNonStop:0"));
        }

        @Test
        void leavingIsPoliteAndRemovesBreakpoints() {
            ask("Z0," + hex(ToyMachine.LOOP) + ",1");
            assertEquals("1", ask("qAttached:1"));
            assertEquals("OK", ask("D;1"));
            assertTrue(ask("vCont;c").startsWith("T05replaylog:end;"));
        }

        @Test
        void killingOnlyHangsUp() {
            assertEquals("OK", ask("vKill;1"));
            assertEquals("", ask("k"));
            assertTrue(line.sent.isEmpty());
            assertTrue(line.hungUp);
        }
    }

    @Nested
    class Threads {
        @Test
        void eachProcessorIsAThread() {
            assertEquals("mp1.1,p1.2", ask("qfThreadInfo"));
            assertEquals("l", ask("qsThreadInfo"));
            assertEquals("OK", ask("Tp1.2"));
            assertEquals("OK", ask("QThreadEvents:1"));
        }

        @Test
        void theExtraInfoSaysWhereTheProcessorStands() {
            assertEquals("moment 0 <kernel>", unhex(ask("qThreadExtraInfo,p1.2")));
            String xml = ask("qXfer:threads:read::0,1000");
            assertTrue(xml.contains("<thread id=\"p1.2\" core=\"1\" name=\"processor 1\">moment 0 &lt;kernel&gt;<"),
                    xml);
        }

        @Test
        void theSelectedThreadsRegistersAreRead() {
            assertEquals("OK", ask("Hgp1.2"));
            assertEquals("00180081ffffffff", ask("p10"));
            assertEquals("OK", ask("Hg1"));
            assertEquals("00100081ffffffff", ask("p10"));
            assertEquals("OK", ask("Hg0"));
            assertEquals("OK", ask("Hc-1"));
            assertEquals("OK", ask("Hcp1.0"));
        }
    }

    @Nested
    class RegistersAndTheirDescription {
        @Test
        void theBulkIsExactlyTheThreeStandardFeatures() {
            int digits = 2 * Registers.IN_BULK.stream().mapToInt(register -> register.bytes()).sum();
            assertEquals(digits, ask("g").length());
            assertEquals("gs_base", Registers.IN_BULK.getLast().name());
            assertEquals(24 * 8 - 7 * 4 + 8 * 10 + 8 * 4 + 16 * 16 + 4 + 16, digits / 2);
        }

        @Test
        void aRegisterThatIsNotThereIsUnavailable() {
            assertEquals("x".repeat(16), ask("p" + hex(Registers.named("dr6").number())));
        }

        @Test
        void theMomentIsARegister() {
            ask("vCont;s:1");
            assertEquals("0100000000000000", ask("p" + hex(Registers.named("moment").number())));
        }

        @Test
        void writingIsRefusedWithASentence() {
            assertEquals("E.the past is recorded and can only be read", ask("P10=0000000000000000"));
            assertEquals("E.the past is recorded and can only be read", ask("G00"));
        }

        @Test
        void theDescriptionCanBeReadInParts() {
            StringBuilder xml = new StringBuilder();
            String part;
            do {
                part = ask("qXfer:features:read:target.xml:" + hex(xml.length()) + ",100");
                xml.append(part.substring(1));
            } while (part.startsWith("m"));
            assertTrue(part.startsWith("l"));
            assertTrue(xml.toString().endsWith("</target>\n"));
            assertTrue(ask("qXfer:memory-map:read::0,1000").endsWith("</memory-map>\n"));
        }
    }

    @Nested
    class Memory {
        private final String code = hex(ToyMachine.CODE);

        @Test
        void memoryIsReadInHexAndInBinary() {
            assertEquals("48c7c000", ask("m" + code + ",4"));
            assertEquals("b\u0048\u00c7\u00c0\0", ask("x" + code + ",4"));
            assertEquals("", ask("m" + code + ",0"));
        }

        @Test
        void aReadStopsWhereMemoryStops() {
            assertEquals(2 * 16, ask("m" + hex(ToyMachine.TOTAL + 4096 - 16) + ",100").length());
            assertTrue(ask("m1000,10").startsWith("E.no memory is mapped"));
        }

        @Test
        void anOlderGdbGetsANumberForMemoryForItTakesTextForData() {
            assertEquals("E0e", new RecordingLine(machine).ask("m1000,10"));
        }

        @Test
        void writingIsRefusedWithASentence() {
            assertEquals("E.the past is recorded and can only be read", ask("M" + code + ",1:00"));
            assertEquals("E.the past is recorded and can only be read", ask("X" + code + ",1:a"));
            assertEquals("OK", ask("X" + code + ",0:"), "gdb asks so whether X is known");
        }

        @Test
        void physicalMemoryIsReadWhileThatModeIsOn() {
            assertEquals("PhyMemMode", ask("qqemu.Supported"));
            assertEquals("0", ask("qqemu.PhyMemMode"));
            assertEquals("OK", ask("Qqemu.PhyMemMode:1"));
            assertEquals("1", ask("qqemu.PhyMemMode"));
            assertEquals("48c7c000", ask("m0,4"));
            assertEquals("OK", ask("Qqemu.PhyMemMode:0"));
            assertEquals("48c7c000", ask("m" + code + ",4"));
        }

        @Test
        void aPatternIsFoundWhereItFirstIs() {
            byte[] packet = ("qSearch:memory:" + code + ";1000;H\u00ff\u00c9").getBytes(StandardCharsets.ISO_8859_1);
            assertEquals("1," + hex(ToyMachine.CODE + 0x21), line.ask(packet));
            assertEquals("0", ask("qSearch:memory:" + code + ";1000;nothing"));
            assertEquals("0", ask("qSearch:memory:" + code + ";2;H\u00c7\u00c0"), "it must lie wholly inside");
        }

        @Test
        void aSearchLeavesOutWhatIsNotMapped() {
            byte[] packet = ("qSearch:memory:" + hex(ToyMachine.CODE - 0x1fff) + ";3000;H\u00ff\u00c9")
                    .getBytes(StandardCharsets.ISO_8859_1);
            assertEquals("1," + hex(ToyMachine.CODE + 0x21), line.ask(packet));
            assertEquals("0", ask("qSearch:memory:" + code + ";10000;nothing"));
            assertEquals("E.no memory at 0x1000", ask("qSearch:memory:1000;10000;nothing"));
            assertTrue(ask("qSearch:memory:1000;" + code + ";nothing").startsWith("E.no memory"), "not for ever");
        }

        @Test
        void theChecksumIsTheOneOfTheManual() {
            // The reflected CRC-32 of java.util.zip on reversed bits, without its final inversion.
            byte[] bytes = HexFormat.of().parseHex(ask("m" + code + ",100"));
            CRC32 reflected = new CRC32();
            for (byte b : bytes) {
                reflected.update(Integer.reverse(b) >>> 24);
            }
            int expected = Integer.reverse(~(int) reflected.getValue());
            assertEquals("C" + Integer.toHexString(expected), ask("qCRC:" + code + ",100"));
        }
    }

    @Nested
    class Motion {
        private static final String WHERE = "thread:p1.1;core:0;06:0600000000000000;07:00300081ffffffff;10:";

        @Test
        void theFirstQuestionIsAnsweredWithoutMoving() {
            assertEquals("T05" + WHERE + "00100081ffffffff;", ask("?"));
            assertEquals(0, machine.moment());
        }

        @ParameterizedTest
        @ValueSource(strings = {"s", "S05", "vCont;s", "vCont;s:p1.1;c:p1.-1", "vCont;S05:1", "vCont;r0,0:1"})
        void aStepIsOneInstruction(String packet) {
            assertEquals("T05" + WHERE + "07100081ffffffff;", ask(packet));
            assertEquals(1, machine.moment());
        }

        @Test
        void aRangeStepStopsOutsideTheRange() {
            ask("vCont;r" + hex(ToyMachine.CODE) + "," + hex(ToyMachine.STORE) + ":1;c");
            assertEquals(3, machine.moment());
        }

        @Test
        void aBreakpointInsideTheRangeEndsARangeStep() {
            ask("Z0," + hex(ToyMachine.LOOP) + ",1");
            String range = "vCont;r" + hex(ToyMachine.CODE) + "," + hex(ToyMachine.HALT);
            assertTrue(ask(range).startsWith("T05swbreak:;"));
            assertEquals(2, machine.moment());
        }

        @Test
        void steppingAnotherProcessorLetsTheOthersRunAsTheyDid() {
            assertTrue(ask("vCont;s:p1.2").contains("thread:p1.2;core:1;"));
            assertEquals(8, machine.moment());
        }

        @ParameterizedTest
        @ValueSource(strings = {"c", "C05", "vCont;c", "vCont;C05:p1.-1", "vCont;c:1"})
        void continuingEndsAtTheEndOfTheTrace(String packet) {
            assertTrue(ask(packet).startsWith("T05replaylog:end;thread:p1.1;"));
            assertEquals(machine.lastMoment(), machine.moment());
        }

        @Test
        void toStopWhatStandsStillIsNoMotion() {
            assertEquals("T05" + WHERE + "00100081ffffffff;", ask("vCont;t"));
            assertEquals(0, machine.moment());
        }

        @Test
        void backwardStepsAndRunsEndAtTheBeginning() {
            ask("vCont;s");
            assertEquals("T05" + WHERE + "00100081ffffffff;", ask("bs"));
            assertTrue(ask("bs").startsWith("T05replaylog:begin;"));
            machine.atEnd();
            assertTrue(ask("bc").startsWith("T05replaylog:begin;"));
            assertEquals(0, machine.moment());
        }

        @Test
        void breakpointsStopForwardAndBackwardWithTheReasonOfTheirKind() {
            ask("Z1," + hex(ToyMachine.STORE) + ",1");
            assertTrue(ask("vCont;c").startsWith("T05hwbreak:;" + WHERE + "1110"));
            assertEquals(3, machine.moment());
            ask("vCont;c");
            assertTrue(ask("bc").startsWith("T05hwbreak:;" + WHERE + "1110"));
            assertEquals(3, machine.moment());
            assertEquals("OK", ask("z1," + hex(ToyMachine.STORE) + ",1"));
            assertEquals("OK", ask("z1," + hex(ToyMachine.STORE) + ",1"), "removing twice does no harm");
            assertTrue(ask("vCont;c").startsWith("T05replaylog:end;"));
        }

        @Test
        void aClientThatDoesNotKnowTheReasonIsNotToldIt() {
            RecordingLine old = new RecordingLine(machine);
            old.ask("Z0," + hex(ToyMachine.STORE) + ",1");
            assertTrue(old.ask("c").startsWith("T05thread:1;"));
        }

        @Test
        void watchpointsNameTheirKind() {
            ask("Z2," + hex(ToyMachine.TOTAL) + ",8");
            ask("Z3," + hex(ToyMachine.LIMIT) + ",4");
            assertTrue(ask("vCont;c").startsWith("T05watch:" + hex(ToyMachine.TOTAL)));
            assertTrue(ask("vCont;c").startsWith("T05rwatch:" + hex(ToyMachine.LIMIT)));
            ask("z3," + hex(ToyMachine.LIMIT) + ",4");
            ask("Z4," + hex(ToyMachine.LIMIT) + ",4");
            assertTrue(ask("bc").startsWith("T05awatch:" + hex(ToyMachine.LIMIT)));
            assertTrue(ask("bc").startsWith("T05watch:" + hex(ToyMachine.TOTAL)));
            assertEquals(3, machine.moment(), "backward it stops before the instruction");
        }

        @Test
        void conditionsCountInBothDirectionsAndAreReplacedByANewInsertion() {
            // $rcx == 5: reg 2, const8 5, equal, end
            ask("Z0," + hex(ToyMachine.STORE) + ",1;X7,2600022205" + "1327");
            assertTrue(ask("vCont;c").startsWith("T05swbreak"));
            assertEquals("0500000000000000", ask("p2"));
            assertTrue(ask("vCont;c").startsWith("T05replaylog:end"));
            assertTrue(ask("bc").startsWith("T05swbreak"));
            assertEquals("0500000000000000", ask("p2"));
            // Either of two: false, true.
            ask("Z0," + hex(ToyMachine.STORE) + ",1;X3,220027X3,220127");
            assertTrue(ask("vCont;c").startsWith("T05swbreak"));
            assertEquals("0400000000000000", ask("p2"));
        }
    }

    @Nested
    class Monitor {
        @Test
        void allOutputIsOneReply() {
            assertEquals("moment 0\n", unhex(ask("qRcmd," + hexText("when"))));
            assertEquals("0123456789".repeat(1000) + "\n", unhex(ask("qRcmd," + hexText("long"))));
        }

        @Test
        void whatIsTooLongForAReplyComesBefore() {
            String[] answer = ask("qRcmd," + hexText("longer")).split(" ");
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < answer.length - 1; i++) {
                assertTrue(answer[i].length() < Line.MAX_PAYLOAD / 10);
                text.append(unhex(answer[i].substring(1)));
            }
            assertTrue(answer[answer.length - 1].length() <= Line.MAX_PAYLOAD);
            assertEquals("0123456789".repeat(10_000) + "\n", text + unhex(answer[answer.length - 1]));
        }

        @Test
        void anErrorIsASentence() {
            assertEquals("E.unknown command dance; try help", ask("qRcmd," + hexText("dance")));
            String old = new RecordingLine(machine).ask("qRcmd," + hexText("dance"));
            assertEquals(hexText("unknown command dance; try help\n"), old);
        }
    }

    private static String unhex(String digits) {
        return new String(HexFormat.of().parseHex(digits), StandardCharsets.UTF_8);
    }

    private static String hexText(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }
}
