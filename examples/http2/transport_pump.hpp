// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Moves bytes between a transport and a protocol: an `http2_connection`, or a WebSocket over HTTP/1.1.
#pragma once

#include "../support/transport.hpp"

#include <sockless/websocket/websocket_needs.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace example {

/// The functions have a protocol as parameter, with the functions of a `websocket` and `poll(now)`.
class transport_pump {
public:
    explicit transport_pump(transport peer) noexcept : peer_{std::move(peer)} {}

    [[nodiscard]] transport& peer() noexcept { return peer_; }
    [[nodiscard]] const transport& peer() const noexcept { return peer_; }
    /// Returns the directions to wait for.
    ///
    /// @param has_input  nothing is read before it has been processed
    [[nodiscard]] readiness needs(bool has_input = false) const noexcept
    {
        return peer_.needs(needs_.read && !has_input, needs_.write || (needs_.shut_down_write && !ended_));
    }
    /// Returns whether the transport has to be closed.
    [[nodiscard]] bool is_finished() const noexcept { return needs_.close; }
    void finish() noexcept { needs_ = {.close = true}; }

    /// Reads once, if that is due.
    ///
    /// @param room  as for `transport::receive`
    [[nodiscard]] io_result read(readiness ready, std::span<std::byte> room) noexcept
    {
        return needs_.read && peer_.can_receive(ready) ? peer_.receive(room) : io_result{io_status::would_block, 0};
    }
    /// Passes on how a read has ended, after its bytes.
    template <class Protocol>
    static void end(Protocol& protocol, io_status status, std::uint64_t now)
    {
        if (status == io_status::ended)
            protocol.input_ended(now);
        else if (status == io_status::failed)
            protocol.transport_failed(now);
    }
    /// Writes what there is, as far as the transport takes it.
    template <class Protocol>
    void write(Protocol& protocol, std::uint64_t now)
    {
        constexpr int max_writes = 16; // the others have their turn
        needs_ = protocol.poll(now);
        for (int i = 0; i < max_writes && needs_.write; ++i) {
            const io_result sent = peer_.send(protocol.write_buffer());
            if (sent.status == io_status::would_block)
                break;
            if (sent.status == io_status::done)
                protocol.written(sent.count, now);
            else
                protocol.transport_failed(now);
            needs_ = protocol.poll(now);
        }
        if (needs_.shut_down_write && !ended_)
            ended_ = peer_.end();
    }

private:
    transport peer_;
    sockless::websocket_needs needs_{.read = true};
    bool ended_ = false; ///< the output
};

} // namespace example
