// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the client's side of the opening handshake for small programs: the response is judged while it streams by, and of
/// it only the status and the chosen subprotocol are kept (RFC 6455 4.1).
///
///     small_client_handshake handshake{room};
///     e = handshake.start(tx, request, random);
///     switch (handshake.poll(in)) {
///     case client_handshake_result::need_input: break; // read more
///     case client_handshake_result::open: break;       // `in` holds frames from here on
///     case client_handshake_result::refused: break;    // an ordinary answer, see `status`; close the transport
///     case client_handshake_result::failed: break;     // close the transport
///     }
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/copy.hpp"
#include "../bytes/random_source.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/limits.hpp"
#include "../http/field_grammar.hpp"
#include "../http/field_index.hpp"
#include "../http/final_response.hpp"
#include "../http/head_stream.hpp"
#include "accept_key.hpp"
#include "client_handshake.hpp"
#include "client_request.hpp"
#include "extension.hpp"
#include "head_judge.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// Writes one request and reads its response by all the rules of `client_handshake`, which keeps the whole head instead.
class small_client_handshake : private detail::head_judge<detail::head_kind::response> {
public:
    /// `room`    the caller's, for one line at a time: 128 octets are enough, and what does not fit fails. Fields that no rule is
    ///           about may be longer. Outlives this object.
    explicit constexpr small_client_handshake(std::span<char> room) noexcept : head_judge{room} {}

    /// See client_handshake::start.
    ///
    /// `request` its `subprotocols` and `extensions` belong to the caller until the outcome is there
    /// errors    `no_random`, `no_space`, those of `check_request`: nothing is written or changed then
    /// source    RFC 6455 4.1
    template <sha1_hash Sha1 = sha1, random_source Source>
    [[nodiscard]] SOCKLESS_NOINLINE constexpr error start(byte_queue& tx, const connect_options& request,
                                                          Source& random) noexcept
    {
        key_value key;
        if (const error e = make_key(random, key); failed(e))
            return e;
        if (const error e = write_request(tx, request, key); failed(e))
            return e;
        restart();
        head_.count_anew();
        detail::make_accept_of<Sha1>(key.characters, accept_);
        offered_ = request.subprotocols;
        extensions_ = request.extensions;
        subprotocol_required_ = request.subprotocol_required;
        state_ = state::want_head;
        return error::none;
    }

    /// See client_handshake::poll. All interim responses and the final one together may have `limits::head_bytes`.
    ///
    /// errors    `failure` gives those of `final_response_reader` and `check_response`
    /// source    RFC 6455 4.1
    /// cost      O(bytes eaten)
    constexpr client_handshake_result poll(std::span<const std::byte>& in) noexcept
    {
        SOCKLESS_ASSERT(state_ != state::want_start);
        switch (state_) {
        case state::want_head: return read(in);
        case state::open: return client_handshake_result::open;
        case state::refused: return client_handshake_result::refused;
        case state::want_start:
        case state::failed: break;
        }
        in = {};
        return client_handshake_result::need_input;
    }
    constexpr client_handshake_result poll(std::span<std::byte>& in) noexcept
    {
        return detail::reading(in, [&](std::span<const std::byte>& view) { return poll(view); });
    }

    /// The one of the offered subprotocols that the server has chosen, after `open`; empty: none.
    [[nodiscard]] constexpr std::string_view subprotocol() const noexcept { return subprotocol_; }
    /// What the server answered, after `open` and `refused`.
    [[nodiscard]] constexpr std::uint16_t status() const noexcept { return status_; }
    using head_judge::failure; // `status_not_101` after `refused`, the reason after `failed`, else `none`
    [[nodiscard]] constexpr bool is_open() const noexcept { return state_ == state::open; }

private:
    using known = detail::known_field;
    enum class state : std::uint8_t { want_start, want_head, open, refused, failed };

    SOCKLESS_NOINLINE constexpr client_handshake_result read(std::span<const std::byte>& in) noexcept
    {
        detail::head_part part{};
        do {
            part = head_.next(in, failure_);
            if (part == detail::head_part::nothing)
                return client_handshake_result::need_input;
            take(part);
            head_.drop_text();
        } while (part != detail::head_part::failure && state_ == state::want_head);
        if (state_ == state::open)
            return client_handshake_result::open;
        if (state_ == state::refused)
            return client_handshake_result::refused;
        state_ = state::failed;
        in = {};
        return client_handshake_result::failed;
    }

    constexpr void take(detail::head_part part) noexcept
    {
        const std::string_view text = head_.text();
        using detail::head_part;
        switch (part) {
        case head_part::response_version:
            if (!detail::is_supported_version(text))
                note(error::http_version_unsupported);
            break;
        case head_part::status: take_status(); break;
        case head_part::name: take_name(); break;
        case head_part::value: take_field(); break;
        case head_part::end: judge(); break;
        case head_part::failure:
        case head_part::method:
        case head_part::nothing: break;
        }
    }
    constexpr void take_status() noexcept
    {
        const std::string_view text = head_.text();
        status_ = 0;
        for (const char c : text)
            status_ = static_cast<std::uint16_t>(status_ * 10 + (c - '0'));
    }

    /// One line of a field that matters.
    constexpr void take_field() noexcept
    {
        const std::string_view value = head_.text();
        take_value(rules);
        if (name_ == known::websocket_accept && !detail::same(value, accept_.view()))
            note(error::accept_mismatch);
        if (name_ == known::websocket_protocol)
            take_subprotocol();
        if (name_ == known::websocket_extensions)
            take_extensions();
    }

    /// RFC 6455 4.1, 11.3.4: one of those that were offered
    constexpr void take_subprotocol() noexcept
    {
        const std::string_view value = head_.text();
        subprotocol_ = {};
        for (const std::string_view& name : offered_)
            if (detail::same(name, value))
                subprotocol_ = name;
        if (subprotocol_.empty())
            note(error::subprotocol_not_offered);
    }

    /// RFC 6455 4.1, 9.1; erratum 3433: any number of lines
    constexpr void take_extensions() noexcept
    {
        list_cursor chosen{head_.text()}; // no parameter has a comma in it, which is no token character
        std::string_view element;
        while (chosen.next(element))
            if (!is_offered(element.data(), name_size(element.data(), element.size())))
                note(error::extension_not_offered);
    }
    [[nodiscard]] constexpr bool is_offered(const char* name, std::size_t size) const noexcept
    {
        list_cursor offered{extensions_};
        std::string_view element;
        while (offered.next(element))
            if (detail::same({element.data(), name_size(element.data(), element.size())}, {name, size}))
                return true;
        return false;
    }
    /// The length of the name of an extension with its parameters, if it is well formed.
    [[nodiscard]] static constexpr std::size_t name_size(const char* element, std::size_t size) noexcept
    {
        std::size_t end = 0;
        while (end < size && element[end] != ';' && !is_white_space(element[end]))
            ++end;
        return end;
    }

    /// What can be said at the end of the head only.
    constexpr void judge() noexcept
    {
        if (is_interim_status(status_))
            return restart();
        if (status_ != 101) {
            failure_ = error::status_not_101;
            subprotocol_ = {};
            state_ = state::refused;
            return;
        }
        if (subprotocol_required_ && !offered_.empty() && !has(seen_, known::websocket_protocol))
            note(error::subprotocol_missing);
        judge_fields(rules);
        state_ = failed(failure_) ? state::failed : state::open;
    }

    /// In the order of `known_field`.
    static constexpr detail::field_rules rules = [] {
        using enum error;
        using detail::first_row_of, detail::value_state;
        constexpr std::uint8_t token = first_row_of(value_state::token);
        return detail::field_rules{{
            detail::connection_rule,
            detail::content_length_rule,
            {}, // Expect
            {}, // Host
            {}, // Origin
            detail::transfer_encoding_rule,
            // RFC 6455 4.1: the value as a whole, although Upgrade is a list
            {token, upgrade_not_websocket, upgrade_not_websocket, upgrade_missing, upgrade_not_websocket},
            {.repeated = accept_repeated, .missing = accept_missing},
            detail::extensions_rule,
            {}, // Sec-WebSocket-Key
            {token, subprotocol_invalid, subprotocol_repeated},
            {}, // Sec-WebSocket-Version
        }};
    }();

    std::span<const std::string_view> offered_{};
    std::string_view extensions_{};
    std::string_view subprotocol_{};
    accept_value accept_;
    std::uint16_t status_ = 0;
    state state_ = state::want_start;
    bool subprotocol_required_ = false;
};

static_assert(std::is_trivially_copyable_v<small_client_handshake>);

} // namespace sockless::inline SOCKLESS_ABI
