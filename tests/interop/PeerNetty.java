// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

// An endpoint of a WebSocket connection with Netty. Scenes are those of player.py; actions and events are described in scenes.py.
// "deflate" in a scene is {"level": N, "window": N, "takeover": BOOL}: the parameters that a client requires of the server, or that a server
// prefers for the client. permessage-deflate is offered and accepted in every scene.

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.*;
import io.netty.handler.codec.http.websocketx.*;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketClientExtensionHandler;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtensionHandler;
import io.netty.handler.codec.http.websocketx.extensions.compression.PerMessageDeflateClientExtensionHandshaker;
import io.netty.handler.codec.http.websocketx.extensions.compression.PerMessageDeflateServerExtensionHandshaker;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

public class PeerNetty {
    static final int PATIENCE = 10;
    static final int MAX_FRAME = 1 << 24;
    static final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    static synchronized void say(String line) {
        out.println(line);
    }

    // The same bytes and characters as in scenes.py.
    static byte[] pattern(int size) {
        byte[] result = new byte[size];
        for (int i = 0; i < size; ++i)
            result[i] = (byte) (i % 251);
        return result;
    }

    static byte[] noise(int size) {
        int state = 1;
        byte[] result = new byte[size];
        for (int i = 0; i < size; ++i) {
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF;
            result[i] = (byte) (state >> 16);
        }
        return result;
    }

    static byte[] longText(int size) {
        return utf8("aé€😀".repeat(size / 10) + "x".repeat(size % 10));
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    // Writes JSON like Python with ensure_ascii=False.
    static String quoted(String text) {
        StringBuilder result = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            int i = "\b\t\n\f\r".indexOf(c);
            if (c == '"' || c == '\\')
                result.append('\\').append(c);
            else if (i >= 0)
                result.append('\\').append("btnfr".charAt(i));
            else if (c < ' ')
                result.append(String.format("\\u%04x", (int) c));
            else
                result.append(c);
        }
        return result.append('"').toString();
    }

    static String messageLine(boolean text, byte[] data) throws Exception {
        String kind = (text ? "text " : "binary ") + data.length + " ";
        if (text && data.length <= 1000)
            return kind + quoted(new String(data, StandardCharsets.UTF_8));
        return kind + "sha1=" + ByteBufUtil.hexDump(MessageDigest.getInstance("SHA-1").digest(data));
    }

    static String controlLine(String kind, ByteBuf payload) {
        return kind + " " + payload.readableBytes() + " " + quoted(payload.toString(StandardCharsets.UTF_8));
    }

    // One endpoint. The counters are guarded by the monitor of the object.
    static class Connection extends SimpleChannelInboundHandler<Object> {
        final Map<String, Object> scene;
        final List<List<Object>> actions;
        final WebSocketClientHandshaker client; // null: a server
        final CountDownLatch opened = new CountDownLatch(1);
        final CountDownLatch over = new CountDownLatch(1);
        Channel channel;
        String extensions = ""; // of the answer that a server sends
        String closing = "close 1006 \"\"";
        boolean open;
        boolean echoes;
        boolean closeSent;
        int messages;
        int pongs;
        boolean text;
        CompositeByteBuf message;

        @SuppressWarnings("unchecked")
        Connection(Map<String, Object> scene, WebSocketClientHandshaker client) {
            this.scene = scene;
            this.client = client;
            actions = (List<List<Object>>) (List<?>) scene.get("actions");
            // An endpoint that echoes from the beginning also echoes the first message.
            echoes = !actions.isEmpty() && actions.get(0).get(0).equals("echo");
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            channel = context.channel();
            if (client != null)
                client.handshake(channel);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (open)
                say(closing);
            synchronized (this) {
                open = false;
                notifyAll();
            }
            opened.countDown();
            over.countDown();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable problem) {
            if (!(problem instanceof java.io.IOException))
                say("error " + problem);
            context.close();
        }

        void begin(String protocol, String extensions) {
            say("open protocol=" + (protocol == null ? "" : protocol) + " extensions=" + (extensions == null ? "" : extensions));
            open = true;
            opened.countDown();
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, Object what) throws Exception {
            if (what instanceof FullHttpResponse response) {
                if (response.status().code() != 101) {
                    say("refused " + response.status().code());
                    context.close();
                    return;
                }
                client.finishHandshake(channel, response);
                begin(client.actualSubprotocol(), response.headers().get(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS));
            } else if (what instanceof FullHttpRequest request) {
                answer(context, request);
            } else if (what instanceof WebSocketFrame frame) {
                receive(frame);
            }
        }

        void answer(ChannelHandlerContext context, FullHttpRequest request) {
            Object refuse = scene.get("refuse");
            if (refuse != null) {
                say("refused " + integer(refuse));
                FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(integer(refuse)),
                        Unpooled.wrappedBuffer(utf8("no\n")));
                response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 3);
                context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
                return;
            }
            WebSocketServerHandshaker server = new WebSocketServerHandshakerFactory(null, String.join(",", names(scene)), true, MAX_FRAME)
                    .newHandshaker(request);
            server.handshake(channel, request).addListener(future -> begin(server.selectedSubprotocol(), extensions));
        }

        void receive(WebSocketFrame frame) throws Exception {
            if (frame instanceof PingWebSocketFrame) {
                say(controlLine("ping", frame.content()));
                channel.writeAndFlush(new PongWebSocketFrame(frame.content().retain()));
            } else if (frame instanceof PongWebSocketFrame) {
                say(controlLine("pong", frame.content()));
                synchronized (this) {
                    ++pongs;
                    notifyAll();
                }
            } else if (frame instanceof CloseWebSocketFrame close) {
                closing = close.statusCode() < 0 ? "close 1005 \"\"" : "close " + close.statusCode() + " " + quoted(close.reasonText());
                if (closeSent)
                    channel.close();
                else
                    channel.writeAndFlush(close.retain()).addListener(ChannelFutureListener.CLOSE);
            } else {
                if (!(frame instanceof ContinuationWebSocketFrame)) {
                    text = frame instanceof TextWebSocketFrame;
                    message = Unpooled.compositeBuffer(1 << 20);
                }
                message.addComponent(true, frame.content().retain());
                if (frame.isFinalFragment())
                    deliver();
            }
        }

        void deliver() throws Exception {
            byte[] data = ByteBufUtil.getBytes(message);
            message.release();
            say(messageLine(text, data));
            if (echoes)
                send(text, data);
            synchronized (this) {
                ++messages;
                notifyAll();
            }
        }

        void send(boolean text, byte[] data) {
            ByteBuf content = Unpooled.wrappedBuffer(data);
            channel.writeAndFlush(text ? new TextWebSocketFrame(content) : new BinaryWebSocketFrame(content));
        }

        void pieces(boolean text, List<byte[]> parts, Object ping) {
            for (int i = 0; i < parts.size(); ++i) {
                if (i == 1 && ping != null)
                    channel.write(new PingWebSocketFrame(Unpooled.wrappedBuffer(utf8((String) ping))));
                ByteBuf content = Unpooled.wrappedBuffer(parts.get(i));
                boolean last = i + 1 == parts.size();
                channel.write(i > 0 ? new ContinuationWebSocketFrame(last, 0, content)
                        : text ? new TextWebSocketFrame(last, 0, content) : new BinaryWebSocketFrame(last, 0, content));
            }
            channel.flush();
        }

        synchronized void until(BooleanSupplier condition) throws InterruptedException {
            while (open && !condition.getAsBoolean())
                wait();
        }

        void act(List<Object> action) throws Exception {
            Object first = action.size() > 1 ? action.get(1) : null;
            switch ((String) action.get(0)) {
            case "text" -> send(true, utf8((String) first));
            case "long_text" -> send(true, longText(integer(first)));
            case "binary" -> send(false, pattern(integer(first)));
            case "noise" -> send(false, noise(integer(first)));
            case "many" -> {
                for (int i = 0; i < integer(first); ++i)
                    send(true, utf8("message " + i));
            }
            case "text_pieces" -> {
                List<byte[]> parts = new ArrayList<>();
                for (Object part : (List<?>) first)
                    parts.add(utf8((String) part));
                pieces(true, parts, action.size() > 2 ? action.get(2) : null);
            }
            case "binary_pieces" -> {
                byte[] data = pattern(integer(first));
                int count = integer(action.get(2));
                int size = (data.length + count - 1) / count;
                List<byte[]> parts = new ArrayList<>();
                for (int from = 0; from < data.length; from += size)
                    parts.add(java.util.Arrays.copyOfRange(data, from, Math.min(data.length, from + size)));
                pieces(false, parts, null);
            }
            case "ping" -> channel.writeAndFlush(new PingWebSocketFrame(Unpooled.wrappedBuffer(utf8((String) first))));
            case "echo" -> echoes = true;
            case "await_messages" -> until(() -> messages >= integer(first));
            case "await_pongs" -> until(() -> pongs >= integer(first));
            case "sleep" -> Thread.sleep((long) (((Number) first).doubleValue() * 1000));
            case "close" -> {
                closeSent = true;
                channel.writeAndFlush(first == null ? new CloseWebSocketFrame()
                        : new CloseWebSocketFrame(new WebSocketCloseStatus(integer(first), (String) action.get(2))));
            }
            case "drop" -> {
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
                channel.close();
            }
            default -> throw new IllegalArgumentException("unknown action " + action);
            }
        }

        void play() throws Exception {
            if (!opened.await(PATIENCE, TimeUnit.SECONDS))
                throw new Exception("nothing opens");
            for (List<Object> action : actions) {
                if (!open)
                    break;
                act(action);
            }
            if (!over.await(PATIENCE, TimeUnit.SECONDS))
                throw new Exception("time-out");
        }
    }

    static int integer(Object number) {
        return ((Number) number).intValue();
    }

    @SuppressWarnings("unchecked")
    static List<String> names(Map<String, Object> scene) {
        return (List<String>) scene.getOrDefault("subprotocols", List.of());
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> deflate(Map<String, Object> scene) {
        return (Map<String, Object>) scene.getOrDefault("deflate", Map.of());
    }

    static void connect(Map<String, Object> scene, EventLoopGroup group) throws Exception {
        URI uri = new URI((String) scene.get("connect"));
        HttpHeaders fields = new DefaultHttpHeaders();
        if (scene.get("fields") instanceof Map<?, ?> given)
            given.forEach((name, value) -> fields.add((String) name, value));
        String names = String.join(",", names(scene));
        Connection here = new Connection(scene, WebSocketClientHandshakerFactory.newHandshaker(uri, WebSocketVersion.V13,
                names.isEmpty() ? null : names, true, fields, MAX_FRAME));
        Map<String, Object> deflate = deflate(scene);
        Channel channel = new Bootstrap().group(group).channel(NioSocketChannel.class).handler(new ChannelInitializer<SocketChannel>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                channel.pipeline().addLast(new HttpClientCodec(), new HttpObjectAggregator(8192), new WebSocketClientExtensionHandler(
                        new PerMessageDeflateClientExtensionHandshaker(integer(deflate.getOrDefault("level", 6)), true,
                                integer(deflate.getOrDefault("window", 15)), true, (Boolean) deflate.getOrDefault("takeover", false))),
                        here);
            }
        }).connect(uri.getHost(), uri.getPort()).sync().channel();
        try {
            here.play();
        } finally {
            channel.close().sync();
        }
    }

    static void listen(Map<String, Object> scene, EventLoopGroup group) throws Exception {
        Connection here = new Connection(scene, null);
        Map<String, Object> deflate = deflate(scene);
        Channel channel = new ServerBootstrap().group(group).channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<SocketChannel>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(8192), new ChannelOutboundHandlerAdapter() {
                    @Override
                    public void write(ChannelHandlerContext context, Object what, ChannelPromise promise) throws Exception {
                        if (what instanceof HttpResponse response)
                            here.extensions = response.headers().get(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS);
                        super.write(context, what, promise);
                    }
                }, new WebSocketServerExtensionHandler(new PerMessageDeflateServerExtensionHandshaker(
                        integer(deflate.getOrDefault("level", 6)), true, integer(deflate.getOrDefault("window", 15)), true,
                        (Boolean) deflate.getOrDefault("takeover", false))), here);
            }
        }).bind("127.0.0.1", 0).sync().channel();
        try {
            say("listening " + ((InetSocketAddress) channel.localAddress()).getPort());
            here.play();
        } finally {
            channel.close().sync();
        }
    }

    // Parses the part of JSON that scenes use.
    static class Json {
        final String text;
        int at;

        Json(String text) {
            this.text = text;
        }

        char next() {
            while (Character.isWhitespace(text.charAt(at)))
                ++at;
            return text.charAt(at);
        }

        boolean take(char c) {
            if (next() != c)
                return false;
            ++at;
            return true;
        }

        Object value() {
            char c = next();
            if (take('{')) {
                Map<String, Object> result = new HashMap<>();
                while (!take('}')) {
                    String name = (String) value();
                    take(':');
                    result.put(name, value());
                    take(',');
                }
                return result;
            }
            if (take('[')) {
                List<Object> result = new ArrayList<>();
                while (!take(']')) {
                    result.add(value());
                    take(',');
                }
                return result;
            }
            if (take('"'))
                return string();
            int from = at;
            while (at < text.length() && ",]}".indexOf(text.charAt(at)) < 0)
                ++at;
            String word = text.substring(from, at).trim();
            return word.equals("true") ? Boolean.TRUE : word.equals("false") ? Boolean.FALSE : word.equals("null") ? null
                    : (Object) Double.valueOf(word);
        }

        String string() {
            StringBuilder result = new StringBuilder();
            for (char c; (c = text.charAt(at++)) != '"';) {
                if (c == '\\') {
                    c = text.charAt(at++);
                    if (c == 'u') {
                        c = (char) Integer.parseInt(text.substring(at, at + 4), 16);
                        at += 4;
                    } else if ("btnfr".indexOf(c) >= 0) {
                        c = "\b\t\n\f\r".charAt("btnfr".indexOf(c));
                    }
                }
                result.append(c);
            }
            return result.toString();
        }
    }

    @SuppressWarnings("unchecked")
    public static void main(String[] arguments) throws Exception {
        EventLoopGroup group = new NioEventLoopGroup(1);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = lines.readLine()) != null;) {
            Map<String, Object> scene = (Map<String, Object>) new Json(line).value();
            try {
                if (scene.containsKey("connect"))
                    connect(scene, group);
                else
                    listen(scene, group);
            } catch (Exception problem) {
                say("error " + problem);
            }
            say("end");
        }
        System.exit(0);
    }
}
