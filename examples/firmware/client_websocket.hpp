// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The client device with a `websocket`, which has the buffers, keep-alive, time-outs and back-pressure. Independent of the transport.
#pragma once

#include "device.hpp"
#include "telemetry.hpp"

namespace firmware {

/// @tparam MaskKeys  source of masking keys
template <class MaskKeys>
class client_websocket {
    /// Of a response one name or value at a time is kept. Larger messages arrive, and are echoed, in pieces.
    static constexpr sockless::websocket_sizes sizes{
        .message = 256, .output = output_capacity, .input = 256, .head = 128, .fields = 0};

public:
    using websocket = sockless::streaming_websocket<sockless::role::client, MaskKeys>;
    using options = typename websocket::options;
    /// The maximum number of bytes that are passed to `receive` at once: the reply to them fits the output.
    static constexpr std::size_t max_input = sizes.input;

    /// @param choice  times, and masking keys
    explicit client_websocket(options choice) noexcept : ws_{storage_, as_fragments(std::move(choice))} {}

    /// Handles what has arrived, sends a report when its time has come. @p now is in milliseconds.
    ///
    /// @return what the transport does next
    [[nodiscard]] sockless::websocket_needs poll(std::uint32_t now) noexcept
    {
        sockless::websocket_needs needs = ws_.poll(*this, now);
        if (ws_.ready_state() == sockless::ready_state::open && telemetry_.report_due(now)) {
            // Fails while a fragmented reply is incomplete or the output is full. This report is then skipped.
            if (!failed(ws_.send(telemetry_.report(now).text(), sockless::assume_utf8{})))
                telemetry_.on_report_sent();
            needs = ws_.needs(now);
        }
        return needs;
    }
    /// Prepares for another connection. What commands have set remains.
    void reset() noexcept { ws_.reset(); }

    [[nodiscard]] websocket& ws() noexcept { return ws_; }

    void on_message(websocket& ws, const sockless::event& piece) noexcept
    {
        if (!piece.is_text()) {
            check(ws, echo(ws, piece));
            return;
        }
        const sockless::event whole = command_.add(piece);
        if (whole.kind() == sockless::event_kind::error)
            check(ws, ws.close(sockless::close_code::message_too_big, "no command is that long"));
        else if (whole.kind() == sockless::event_kind::message)
            execute(ws, whole.text());
    }

private:
    void execute(websocket& ws, std::string_view command) noexcept
    {
        check(ws, telemetry::is_stop(command) ? ws.close(sockless::close_code::normal, "stopped")
                                              : ws.send(telemetry_.execute(command).text()));
    }
    /// A reply that cannot be sent ends the connection: it is never dropped silently.
    static void check(websocket& ws, sockless::error e) noexcept
    {
        if (failed(e))
            static_cast<void>(ws.close(sockless::close_code::internal_error));
    }
    static options as_fragments(options choice) noexcept
    {
        choice.whole_messages = false;
        return choice;
    }

    sockless::static_websocket_storage<sizes> storage_;
    websocket ws_;
    sockless::static_byte_queue<telemetry::max_command> command_bytes_;
    sockless::message_assembler command_{command_bytes_};
    telemetry telemetry_;
};

} // namespace firmware
