// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One WebSocket connection of the client: performs the actions of the command line and prints events.
#pragma once

#include "../support/deflate.hpp"
#include "../support/explain.hpp"
#include "../support/transport.hpp"
#include "options.hpp"

#include <sockless/connection.hpp>
#include <sockless/handshake/client_handshake.hpp>
#include <sockless/http/body_reader.hpp>
#include <sockless/http/head.hpp>
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

class client_session {
public:
    /// @param server   connected transport
    /// @param options  has to outlive this object
    client_session(transport server, const options& wanted);

    /// @return whether the connection was opened, used without an error and closed cleanly
    bool run();

private:
    using clock = std::chrono::steady_clock;

    // Handshake.
    bool perform_handshake();
    bool print_handshake_result(const sockless::client_handshake& handshake, sockless::client_handshake_result outcome);
    void print_body(const sockless::response_head& head);
    [[nodiscard]] sockless::error negotiate_deflate(const sockless::upgrade_response& response);

    // Sending.
    void perform_actions();
    void perform(const action& next);
    void send_lines();
    [[nodiscard]] sockless::error send_message(const action& message);
    [[nodiscard]] sockless::error send_fragments(const action& message);

    // Receiving.
    void poll_events();
    void print_event(const sockless::event& event);
    void print_message(const sockless::event& message);
    void print_summary() const;

    // Socket and time.
    void wait();
    void read_socket();
    void write_socket();
    void read_input();
    void close_transport();
    void end_stream();
    void on_eof();
    void on_timeout();
    void restart_timeout() noexcept { deadline_ = clock::now() + time_limit_; }
    [[nodiscard]] bool has_deadline() const noexcept;
    [[nodiscard]] bool has_room() const noexcept;
    [[nodiscard]] bool is_output_full() const noexcept;
    [[nodiscard]] int poll_timeout() const noexcept;

    void report(sockless::error e);

    const options* options_;
    transport server_;
    std::unique_ptr<deflate_codec> codec_;                  ///< set if compression was negotiated
    std::array<std::byte, std::size_t{16} << 10> inflated_; ///< output buffer of the decoder
    sockless::connection<sockless::role::client, sockless::os_mask_keys, deflate_extension> connection_;
    sockless::growing_byte_queue tx_;
    sockless::growing_byte_queue message_; ///< payload of a fragmented message
    sockless::message_assembler assembler_{message_};
    std::array<std::byte, std::size_t{64} << 10> buffer_;
    std::span<std::byte> in_; ///< the part of `buffer_` that has not been polled
    std::string lines_;       ///< standard input; the last line may be incomplete

    frame_explainer<sockless::role::server> sent_{"->"};
    frame_explainer<sockless::role::client> received_{"<-"};
    std::uint64_t messages_sent_ = 0;
    std::uint64_t messages_received_ = 0;
    std::uint64_t messages_expected_ = 0; ///< replies that have not been received
    std::uint64_t pongs_expected_ = 0;
    std::size_t next_action_ = 0;

    clock::time_point start_time_ = clock::now();
    clock::duration time_limit_;
    clock::time_point deadline_;
    sockless::close_code code_ = sockless::close_code::abnormal; ///< of the server's close frame
    std::string reason_;
    bool is_open_ = false;
    bool lines_ended_ = false;
    bool input_ended_ = false;
    bool timed_out_ = false;
    bool error_reported_ = false;
};

} // namespace example
