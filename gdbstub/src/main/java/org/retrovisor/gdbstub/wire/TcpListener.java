package org.retrovisor.gdbstub.wire;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.timeout.WriteTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Listens on a TCP port and serves one client at a time; a second one is told so and sent away. */
public final class TcpListener implements Closeable {
    /** Unsent bytes at which a client counts as one that doesn't read. */
    private static final int MAX_UNSENT = 16 << 20;

    private final EventLoopGroup threads;
    private final LineListener.Factory factory;
    private final Duration patience;
    private Channel socket;
    /** The client being served, or null. Touched by the event loop's only thread. */
    private Channel served;

    private TcpListener(LineListener.Factory factory, Duration patience) {
        this.factory = factory;
        this.patience = patience;
        this.threads = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("gdb-wire", true),
                NioIoHandler.newFactory());
    }

    /**
     * Starts to listen; an exception's message says which address and why not. Port 0 takes a free one.
     *
     * @param patience how long a packet may take to leave; then the client has stopped to read, and is hung up on
     */
    public static TcpListener listen(InetSocketAddress address, LineListener.Factory factory, Duration patience)
            throws IOException {
        if (address.isUnresolved()) {
            throw new IOException("cannot listen for gdb on " + address.getHostString() + ": no such host");
        }
        TcpListener listener = new TcpListener(factory, patience);
        try {
            listener.bind(address);
            return listener;
        } catch (IOException e) {
            listener.close();
            throw e;
        }
    }

    /** Where gdb can connect to. */
    public InetSocketAddress address() {
        return (InetSocketAddress) socket.localAddress();
    }

    /** Disconnects the client and frees the port. */
    @Override
    public void close() {
        if (socket != null) {
            socket.close().awaitUninterruptibly();
        }
        threads.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private void bind(InetSocketAddress address) throws IOException {
        ChannelFuture bound = new ServerBootstrap()
                .group(threads)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(MAX_UNSENT / 2, MAX_UNSENT))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel client) {
                        accept(client);
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw failure(address, bound.cause());
        }
        socket = bound.channel();
    }

    private static IOException failure(InetSocketAddress address, Throwable cause) {
        String reason = cause instanceof BindException
                ? "the port is in use or not allowed"
                : cause.getMessage();
        return new IOException(
                "cannot listen for gdb on " + address.getHostString() + ":" + address.getPort() + ": " + reason, cause);
    }

    private void accept(Channel client) {
        if (served != null && served.isActive()) {
            client.pipeline().addLast(new RefusedClient());
            return;
        }
        served = client;
        client.pipeline().addLast(new WriteTimeoutHandler(patience.toMillis(), TimeUnit.MILLISECONDS),
                new ServedClient(client, factory));
    }
}
