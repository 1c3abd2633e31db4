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
#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/head.hpp"
#include "../http/head_reader.hpp"
#include "../http/head_storage.hpp"
#include "../http/head_writer.hpp"
#include "../http/uri.hpp"

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
[[nodiscard]] inline std::string_view basic_credentials(std::string_view user, std::string_view password,
                                                        std::span<char> room) noexcept
{
    constexpr std::string_view scheme = "Basic ";
    const std::size_t size = basic_credentials_size(user.size(), password.size());
    const auto has_control = [](std::string_view text) {
        for (const char c : text)
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
                return true;
        return false;
    };
    if (room.size() < size || user.find(':') != std::string_view::npos || has_control(user) || has_control(password))
        return {};
    // The text ends where its base64 form ends, so that each group is read before it is overwritten.
    const std::span<char> text = room.first(size).last(user.size() + 1 + password.size());
    user.copy(text.data(), user.size());
    text[user.size()] = ':';
    password.copy(text.data() + user.size() + 1, password.size());
    scheme.copy(room.data(), scheme.size());
    detail::base64_encode(text, room.subspan(scheme.size()));
    return {room.data(), size};
}

/// The result of one `poll` of a proxy's handshake.
enum class proxy_result : std::uint8_t {
    need_input, ///< all input was consumed, or dropped after a failure
    tunnel,     ///< the remaining input, and all that follows, comes from the server
    refused, ///< the proxy responded with another status than 2xx: see `head`; `body_reader` reads the remaining input
    failed,  ///< returned once, see `failure`
};

namespace detail {

/// The rules for the response to a CONNECT request.
struct proxy_sink : head_sink<response_head, false> {
    using result_type = proxy_result;
    static constexpr result_type first_result = result_type::failed;

    [[nodiscard]] proxy_result result() noexcept
    {
        if (!failed(failure) && head.version.major_digit != 1) // RFC 9110 2.5: another major version is another syntax
            failure = error::http_version_unsupported;
        if (failed(failure))
            return proxy_result::failed;
        if (head.status >= 200 && head.status <= 299)
            return proxy_result::tunnel;
        failure = error::proxy_refused;
        return proxy_result::refused;
    }
};

} // namespace detail

/// Writes one CONNECT request and reads the response to it; can be started again, with credentials for example.
///
/// `poll` returns `need_input`, `tunnel`, `refused` or `failed`, and skips interim responses. Its further errors are
/// http_version_unsupported and proxy_refused. With any 2xx the tunnel begins after the empty line; Content-Length and
/// Transfer-Encoding mean nothing there (RFC 9110 9.3.6).
class http_proxy : public detail::head_phase<detail::head_kind::response, whole_head, detail::proxy_sink> {
public:
    /// @param memory  outlives this object and everything that `head` gives out; the handshake through the tunnel can use it next
    explicit constexpr http_proxy(head_buffers memory) noexcept : head_phase{memory} {}

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
        restart();
        return error::none;
    }
    /// The same to the server of a ws or wss URI.
    [[nodiscard]] error start(byte_queue& tx, const uri& where, std::span<const field> fields = {}) noexcept
    {
        return start(tx, where.host, where.port, fields);
    }

    /// Returns status, reason and fields, after `tunnel` and `refused`; otherwise status 0. Valid while the memory is.
    /// The Proxy-Authenticate fields of a 407 say what the proxy requires.
    [[nodiscard]] const response_head& head() const noexcept
    {
        return is_tunnel() || result_ == proxy_result::refused ? sink_.head : detail::no_response;
    }
    /// Returns whether the tunnel is open.
    [[nodiscard]] bool is_tunnel() const noexcept { return result_ == proxy_result::tunnel; }
};

static_assert(std::is_trivially_copyable_v<http_proxy>);

} // namespace sockless::inline SOCKLESS_ABI
