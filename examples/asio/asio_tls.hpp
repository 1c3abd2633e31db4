// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// `ssl::stream` of Asio as the stream of an `asio_websocket`.
#pragma once

#include "select_asio.hpp"
#ifdef SOCKLESS_EXAMPLE_BOOST_ASIO
#include <boost/asio/ssl.hpp>
#else
#include <asio/ssl.hpp>
#endif

namespace example {

/// Sends close_notify. `async_shutdown` would also wait for that of the peer, and fail if data comes first, which a peer that does not
/// know yet that it is closed may send; the failure would then discard our close frame. So OpenSSL is made to assume that it has
/// arrived, while `async_shutdown` begins.
template <class Socket, class Done>
void end_output(asio::ssl::stream<Socket>& stream, const Done& done)
{
    SSL* const tls = stream.native_handle();
    const int before = SSL_get_shutdown(tls);
    SSL_set_shutdown(tls, before | SSL_RECEIVED_SHUTDOWN);
    stream.async_shutdown(done);
    SSL_set_shutdown(tls, SSL_get_shutdown(tls) & (before | SSL_SENT_SHUTDOWN));
}

} // namespace example
