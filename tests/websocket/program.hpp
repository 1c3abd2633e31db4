// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A program with one `websocket`, its storage and a clock: each step is followed by `poll` with a handler that logs the events.
#pragma once

#include "ends.hpp"

#include <sockless/with_heap.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace programs {

using namespace ends;

/// Logs every event. It answers requests and echoes messages unless it is told not to.
struct logging_handler {
    strings log{};
    bool answers = true;
    bool echoes = false;
    std::size_t lost_echoes = 0;

    void on_request(auto& ws)
    {
        log.emplace_back("request");
        if constexpr (requires { ws.accept(); })
            if (answers)
                REQUIRE(ws.accept() == error::none);
    }
    void on_plain_request(auto&) { log.emplace_back("plain"); }
    void on_open(auto& ws) { log.push_back("open \"" + std::string{ws.protocol()} + '"'); }
    void on_body(auto&, const event& e) { log.push_back("body " + std::string{e.text()}); }
    void on_message(auto& ws, const event& e)
    {
        log.push_back(std::string{e.text()});
        if (echoes && failed(ws.send(e.text())))
            ++lost_echoes;
    }
    void on_ping(auto&, const event& e) { log.push_back(support::ping_line(e.payload())); }
    void on_pong(auto&, const event& e) { log.push_back(support::pong_line(e.payload())); }
    void on_error(auto&, const event& e) { log.push_back(support::error_line(e.failure())); }
    void on_close(auto&, const event& e) { log.push_back(close_line(e)); }

    /// Returns what was logged since the last call.
    strings take() { return std::exchange(log, {}); }
};

inline constexpr websocket_sizes small_sizes{.message = 200, .output = 512, .input = 1000, .head = 500, .fields = 10};

template <role Role, class Storage = static_websocket_storage<small_sizes>, sha1_hash Sha1 = sha1>
class program {
public:
    using websocket_type = websocket<Role, keys_of<Role>, no_extension, Sha1>;
    using options = typename websocket_type::options;

    explicit program(const options& choice = {}) : ws{storage, choice} {}
    program(const options& choice, const auto& of_storage) : storage{of_storage}, ws{storage, choice} {}

    Storage storage{};
    websocket_type ws;
    logging_handler handler{};
    std::uint64_t now = 0;
    websocket_needs needs{};

    websocket_needs poll()
    {
        needs = ws.poll(handler, now);
        return needs;
    }
    websocket_needs at(std::uint64_t time)
    {
        now = time;
        return poll();
    }
    /// Passes a piece of input, in memory that is overwritten afterwards.
    websocket_needs take(std::span<const std::byte> piece)
    {
        byte_vector bytes{piece.begin(), piece.end()};
        ws.receive(bytes, now);
        poll();
        std::ranges::fill(bytes, std::byte{0xDD});
        return needs;
    }
    websocket_needs take(std::string_view text) { return take(support::text(text)); }
    websocket_needs take_frame(unsigned first, std::string_view payload = {})
    {
        return take(support::frame_to(Role, first, payload));
    }
    /// Writes up to `max_size` bytes, and polls.
    byte_vector leave(std::size_t max_size = ~std::size_t{0})
    {
        const std::span<const std::byte> waiting = ws.write_buffer();
        const byte_vector bytes{waiting.begin(),
                                waiting.begin() + static_cast<std::ptrdiff_t>(std::min(max_size, waiting.size()))};
        ws.written(bytes.size(), now);
        poll();
        return bytes;
    }
    /// Writes everything, which `write_buffer` returns in one or two parts.
    byte_vector leave_all()
    {
        byte_vector result;
        while (needs.write)
            for (const std::byte b : leave())
                result.push_back(b);
        return result;
    }
    /// The opening handshake, of which nothing waits to be written afterwards.
    void open()
    {
        if constexpr (Role == role::client) {
            connect();
            take(response);
        } else {
            take(request);
        }
        leave_all();
        REQUIRE(ws.ready_state() == ready_state::open);
        handler.take();
    }
    void connect()
        requires(Role == role::client)
    {
        heads::fixed_random random;
        REQUIRE(ws.connect("ws://server.example.com/chat", {}, random) == error::none);
        poll();
        leave_all();
    }
};

using server = program<role::server>;
using client = program<role::client>;

} // namespace programs
