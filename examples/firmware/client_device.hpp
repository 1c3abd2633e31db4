// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A device that connects out: telemetry goes up, commands come down.
///
///     led on, led off    switches the light
///     interval 250       milliseconds between two reports; 0: none
///     stop               closes the connection
///
/// A binary message comes back as it is.
#pragma once

#include "device.hpp"

#include <new>

namespace firmware {

/// `Entropy` is where mask keys and the handshake's key come from.
template <sockless::random_source Entropy>
class client_device {
public:
    client_device() noexcept : opening_{} {}

    /// Asks for the connection. `host` and `path` are looked at during the call only.
    [[nodiscard]] sockless::error start(std::string_view host, std::string_view path) noexcept
    {
        Entropy entropy;
        sockless::connect_options request;
        request.where.host = host;
        request.where.path = path;
        return opening_.handshake.start(tx_, request, entropy);
    }

    /// Eats what it can answer from the front of `in`, which it may change. Call again with the rest.
    void receive(std::span<std::byte>& in) noexcept
    {
        while (!in.empty() && !done_ && answerable(in, tx_).size() != 0) {
            if (is_open_)
                exchange(in);
            else
                shake_hands(in);
        }
        if (done_)
            in = {};
    }

    /// Sends a report when it is time for one. `now` is in milliseconds.
    void tick(std::uint32_t now) noexcept
    {
        if (!is_open_ || interval_ == 0 || now - last_report_ < interval_)
            return;
        last_report_ = now;
        line report;
        report.add(R"({"report":)").add(reports_).add(R"(,"ms":)").add(now);
        report.add(light_ ? R"(,"led":true})" : R"(,"led":false})");
        // message_open: the answer to a long message is not complete. no_space: the line is busy. Both pass; so does this report.
        if (!failed(open_.connection.send_text(tx_, report.text(), sockless::assume_utf8)))
            ++reports_;
    }

    /// What waits to be sent.
    [[nodiscard]] sockless::byte_queue& output() noexcept { return tx_; }
    /// Nothing more will come: once `output` is sent, it is for the server to take the line down.
    [[nodiscard]] bool finished() const noexcept { return done_; }
    [[nodiscard]] sockless::error failure() const noexcept { return failure_; }

private:
    /// The handshake is only there before the first frame, so the connection may lie in its memory.
    struct opening {
        std::array<char, 128> room;
        sockless::small_client_handshake handshake{room};
    };
    struct open {
        sockless::client_connection<sockless::mask_key_pool<Entropy, 64>> connection;
        sockless::static_byte_queue<64> command_bytes;
        sockless::message_assembler command{command_bytes};
    };

    void shake_hands(std::span<std::byte>& in) noexcept
    {
        using sockless::client_handshake_result;
        switch (opening_.handshake.poll(in)) {
        case client_handshake_result::need_input: return;
        case client_handshake_result::open:
            new (&open_) open;
            is_open_ = true;
            return;
        case client_handshake_result::refused:
        case client_handshake_result::failed: break;
        }
        failure_ = opening_.handshake.failure();
        done_ = true;
    }

    void exchange(std::span<std::byte>& in) noexcept
    {
        auto& connection = open_.connection;
        const sockless::event e =
            poll_answerable(in, tx_, [this](std::span<std::byte>& part) { return open_.connection.poll(part, tx_); });
        switch (e.kind()) {
        case sockless::event_kind::message:
            if (e.is_text())
                take_command(e);
            else
                failure_ = send_back(connection, tx_, e);
            break;
        case sockless::event_kind::error: failure_ = e.failure(); break;
        case sockless::event_kind::need_input:
        case sockless::event_kind::request: // of a `websocket` only, like the next two
        case sockless::event_kind::plain_request:
        case sockless::event_kind::open:
        case sockless::event_kind::ping: // has been answered
        case sockless::event_kind::pong:
        case sockless::event_kind::close: break; // has been answered
        }
        done_ = connection.finished();
    }

    /// A text may come in pieces; a command is obeyed once it is whole.
    void take_command(const sockless::event& piece) noexcept
    {
        const sockless::event whole = open_.command.add(piece);
        if (whole.kind() == sockless::event_kind::message)
            failure_ = obey(whole.text());
        else if (whole.kind() == sockless::event_kind::error)
            failure_ = open_.connection.close(tx_, sockless::close_code::message_too_big, "no command is that long");
    }

    sockless::error obey(std::string_view command) noexcept
    {
        constexpr std::string_view interval = "interval ";
        if (command == "stop")
            return open_.connection.close(tx_, sockless::close_code::normal, "stopped");
        if (command == "led on" || command == "led off")
            light_ = command == "led on";
        else if (command.starts_with(interval))
            interval_ = number(command.data() + interval.size(), command.data() + command.size());
        else
            return open_.connection.send_text(tx_, "unknown command");
        return open_.connection.send_text(tx_, line{}.add("done: ").add(command).text());
    }

    static std::uint32_t number(const char* from, const char* end) noexcept
    {
        std::uint32_t value = 0;
        for (; from != end && *from >= '0' && *from <= '9'; ++from)
            value = value * 10 + static_cast<std::uint32_t>(*from - '0');
        return value;
    }

    union {
        opening opening_;
        open open_;
    };
    sockless::static_byte_queue<output_bytes> tx_;
    std::uint32_t interval_ = 100;
    std::uint32_t last_report_ = 0;
    std::uint32_t reports_ = 0;
    sockless::error failure_ = sockless::error::none;
    bool light_ = false;
    bool is_open_ = false;
    bool done_ = false;
};

} // namespace firmware
