package org.retrovisor.tools;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.tools.report.Progress;
import org.retrovisor.tools.task.DebugSession;
import org.retrovisor.tools.task.GuestSymbols;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

/** Asks a served trace what gdb asks on its way to the first prompt, and for a step in each direction. Needs no gdb. */
final class RehearsedGdb {
    private static final List<String> QUESTIONS = List.of(
            "qSupported:multiprocess+;swbreak+;hwbreak+;xmlRegisters=i386", "vMustReplyEmpty", "Hgp0.0",
            "qXfer:features:read:target.xml:0,ffb", "qXfer:threads:read::0,1000", "qXfer:memory-map:read::0,1000", "?",
            "qfThreadInfo",
            "qsThreadInfo", "qOffsets", "g", "p10", "m1000,40", "x1000,40", "qRcmd,7768656e", "Z0,1000,1", "z0,1000,1",
            "vCont?", "bs", "s",
            "vCont;s:p1.1");
    private static final long CHECKPOINT_BYTES = 64 << 20;

    private RehearsedGdb() {}

    static void debug(Path source) throws IOException {
        try (Trace trace = Traces.open(source);
                DebugSession session = DebugSession.open(trace, Interpreter::new, CHECKPOINT_BYTES, Progress.NONE,
                        () -> false);
                GuestSymbols symbols = GuestSymbols.of(trace, session.timeline(), problem -> {});
                Socket gdb = connected(session.serve(new InetSocketAddress("127.0.0.1", 0)))) {
            for (String question : QUESTIONS) {
                ask(gdb, question);
            }
        }
    }

    private static Socket connected(InetSocketAddress server) throws IOException {
        return new Socket(server.getAddress(), server.getPort());
    }

    private static void ask(Socket gdb, String question) throws IOException {
        byte[] body = question.getBytes(StandardCharsets.US_ASCII);
        int sum = 0;
        for (byte b : body) {
            sum += b;
        }
        gdb.getOutputStream().write("$%s#%02x".formatted(question, sum & 0xFF).getBytes(StandardCharsets.US_ASCII));
        InputStream in = gdb.getInputStream();
        skipTo(in, '#');
        in.skipNBytes(2);
        gdb.getOutputStream().write('+');
    }

    private static void skipTo(InputStream in, int wanted) throws IOException {
        int read;
        do {
            read = in.read();
            if (read < 0) {
                throw new EOFException("the stub hung up");
            }
        } while (read != wanted);
    }
}
