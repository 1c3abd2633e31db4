// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One client of the echo server, from its first byte to its last: what is read goes through the handshake and then through a
/// `connection`, what they answer is written as far as the socket takes it. Knows nothing of the event loop.
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

struct settings {
    loop_options listen;
    std::size_t max_message = sockless::limits{}.message_bytes;
    std::vector<std::string_view> subprotocols;
    std::vector<std::string_view> origins; ///< empty: all
    ticks idle = 300'000;                  ///< without a message, until the client is sent away; 0: for ever
    sockless::keep_alive_options<ticks> times{
        .handshake_timeout = 10'000, .ping_interval = 20'000, .pong_timeout = 20'000, .closing_timeout = 10'000};
    deflate_options deflate;
    std::string page; ///< what a browser gets at "/"; empty: nothing
    std::string page_type;
};

/// What the server tells when it ends.
struct figures {
    std::uint64_t connections = 0;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;    ///< of their payload
    std::uint64_t wire_in = 0;  ///< all bytes that came
    std::uint64_t wire_out = 0; ///< and went
};

/// What of permessage-deflate all sessions have in common: they are one thread.
struct shared_deflate {
    /// Throws std::bad_alloc.
    explicit shared_deflate(const deflate_options& options);

    std::optional<deflater> compressor; ///< with --deflate-shared
    std::vector<std::byte> inflated;    ///< what the sessions' codecs show
};

class session final : public loop_client {
public:
    session(transport peer, const settings& options, figures& counts, shared_deflate& shared, ticks now);

    void on_ready(readiness ready, std::span<std::byte> buffer, ticks now) override;
    void drop() override;
    void on_tick(ticks now) override;
    /// Close code 1001, or status 503.
    void go_away(ticks now) override;

    [[nodiscard]] int socket() const noexcept override { return peer_.socket(); }
    [[nodiscard]] readiness needs() const noexcept override { return peer_.needs(wants_to_read(), wants_to_write()); }
    [[nodiscard]] bool is_over() const noexcept override { return phase_ == phase::over; }

private:
    enum class phase : std::uint8_t {
        opening,  ///< the HTTP request
        open,     ///< frames, the closing handshake included
        flushing, ///< all is said: `tx_` has to leave, and then the end of our stream
        parting,  ///< waits for the client's end of the stream
        over,
    };

    /// What only the handshake needs: 10 KiB that a session has from its first byte to its last answer.
    struct opening_state {
        sockless::head_storage<> storage;
        sockless::server_handshake handshake{storage};
    };

    [[nodiscard]] bool wants_to_read() const noexcept { return !input_ended_ && !paused_; }
    [[nodiscard]] bool wants_to_write() const noexcept { return !tx_.empty() || end_waits_; }
    void read(std::span<std::byte> buffer, ticks now);
    void take(std::span<std::byte> in, ticks now);
    void end_input(ticks now);
    void shake_hands(std::span<std::byte>& in, ticks now);
    [[nodiscard]] sockless::error answer(sockless::server_handshake& handshake);
    void agree(sockless::extension_cursor offers, sockless::deflate_text<1>& answer);
    [[nodiscard]] sockless::error answer_page(sockless::server_handshake& handshake);
    void refuse(std::uint16_t status, ticks now);

    void talk(std::span<std::byte>& in, ticks now);
    void echo(const sockless::event& message, ticks now);
    void close(sockless::close_code code, std::string_view reason, ticks now);

    void write(ticks now);
    void end_writing(ticks now);
    void part();
    void leave();
    void give_memory_back() noexcept;

    transport peer_;
    const settings* options_;
    figures* counts_;
    shared_deflate* shared_;
    std::unique_ptr<opening_state> opening_;
    std::unique_ptr<deflate_codec> codec_; ///< if the client has agreed to one
    sockless::connection<sockless::role::server, sockless::no_mask_keys, deflate_extension> connection_;
    sockless::growing_byte_queue message_; ///< a message that comes in pieces
    sockless::growing_byte_queue tx_;
    std::vector<std::byte> waiting_; ///< input that was not polled, because the client does not take its echoes
    sockless::keep_alive<ticks> alive_;
    ticks last_message_;
    ticks last_heard_;
    phase phase_ = phase::opening;
    bool paused_ = false;      ///< too much waits in `tx_`: neither read nor poll
    bool tx_is_large_ = false; ///< its memory is to go back as soon as it is empty
    bool full_ = false;        ///< the socket took no more
    bool input_ended_ = false;
    bool end_waits_ = false; ///< for the socket to take the end of our stream
};

} // namespace example
