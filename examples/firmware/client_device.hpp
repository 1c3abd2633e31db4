// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A device that connects to a server, sends reports and executes commands (telemetry.hpp). Binary messages are echoed.
#pragma once

#include "device.hpp"
#include "telemetry.hpp"

#include <new>

namespace firmware {

/// @tparam Entropy  source of masking keys and of the handshake's key
template <sockless::random_source Entropy>
class client_device {
public:
    client_device() noexcept : handshake_{} {}

    /// Starts the handshake. @p host and @p path are only read during the call.
    [[nodiscard]] sockless::error start(std::string_view host, std::string_view path) noexcept
    {
        Entropy entropy;
        sockless::connect_options request;
        request.where.host = host;
        request.where.path = path;
        return handshake_.handshake.start(tx_, request, entropy);
    }

    /// Consumes bytes from the front of @p in as far as there is space for replies; the bytes may be modified. The caller
    /// passes the remaining bytes again later.
    void receive(std::span<std::byte>& in) noexcept
    {
        while (!in.empty() && !finished_ && processable(in, tx_).size() != 0) {
            if (is_open_)
                process_frame(in);
            else
                process_handshake(in);
        }
        if (finished_)
            in = {};
    }

    /// Sends a report when the interval has passed. @p now is in milliseconds.
    void tick(std::uint32_t now) noexcept
    {
        if (!is_open_ || !telemetry_.report_due(now))
            return;
        // Fails with message_open while a fragmented reply is incomplete, and with no_space while the line is busy. This report
        // is then skipped.
        if (!failed(open_.connection.send_text(tx_, telemetry_.report(now).text(), sockless::assume_utf8{})))
            telemetry_.on_report_sent();
    }

    /// @return output that has to be sent
    [[nodiscard]] sockless::byte_queue& output() noexcept { return tx_; }
    /// @return whether no more output follows; the server then closes the transport
    [[nodiscard]] bool finished() const noexcept { return finished_; }
    [[nodiscard]] sockless::error failure() const noexcept { return failure_; }

private:
    /// The handshake ends before the first frame, so the connection can use the same memory.
    struct handshake_state {
        std::array<char, 128> room;
        sockless::streaming_client_handshake handshake{room};
    };
    struct open {
        sockless::client_connection<sockless::mask_key_pool<Entropy, 64>> connection;
        sockless::static_byte_queue<telemetry::max_command> command_bytes;
        sockless::message_assembler command{command_bytes};
    };

    void process_handshake(std::span<std::byte>& in) noexcept
    {
        using sockless::client_handshake_result;
        switch (handshake_.handshake.poll(in)) {
        case client_handshake_result::need_input: return;
        case client_handshake_result::open:
            new (&open_) open;
            is_open_ = true;
            return;
        case client_handshake_result::refused:
        case client_handshake_result::failed: break;
        }
        failure_ = handshake_.handshake.failure();
        finished_ = true;
    }

    void process_frame(std::span<std::byte>& in) noexcept
    {
        auto& connection = open_.connection;
        const sockless::event e =
            poll_processable(in, tx_, [this](std::span<std::byte>& part) { return open_.connection.poll(part, tx_); });
        switch (e.kind()) {
        case sockless::event_kind::message:
            if (e.is_text())
                collect_command(e);
            else
                failure_ = echo(connection, tx_, e);
            break;
        case sockless::event_kind::error: failure_ = e.failure(); break;
        case sockless::event_kind::need_input:
        case sockless::event_kind::request: // only of a `websocket`, as the next three
        case sockless::event_kind::plain_request:
        case sockless::event_kind::body:
        case sockless::event_kind::open:
        case sockless::event_kind::ping: // answered by the library
        case sockless::event_kind::pong:
        case sockless::event_kind::close: break; // answered by the library
        }
        finished_ = connection.finished();
    }

    /// Collects a fragmented text; executes the command when it is complete.
    void collect_command(const sockless::event& piece) noexcept
    {
        const sockless::event whole = open_.command.add(piece);
        if (whole.kind() == sockless::event_kind::message)
            failure_ = execute(whole.text());
        else if (whole.kind() == sockless::event_kind::error)
            failure_ = open_.connection.close(tx_, sockless::close_code::message_too_big, "no command is that long");
    }

    sockless::error execute(std::string_view command) noexcept
    {
        return telemetry::is_stop(command) ? open_.connection.close(tx_, sockless::close_code::normal, "stopped")
                                           : open_.connection.send_text(tx_, telemetry_.execute(command).text());
    }

    union {
        handshake_state handshake_;
        open open_;
    };
    sockless::static_byte_queue<output_capacity> tx_;
    telemetry telemetry_;
    sockless::error failure_ = sockless::error::none;
    bool is_open_ = false;
    bool finished_ = false;
};

} // namespace firmware
