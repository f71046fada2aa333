package org.retrovisor.gdbstub.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;

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
        channel.writeAndFlush(Unpooled.wrappedBuffer(bytes));
        if (!channel.isWritable()) {
            channel.close();
        }
    }

    private void close() {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
}
