// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// TLS over a non-blocking socket with OpenSSL (tls.cpp). Programs built without OpenSSL use without_tls.cpp instead, whose
/// constructors throw an explanation.
#pragma once

#include "socket.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct ssl_st;     // OpenSSL's SSL
struct ssl_ctx_st; // OpenSSL's SSL_CTX

namespace example {

/// How a client verifies the server.
struct tls_verification {
    std::string authorities; ///< PEM file with certificate authorities; empty: those of the system
    bool verify = true;      ///< false: accept any certificate; for tests only
    bool http_2 = false;     ///< offer HTTP/2 instead of HTTP/1.1
};

/// Configuration shared by all connections of one side. The constructors throw if a file cannot be used.
///
/// OpenSSL's socket writes can raise SIGPIPE; constructing a context makes the process ignore that signal.
class tls_context {
public:
    /// Server side.
    ///
    /// @param certificates  PEM file: the server's certificate, then the intermediate certificates
    /// @param key           PEM file with the private key of the first certificate
    /// @param http_2        whether the server has HTTP/2, too, and prefers it
    tls_context(const std::string& certificates, const std::string& key, bool http_2 = false);
    /// Client side.
    explicit tls_context(const tls_verification& trust);

    [[nodiscard]] ssl_ctx_st* get() const noexcept { return context_.get(); }

private:
    struct free_context {
        void operator()(ssl_ctx_st* context) const noexcept;
    };
    std::unique_ptr<ssl_ctx_st, free_context> context_;
};

/// Makes a client require a certificate for @p host, and name it to the server.
///
/// @param stream  that has not begun
/// @param host    a DNS name or an IP address without brackets
void require_host(ssl_st* stream, const std::string& host);

/// @return why the last operation on @p stream failed: the server's certificate, or a violation of TLS; empty if the peer closed the transport
[[nodiscard]] std::string explain_failure(const ssl_st* stream);

/// One TLS connection. `receive` and `send` both perform the TLS handshake.
///
/// Either operation may have to wait for the other direction, because a handshake reads and writes. After `would_block`,
/// `receive_waits_for_output` and `send_waits_for_input` report such a case.
class tls_stream {
public:
    /// Server side.
    tls_stream(const tls_context& context, int socket);
    /// Client side. @p host is a DNS name or an IP address without brackets; the server's certificate has to match it.
    tls_stream(const tls_context& context, int socket, const std::string& host);

    /// Reads the content of one TLS record. @p room has to hold a whole record, so that no decrypted data remains where epoll
    /// does not report it.
    ///
    /// @return `ended` after the peer's close_notify; `failed` if the stream ends without it
    [[nodiscard]] io_result receive(std::span<std::byte> room) noexcept;
    /// Writes as many bytes as fit, once. After `would_block` the next call starts with the same bytes and is not shorter.
    [[nodiscard]] io_result send(std::span<const std::byte> bytes) noexcept;
    /// Sends close_notify. Receiving continues.
    ///
    /// @return `done`; `would_block` if the call has to be repeated; `failed`
    [[nodiscard]] io_status end() noexcept;

    /// @return the protocol that was negotiated (ALPN, RFC 7301), "h2" or "http/1.1"; empty if there is none, and before the handshake
    [[nodiscard]] std::string_view protocol() const noexcept;
    [[nodiscard]] bool receive_waits_for_output() const noexcept { return receive_waits_for_output_; }
    [[nodiscard]] bool send_waits_for_input() const noexcept { return send_waits_for_input_; }
    /// @return the reason of a failure; empty if there was none or the peer closed the transport
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

private:
    struct free_stream {
        void operator()(ssl_st* stream) const noexcept;
    };
    [[nodiscard]] io_result to_io_result(int result, bool& waits_for_other, int other) noexcept;

    std::unique_ptr<ssl_st, free_stream> stream_;
    std::string failure_;
    bool receive_waits_for_output_ = false;
    bool send_waits_for_input_ = false;
    bool failed_ = false;
};

} // namespace example
