package org.retrovisor.tools.travel;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.CpuModel;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A real gdb sees the AVX registers where the recorded processor has them. */
@Timeout(120)
class GdbVectorRegistersTest {
    private static final String[] QUESTIONS = {"p $ymm1.v4_int64", "p $xmm1.v2_int64", "p/x $ymm15h"};

    @TempDir
    private Path folder;

    private List<String> answers(CpuModel model) throws Exception {
        Gdb.require();
        TinyGuest.record(folder.resolve("tiny.rv"), model);
        try (ServedTrace served = new ServedTrace(folder.resolve("tiny.rv"), Interpreter::new, null)) {
            served.serveFromTheBeginning();
            try {
                return Gdb.values(served.gdb(QUESTIONS));
            } finally {
                served.stop();
            }
        }
    }

    @Test
    void aProcessorWithAvxHasThem() throws Exception {
        assertEquals(List.of("{1, 2, 3, 4}", "{1, 2}", "0x0"), answers(CpuModel.V3));
    }

    @Test
    void aProcessorWithoutAvxHasNone() throws Exception {
        assertEquals(List.of("{1, 2}", "void"), answers(CpuModel.V2));
    }
}
