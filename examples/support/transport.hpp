// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Byte stream to one peer, plain or over TLS, and the readiness that it has to wait for.
#pragma once

#include "socket.hpp"
#include "tls.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace example {

/// Minimum size of the buffer for `transport::receive`: one TLS record (RFC 8446 5.1).
inline constexpr std::size_t min_receive_size = std::size_t{16} << 10;

/// Directions in which a socket is ready, or should be polled.
struct readiness {
    bool input = false;
    bool output = false;

    friend bool operator==(const readiness&, const readiness&) = default;
};

class transport {
public:
    /// Constructs a transport without TLS.
    explicit transport(descriptor socket) noexcept : socket_{std::move(socket)} {}
    /// Constructs the server side of a TLS transport, or the client side for server name @p host.
    transport(descriptor socket, const tls_context& context)
        : socket_{std::move(socket)}, tls_{std::make_unique<tls_stream>(context, socket_.get())}
    {
    }
    transport(descriptor socket, const tls_context& context, const std::string& host)
        : socket_{std::move(socket)}, tls_{std::make_unique<tls_stream>(context, socket_.get(), host)}
    {
    }

    /// Reads available bytes once. @p room has at least `min_receive_size` bytes.
    [[nodiscard]] io_result receive(std::span<std::byte> room) noexcept
    {
        return tls_ ? tls_->receive(room) : example::receive(socket_, room);
    }
    /// Writes as many bytes as the socket accepts, once. @p bytes is not empty. After `would_block` the next call starts with
    /// the same bytes.
    [[nodiscard]] io_result send(std::span<const std::byte> bytes) noexcept
    {
        return tls_ ? tls_->send(bytes) : example::send(socket_, bytes);
    }
    /// Gathering form of `send`. Without TLS the system reads the pieces in place; with TLS they are first copied into one
    /// record.
    [[nodiscard]] io_result send(std::span<const std::span<const std::byte>> pieces) noexcept
    {
        if (pieces.size() == 1)
            return send(pieces.front());
        if (!tls_)
            return example::send(socket_, pieces);
        std::array<std::byte, min_receive_size> record;
        std::size_t size = 0;
        for (const std::span<const std::byte> piece : pieces) {
            const std::size_t count = std::min(piece.size(), record.size() - size);
            std::memcpy(record.data() + size, piece.data(), count);
            size += count;
        }
        return tls_->send(std::span{record}.first(size));
    }

    /// Shuts down the sending direction after all sent bytes; receiving continues. The peer's end of stream should arrive
    /// before this object is destroyed: if a socket is closed with unread input, or receives data later, the system sends a
    /// reset, and that may discard data that the peer has not read yet.
    ///
    /// @return false if the call has to be repeated when `can_send` is true
    [[nodiscard]] bool end() noexcept
    {
        if (tls_ && tls_->end() == io_status::would_block)
            return false;
        ::shutdown(socket_.get(), SHUT_WR);
        return true;
    }

    /// @return the directions to poll for, given the operations that the caller wants to perform
    [[nodiscard]] readiness needs(bool receiving, bool sending) const noexcept
    {
        const bool swapped_in = tls_ && tls_->receive_waits_for_output();
        const bool swapped_out = tls_ && tls_->send_waits_for_input();
        return {(receiving && !swapped_in) || (sending && swapped_out),
                (sending && !swapped_out) || (receiving && swapped_in)};
    }
    [[nodiscard]] bool can_receive(readiness ready) const noexcept
    {
        return tls_ && tls_->receive_waits_for_output() ? ready.output : ready.input;
    }
    [[nodiscard]] bool can_send(readiness ready) const noexcept
    {
        return tls_ && tls_->send_waits_for_input() ? ready.input : ready.output;
    }

    [[nodiscard]] int socket() const noexcept { return socket_.get(); }
    /// Gives the socket away; the transport has none afterwards.
    [[nodiscard]] descriptor release() noexcept { return std::move(socket_); }
    [[nodiscard]] bool is_secure() const noexcept { return tls_ != nullptr; }
    /// @return the protocol that TLS has negotiated; empty otherwise
    [[nodiscard]] std::string_view protocol() const noexcept { return tls_ ? tls_->protocol() : std::string_view{}; }
    /// @return the reason of a TLS failure, such as an invalid certificate; empty otherwise
    [[nodiscard]] std::string failure() const { return tls_ ? tls_->failure() : std::string{}; }

private:
    descriptor socket_;
    std::unique_ptr<tls_stream> tls_;
};

} // namespace example
