package org.retrovisor.gdbstub.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.util.concurrent.RejectedExecutionException;

/** Moves bytes between the socket and a {@link Connection}. */
final class ServedClient extends SimpleChannelInboundHandler<ByteBuf> {
    private final Channel channel;
    private final Connection connection;

    ServedClient(Channel channel, LineListener.Factory factory) {
        this.channel = channel;
        this.connection = new Connection(this::write, this::close, factory);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
        while (bytes.isReadable()) {
            connection.received(bytes.readByte());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        connection.disconnected();
    }

    /** A broken connection is an ordinary end: gdb was killed, or the network went away. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }

    private void write(byte[] bytes) {
        queue(() -> {
            channel.writeAndFlush(Unpooled.wrappedBuffer(bytes));
            if (!channel.isWritable()) {
                channel.close();
            }
        });
    }

    private void close() {
        queue(() -> channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE));
    }

    /** Done at once, what the wire's own thread sends would overtake what another thread has sent before. */
    private void queue(Runnable action) {
        try {
            channel.eventLoop().execute(action);
        } catch (RejectedExecutionException e) {
            // The server is closed, and with it the line.
        }
    }
}
