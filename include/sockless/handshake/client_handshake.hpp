// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the client's side of the opening handshake: it writes one request and reads the response to it (RFC 6455 4.1).
///
/// @code
/// sockless::client_handshake handshake{storage};
/// e = handshake.start(tx, {.where = where, .origin = "https://example.com"}, randomness);
/// switch (handshake.poll(in)) {
/// case sockless::client_handshake_result::need_input: break; // read more
/// case sockless::client_handshake_result::open: break;       // the remaining input is frames
/// case sockless::client_handshake_result::refused: break;    // another response, whose body remains; close the transport
/// case sockless::client_handshake_result::failed: break;     // close the transport
/// }
/// @endcode
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/random_source.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/head.hpp"
#include "../http/head_storage.hpp"
#include "accept_key.hpp"
#include "client_request.hpp"
#include "upgrade_response.hpp"

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// Writes one request and reads its response; can be started again for another attempt.
///
/// `poll` returns `need_input`, `open`, `refused` or `failed`, and skips interim responses (RFC 9110 15.2); all of them together can
/// be as long as one head. Its further errors are those of `check_response`.
///
/// @tparam Head  `whole_head`: `head` has the whole head; `streamed_head`: only status and subprotocol are kept
template <class Head>
class basic_client_handshake
    : public detail::head_phase<detail::head_kind::response, Head, detail::response_sink<Head>> {
    using phase = detail::head_phase<detail::head_kind::response, Head, detail::response_sink<Head>>;
    static constexpr bool is_whole = std::is_same_v<Head, whole_head>;

public:
    /// @param memory  outlives this object and everything that it gives out
    explicit constexpr basic_client_handshake(typename Head::memory memory) noexcept
        : phase{memory, client_handshake_result::failed}
    {
    }

    /// Writes the request with a fresh key. A handshake before is forgotten.
    ///
    /// @param[in,out] tx      the whole request is appended, or nothing
    /// @param options         its `subprotocols` and `extensions` belong to the caller until the result is there; all else is read
    ///                        during the call only
    /// @param[in,out] random  16 bytes are drawn for a valid request, none for an invalid one
    /// @return `error::none`, or why nothing was written or changed
    /// @par Errors      no_random, and those of `write_request`
    /// @par Source      RFC 6455 4.1
    template <sha1_hash Sha1 = sha1, random_source Source>
    [[nodiscard]] SOCKLESS_NOINLINE error start(byte_queue& tx, const connect_options& options, Source& random) noexcept
    {
        key_value key;
        const auto new_key = [&](key_value& out) { return make_key(random, out); };
        if (const error e = detail::request_writer{tx}.write(options, new_key, key); failed(e))
            return e;
        this->restart();
        expected_response& expected = this->sink_.expected();
        expected.subprotocols = options.subprotocols;
        expected.extensions = options.extensions;
        expected.subprotocol_required = options.subprotocol_required;
        detail::make_accept_of<Sha1>(key.characters.data(), expected.accept);
        return error::none;
    }

    /// Returns what the server has agreed to, after `open`. Valid while the memory is.
    [[nodiscard]] upgrade_response response() const noexcept
        requires is_whole
    {
        return this->sink_.response();
    }
    /// Returns status, reason and fields, after `open`, `refused` and a failure of a complete head; otherwise status 0.
    /// A 426 can list the server's versions in Sec-WebSocket-Version (RFC 6455 4.4). Valid while the memory is.
    [[nodiscard]] const response_head& head() const noexcept
        requires is_whole
    {
        return this->parser_.is_complete() ? this->sink_.head() : detail::no_response;
    }
    /// Returns the one of the offered subprotocols that the server has chosen, after `open`; empty: none.
    [[nodiscard]] std::string_view subprotocol() const noexcept
        requires(!is_whole)
    {
        return this->sink_.subprotocol();
    }
    /// Returns the status of the response, after `open` and `refused`.
    [[nodiscard]] std::uint16_t status() const noexcept
        requires(!is_whole)
    {
        return this->sink_.head().status;
    }

    /// Returns whether the connection is open.
    [[nodiscard]] bool is_open() const noexcept { return this->result_ == client_handshake_result::open; }
};

/// The handshake of a client that keeps the whole head.
using client_handshake = basic_client_handshake<whole_head>;
/// The handshake of a client with little memory.
using streaming_client_handshake = basic_client_handshake<streamed_head>;

static_assert(std::is_trivially_copyable_v<client_handshake> &&
              std::is_trivially_copyable_v<streaming_client_handshake>);

} // namespace sockless::inline SOCKLESS_ABI
