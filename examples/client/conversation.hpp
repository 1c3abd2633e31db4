// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One WebSocket from the handshake to its end: sends what the options say, prints what comes.
#pragma once

#include "../support/deflate.hpp"
#include "../support/explain.hpp"
#include "../support/transport.hpp"
#include "options.hpp"

#include <sockless/connection.hpp>
#include <sockless/handshake/client_handshake.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_os_random.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace example {

class conversation {
public:
    /// `wanted` outlives the conversation.
    conversation(transport server, const options& wanted);

    /// returns   whether the connection was opened, used without an error and closed cleanly
    bool run();

private:
    using clock = std::chrono::steady_clock;

    // The handshake.
    bool open();
    bool show_outcome(const sockless::client_handshake& handshake, sockless::client_handshake_result outcome);
    [[nodiscard]] sockless::error agree(const sockless::upgrade_response& response);

    // What is sent.
    void act();
    void act_on(const action& next);
    void send_lines();
    [[nodiscard]] sockless::error send_message(const action& message);
    [[nodiscard]] sockless::error send_pieces(const action& message);

    // What comes.
    void poll_events();
    void show(const sockless::event& event);
    void show_message(const sockless::event& message);
    void show_end() const;

    // The socket and the clock.
    void wait();
    void read_socket();
    void write_socket();
    void read_input();
    void part();
    void end_stream();
    void lose();
    void run_out_of_time();
    void more_time() noexcept { deadline_ = clock::now() + time_limit_; }
    [[nodiscard]] bool is_hurried() const noexcept;
    [[nodiscard]] bool has_room() const noexcept;
    [[nodiscard]] bool is_congested() const noexcept;
    [[nodiscard]] int patience() const noexcept;

    void report(sockless::error e);

    const options* wanted_;
    transport server_;
    std::unique_ptr<deflate_codec> codec_;                  ///< if the server has agreed to one
    std::array<std::byte, std::size_t{16} << 10> inflated_; ///< what it shows
    sockless::connection<sockless::role::client, sockless::os_mask_keys, deflate_extension> connection_;
    sockless::growing_byte_queue tx_;
    sockless::growing_byte_queue message_; ///< a message that comes in pieces
    sockless::message_assembler whole_{message_};
    std::array<std::byte, std::size_t{64} << 10> buffer_;
    std::span<std::byte> in_; ///< what of `buffer_` has not been polled yet
    std::string lines_;       ///< of the standard input, the last one unfinished

    frame_explainer<sockless::role::server> sent_{"->"};
    frame_explainer<sockless::role::client> received_{"<-"};
    std::uint64_t messages_sent_ = 0;
    std::uint64_t messages_received_ = 0;
    std::uint64_t messages_due_ = 0; ///< answers that are waited for
    std::uint64_t pongs_due_ = 0;
    std::size_t next_action_ = 0;

    clock::time_point began_ = clock::now();
    clock::duration time_limit_;
    clock::time_point deadline_;
    sockless::close_code code_ = sockless::close_code::abnormal; ///< of the server's close frame
    std::string reason_;
    bool handshake_sent_ = false;
    bool lines_ended_ = false;
    bool input_ended_ = false;
    bool gave_up_ = false;
    bool reported_ = false;
};

} // namespace example
