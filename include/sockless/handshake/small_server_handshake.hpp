// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the server's side of the opening handshake for small programs: the request is judged while it streams by, and of
/// it only the target and the offered subprotocols are kept (RFC 6455 4.2).
///
///     small_server_handshake handshake{room};
///     switch (handshake.poll(in, tx)) {
///     case server_handshake_result::need_input: break;                        // read more
///     case server_handshake_result::request: e = handshake.accept(tx); break; // or respond(tx, 404): see `target`
///     case server_handshake_result::plain_request: e = handshake.refuse(tx); break;
///     case server_handshake_result::rejected: break;                           // send tx, close the transport
///     case server_handshake_result::open: break;                              // `in` holds frames from here on
///     }
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/authority.hpp"
#include "../http/field_grammar.hpp"
#include "../http/field_index.hpp"
#include "../http/head_stream.hpp"
#include "../http/head_writer.hpp"
#include "../http/uri.hpp"
#include "accept_key.hpp"
#include "extension.hpp"
#include "head_judge.hpp"
#include "negotiation.hpp"
#include "server_handshake.hpp"
#include "server_response.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// Reads one request by all the rules of `server_handshake`, which keeps the whole head instead, and writes one answer.
class small_server_handshake : private detail::head_judge<detail::head_kind::request> {
public:
    /// `room`    the caller's, for target and subprotocols and one more line at a time: 128 octets are enough for most requests,
    ///           and what does not fit is refused. Fields that no rule is about may be longer. Outlives this object.
    explicit constexpr small_server_handshake(std::span<char> room) noexcept : head_judge{room} {}

    /// See server_handshake::poll.
    ///
    /// errors    `failure` gives those of `request_reader` and `check_upgrade`
    /// source    RFC 6455 4.2.1, 4.2.2
    /// cost      O(bytes eaten)
    constexpr server_handshake_result poll(std::span<const std::byte>& in, byte_queue& tx) noexcept
    {
        switch (state_) {
        case state::want_head: return read(in, tx);
        case state::want_answer: return waiting();
        case state::open: return server_handshake_result::open;
        case state::want_room: write_waiting(tx); break;
        case state::answered: break;
        }
        in = {};
        return server_handshake_result::need_input;
    }
    constexpr server_handshake_result poll(std::span<std::byte>& in, byte_queue& tx) noexcept
    {
        return detail::reading(in, [&](std::span<const std::byte>& view) { return poll(view, tx); });
    }

    /// What a request asks for: a path, and "?" and a query perhaps. Valid while the room is.
    [[nodiscard]] constexpr std::string_view target() const noexcept { return target_; }
    /// The client's list, in order of preference.
    [[nodiscard]] constexpr list_cursor subprotocols() const noexcept { return list_cursor{subprotocols_}; }

    /// Writes the 101: the connection is open, and what is left of the input stands in frames.
    ///
    /// `tx`      the whole response is appended, or nothing; frames may follow it
    /// `subprotocol` one of the client's; empty: none
    /// errors    `not_open`: no good upgrade request waits; `subprotocol_not_requested`, `no_space`. Nothing is changed then.
    /// source    RFC 6455 4.2.2
    template <sha1_hash Sha1 = sha1>
    [[nodiscard]] SOCKLESS_NOINLINE constexpr error accept(byte_queue& tx, std::string_view subprotocol = {}) noexcept
    {
        if (state_ != state::want_answer || failed(failure_))
            return error::not_open;
        if (!subprotocol.empty() && !contains_subprotocol(subprotocols(), subprotocol))
            return error::subprotocol_not_requested;
        detail::head_writer out{tx};
        if (has(listed_, known::expect)) // RFC 9110 7.8
            out.packed<"HTTP/1.1 100 Continue\r\n\r\n">();
        out.packed<
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ">();
        accept_value accept;
        detail::make_accept_of<Sha1>(key_, accept);
        out.text(accept.view());
        if (!subprotocol.empty())
            out.packed<"\r\nSec-WebSocket-Protocol: ">().text(subprotocol);
        return finish(out, state::open);
    }

    /// Answers with another status and nothing else; then the program sends `tx` and closes the transport. May be called before
    /// the head is complete as well, for 408 or 503. A page is for `write_response` to write.
    ///
    /// `tx`      the whole response is appended, or nothing
    /// errors    `not_open`: there is an answer already; `status_not_sendable`, `no_space`. Nothing is changed then.
    /// source    RFC 6455 4.2.2; RFC 9112 4
    [[nodiscard]] constexpr error respond(byte_queue& tx, std::uint16_t status) noexcept
    {
        if (state_ != state::want_head && state_ != state::want_answer)
            return error::not_open;
        return status < 200 || status > 599 ? error::status_not_sendable : answer(tx, status);
    }

    /// Answers a request that waits with what the library would say: 426 to an ordinary request, 400 to any other.
    ///
    /// errors    `not_open`: no request waits; `no_space`. Nothing is changed then.
    [[nodiscard]] constexpr error refuse(byte_queue& tx) noexcept
    {
        if (state_ != state::want_answer)
            return error::not_open;
        return answer(tx, failed(failure_) ? 426 : 400);
    }

    using head_judge::failure; // why the request was refused or is an ordinary one; `none` if neither
    /// Whether the refusal found no room in `tx` so far. Once it is false after `refused`, send `tx` and close the transport.
    [[nodiscard]] constexpr bool rejection_pending() const noexcept { return state_ == state::want_room; }
    /// Whether the 101 is written.
    [[nodiscard]] constexpr bool is_open() const noexcept { return state_ == state::open; }
    /// Whether another answer is written: send `tx`, then close the transport.
    [[nodiscard]] constexpr bool is_answered() const noexcept { return state_ == state::answered; }

private:
    using known = detail::known_field;
    enum class state : std::uint8_t { want_head, want_answer, want_room, open, answered };

    [[nodiscard]] constexpr server_handshake_result waiting() const noexcept
    {
        return failed(failure_) ? server_handshake_result::plain_request : server_handshake_result::request;
    }

    SOCKLESS_NOINLINE constexpr server_handshake_result read(std::span<const std::byte>& in, byte_queue& tx) noexcept
    {
        detail::head_part part{};
        do {
            part = head_.next(in, failure_);
            if (part == detail::head_part::nothing)
                return server_handshake_result::need_input;
            take(part);
            head_.drop_text();
        } while (part < detail::head_part::nothing && !is_broken());
        if (!failed(failure_) || is_plain_request(failure_)) {
            state_ = state::want_answer;
            return waiting();
        }
        state_ = state::want_room;
        in = {};
        write_waiting(tx);
        return server_handshake_result::rejected;
    }

    constexpr void write_waiting(byte_queue& tx) noexcept { static_cast<void>(answer(tx, http_status_for(failure_))); }

    constexpr error answer(byte_queue& tx, std::uint16_t status) noexcept
    {
        detail::head_writer out{tx};
        out.packed<"HTTP/1.1 ">().number(status);
        // RFC 9112 4: SP even without a phrase, which carries no meaning
        if (status == 426) // RFC 9110 15.5.22, RFC 6455 4.4
            out.packed<" \r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13"
                       "\r\nContent-Length: 0">();
        else
            out.packed<" \r\nConnection: close\r\nContent-Length: 0">();
        if (status == 405) // RFC 9110 15.5.6
            out.packed<"\r\nAllow: GET">();
        return finish(out, state::answered);
    }
    SOCKLESS_NOINLINE constexpr error finish(detail::head_writer& out, state then) noexcept
    {
        const error e = out.packed<"\r\n\r\n">().finish();
        if (!failed(e))
            state_ = then;
        return e;
    }

    constexpr void take(detail::head_part part) noexcept
    {
        const std::string_view text = head_.text();
        using detail::head_part;
        switch (part) {
        case head_part::method:
            if (text.size() != 3 || !detail::begins_with(text, "GET"))
                note(error::method_not_get);
            break;
        case head_part::target: take_target(); break;
        case head_part::request_version:
            if (!detail::is_supported_version(text))
                note(error::http_version_unsupported);
            break;
        case head_part::name: take_name(); break;
        case head_part::value: take_field(); break;
        case head_part::end: judge(); break;
        case head_part::failure:
        case head_part::nothing: break;
        }
    }

    /// RFC 9112 3.2: a path with an optional query; or an http URI, of which no more than that is kept
    SOCKLESS_INLINE constexpr void take_target() noexcept
    {
        const std::string_view text = head_.text();
        using detail::agreeing, detail::first_row_of, detail::value_state;
        unsigned grammar = first_row_of(value_state::origin_form);
        std::size_t path = 0;
        if (!text.starts_with('/')) {
            path = agreeing(first_row_of(value_state::http), text.data(), text.size());
            path = agreeing(first_row_of(value_state::host), text.data(), text.size(), path); // which is never empty
            grammar = first_row_of(value_state::resource);
        }
        if (agreeing(grammar, text.data(), text.size(), path) != text.size())
            return;
        if (path == text.size() || text[path] != '/')
            head_.replace(--path, '/'); // where the authority stood
        target_ = {head_.keep(path), text.size() - path};
    }

    /// One line of a field that matters.
    constexpr void take_field() noexcept
    {
        const std::string_view value = head_.text();
        take_value(rules);
        if (name_ == known::websocket_key) {
            if (!is_key(value))
                return note(error::key_invalid);
            for (std::size_t i = 0; i < key_.size(); ++i)
                key_[i] = value[i];
        }
        if (name_ == known::websocket_protocol)
            take_subprotocols();
    }

    /// RFC 6455 4.1, 4.3, 11.3.4: all different, over any number of lines. They are kept as one list.
    constexpr void take_subprotocols() noexcept
    {
        const std::string_view value = head_.text();
        if (!head_.append(','))
            return note(error::head_too_large);
        const char* const begin = head_.keep() - subprotocols_.size();
        subprotocols_ = {begin, subprotocols_.size() + value.size() + 1};
        list_cursor list{value};
        std::string_view name;
        // Of these two the first one counts, as it does where the whole head is at hand.
        while (failure_ != error::subprotocol_repeated_name && list.next(name)) {
            if (!detail::agrees<detail::value_state::token>(name))
                note(error::subprotocol_invalid);
            else if (contains_subprotocol(list_cursor{{begin, static_cast<std::size_t>(name.data() - begin)}}, name))
                note(error::subprotocol_repeated_name);
        }
    }

    /// What can be said at the end of the head only.
    constexpr void judge() noexcept
    {
        if (target_.empty() && (!failed(failure_) || failure_ > error::http_version_unsupported))
            failure_ = error::request_target_invalid; // which is not looked at for another method or version
        judge_fields(rules);
    }

    /// In the order of `known_field`.
    static constexpr detail::field_rules rules = [] {
        using enum error;
        using detail::first_row_of, detail::value_state;
        return detail::field_rules{{
            detail::connection_rule,
            detail::content_length_rule,
            {}, // Expect
            {first_row_of(value_state::host), host_invalid, host_repeated, host_missing},
            {.repeated = origin_repeated},
            detail::transfer_encoding_rule,
            {first_row_of(value_state::protocols), upgrade_not_websocket, none, upgrade_missing, upgrade_not_websocket},
            {}, // Sec-WebSocket-Accept
            detail::extensions_rule,
            {.repeated = key_repeated, .missing = key_missing},
            {.unlisted = subprotocol_invalid},
            {first_row_of(value_state::octet), version_invalid, version_repeated, version_missing, version_unsupported},
        }};
    }();

    std::string_view target_;
    std::string_view subprotocols_;
    detail::key_text key_{};
    state state_ = state::want_head;
};

static_assert(std::is_trivially_copyable_v<small_server_handshake>);

} // namespace sockless::inline SOCKLESS_ABI
