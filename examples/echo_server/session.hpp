// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One client of the echo server over its whole lifetime: the HTTP handshake, then a `connection` whose output is written as
/// far as the socket accepts it. Independent of the event loop.
#pragma once

#include "../support/deflate.hpp"
#include "../support/server_loop.hpp"
#include "../support/transport.hpp"

#include <sockless/connection.hpp>
#include <sockless/handshake/server_handshake.hpp>
#include <sockless/keep_alive.hpp>
#include <sockless/with_heap.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace example {

struct echo_options {
    loop_options listen;
    std::size_t max_message = sockless::limits{}.message_bytes;
    std::uint32_t max_fragments = sockless::limits{}.fragments;
    std::size_t max_memory = std::size_t{256} << 20; ///< of all connections together
    std::vector<std::string_view> subprotocols;
    std::vector<std::string_view> origins; ///< empty: any
    ticks idle = 300'000;                  ///< time without a message until the connection is closed; 0: unlimited
    sockless::keep_alive_options<ticks> times{
        .handshake_timeout = 10'000, .ping_interval = 20'000, .pong_timeout = 20'000, .closing_timeout = 10'000};
    deflate_options deflate;
    std::string page = "An echo server for WebSocket clients.\n"; ///< response to a plain request for "/"
    std::string page_type = "text/plain; charset=utf-8";
};

/// Counters that the server prints when it ends.
struct statistics {
    std::uint64_t connections = 0;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;    ///< payload bytes of the messages
    std::uint64_t wire_in = 0;  ///< bytes received, frame headers included
    std::uint64_t wire_out = 0; ///< bytes sent, frame headers included
};

/// Parts of permessage-deflate that all sessions of the thread share.
struct shared_deflate {
    /// @par Errors  throws std::bad_alloc
    explicit shared_deflate(const deflate_options& options);

    std::optional<deflater> compressor; ///< only with --deflate-shared
    std::vector<std::byte> inflated;    ///< output buffer of all decoders
};

class session final : public loop_client {
public:
    session(transport peer, const echo_options& options, statistics& counts, shared_deflate& shared,
            const memory_budget& budget, ticks now);

    void on_ready(readiness ready, const turn& share) override;
    void resume(const turn& share) override;
    void drop() noexcept override;
    void on_tick(ticks now) override;
    /// Sends close code 1013 or status 503, if the socket accepts it.
    void on_memory_exceeded() override;
    /// Sends close code 1001 or status 503.
    void on_shutdown(ticks now) override;

    [[nodiscard]] int socket() const noexcept override { return peer_.socket(); }
    [[nodiscard]] readiness needs() const noexcept override { return peer_.needs(wants_to_read(), wants_to_write()); }
    [[nodiscard]] bool has_deferred_work() const noexcept override
    {
        return phase_ == phase::open && poll_again_ && !paused_;
    }
    [[nodiscard]] std::size_t memory() const noexcept override;
    [[nodiscard]] bool is_finished() const noexcept override { return phase_ == phase::over; }

private:
    enum class phase : std::uint8_t {
        opening,         ///< receiving the HTTP request
        open,            ///< receiving frames, including the closing handshake
        flushing,        ///< sending the rest of `tx_`, then the end of our stream
        waiting_for_eof, ///< waiting for the end of the client's stream
        over,
    };

    /// State of the handshake (10 KiB), allocated from the first byte until the response.
    struct handshake_state {
        sockless::head_storage<> storage;
        sockless::server_handshake handshake{storage};
    };

    [[nodiscard]] bool wants_to_read() const noexcept { return !input_ended_ && !poll_again_; }
    [[nodiscard]] bool wants_to_write() const noexcept { return !tx_.empty() || shutdown_blocked_; }
    void read(const turn& share);
    void process_input(std::span<std::byte> in, const turn& share);
    void end_input(ticks now);
    void process_handshake(std::span<std::byte>& in, ticks now);
    [[nodiscard]] sockless::error respond_to_request(sockless::server_handshake& handshake);
    void negotiate_deflate(sockless::extension_cursor offers, sockless::deflate_text<1>& answer);
    [[nodiscard]] sockless::error respond_with_page(sockless::server_handshake& handshake);
    void refuse(std::uint16_t status, ticks now);

    void process_frames(std::span<std::byte>& in, const turn& share);
    void echo(const sockless::event& message, ticks now);
    void echo_next_part(ticks now);
    void release_message() noexcept;
    void close_without_memory(ticks now);
    void close(sockless::close_code code, std::string_view reason, ticks now);

    void write(ticks now);
    void begin_shutdown(ticks now);
    void shut_down_output();
    void shut_down_and_drop();
    void release_memory() noexcept;

    transport peer_;
    const echo_options* options_;
    statistics* statistics_;
    shared_deflate* shared_;
    const memory_budget* budget_;
    std::unique_ptr<handshake_state> handshake_;
    std::unique_ptr<deflate_codec> codec_; ///< set if compression was negotiated
    sockless::connection<sockless::role::server, sockless::no_mask_keys, deflate_extension> connection_;
    sockless::growing_byte_queue message_; ///< payload of a fragmented message
    sockless::growing_byte_queue tx_;
    std::vector<std::byte> deferred_input_; ///< received but not yet polled, because too much output is pending
    sockless::keep_alive<ticks> alive_;
    std::size_t echoed_ = 0; ///< bytes of `message_` that have been sent
    ticks last_data_;
    ticks last_input_;
    phase phase_ = phase::opening;
    bool echoing_ = false;        ///< a part of `message_` has not been sent
    bool poll_again_ = false;     ///< the connection has to be polled before more is read
    bool paused_ = false;         ///< too much output is pending: neither read nor poll
    bool release_output_ = false; ///< release the memory of `tx_` when it is empty
    bool send_blocked_ = false;   ///< the last send returned would_block
    bool input_ended_ = false;
    bool shutdown_blocked_ = false; ///< the end of our stream waits for the socket
};

} // namespace example
