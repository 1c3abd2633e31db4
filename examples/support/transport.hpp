// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A stream of bytes to one peer, plain or through TLS, and what to wait for before it goes on.
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
#include <utility>

namespace example {

/// How much room `transport::receive` needs: one TLS record (RFC 8446 5.1).
inline constexpr std::size_t least_room = std::size_t{16} << 10;

/// What a socket is ready for, or is to be watched for.
struct readiness {
    bool input = false;
    bool output = false;

    friend bool operator==(const readiness&, const readiness&) = default;
};

class transport {
public:
    /// Plain.
    explicit transport(descriptor socket) noexcept : socket_{std::move(socket)} {}
    /// With TLS: a server's end, or a client's that goes to `host`.
    transport(descriptor socket, const tls_context& context)
        : socket_{std::move(socket)}, tls_{std::make_unique<tls_stream>(context, socket_.get())}
    {
    }
    transport(descriptor socket, const tls_context& context, const std::string& host)
        : socket_{std::move(socket)}, tls_{std::make_unique<tls_stream>(context, socket_.get(), host)}
    {
    }

    /// Reads what is there, once. `room` has at least `least_room` bytes.
    [[nodiscard]] io_result receive(std::span<std::byte> room) noexcept
    {
        return tls_ ? tls_->receive(room) : example::receive(socket_, room);
    }
    /// Writes what fits, once. `bytes` is not empty. After `would_block` the next call begins with the same bytes.
    [[nodiscard]] io_result send(std::span<const std::byte> bytes) noexcept
    {
        return tls_ ? tls_->send(bytes) : example::send(socket_, bytes);
    }
    /// The same for bytes that lie in several pieces. Plain, they go to the system where they lie; TLS has to copy them anyway,
    /// when it encrypts, and gets as many at once as make one record.
    [[nodiscard]] io_result send(std::span<const std::span<const std::byte>> pieces) noexcept
    {
        if (!tls_)
            return example::send(socket_, pieces);
        if (pieces.size() == 1)
            return tls_->send(pieces.front());
        std::array<std::byte, least_room> record;
        std::size_t size = 0;
        for (const std::span<const std::byte> piece : pieces) {
            const std::size_t count = std::min(piece.size(), record.size() - size);
            std::memcpy(record.data() + size, piece.data(), count);
            size += count;
        }
        return tls_->send(std::span{record}.first(size));
    }

    /// Ends our stream, behind everything that was sent; the peer's goes on. Wait for its end before destroying this object: the
    /// system answers bytes that come to a closed socket, or lie unread in it, with a reset, and that may destroy what the peer has
    /// not read yet.
    /// returns   false: call again when there is `can_send`
    [[nodiscard]] bool end() noexcept
    {
        if (tls_ && tls_->end() == io_status::would_block)
            return false;
        ::shutdown(socket_.get(), SHUT_WR);
        return true;
    }

    /// What to watch the socket for, if `receive` and `send` are to be called as soon as they can do something.
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
    [[nodiscard]] bool is_secure() const noexcept { return tls_ != nullptr; }
    /// Why it failed, if TLS knows: a certificate, a name. Empty otherwise.
    [[nodiscard]] std::string failure() const { return tls_ ? tls_->failure() : std::string{}; }

private:
    descriptor socket_;
    std::unique_ptr<tls_stream> tls_;
};

} // namespace example
