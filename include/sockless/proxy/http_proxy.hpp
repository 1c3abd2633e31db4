// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file connects a client through an HTTP proxy: it writes a CONNECT request and reads the response (RFC 9110 9.3.6).
///
/// @code
/// sockless::http_proxy proxy{storage};
/// e = proxy.start(tx, where, fields); // fields: Proxy-Authorization, if the proxy requires it
/// switch (proxy.poll(in)) {
/// case sockless::proxy_result::need_input: break; // read more
/// case sockless::proxy_result::tunnel: break;     // as if connected to the server itself: TLS for wss, then the handshake
/// case sockless::proxy_result::refused: break;    // `head()` has the reason: 407 requires credentials; close the transport
/// case sockless::proxy_result::failed: break;     // close the transport
/// }
/// @endcode
#pragma once

#include "../bytes/base64.hpp"
#include "../bytes/byte_queue.hpp"
#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/authority.hpp"
#include "../http/head.hpp"
#include "../http/head_reader.hpp"
#include "../http/head_storage.hpp"
#include "../http/head_writer.hpp"
#include "../http/uri.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// Returns the number of characters that `basic_credentials` writes for a name and a password of these sizes.
[[nodiscard]] constexpr std::size_t basic_credentials_size(std::size_t user, std::size_t password) noexcept
{
    return std::string_view{"Basic "}.size() + detail::base64_size(user + 1 + password);
}

/// Writes the value of a Proxy-Authorization field (or an Authorization field) for a name and a password.
///
/// @param user      usually UTF-8; read during the call only
/// @param password  the same
/// @param[out] room       at least `basic_credentials_size(user.size(), password.size())` characters; the program clears it after use
/// @return a view into `room`; empty if that is too small, for a ":" in `user`, and for a control character in either
/// @par Source      RFC 7617 2, 2.1
/// @par Complexity  O(user.size() + password.size())
[[nodiscard]] constexpr std::string_view basic_credentials(std::string_view user, std::string_view password,
                                                           std::span<char> room) noexcept
{
    constexpr std::string_view scheme = "Basic ";
    const std::size_t size = basic_credentials_size(user.size(), password.size());
    if (room.size() < size || user.find(':') != std::string_view::npos)
        return {};
    const std::size_t count = user.size() + 1 + password.size();
    const auto character = [user, password](std::size_t i) {
        return i < user.size() ? user[i] : i == user.size() ? ':' : password[i - user.size() - 1];
    };
    for (std::size_t i = 0; i < scheme.size(); ++i)
        room[i] = scheme[i];
    std::size_t to = scheme.size();
    for (std::size_t from = 0; from < count; from += 3, to += 4) {
        std::array<std::byte, 3> group{};
        const std::size_t taken = count - from < group.size() ? count - from : group.size();
        for (std::size_t i = 0; i < taken; ++i) {
            const auto octet = static_cast<unsigned char>(character(from + i));
            if (octet < 0x20 || octet == 0x7F)
                return {};
            group[i] = static_cast<std::byte>(octet);
        }
        detail::base64_encode(std::span{group}.first(taken), room.subspan(to));
    }
    return {room.data(), size};
}

/// The result of one `poll` of a proxy's handshake.
enum class proxy_result : std::uint8_t {
    need_input, ///< all input was consumed, or dropped after a failure
    tunnel,     ///< the remaining input, and all that follows, comes from the server
    refused,    ///< the proxy responded with another status than 2xx: see `head`; the remaining input is the body
    failed,     ///< returned once, see `failure`
};

/// Writes one CONNECT request and reads the response to it; can be started again, with credentials for example.
class http_proxy {
public:
    /// @param memory  outlives this object and everything that `head` gives out; the handshake through the tunnel can use it next
    explicit constexpr http_proxy(head_buffers memory) noexcept : reader_{memory} {}

    /// Writes the request. A request before is forgotten. Nothing can follow it before the tunnel is open.
    ///
    /// @param[in,out] tx  the whole request is appended, or nothing
    /// @param host        of the server, not of the proxy; an IPv6 address in brackets
    /// @param port        always written, the default port too
    /// @param fields      such as Proxy-Authorization and User-Agent; read during the call only
    /// @return `error::none`, or why nothing was written or changed
    /// @par Errors      host_not_sendable; uri_port_invalid: port 0; field_not_sendable, field_reserved, no_space
    /// @par Source      RFC 9110 7.2, 9.3.6; RFC 9112 3.2.3; RFC 6455 4.1
    [[nodiscard]] error start(byte_queue& tx, std::string_view host, std::uint16_t port,
                              std::span<const field> fields = {}) noexcept
    {
        if (!detail::is_host(host))
            return error::host_not_sendable;
        if (port == 0)
            return error::uri_port_invalid;
        if (const error e = detail::check_outgoing(fields); failed(e))
            return e;
        detail::head_writer out{tx};
        out.append_literal<"CONNECT ">().text(host).append_literal<":">().number(port);
        out.append_literal<" HTTP/1.1\r\nHost: ">().text(host).append_literal<":">().number(port);
        out.fields(fields).append_literal<"\r\n\r\n">();
        if (const error e = out.finish(); failed(e))
            return e;
        reader_.restart();
        head_ = {};
        failure_ = error::none;
        state_ = state::want_head;
        return error::none;
    }
    /// The same to the server of a ws or wss URI.
    [[nodiscard]] error start(byte_queue& tx, const uri& where, std::span<const field> fields = {}) noexcept
    {
        return start(tx, where.host, where.port, fields);
    }

    /// Consumes the head of the response from the front of `in`, and nothing after it. Interim responses are skipped.
    ///
    /// @param[in,out] in  a cursor over any piece of the stream; not modified, and no view into it is kept
    /// @return `tunnel` and `refused` on this and every later call, which consumes nothing; `failed` once: later input is dropped,
    ///         and the result is `need_input`; `need_input` otherwise
    /// @pre `start` has been called
    /// @par Errors      `failure` returns head_too_large, too_many_fields, line_end_invalid, status_line_invalid,
    ///                  http_version_invalid, field_folded, field_name_invalid, field_name_space, field_value_invalid;
    ///                  http_version_unsupported, proxy_refused
    /// @par Source      RFC 9110 9.3.6: with any 2xx the tunnel begins after the empty line; Content-Length and Transfer-Encoding
    ///                  mean nothing there
    /// @par Complexity  O(bytes consumed)
    proxy_result poll(std::span<const std::byte>& in) noexcept
    {
        SOCKLESS_ASSERT(state_ != state::want_start);
        switch (state_) {
        case state::want_head: return read(in);
        case state::tunnel: return proxy_result::tunnel;
        case state::refused: return proxy_result::refused;
        case state::want_start:
        case state::failed: break;
        }
        in = {};
        return proxy_result::need_input;
    }
    /// The same for a buffer that can be written, which it is not.
    proxy_result poll(std::span<std::byte>& in) noexcept
    {
        return detail::with_const_cursor(in, [&](std::span<const std::byte>& view) { return poll(view); });
    }

    /// Returns status, reason and fields, after `tunnel` and `refused`; otherwise status 0. Valid while the memory is.
    /// The Proxy-Authenticate fields of a 407 say what the proxy requires.
    [[nodiscard]] const response_head& head() const noexcept { return head_; }
    /// Returns `proxy_refused` after `refused`, the reason after `failed`, otherwise `none`.
    [[nodiscard]] error failure() const noexcept { return failure_; }
    /// Returns the offset of the octet at fault in a malformed head; 0 for an error of the head as a whole.
    [[nodiscard]] std::size_t failure_offset() const noexcept { return reader_.failure_offset(); }
    /// Returns whether the tunnel is open.
    [[nodiscard]] bool is_tunnel() const noexcept { return state_ == state::tunnel; }

private:
    enum class state : std::uint8_t { want_start, want_head, tunnel, refused, failed };

    proxy_result read(std::span<const std::byte>& in) noexcept
    {
        switch (reader_.poll(in)) {
        case detail::head_result::need_input: return proxy_result::need_input;
        case detail::head_result::failed: return fail(reader_.failure(), in);
        case detail::head_result::complete: break;
        }
        const response_head head = reader_.head();
        if (head.version.major_digit != 1) // RFC 9110 2.5: another major version is another syntax
            return fail(error::http_version_unsupported, in);
        head_ = head;
        if (head.status < 200 || head.status > 299) {
            state_ = state::refused;
            failure_ = error::proxy_refused;
            return proxy_result::refused;
        }
        state_ = state::tunnel;
        return proxy_result::tunnel;
    }

    proxy_result fail(error reason, std::span<const std::byte>& in) noexcept
    {
        state_ = state::failed;
        failure_ = reason;
        in = {};
        return proxy_result::failed;
    }

    detail::response_reader_skipping_1xx reader_;
    response_head head_;
    state state_ = state::want_start;
    error failure_ = error::none;
};

static_assert(std::is_trivially_copyable_v<http_proxy>);

} // namespace sockless::inline SOCKLESS_ABI
