// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Feeds any bytes to a websocket of either role, up to the end of its transport, and compares it with a handshake alone that is
/// followed by the slow receiver, or by the slow reader of the body of a refusal: no byte is lost or read twice between the head
/// and what follows.
///
/// The first byte selects the role, whole messages or fragments, and whether a valid head precedes the bytes: one that opens the
/// connection or, to a client, one that refuses it and begins a body.
#include "cuts.hpp"
#include "example_handshake.hpp"
#include "watch.hpp"

#include "reference/receiver.hpp"
#include "reference/response_body.hpp"
#include "support/event_lines.hpp"
#include "support/hex.hpp"
#include "support/mask_keys.hpp"

#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/server_handshake.hpp>
#include <sockless/websocket.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using fuzz::require;
using sockless::error;
using sockless::event;
using sockless::event_kind;
using sockless::role;
using support::byte_vector;
using support::strings;
using support::to_string;

constexpr sockless::limits bounds{.frame_bytes = 1024, .message_bytes = 2048, .fragments = 8};
constexpr std::size_t characters = 600;
constexpr std::size_t fields = 16;
constexpr std::uint32_t body_bytes = 300;

sockless::connect_options request_for_chat()
{
    sockless::connect_options request;
    request.where.host = "server.example.com";
    request.where.path = "/chat";
    return request;
}

/// The line of the close event.
std::string ended_line(std::uint16_t code, std::string_view reason, bool clean)
{
    return support::close_line(code, reason) + (clean ? ", clean" : ", not clean");
}

template <role Role>
class subject {
public:
    explicit subject(bool whole)
        : ws_{memory_->storage,
              {.limits = bounds, .body_bytes = body_bytes, .high_water = ~std::size_t{0}, .whole_messages = whole}}
    {
        if constexpr (Role == role::client) {
            fuzz::example_nonce random;
            require(fuzz::core([&] { return ws_.connect(request_for_chat(), random); }) == error::none,
                    "a request is written");
            ws_.written(ws_.write_buffer().size(), now);
        }
    }

    void feed(std::span<std::byte> chunk)
    {
        fuzz::core([&] { ws_.receive(chunk, now); });
        while (poll()) {
        }
        require(ws_.needs(now).wake_after != 0, "after need_input there is nothing to poll");
        for (std::byte& b : chunk)
            b = ~b;
    }

    /// Ends the transport, and returns a line for each event and for the output.
    [[nodiscard]] strings log()
    {
        ws_.input_ended(now);
        while (poll()) {
        }
        require(ended_ && ws_.finished() && ws_.ready_state() == sockless::ready_state::closed, "the end is reported");
        strings result = lines_;
        result.push_back("said " + support::quoted(to_string(output_)));
        return result;
    }

private:
    struct memory {
        sockless::static_websocket_storage<sockless::websocket_sizes{.message = bounds.message_bytes,
                                                                     .output = 2048,
                                                                     .input = std::size_t{1} << 17,
                                                                     .head = characters,
                                                                     .fields = fields}>
            storage;
    };
    using keys = std::conditional_t<Role == role::client, support::zero_keys, sockless::no_mask_keys>;

    /// One event. False if there is none.
    bool poll()
    {
        const auto state = ws_.ready_state();
        const event e = fuzz::core([&] { return ws_.poll(); });
        require(ws_.ready_state() >= state, "the state never goes back");
        fuzz::touch(e.payload());
        if (e.kind() != event_kind::need_input)
            record(e);
        output_.insert(output_.end(), ws_.write_buffer().begin(), ws_.write_buffer().end());
        ws_.written(ws_.write_buffer().size(), now);
        return e.kind() != event_kind::need_input;
    }

    void record(const event& e)
    {
        require(!ended_, "no event follows the close event");
        require(!failed_ || e.kind() == event_kind::close || refused_, "only a close event follows an error");
        switch (e.kind()) {
        case event_kind::need_input: break;
        case event_kind::request: answer(true); break;
        case event_kind::plain_request: answer(false); break;
        case event_kind::open: lines_.emplace_back("open"); break;
        case event_kind::body:
            require(refused_ && !e.payload().empty(), "a body is that of a refusal");
            if (body_.empty())
                lines_.emplace_back();
            body_ += e.text();
            lines_.back() = "body " + support::quoted(body_);
            break;
        case event_kind::message:
            message_.insert(message_.end(), e.payload().begin(), e.payload().end());
            if (e.last()) {
                lines_.push_back(e.is_text() ? support::text_line(message_) : support::binary_line(message_));
                message_.clear();
            }
            break;
        case event_kind::ping: lines_.push_back(support::ping_line(e.payload())); break;
        case event_kind::pong: lines_.push_back(support::pong_line(e.payload())); break;
        case event_kind::error:
            require(ws_.failure() == (failed_ ? error::status_not_101 : e.failure()), "failure() keeps the reason");
            refused_ = !failed_ && e.failure() == error::status_not_101;
            failed_ = true;
            lines_.push_back(support::error_line(e.failure()));
            break;
        case event_kind::close:
            ended_ = true;
            lines_.push_back(ended_line(static_cast<std::uint16_t>(e.code()), e.reason(), e.was_clean()));
            break;
        }
    }

    void answer(bool upgrade)
    {
        if constexpr (Role == role::server)
            require(fuzz::core([&] { return upgrade ? ws_.accept() : ws_.reject(426); }) == error::none,
                    "a request can be answered");
        else
            require(!upgrade && upgrade, "only a server receives requests");
    }

    static constexpr std::uint64_t now = 0; ///< no time passes

    std::unique_ptr<memory> memory_ = std::make_unique<memory>();
    sockless::websocket<Role, keys> ws_;
    strings lines_;
    byte_vector output_;
    byte_vector message_;
    std::string body_;
    bool refused_ = false; ///< the last event but `body` was the refusal
    bool failed_ = false;
    bool ended_ = false;
};

/// Returns the result of a handshake alone for the front of the bytes.
struct opening {
    bool opened = false;
    error failure = error::none;
    std::string output;
    std::string body; ///< of a refusal
    error body_failure = error::none;
    std::span<const std::byte> rest;
};

template <role Role>
opening open_by_itself(std::span<const std::byte> bytes)
{
    const auto storage = std::make_unique<sockless::head_storage<characters, fields>>();
    const auto tx = std::make_unique<sockless::static_byte_queue<2048>>();
    opening result;
    if constexpr (Role == role::server) {
        sockless::server_handshake handshake{*storage};
        const sockless::server_handshake_result outcome = handshake.poll(bytes, *tx);
        if (outcome == sockless::server_handshake_result::request)
            result.opened = !failed(handshake.accept(*tx));
        if (outcome == sockless::server_handshake_result::plain_request)
            require(handshake.respond(*tx, 426) == error::none, "a plain request can be answered");
        else
            result.failure =
                outcome == sockless::server_handshake_result::need_input ? error::connection_lost : handshake.failure();
        result.output = to_string(tx->data());
    } else {
        sockless::client_handshake handshake{*storage};
        fuzz::example_nonce random;
        require(handshake.start(*tx, request_for_chat(), random) == error::none, "a request is written");
        const sockless::client_handshake_result outcome = handshake.poll(bytes);
        result.opened = outcome == sockless::client_handshake_result::open;
        result.failure =
            outcome == sockless::client_handshake_result::need_input ? error::connection_lost : handshake.failure();
        if (outcome == sockless::client_handshake_result::refused) {
            const reference::response_body body{handshake.head(), to_string(bytes), body_bytes};
            result.body = body.content();
            result.body_failure = body.failure();
        }
    }
    result.rest = bytes;
    return result;
}

template <role Role>
strings slow_log(std::span<const std::byte> bytes)
{
    const opening first = open_by_itself<Role>(bytes);
    strings lines;
    std::string output = first.output;
    std::string last = ended_line(1006, {}, false);
    if (first.opened) {
        lines = reference::receiver{Role, bounds}.log_of(first.rest);
        if (!lines.empty() && lines.back().starts_with("out ")) {
            output += to_string(support::bytes_of(lines.back().substr(4)));
            lines.pop_back();
        }
        if (!lines.empty() && lines.back().starts_with("close ")) {
            last = lines.back() + ", clean";
            lines.pop_back();
        } else if (lines.empty() || !lines.back().starts_with("error ")) {
            lines.push_back(support::error_line(error::connection_lost));
        }
        lines.insert(lines.begin(), "open");
    } else if (failed(first.failure)) {
        lines.push_back(support::error_line(first.failure));
        if (!first.body.empty())
            lines.push_back("body " + support::quoted(first.body));
        if (failed(first.body_failure))
            lines.push_back(support::error_line(first.body_failure));
    }
    lines.push_back(last);
    lines.push_back("said " + support::quoted(output));
    return lines;
}

template <role Role>
void check(unsigned choice, std::span<const std::byte> input)
{
    const bool whole = (choice >> 1U & 1U) != 0;
    constexpr std::string_view refusals[] = {fuzz::example_response, "HTTP/1.1 403 Forbidden\r\n\r\n",
                                             "HTTP/1.1 403 Forbidden\r\nContent-Length: 40\r\n\r\n",
                                             "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n"};
    const std::string_view head = Role == role::server ? fuzz::example_request : refusals[choice >> 3U & 3U];
    const byte_vector bytes =
        support::join({support::text((choice >> 2U & 1U) != 0 ? head : std::string_view{}), input});
    fuzz::require_equal(fuzz::same_log_in_every_way(bytes, [whole] { return subject<Role>{whole}; }),
                        slow_log<Role>(bytes), "a handshake and a slow receiver");
}

void body(std::span<const std::byte> input)
{
    fuzz::decisions in{input};
    const unsigned choice = in.byte();
    if (choice % 2 == 0)
        check<role::server>(choice, in.rest());
    else
        check<role::client>(choice, in.rest());
}

const fuzz::target here{"websocket", body};

} // namespace
