// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What `asio_client` does with a websocket: it sends lines and prints messages.
#pragma once

#include "line_reader.hpp"

#include <sockless/core/close_code.hpp>
#include <sockless/core/error_string.hpp>
#include <sockless/message/event.hpp>

#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace example {

/// A handler of `websocket::poll`.
template <class Websocket>
struct line_client {
    line_reader lines;
    std::function<void()> on_end; ///< called after the last event
    int status = 1;               ///< of the program

    /// Prints why the connection does not open or has failed.
    int fail(std::string_view why)
    {
        if (!complained_)
            std::fprintf(stderr, "error: %.*s\n", static_cast<int>(why.size()), why.data());
        complained_ = true;
        return 1;
    }
    /// Wants the next line once the last one has been written, for the most part.
    void want_line(const Websocket& ws)
    {
        if (wants_line_ && ws.unwritten() < 65536)
            lines.next();
        wants_line_ = wants_line_ && ws.unwritten() >= 65536;
    }
    /// Sends a line; at the end of the input a ping, because messages that arrive after `close` are dropped.
    void send(Websocket& ws, const std::optional<std::string>& line)
    {
        wants_line_ = line.has_value();
        const sockless::error e = line ? ws.send(std::string_view{*line}) : ws.ping();
        if (failed(e) && e != sockless::error::not_open)
            fail(to_string(e));
        if (failed(e) && !line)
            ws.close();
    }
    /// Closes because the program is to end.
    void stop(Websocket& ws)
    {
        if (failed(ws.close(sockless::close_code::going_away)))
            ws.close();
    }

    void on_open(Websocket&) { wants_line_ = true; }
    void on_message(Websocket& ws, const sockless::event& message)
    {
        const std::string_view text = message.text();
        if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fputc('\n', stdout) != '\n' ||
            std::fflush(stdout) != 0)
            ws.close();
    }
    void on_pong(Websocket& ws, const sockless::event& pong)
    {
        if (pong.payload().empty()) // those of the keep-alive have a payload
            ws.close();
    }
    void on_error(Websocket&, const sockless::event& e) { fail(to_string(e.failure())); }
    void on_close(Websocket&, const sockless::event& e)
    {
        status = e.was_clean() ? 0 : 1;
        if (on_end)
            on_end();
    }

private:
    bool wants_line_ = false;
    bool complained_ = false;
};

} // namespace example
