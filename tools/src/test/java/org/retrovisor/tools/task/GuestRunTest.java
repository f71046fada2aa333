package org.retrovisor.tools.task;

import java.io.OutputStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.tools.live.GuestSettings;
import org.retrovisor.tools.terminal.Surroundings;
import sun.misc.Signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

@Timeout(120)
class GuestRunTest {
    @TempDir
    Path folder;

    private static GuestRun racer(Engine.Factory engines) {
        GuestOptions options = new GuestOptions(16 << 20, CpuModel.V2, GuestSettings.Clock.STEPS, null,
                Long.MAX_VALUE);
        return new GuestRun(GuestSource.embedded("racer", EmbeddedGuest.RACER.bytes(), options), engines,
                OutputStream.nullOutputStream(), Surroundings.nowhere());
    }

    /** An engine is made while the guest is loaded: nobody can stop it yet. */
    private static Engine interrupted(Machine machine) {
        Signal.raise(new Signal("TERM"));
        try {
            Thread.sleep(300); // the signal is taken on another thread
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Interpreter(machine);
    }

    @Test
    void aSignalThatComesWhileTheGuestIsLoadedEndsARecordingBeforeItsFirstInstruction() {
        RunResult result = racer(GuestRunTest::interrupted).record(folder.resolve("trace.rv"));
        assertTrue(result.interrupted());
        assertEquals(StopReason.USER, result.reason());
        assertEquals(0, result.instructions());
    }

    @Test
    void aSignalThatComesWhileTheGuestIsLoadedEndsARun() {
        RunResult result = racer(GuestRunTest::interrupted).run();
        assertTrue(result.interrupted());
        assertEquals(StopReason.USER, result.reason());
    }
}
