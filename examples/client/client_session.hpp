// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One WebSocket connection of the client: performs the actions of the command line and prints events.
#pragma once

#include "../support/deflate.hpp"
#include "../support/explain.hpp"
#include "../support/transport.hpp"
#include "options.hpp"

#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_os_random.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace example {

class client_session {
public:
    using websocket = sockless::websocket<sockless::role::client, sockless::os_mask_keys, command_line_deflate>;

    /// @param server   connected transport
    /// @param options  has to outlive this object
    client_session(transport server, const options& wanted);

    /// @return whether the connection was opened, used without an error and closed cleanly
    bool run();

    // Events of the websocket.
    void on_open(websocket& ws);
    void on_message(websocket& ws, const sockless::event& message);
    void on_ping(websocket& ws, const sockless::event& ping);
    void on_pong(websocket& ws, const sockless::event& pong);
    void on_body(websocket& ws, const sockless::event& piece);
    void on_error(websocket& ws, const sockless::event& e);
    void on_close(websocket& ws, const sockless::event& e);

private:
    using clock = std::chrono::steady_clock;

    [[nodiscard]] bool connect();
    void print_response_head();
    void print_body();
    void print_figures() const;

    // Sending.
    void perform_actions();
    void perform(const action& next);
    void send_lines();
    [[nodiscard]] sockless::error send_message(const action& message);
    [[nodiscard]] sockless::error send_fragments(const action& message);

    // Socket and time.
    void wait();
    void read_socket();
    /// @return whether something was written
    bool write_socket();
    void read_input();
    void end_stream();
    void on_timeout();
    void restart_timeout() noexcept { deadline_ = clock::now() + time_limit_; }
    [[nodiscard]] bool has_deadline() const noexcept;
    [[nodiscard]] bool is_open() const noexcept { return ws_.ready_state() == sockless::ready_state::open; }
    [[nodiscard]] bool has_room() const noexcept;
    [[nodiscard]] int poll_timeout() const noexcept;

    void report(sockless::error e);

    const options* options_;
    transport server_;
    sockless::growing_websocket_storage storage_;
    websocket ws_;
    sockless::websocket_needs needs_{};
    std::array<std::byte, std::size_t{64} << 10> buffer_{};
    std::string lines_; ///< standard input; the last line may be incomplete
    std::string head_;  ///< of the response, if it is to be printed
    std::string body_;  ///< of a refusal

    frame_explainer<sockless::role::server> sent_{"->"};
    frame_explainer<sockless::role::client> received_{"<-"};
    std::uint64_t messages_sent_ = 0;
    std::uint64_t messages_received_ = 0;
    std::uint64_t controls_received_ = 0; ///< pings and pongs
    std::uint64_t messages_expected_ = 0; ///< replies that have not been received
    std::uint64_t pongs_expected_ = 0;
    std::size_t next_action_ = 0;

    clock::time_point start_time_ = clock::now();
    clock::duration time_limit_;
    clock::time_point deadline_;
    bool opened_ = false;
    bool lines_ended_ = false;
    bool input_ended_ = false;
    bool write_failed_ = false;
    bool output_ended_ = false;
    bool timed_out_ = false; ///< before it was open
    bool was_clean_ = false;
    bool error_reported_ = false;
};

} // namespace example
