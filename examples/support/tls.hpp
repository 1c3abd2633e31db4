// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// TLS over a non-blocking socket, with OpenSSL: tls.cpp. Programs that are built without it get without_tls.cpp instead, in which
/// both contexts only say what is missing.
#pragma once

#include "socket.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

struct ssl_st;     // OpenSSL's SSL
struct ssl_ctx_st; // OpenSSL's SSL_CTX

namespace example {

/// Whom a client believes.
struct tls_trust {
    std::string authorities; ///< a PEM file of them; empty: those of the system
    bool verify = true;      ///< false: anybody, under any name. For tests
};

/// What all connections of one end share. Its constructors throw what is wrong with the files.
///
/// OpenSSL writes to sockets in a way that may raise SIGPIPE: the program ignores that signal from here on.
class tls_context {
public:
    /// A server's: its certificate with those between it and the authority, and the key to the first. Both are PEM files.
    tls_context(const std::string& certificates, const std::string& key);
    /// A client's.
    explicit tls_context(const tls_trust& trust);

    [[nodiscard]] ssl_ctx_st* get() const noexcept { return context_.get(); }

private:
    struct free_context {
        void operator()(ssl_ctx_st* context) const noexcept;
    };
    std::unique_ptr<ssl_ctx_st, free_context> context_;
};

/// One connection. The TLS handshake goes on inside of `receive` and `send`, whichever is called.
///
/// Each may have to wait for what one expects of the other: a handshake writes before it reads. `receive_waits_for_output` and
/// `send_waits_for_input` tell what to wait for after `would_block`.
class tls_stream {
public:
    /// The server's end.
    tls_stream(const tls_context& context, int socket);
    /// The client's end. `host` is a DNS name or an IP address, without brackets: the server's certificate has to be for it.
    tls_stream(const tls_context& context, int socket, const std::string& host);

    /// Reads what one TLS record holds. `room` takes a whole one, so that nothing is left behind where epoll cannot see it.
    /// returns   `ended` after the peer's close_notify; `failed` if the stream ends without it
    [[nodiscard]] io_result receive(std::span<std::byte> room) noexcept;
    /// Writes what fits, once. After `would_block` the next call begins with the same bytes and is not shorter.
    [[nodiscard]] io_result send(std::span<const std::byte> bytes) noexcept;
    /// Says close_notify: nothing more will be sent. Receiving goes on.
    /// returns   `done`; `would_block`: call again; `failed`
    [[nodiscard]] io_status end() noexcept;

    [[nodiscard]] bool receive_waits_for_output() const noexcept { return receive_waits_for_output_; }
    [[nodiscard]] bool send_waits_for_input() const noexcept { return send_waits_for_input_; }
    /// Why it failed, in words; empty if it did not, or if the peer simply went.
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

private:
    struct free_stream {
        void operator()(ssl_st* stream) const noexcept;
    };
    [[nodiscard]] io_result outcome(int result, bool& waits_for_other, int other) noexcept;

    std::unique_ptr<ssl_st, free_stream> stream_;
    std::string failure_;
    bool receive_waits_for_output_ = false;
    bool send_waits_for_input_ = false;
    bool broken_ = false;
};

} // namespace example
