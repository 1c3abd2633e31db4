// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the client's side of the opening handshake: it writes one request, reads the response to it, and validates that
/// (RFC 6455 4.1). The head of the response can also come from any other HTTP parser.
///
/// @code
/// sockless::client_handshake handshake{storage};
/// e = handshake.start(tx, {.where = where, .origin = "https://example.com"}, randomness);
/// switch (handshake.poll(in)) {
/// case sockless::client_handshake_result::need_input: break; // read more
/// case sockless::client_handshake_result::open: break;       // the remaining input is frames
/// case sockless::client_handshake_result::refused: break;    // another response: `body_reader`, then close the transport
/// case sockless::client_handshake_result::failed: break;     // close the transport
/// }
/// @endcode
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/random_source.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/character_class.hpp"
#include "../http/head.hpp"
#include "../http/head_lines.hpp"
#include "../http/head_reader.hpp"
#include "../http/head_storage.hpp"
#include "../http/kept_head.hpp"
#include "../http/value_grammar.hpp"
#include "accept_key.hpp"
#include "client_request.hpp"
#include "field_validator.hpp"
#include "negotiation.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// What the client has asked for, as far as the response depends on it. The lists belong to the caller.
struct expected_response {
    accept_value accept = {};                            ///< of `make_accept`
    std::span<const std::string_view> subprotocols = {}; ///< those that were offered
    std::string_view extensions = {};                    ///< as offered; empty: none
    bool subprotocol_required = false;                   ///< a response without a subprotocol is an error
};

/// What the server has agreed to. All views point into the head that was validated.
struct upgrade_response {
    std::string_view subprotocol = {};  ///< empty: none
    std::span<const field> fields = {}; ///< all fields, Set-Cookie lines included

    /// Returns the extensions in the order in which they transform what is sent. Their parameters are for the extensions to check.
    [[nodiscard]] constexpr extension_cursor extensions() const noexcept { return extension_cursor{fields}; }
};

/// The result of one `poll` of a client's handshake.
enum class client_handshake_result : std::uint8_t {
    need_input, ///< all input was consumed, or dropped after a failure
    open,       ///< the connection is open, and the remaining input is frames
    refused,    ///< the server responded with another status than 101; `body_reader` reads the remaining input
    failed,     ///< returned once, see `failure`
};

namespace detail {

/// In the order of `field_id`.
inline constexpr field_rules response_rules = [] {
    using enum error;
    constexpr std::uint8_t token = start_of("token");
    return field_rules{{
        connection_rule,
        {}, // Content-Length: a 101 has no body, whatever it announces (RFC 9112 6.3)
        {}, // Expect
        {}, // Host
        {}, // Origin
        {}, // Transfer-Encoding: the same
        // RFC 6455 4.1: the value as a whole, although Upgrade is a list
        {token, upgrade_not_websocket, upgrade_not_websocket, upgrade_missing, upgrade_not_websocket},
        {.repeated = accept_repeated, .missing = accept_missing},
        extensions_rule,
        {}, // Sec-WebSocket-Key
        {token, subprotocol_invalid, subprotocol_repeated},
        {}, // Sec-WebSocket-Version
    }};
}();

/// What is kept of the start line of a response of which the whole head is not.
struct streamed_response {
    std::uint16_t status = 0;
};

/// Validates a response by the rules of RFC 6455 4.1 while a parser reads its head, and keeps what the kind of head says. Interim
/// responses are skipped (RFC 9110 15.2).
///
/// @tparam Rules  for the fields
template <class Head, const field_rules& Rules = response_rules>
struct response_sink : field_validator {
    static constexpr bool is_whole = std::is_same_v<Head, whole_head>;
    /// An extension cannot be in use without its parameters.
    static constexpr bool keeps_extensions = Head::keeps(field_name(field_id::websocket_extensions));

    using result_type = client_handshake_result;
    static constexpr result_type first_result = result_type::failed;
    using store = head_store<Head>;
    using head_type = std::conditional_t<is_whole, response_head, streamed_response>;

    constexpr response_sink() noexcept = default;
    constexpr response_sink(const expected_response& wanted, const head_type& start) noexcept
        : expected{wanted}, head{start}
    {
    }

    SOCKLESS_INLINE void on_part(head_part part, std::string_view text, const store&) noexcept
    {
        if (part == head_part::response_version)
            check_version(text.data()[0], text.data()[is_whole ? 2 : 1]);
        if constexpr (is_whole)
            keep_part(head, part, text);
        else if (part == head_part::status)
            head.status = static_cast<std::uint16_t>(parse_number(text));
    }
    SOCKLESS_INLINE constexpr void on_field(const known_field& known, std::string_view value, const store&) noexcept
    {
        check_value(Rules, known, value);
        // The accept value is no secret, so that the time of the comparison can depend on it; nothing that the handshake compares
        // is one.
        if (known.id == field_id::websocket_accept && !equal(value, expected.accept.view()))
            record(error::accept_mismatch);
        if (known.id == field_id::websocket_protocol)
            check_subprotocol(value);
        // erratum 3433: any number of lines
        if (known.id == field_id::websocket_extensions &&
            (!keeps_extensions || !contains_all_extensions(element_cursor{expected.extensions}, value)))
            record(error::extension_not_offered);
    }
    SOCKLESS_INLINE bool on_end(const store& kept) noexcept
    {
        if (is_interim_status(head.status)) {
            reset();
            return false;
        }
        if constexpr (is_whole)
            head.fields = kept.fields();
        check_end();
        return true;
    }
    [[nodiscard]] static constexpr bool is_broken() noexcept { return false; }

    /// Checks what can only be said at the end of the head. Any status but 101 is an error before all others.
    constexpr void check_end() noexcept
    {
        if (head.status != 101) {
            failure = error::status_not_101;
            subprotocol = {};
            return;
        }
        check_agreement();
    }
    /// Checks what can only be said at the end of a head whose status opens the connection.
    SOCKLESS_INLINE constexpr void check_agreement() noexcept
    {
        if (expected.subprotocol_required && !expected.subprotocols.empty() && !has(seen, field_id::websocket_protocol))
            record(error::subprotocol_missing);
        check_required<Rules>();
    }
    /// Forgets the head that has ended.
    constexpr void reset() noexcept
    {
        static_cast<field_validator&>(*this) = {};
        subprotocol = {};
        if constexpr (is_whole)
            head = {};
    }

    /// Returns the result of a head that is complete, or has failed.
    [[nodiscard]] client_handshake_result result() const noexcept
    {
        if (!failed(failure))
            return client_handshake_result::open;
        return failure == error::status_not_101 ? client_handshake_result::refused : client_handshake_result::failed;
    }
    [[nodiscard]] constexpr upgrade_response response() const noexcept
    {
        return {failed(failure) ? std::string_view{} : subprotocol, head.fields};
    }

    /// RFC 6455 4.1, 11.3.4: one of those that were offered
    SOCKLESS_INLINE constexpr void check_subprotocol(std::string_view value) noexcept
    {
        subprotocol = {};
        for (const std::string_view& name : expected.subprotocols)
            if (equal(name, value))
                subprotocol = is_whole ? value : name;
        if (subprotocol.empty())
            record(error::subprotocol_not_offered);
    }

    expected_response expected;
    std::string_view subprotocol{}; ///< in the whole head, or in the client's list
    head_type head;
};

} // namespace detail

/// Validates a response by all rules of RFC 6455 4.1.
///
/// Interim responses (RFC 9110 15.2) are for the caller to skip. A Content-Length other than 0 and any Transfer-Encoding in a 101
/// are rejected: a 101 must not have them, and a server that means them would send a body where frames belong.
///
/// @param head      of any parser; field values have no white space around them; outlives `out`
/// @param expected  read during the call only
/// @param[out] out  `fields` always; the subprotocol if there is no error
/// @return `error::none`, or the first error in the order of `error`, but `status_not_101` before all
/// @par Errors      status_not_101, http_version_unsupported, upgrade_missing, upgrade_not_websocket,
///                  connection_not_upgrade, subprotocol_invalid, extensions_invalid, accept_missing, accept_repeated,
///                  accept_mismatch, subprotocol_repeated, subprotocol_not_offered, subprotocol_missing, extension_not_offered
/// @par Source      RFC 6455 4.1, 11.3; RFC 9110 8.6; RFC 9112 6.1
/// @par Complexity  O(size of the head), times the number of subprotocols and extensions that the client has offered
[[nodiscard]] constexpr error check_response(const response_head& head, const expected_response& expected,
                                             upgrade_response& out) noexcept
{
    detail::response_sink<whole_head> sink{expected, head};
    sink.check_version(head.version);
    detail::check_fields(head.fields, sink);
    sink.check_end();
    out = sink.response();
    return sink.failure;
}

/// Writes one request and reads its response; can be started again for another attempt.
///
/// `poll` returns `need_input`, `open`, `refused` or `failed`, and skips interim responses (RFC 9110 15.2); all of them together can
/// be as long as one head. Its further errors are those of `check_response`.
///
/// @tparam Head  `whole_head`: `head` has the whole head; `streamed_head`: only status and subprotocol are kept, and the fields that
///               `streamed_head::with` names. To offer an extension it names Sec-WebSocket-Extensions.
template <class Head>
class basic_client_handshake
    : public detail::head_phase<detail::head_kind::response, Head, detail::response_sink<Head>> {
    using phase = detail::head_phase<detail::head_kind::response, Head, detail::response_sink<Head>>;
    static constexpr bool is_whole = std::is_same_v<Head, whole_head>;
    static constexpr bool keeps_extensions = detail::response_sink<Head>::keeps_extensions;

public:
    /// @param memory  outlives this object and everything that it gives out
    explicit constexpr basic_client_handshake(typename Head::memory memory) noexcept : phase{memory} {}

    /// Writes the request with a fresh key. A handshake before is forgotten.
    ///
    /// @param[in,out] tx      the whole request is appended, or nothing
    /// @param options         its `subprotocols` and `extensions` belong to the caller until the result is there; all else is read
    ///                        during the call only
    /// @param[in,out] random  16 bytes are drawn for a valid request, none for an invalid one
    /// @return `error::none`, or why nothing was written or changed
    /// @par Errors      no_random, no_sha1, and those of `write_request`; extensions_not_sendable: a streamed head does not keep the
    ///                  answer to them
    /// @par Source      RFC 6455 4.1
    template <sha1_hash Sha1 = sha1, random_source Source>
    [[nodiscard]] SOCKLESS_NOINLINE error start(byte_queue& tx, const connect_options& options, Source& random) noexcept
    {
        if (!keeps_extensions && !options.extensions.empty())
            return error::extensions_not_sendable;
        key_value key;
        [[maybe_unused]] accept_value accept;
        const auto new_key = [&](key_value& out) {
            error e = make_key(random, out);
            if constexpr (!std::is_same_v<Sha1, sha1>)
                if (!failed(e) && !detail::make_accept_of<Sha1>(out.characters.data(), accept))
                    e = error::no_sha1;
            return e;
        };
        if (const error e = detail::request_writer{tx}.write(options, new_key, key); failed(e))
            return e;
        this->restart();
        expected_response& expected = this->sink_.expected;
        expected = {{}, options.subprotocols, options.extensions, options.subprotocol_required};
        if constexpr (std::is_same_v<Sha1, sha1>)
            detail::make_accept_of<Sha1>(key.characters.data(), expected.accept);
        else
            expected.accept = accept;
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
        return this->parser_.is_complete() ? this->sink_.head : detail::no_response;
    }
    /// Returns the one of the offered subprotocols that the server has chosen, after `open`; empty: none.
    [[nodiscard]] std::string_view subprotocol() const noexcept
        requires(!is_whole)
    {
        return this->sink_.subprotocol;
    }
    /// Returns the status of the response, after `open` and `refused`.
    [[nodiscard]] std::uint16_t status() const noexcept
        requires(!is_whole)
    {
        return this->sink_.head.status;
    }
    /// Returns the lines of the fields that the program has named, in their order: complete after `open` and `refused`. An
    /// `extension_cursor` of them reads what the server has agreed to. Valid while the memory is, until `start`.
    [[nodiscard]] std::span<const field> fields() const noexcept
        requires Head::has_names
    {
        return this->parser_.stored().fields();
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
