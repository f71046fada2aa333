package org.retrovisor.gdbstub.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * A client that came while another one is served. It gets an error to its first packet, which gdb shows to the user, and a moment
 * to read it: closing at once would reset the connection and lose the text.
 */
final class RefusedClient extends SimpleChannelInboundHandler<ByteBuf> {
    private static final int PATIENCE_SECONDS = 5;
    private static final byte[] REFUSAL = Connection
            .error("another debugger is connected to this target; let it detach first, then connect again");

    private final Connection connection;
    private ChannelHandlerContext context;

    RefusedClient() {
        this.connection = new Connection(this::write, this::close, Refusal::new);
    }

    @Override
    public void channelActive(ChannelHandlerContext active) {
        active.executor().schedule(() -> active.close(), PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext reading, ByteBuf bytes) {
        while (bytes.isReadable()) {
            connection.received(bytes.readByte());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
        failed.close();
    }

    private void write(byte[] bytes) {
        context.writeAndFlush(Unpooled.wrappedBuffer(bytes));
    }

    private void close() {
        context.writeAndFlush(Unpooled.EMPTY_BUFFER)
                .addListener((ChannelFutureListener) sent -> ((SocketChannel) sent.channel()).shutdownOutput());
    }

    /** Answers the first packet with the refusal and ignores the rest. */
    private static final class Refusal implements LineListener {
        private final Line line;
        private boolean answered;

        Refusal(Line line) {
            this.line = line;
        }

        @Override
        public void overtaken() {}

        @Override
        public void packet(byte[] payload) {
            if (!answered) {
                answered = true;
                line.send(REFUSAL);
                line.hangUp();
            }
        }

        @Override
        public void interrupt() {}

        @Override
        public void disconnected() {}
    }
}
