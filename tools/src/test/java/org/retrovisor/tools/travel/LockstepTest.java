package org.retrovisor.tools.travel;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.translator.Translator;
import org.retrovisor.replay.Lockstep;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Two engines on one trace agree, and it is found out where they do not. */
@Timeout(240)
class LockstepTest {
    private static final long MOMENTS = 6_000_000;
    private static final long BLOCKS_UNTIL = 1_000_000;
    private static final long CODE_BYTES = 16 << 20;
    private static final int RBX = 3;

    @TempDir
    private static Path folder;

    private static Trace trace;

    @BeforeAll
    static void record() throws Exception {
        Recording.of(EmbeddedGuest.RACER, MOMENTS, folder.resolve("racer.rv"));
        trace = Traces.open(folder.resolve("racer.rv"));
    }

    @AfterAll
    static void close() {
        trace.close();
    }

    @Test
    void interpreterAndTranslatorAgreeToTheEnd() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
        try (Lockstep lockstep = new Lockstep(trace, Interpreter::new,
                machine -> new Translator(machine, CODE_BYTES, 2))) {
            Optional<Lockstep.Disagreement> found = lockstep.run(BLOCKS_UNTIL, moment -> true);
            assertEquals(Optional.empty(), found.map(Lockstep.Disagreement::report));
            assertEquals(MOMENTS, lockstep.moment());
        }
    }

    @Test
    void aWrongRegisterIsFoundInTheBlockThatMadeItWrong() {
        long wrongFrom = 123_456;
        Engine.Factory wrong = machine -> changing(machine, wrongFrom, () -> machine.current().gpr[RBX] ^= 1);
        try (Lockstep lockstep = new Lockstep(trace, Interpreter::new, wrong)) {
            Lockstep.Disagreement found = lockstep.run(BLOCKS_UNTIL, moment -> true).orElseThrow();
            assertTrue(found.agreed() < wrongFrom && found.moment() >= wrongFrom, found::toString);
            assertTrue(found.moment() - found.agreed() <= 64, found::toString);
            assertTrue(found.report().contains("rbx"), found.report());
        }
    }

    @Test
    void aWrongByteInRamIsFound() {
        long address = 0xC00000;
        Engine.Factory wrong = machine -> changing(machine, 1_500_000,
                () -> machine.memory().write(address, new byte[]{1}));
        try (Lockstep lockstep = new Lockstep(trace, Interpreter::new, wrong)) {
            Lockstep.Disagreement found = lockstep.run(0, moment -> true).orElseThrow();
            assertTrue(found.report().contains("0xc00000"), found.report());
        }
    }

    /** The interpreter, with one change when it has come to a moment. */
    private static Engine changing(Machine machine, long from, Runnable change) {
        Engine engine = new Interpreter(machine);
        boolean[] done = {false};
        return (Engine) Proxy.newProxyInstance(
                Engine.class.getClassLoader(), new Class<?>[]{Engine.class}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(engine, arguments);
                        if (method.getName().equals("run") && !done[0] && machine.moment() >= from) {
                            done[0] = true;
                            change.run();
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
