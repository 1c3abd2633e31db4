// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Connects an `asio_websocket` to a host: name resolution, TCP, and TLS with verification of the server's certificate.
#pragma once

#include "asio_tls.hpp"
#include "asio_websocket.hpp"

#include <sockless/websocket/ready_state.hpp>

#include <memory>
#include <new>
#include <openssl/ssl.h>
#include <string>
#include <utility>

namespace example {

/// Returns the context of a client that verifies certificates.
///
/// @param authorities  PEM file; empty: those of the system
inline asio::ssl::context verifying_context(const std::string& authorities)
{
    asio::ssl::context result{asio::ssl::context::tls_client};
    result.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    if (authorities.empty())
        result.set_default_verify_paths();
    else
        result.load_verify_file(authorities);
    return result;
}

/// Sets the host to which a TLS stream connects: for the certificate, and for the server's choice of one (RFC 6066 3), which names
/// no address.
template <class Stream>
void set_host(Stream& stream, std::string host)
{
    asio_error not_an_address;
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification{host});
    static_cast<void>(asio::ip::make_address(host, not_an_address));
    // The function instead of the macro SSL_set_tlsext_host_name, which contains a C-style cast.
    if (not_an_address &&
        SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data()) != 1)
        throw std::bad_alloc{};
}

/// Connects; `handshake_timeout` limits all of it.
///
/// @param session  an `asio_websocket`; a TLS stream is prepared by `set_host`
/// @param failed   called with the error, if there is one, before the events of the websocket
template <class Session, class Failed>
void asio_connect(const std::shared_ptr<Session>& session, const std::string& host, std::uint16_t port, Failed failed)
{
    const auto resolver = std::make_shared<asio::ip::tcp::resolver>(session->stream.get_executor());
    const auto done = [prepared = session->prepared(), failed](asio_error error, auto&&...) {
        if (error)
            failed(error);
        prepared(error);
    };
    resolver->async_resolve(host, std::to_string(port), [=](asio_error error, const auto& addresses) {
        static_cast<void>(resolver); // exists until here
        if (error || session->ws.ready_state() == sockless::ready_state::closed)
            return done(error);
        asio::async_connect(session->stream.lowest_layer(), addresses, [=](asio_error failure, auto&&...) {
            // Asio's error if there is no descriptor for a socket.
            if (failure == asio::error::operation_aborted && session->ws.ready_state() != sockless::ready_state::closed)
                failure = asio::error::no_descriptors;
            if constexpr (requires { session->stream.async_handshake(asio::ssl::stream_base::client, done); })
                if (!failure)
                    return session->stream.async_handshake(asio::ssl::stream_base::client, done);
            done(failure);
        });
    });
    session->update();
}

} // namespace example
