package io.headrace.network.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Passes Netty's events on to the connection. */
final class ConnectionChannel extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = System.getLogger(ConnectionChannel.class.getName());

    private final Connection connection;
    private final ConnectionHandler.Factory factory;
    private final boolean encrypted;
    private boolean failedIo;
    private boolean failedTls;

    ConnectionChannel(Connection connection, ConnectionHandler.Factory factory, boolean encrypted) {
        this.connection = connection;
        this.factory = factory;
        this.encrypted = encrypted;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (!encrypted) {
            connection.start(factory);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                connection.start(factory);
            } else {
                connection.close(CloseReason.TLS_FAILED);
            }
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        connection.onRead((ByteBuf) message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        connection.onReadComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (context.channel().isWritable()) {
            connection.onWritable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        connection.onEnded(
                failedTls ? CloseReason.TLS_FAILED : failedIo ? CloseReason.IO_ERROR : CloseReason.PEER_CLOSED);
    }

    @Override
    public void channelUnregistered(ChannelHandlerContext context) {
        connection.onEnded(CloseReason.IO_ERROR); // closed before it was active
    }

    @Override
    @SuppressWarnings("deprecation") // only deprecated for outbound handlers
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            failedIo = true; // Netty closes the channel itself
            ChannelFuture unused = context.close();
        } else if (cause instanceof DecoderException) {
            failedTls = true;
            LOG.log(Level.DEBUG, () -> connection + " does not speak TLS as we do: " + cause.getMessage());
            connection.close(CloseReason.TLS_FAILED);
        } else {
            connection.fail("unexpected failure", cause);
        }
    }
}
