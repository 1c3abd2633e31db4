// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A `websocket` with its storage and a log, and a transport between two of them with selectable cuts. Every call is followed by
/// a check of the invariants.
#pragma once

#include "handshake/feed_head.hpp"
#include "support/catch.hpp"
#include "support/connection_subject.hpp"
#include "support/frames.hpp"
#include "support/mask_keys.hpp"

#include <sockless/websocket.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ends {

using namespace sockless;
using support::byte_vector;
using support::promised;
using support::strings;

template <role Role>
using keys_of = std::conditional_t<Role == role::client, support::zero_keys, no_mask_keys>;

inline std::string_view name_of(ready_state state)
{
    constexpr std::string_view names[] = {"connecting", "open", "closing", "closed"};
    return names[static_cast<std::size_t>(state)];
}

inline std::string close_line(const event& e)
{
    return support::close_line(static_cast<std::uint16_t>(e.code()), e.reason()) +
           (e.was_clean() ? " clean" : " broken");
}

/// The bytes after the head of the handshake, in hex.
inline std::string frames_in(std::span<const std::byte> wire)
{
    const std::string text = support::to_string(wire);
    const std::size_t end = text.find("\r\n\r\n");
    return support::to_hex(end == std::string::npos ? wire : wire.subspan(end + 4));
}

template <role Role, class Extension = no_extension, std::size_t Output = 4096, std::size_t Message = 4096>
class end {
public:
    using websocket_type = websocket<Role, keys_of<Role>, Extension>;

    /// Back-pressure has tests of its own: here input is processed however much output waits, unless `options` has another limit.
    explicit end(const websocket_options<keys_of<Role>, Extension>& options = {})
        : ws_{memory_->storage, without_back_pressure(options)},
          whole_{options.whole_messages},
          receives_while_closing_{options.receive_while_closing}
    {
    }

    [[nodiscard]] websocket_type& ws() noexcept { return ws_; }
    [[nodiscard]] const strings& log() const noexcept { return log_; }
    /// All bytes that were sent.
    [[nodiscard]] const byte_vector& sent() const noexcept { return sent_; }

    /// Called with each event after it was logged; without it a server accepts every request.
    std::function<void(websocket_type&, const event&)> on_event;

    /// Passes a piece of input, in memory that is overwritten afterwards.
    void take(std::span<const std::byte> chunk)
    {
        byte_vector bytes{chunk.begin(), chunk.end()};
        ws_.receive(bytes, now);
        while (poll().kind() != event_kind::need_input) {
        }
        promised(ws_.needs(now).wake_after != 0, "after need_input there is nothing to poll");
        std::ranges::fill(bytes, std::byte{0xDD});
    }
    void take(std::string_view text) { take(support::text(text)); }
    /// Polls without input.
    void poke() { take(std::span<const std::byte>{}); }

    /// Sends up to `max_size` bytes.
    byte_vector leave(std::size_t max_size = ~std::size_t{0})
    {
        const std::span<const std::byte> first =
            ws_.write_buffer().first(std::min(max_size, ws_.write_buffer().size()));
        byte_vector bytes{first.begin(), first.end()};
        sent_.insert(sent_.end(), bytes.begin(), bytes.end());
        ws_.written(bytes.size(), now);
        return bytes;
    }

    void end_of_input()
    {
        ws_.input_ended(now);
        poke();
        promised(ws_.ready_state() == ready_state::closed && closed_, "the end of the transport is the end");
        promised(ws_.finished(), "a closed one is finished");
    }

private:
    static constexpr std::uint64_t now = 0; ///< no time passes
    static constexpr websocket_sizes sizes{
        .message = Message, .output = Output, .input = 70'000, .head = 1000, .fields = 20};

    struct memory {
        static_byte_queue<sizes.input> input;
        static_output_queue<Output> output;
        static_byte_queue<sizes.message_memory()> message;
        websocket_storage storage{input, output, message, sizes};
    };

    static websocket_options<keys_of<Role>, Extension>
    without_back_pressure(websocket_options<keys_of<Role>, Extension> options)
    {
        if (options.high_water == 0)
            options.high_water = ~std::size_t{0};
        return options;
    }

    event poll()
    {
        const ready_state before = ws_.ready_state();
        const event e = ws_.poll();
        promised(ws_.ready_state() >= before, "the states only go up");
        promised((ws_.ready_state() == ready_state::closed) == (closed_ || e.kind() == event_kind::close),
                 "the close event is the way to the last state");
        if (e.kind() != event_kind::need_input) {
            write(e);
            answer(e);
        }
        return e;
    }

    void write(const event& e)
    {
        promised(!closed_, "nothing comes after the close event");
        promised(!failed_ || e.kind() == event_kind::close || refused_, "nothing but close comes after an error");
        switch (e.kind()) {
        case event_kind::need_input: break;
        case event_kind::request:
        case event_kind::plain_request:
            if constexpr (Role == role::server)
                log_.push_back((e.kind() == event_kind::request ? "request " : "plain ") +
                               std::string{ws_.request().target});
            break;
        case event_kind::open:
            promised(!std::exchange(opened_, true), "open comes once");
            log_.push_back("open \"" + std::string{ws_.protocol()} + '"');
            break;
        case event_kind::body:
            promised(refused_ && ws_.ready_state() == ready_state::closing, "a body is that of a refusal");
            promised(!e.payload().empty(), "a piece of a body is not empty");
            if (body_.empty())
                log_.emplace_back();
            body_ += e.text();
            log_.back() = "body " + support::quoted(body_);
            break;
        case event_kind::message:
            promised(opened_ && (ws_.ready_state() == ready_state::open || receives_while_closing_),
                     "messages come while the state is open");
            promised(!whole_ || (e.first() && e.last()), "messages are whole if requested");
            add_piece(e);
            break;
        case event_kind::ping: log_.push_back(support::ping_line(e.payload())); break;
        case event_kind::pong: log_.push_back(support::pong_line(e.payload())); break;
        case event_kind::error:
            promised(ws_.failure() == (failed_ ? error::status_not_101 : e.failure()) && failed(e.failure()),
                     "failure() keeps the reason");
            refused_ = !failed_ && e.failure() == error::status_not_101; // its body can fail, too
            failed_ = true;
            log_.push_back(support::error_line(e.failure()));
            break;
        case event_kind::close:
            closed_ = true;
            promised(!e.was_clean() || !failed_, "a failure is not clean");
            log_.push_back(close_line(e));
            break;
        }
    }

    void add_piece(const event& e)
    {
        if (e.first())
            message_.clear();
        message_.insert(message_.end(), e.payload().begin(), e.payload().end());
        if (e.last())
            log_.push_back(e.is_text() ? support::text_line(message_) : support::binary_line(message_));
    }

    void answer(const event& e)
    {
        if (on_event)
            on_event(ws_, e);
        if constexpr (Role == role::server) {
            if (on_event)
                return;
            if (e.kind() == event_kind::request)
                promised(!sockless::failed(ws_.accept()), "a good request can be accepted");
            if (e.kind() == event_kind::plain_request)
                promised(!sockless::failed(ws_.reject(426)), "a plain request can be refused");
        }
    }

    std::unique_ptr<memory> memory_ = std::make_unique<memory>();
    websocket_type ws_;
    strings log_;
    byte_vector sent_;
    byte_vector message_;
    std::string body_; ///< of a refusal
    bool refused_ = false;
    bool whole_;
    bool receives_while_closing_;
    bool opened_ = false;
    bool failed_ = false;
    bool closed_ = false;
};

using server_end = end<role::server>;
using client_end = end<role::client>;

/// Connects a client to `url`, with the key of the RFC's example.
template <class Client>
void connect(Client& one, std::string_view url = "ws://server.example.com/chat", const connect_options& request = {})
{
    heads::fixed_random random;
    REQUIRE(one.ws().connect(url, request, random) == error::none);
}

/// The RFC's example without subprotocols, and the response to it.
inline const std::string request = heads::rfc_request.without("Sec-WebSocket-Protocol").text();
inline const std::string response = heads::rfc_response.without("Sec-WebSocket-Protocol").text();

/// An open end with an empty output.
template <class End>
void open(End& one)
{
    if constexpr (requires { one.ws().request_pending(); }) {
        one.take(request);
    } else {
        connect(one);
        one.leave();
        one.take(response);
    }
    one.leave();
    REQUIRE(one.ws().ready_state() == ready_state::open);
}

/// Transports bytes in both directions until neither end sends anything.
///
/// @param to_server, to_client  return how many bytes arrive at once, given the number that has arrived
template <class Client, class Server, class Cut>
void carry(Client& one, Server& other, Cut to_server, Cut to_client)
{
    while (one.ws().unwritten() + other.ws().unwritten() != 0) {
        if (one.ws().unwritten() != 0)
            other.take(one.leave(to_server(one.sent().size())));
        if (other.ws().unwritten() != 0)
            one.take(other.leave(to_client(other.sent().size())));
    }
}
template <class Client, class Server>
void carry(Client& one, Server& other)
{
    const auto all = [](std::size_t) { return ~std::size_t{0}; };
    carry(one, other, all, all);
}

} // namespace ends
