// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One client of the echo server over its whole lifetime.
#pragma once

#include "../support/websocket_session.hpp"

#include <sockless/with_heap.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace example {

struct echo_options {
    loop_options listen;
    session_options sessions;
    std::size_t max_message = sockless::limits{}.message_bytes;
    std::size_t max_memory = std::size_t{256} << 20; ///< of all connections together
    std::vector<std::string_view> subprotocols;
    std::vector<std::string_view> origins; ///< empty: any
    ticks idle = 300'000;                  ///< time without a message until the connection is closed; 0: unlimited
    deflate_options deflate;
    unsigned threads = 1;
    bool shares_compressor = false;                               ///< one for all connections of a thread
    std::string page = "An echo server for WebSocket clients.\n"; ///< response to a plain request for "/"
    std::string page_type = "text/plain; charset=utf-8";

    /// Sets the limits and sizes of the sessions, which depend on the other options.
    void complete_sessions() noexcept;
};

/// Counters that the server prints when it ends.
struct statistics {
    std::uint64_t connections = 0;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;    ///< payload bytes of the messages
    std::uint64_t wire_in = 0;  ///< bytes received, frame headers included
    std::uint64_t wire_out = 0; ///< bytes sent, frame headers included

    statistics& operator+=(const statistics& other) noexcept;
};

/// It assembles messages itself: a small frame can inflate to a message that takes longer than a turn, and a message that is
/// being received is activity.
class session final : public websocket_session {
public:
    session(server_loop& loop, transport peer, const echo_options& options, statistics& counts, ticks now);
    ~session() override;

    [[nodiscard]] std::size_t memory() const noexcept override;

private:
    void on_request() override;
    void on_plain_request() override;
    void on_open() override;
    void on_message(const sockless::event& fragment) override;
    void on_send_more() override;
    void on_time(ticks now) override;
    void release_memory() noexcept override;

    void close_without_memory();

    const echo_options* options_;
    statistics* statistics_;
    sockless::growing_byte_queue message_; ///< payload of a message in fragments
    std::size_t echoed_ = 0;               ///< bytes of `message_` that have been sent
    ticks last_data_;
    bool compresses_ = false;
};

} // namespace example
