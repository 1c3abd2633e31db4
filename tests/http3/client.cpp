// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Plays one scenario with http3_server: `client PORT SCENARIO [ARGUMENT]`. The exit status is 0 if it went as it should.

#include "http3_client.hpp"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <zlib.h>

namespace {

using namespace http3_test;

/// A WebSocket on the same connection works.
void expect_echo(client& one)
{
    stream& other = one.open();
    one.send(other, text("still there"));
    std::string payload;
    one.wait("the echo on another stream", [&] { return other.take(0x81, payload); });
    expect(payload == "still there", "the echo on another stream is " + payload);
    one.send(other, frame(0x88, "\x03\xE8"));
    one.wait("the close frame on another stream", [&] { return other.take(0x88, payload); });
    one.end(other);
    one.wait("the end of another stream", [&] { return other.ended && other.closed; });
}

void protocol_named(client& one, const std::string&)
{
    stream& ws = one.open("/protocol");
    std::string payload;
    one.wait("the name", [&] { return ws.take(0x81, payload); });
    expect(payload == "HTTP/3", "the protocol is " + payload);
    expect_echo(one);
}

/// FIN instead of a close frame: what arrived before is answered, then the server ends the stream, too.
void fin_without_close(client& one, const std::string&)
{
    stream& ws = one.open();
    one.send(ws, text("the last words"));
    one.end(ws);
    std::string payload;
    one.wait("the echo", [&] { return ws.take(0x81, payload); });
    expect(payload == "the last words", "the echo is " + payload);
    one.wait("the end of the stream", [&] { return ws.ended && ws.closed; });
    expect(ws.input.empty(), "more than the echo has arrived");
    expect_echo(one);
}

void reset_in_message(client& one, const std::string&)
{
    stream& ws = one.open();
    one.send(ws, frame(0x82, std::string(200'000, 'x')).substr(0, 100'000));
    one.wait("the first half", [&] { return one.acknowledged(ws) >= 100'000; });
    one.reset(ws, NGHTTP3_H3_REQUEST_CANCELLED);
    one.wait("RESET_STREAM of the server", [&] { return ws.reset && ws.closed; });
    expect(ws.code == NGHTTP3_H3_REQUEST_CANCELLED, "the code is " + std::to_string(ws.code));
    expect_echo(one);
}

/// STOP_SENDING: the server notices it when it sends.
void stop_sending(client& one, const std::string&)
{
    stream& ws = one.open();
    one.stop(ws, NGHTTP3_H3_REQUEST_CANCELLED);
    one.send(ws, text("an answer is not read"));
    one.wait("the end of the stream", [&] { return ws.closed; });
    expect_echo(one);
}

/// The client sends 64 MiB and reads nothing: the server takes a part of it. Then the client reads, and nothing is missing.
void window_exhausted(client& one, const std::string&)
{
    constexpr std::size_t size = 100'000;
    constexpr std::size_t count = 640;
    stream& ws = one.open();
    ws.reading = false;
    for (std::size_t i = 0; i < count; ++i)
        one.send(ws, frame(0x82, std::to_string(i) + std::string(size, 'x')));
    std::uint64_t before = 1;
    while (one.acknowledged(ws) != before) { // until nothing moves for a second
        before = one.acknowledged(ws);
        static_cast<void>(one.run([] { return false; }, std::chrono::milliseconds{1000}));
    }
    expect(before > size && before < 2'000'000, "the server has taken " + std::to_string(before) + " bytes");
    expect_echo(one);
    one.resume_reading(ws);
    for (std::size_t i = 0; i < count; ++i) {
        std::string payload;
        one.wait("echo " + std::to_string(i), [&] { return ws.take(0x82, payload); });
        expect(payload.size() == std::to_string(i).size() + size && payload.starts_with(std::to_string(i) + "x"),
               "echo " + std::to_string(i) + " is wrong");
    }
}

void another_address(client& one, const std::string&)
{
    stream& ws = one.open();
    for (const std::string size : {"1", "2", "3"}) {
        one.change_address();
        one.send(ws, text(size));
        std::string payload;
        one.wait("the echo", [&] { return ws.take(0x81, payload); });
        expect(payload == size, "the echo is " + payload);
    }
    expect_echo(one);
}

void refused(client& one, const std::string&)
{
    const auto answer = [&one](stream& to) -> stream& {
        one.wait("the response", [&] { return to.answered && to.ended; });
        return to;
    };
    expect(answer(one.request_websocket("/refused")).status == "403", "/refused");
    stream& old = answer(one.request({{":method", "CONNECT"},
                                      {":protocol", "websocket"},
                                      {":scheme", "https"},
                                      {":authority", "127.0.0.1"},
                                      {":path", "/"},
                                      {"sec-websocket-version", "8"}}));
    expect(old.status == "400" && old.fields["sec-websocket-version"] == "13", "version 8: " + old.status);
    expect(answer(one.request({{":method", "CONNECT"},
                               {":protocol", "connect-udp"},
                               {":scheme", "https"},
                               {":authority", "127.0.0.1"},
                               {":path", "/"}}))
                   .status == "501",
           "another protocol");
    expect(answer(one.request_websocket("/", {{"origin", std::string(20'000, 'x')}})).status == "431", "a large head");
    expect(answer(one.request(
                      {{":method", "GET"}, {":scheme", "https"}, {":authority", "127.0.0.1"}, {":path", "/nothing"}}))
                   .status == "404",
           "no page");
    stream& page =
        answer(one.request({{":method", "GET"}, {":scheme", "https"}, {":authority", "127.0.0.1"}, {":path", "/"}}));
    expect(page.status == "200" && page.input.ends_with("</html>\n"), "the page");
    expect_echo(one);
}

/// The server sends GOAWAY and close frames with 1001, and ends the connection when all streams have ended.
void server_ends(client& one, const std::string& process)
{
    stream* const all[] = {&one.open(), &one.open(), &one.open()};
    static_cast<void>(std::system(("kill -TERM " + process).c_str()));
    for (stream* const ws : all) {
        std::string payload;
        one.wait("the close frame", [&] { return ws->take(0x88, payload); });
        expect(payload.starts_with("\x03\xE9"), "the close code is another one");
        one.send(*ws, frame(0x88, "\x03\xE9"));
        one.end(*ws);
    }
    expect(one.going_away(), "no GOAWAY before the close frames");
    one.wait("CONNECTION_CLOSE", [&] { return one.lost(); });
    expect(one.close_code() == NGHTTP3_H3_NO_ERROR, "its code is " + std::to_string(one.close_code()));
}

/// The client does not answer the close frame: the server ends nevertheless.
void server_ends_alone(client& one, const std::string& process)
{
    static_cast<void>(one.open());
    static_cast<void>(std::system(("kill -TERM " + process).c_str()));
    one.wait("CONNECTION_CLOSE", [&] { return one.lost(); });
}

// --- with short time-outs

/// The first byte of a request, and nothing more.
void slow_request(client& one, const std::string&)
{
    static_cast<void>(one.open_raw(std::string(1, '\x01')));
    one.wait("RESET_STREAM", [&] { return one.raw_reset_code() != 0; });
    expect(one.raw_reset_code() == NGHTTP3_H3_REQUEST_CANCELLED, "the code is another one");
    expect_echo(one);
}

/// A peer that acknowledges packets, but answers no pings.
void no_pong(client& one, const std::string&)
{
    stream& ws = one.open();
    one.wait("RESET_STREAM", [&] { return ws.reset; });
    expect_echo(one);
}

/// A peer that does not end the stream after the closing handshake.
void no_fin(client& one, const std::string&)
{
    stream& ws = one.open();
    one.send(ws, frame(0x88, "\x03\xE8"));
    std::string payload;
    one.wait("the close frame", [&] { return ws.take(0x88, payload); });
    one.wait("FIN", [&] { return ws.ended; });
    one.wait("the end of the stream", [&] { return ws.closed; });
    expect_echo(one);
}

void unused_connection(client& one, const std::string&)
{
    expect_echo(one);
    one.wait("CONNECTION_CLOSE", [&] { return one.lost(); });
    expect(one.close_code() == NGHTTP3_H3_NO_ERROR, "its code is " + std::to_string(one.close_code()));
}

// --- load

/// More streams than a client may open at a time, in sum.
void many_streams(client& one, const std::string&)
{
    for (int round = 0; round < 20; ++round) {
        std::vector<stream*> all;
        for (int i = 0; i < 50; ++i)
            all.push_back(&one.request_websocket());
        for (stream* const ws : all)
            one.wait("the response", [&] { return ws->status == "200"; });
        for (stream* const ws : all)
            one.send(*ws, text(std::to_string(ws->id)));
        for (stream* const ws : all) {
            std::string payload;
            one.wait("the echo", [&] { return ws->take(0x81, payload); });
            expect(payload == std::to_string(ws->id), "the echo is " + payload);
            round % 2 == 0 ? one.reset(*ws, NGHTTP3_H3_REQUEST_CANCELLED) : one.send(*ws, frame(0x88, "\x03\xE8"));
            if (round % 2 != 0)
                one.end(*ws);
        }
        for (stream* const ws : all)
            one.wait("the end of a stream", [&] { return ws->closed; });
    }
}

/// Messages that do not end, on all streams, until the server has no memory for them: it ends the connection, and serves others.
void hoarded_messages(client& one, const std::string& port)
{
    const std::string part = frame(0x82, std::string(std::size_t{16} << 20, 'x')).substr(0, std::size_t{16} << 20);
    std::vector<stream*> all;
    for (int i = 0; i < 100; ++i)
        all.push_back(&one.open());
    for (stream* const ws : all)
        one.send(*ws, part);
    one.wait("CONNECTION_CLOSE", [&] { return one.lost(); }, std::chrono::milliseconds{60'000});
    expect(one.close_code() == NGHTTP3_H3_EXCESSIVE_LOAD, "its code is " + std::to_string(one.close_code()));
    client another{static_cast<std::uint16_t>(std::stoi(port))};
    expect_echo(another);
}

/// Very small messages that become 256 KiB each: another client is served meanwhile.
void inflating_messages(client& one, const std::string& port)
{
    std::string zeros(std::size_t{256} << 10, '\0');
    std::string packed(zeros.size() / 100, '\0');
    z_stream state{};
    expect(deflateInit2(&state, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) == Z_OK, "deflateInit2");
    state.next_in = reinterpret_cast<Bytef*>(zeros.data());
    state.avail_in = static_cast<uInt>(zeros.size());
    state.next_out = reinterpret_cast<Bytef*>(packed.data());
    state.avail_out = static_cast<uInt>(packed.size());
    expect(deflate(&state, Z_SYNC_FLUSH) == Z_OK && state.avail_in == 0 && state.avail_out != 0, "deflate");
    packed.resize(packed.size() - state.avail_out - 4); // RFC 7692 7.2.1
    deflateEnd(&state);

    stream& ws =
        one.request_websocket("/echo", {{"sec-websocket-extensions", "permessage-deflate; client_max_window_bits"}});
    one.wait("the response", [&] { return ws.status == "200"; });
    expect(ws.fields["sec-websocket-extensions"].starts_with("permessage-deflate"), "no permessage-deflate");
    client another{static_cast<std::uint16_t>(std::stoi(port))};
    stream& other = another.open();
    std::string frames;
    for (int i = 0; i < 4000; ++i)
        frames += frame(0xC2, packed);
    one.send(ws, frames);
    std::chrono::steady_clock::duration longest{};
    for (int i = 0; i < 20; ++i) {
        static_cast<void>(one.run([] { return false; }, 50ms));
        const auto begin = std::chrono::steady_clock::now();
        another.send(other, text("quick"));
        std::string payload;
        another.wait("the echo", [&] { return other.take(0x81, payload); }, 60s);
        longest = std::max(longest, std::chrono::steady_clock::now() - begin);
    }
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(longest).count();
    expect(time < 300, "an echo took " + std::to_string(time) + " ms");
}

/// From the 65th client in the handshake on, all have to validate their addresses.
void half_open(client& one, const std::string& port)
{
    std::deque<client> all;
    int retries = 0;
    for (int i = 0; i < 150; ++i)
        retries += all.emplace_back(static_cast<std::uint16_t>(std::stoi(port)), 1000, false).has_retry() ? 1 : 0;
    expect(retries == 150 - 64 || retries == 150 - 63, "Retry packets: " + std::to_string(retries)); // `one` may count
    client another{static_cast<std::uint16_t>(std::stoi(port))};
    expect_echo(another);
    expect_echo(one);
}

} // namespace

int main(int count, char** values)
{
    const std::map<std::string, std::function<void(client&, const std::string&)>> scenarios = {
        {"protocol_named", protocol_named},
        {"fin_without_close", fin_without_close},
        {"reset_in_message", reset_in_message},
        {"stop_sending", stop_sending},
        {"window_exhausted", window_exhausted},
        {"another_address", another_address},
        {"refused", refused},
        {"server_ends", server_ends},
        {"server_ends_alone", server_ends_alone},
        {"slow_request", slow_request},
        {"no_pong", no_pong},
        {"no_fin", no_fin},
        {"unused_connection", unused_connection},
        {"many_streams", many_streams},
        {"half_open", half_open},
        {"hoarded_messages", hoarded_messages},
        {"inflating_messages", inflating_messages}};
    try {
        expect(count >= 3, "usage: client PORT SCENARIO [ARGUMENT]");
        const std::string name = values[2];
        client one{static_cast<std::uint16_t>(std::atoi(values[1])), name == "window_exhausted" ? 16384U : 262144U};
        scenarios.at(name)(one, count > 3 ? values[3] : values[1]);
        return 0;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "%s\n", problem.what());
        return 1;
    }
}
