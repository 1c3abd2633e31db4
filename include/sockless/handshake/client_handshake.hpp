// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the client's side of the opening handshake: it writes one request and reads the response to it (RFC 6455 4.1).
///
///     client_handshake handshake{storage};
///     e = handshake.start(tx, request, random);
///     switch (handshake.poll(in)) {
///     case client_handshake_result::need_input: break; // read more
///     case client_handshake_result::open: break;       // `in` holds frames from here on
///     case client_handshake_result::refused: break;    // an ordinary answer, `in` holds its body; close the transport
///     case client_handshake_result::failed: break;     // close the transport
///     }
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/copy.hpp"
#include "../bytes/random_source.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/final_response.hpp"
#include "../http/head.hpp"
#include "../http/head_reader.hpp"
#include "../http/head_storage.hpp"
#include "accept_key.hpp"
#include "client_request.hpp"
#include "upgrade_response.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

enum class client_handshake_result : std::uint8_t {
    need_input, ///< all input was eaten, or dropped after a failure
    open,       ///< the connection is open, and what is left of the input stands in frames
    refused,    ///< the server answered with another status than 101: see `head`; what is left of the input is its body
    failed,     ///< told once, see `failure`
};

/// Writes one request and reads its response; may be started again for another attempt.
class client_handshake {
public:
    /// `space`   outlives this object and everything that `response` and `head` give out
    explicit constexpr client_handshake(head_buffers space) noexcept : reader_{space}, space_{space} {}

    /// Writes the request with a fresh key. Whatever went before is forgotten.
    ///
    /// `tx`      the whole request is appended, or nothing
    /// `request` its `subprotocols` and `extensions` belong to the caller until the outcome is there; the rest is looked at
    ///           during the call only
    /// `random`  asked for 16 bytes
    /// errors    `no_random`, `no_space`, those of `check_request`: nothing is written or changed then
    /// source    RFC 6455 4.1
    template <sha1_hash Sha1 = sha1, random_source Source>
    [[nodiscard]] constexpr error start(byte_queue& tx, const connect_options& request, Source& random) noexcept
    {
        key_value key;
        if (const error e = check_request(request); failed(e))
            return e;
        if (const error e = make_key(random, key); failed(e))
            return e;
        if (const error e = write_request(tx, request, key); failed(e))
            return e;
        *this = client_handshake{space_};
        expected_ = {make_accept<Sha1>(key.view()), request.subprotocols, request.extensions,
                     request.subprotocol_required};
        state_ = state::want_head;
        return error::none;
    }

    /// Eats the head of the response from the front of `in` and not one byte more. Interim responses are skipped
    /// (RFC 9110 15.2); all of them together may be as long as one head.
    ///
    /// `in`      a cursor over any piece of the stream; not modified, and no view into it is kept. `start` has been called.
    /// returns   `open` and `refused` on this and every later call, which eats nothing; `failed` once: later input is dropped,
    ///           and the answer to it is `need_input`; `need_input` otherwise
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

    /// What the server has agreed to, after `open`. Valid while the storage is.
    [[nodiscard]] constexpr const upgrade_response& response() const noexcept { return response_; }
    /// Status, reason and fields, after `open`, `refused` and a failure of what a whole head says; otherwise status 0.
    /// A 426 may list the server's versions: see `version_cursor`. Valid while the storage is.
    [[nodiscard]] constexpr const response_head& head() const noexcept { return head_; }
    /// `status_not_101` after `refused`, the reason after `failed`, else `none`.
    [[nodiscard]] constexpr error failure() const noexcept { return failure_; }
    /// Where in the head a malformed response went wrong, counted from its first octet; 0 for what concerns the head as a whole.
    [[nodiscard]] constexpr std::size_t failure_offset() const noexcept { return reader_.failure_offset(); }
    [[nodiscard]] constexpr bool is_open() const noexcept { return state_ == state::open; }

private:
    enum class state : std::uint8_t { want_start, want_head, open, refused, failed };

    constexpr client_handshake_result read(std::span<const std::byte>& in) noexcept
    {
        switch (reader_.poll(in)) {
        case head_result::need_input: return client_handshake_result::need_input;
        case head_result::failed: return fail(reader_.failure(), in);
        case head_result::complete: break;
        }
        head_ = reader_.head();
        failure_ = detail::judge_response(head_, reader_.index(), expected_, response_);
        if (failure_ == error::status_not_101) {
            state_ = state::refused;
            return client_handshake_result::refused;
        }
        if (failed(failure_))
            return fail(failure_, in);
        state_ = state::open;
        return client_handshake_result::open;
    }

    constexpr client_handshake_result fail(error reason, std::span<const std::byte>& in) noexcept
    {
        state_ = state::failed;
        failure_ = reason;
        in = {};
        return client_handshake_result::failed;
    }

    final_response_reader reader_;
    head_buffers space_;
    expected_response expected_;
    upgrade_response response_;
    response_head head_;
    state state_ = state::want_start;
    error failure_ = error::none;
};

static_assert(std::is_trivially_copyable_v<client_handshake>);

} // namespace sockless::inline SOCKLESS_ABI
