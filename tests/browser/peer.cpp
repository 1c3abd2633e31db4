// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The server of the browser tests. The path of a request selects its behaviour. It prints one line to standard output for each WebSocket that
/// opens, is refused, fails or closes.
///
///     peer PAGE [--tls CERT KEY]
///
///     /              the page
///     /echo          a WebSocket that sends every message back; "#close CODE REASON" makes it close, "#vanish" makes it drop the transport
///     /status/NUMBER refuses with that status

#include "support/arguments.hpp"
#include "support/printable.hpp"
#include "support/server_loop.hpp"
#include "support/websocket_session.hpp"

#include <sockless/core/error_string.hpp>
#include <sockless/handshake/negotiation.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace {

constexpr std::array<std::string_view, 2> subprotocols{"second.test", "third.test"};

class session final : public example::websocket_session {
public:
    session(example::server_loop& loop, example::transport peer, const std::string& page, example::ticks now)
        : websocket_session{loop, std::move(peer), {}, now}, page_{&page}
    {
    }

private:
    void on_plain_request() override
    {
        const std::array<sockless::field, 1> fields{{{"Content-Type", "text/html; charset=utf-8"}}};
        report(ws().request().path == "/" ? ws().reject(200, fields, *page_) : ws().reject(404));
    }

    void on_request() override
    {
        is_websocket_ = true;
        constexpr std::string_view status_path = "/status/";
        const std::string_view path = ws().request().path;
        if (path == "/echo") {
            report(ws().accept(
                {.subprotocol = sockless::choose_subprotocol(ws().request().subprotocols(), subprotocols)}));
            return;
        }
        const bool named = path.starts_with(status_path);
        const auto code = named ? example::parse_number<std::uint16_t>(path.substr(status_path.size()), "status", 599)
                                : std::uint16_t{404};
        const std::array<sockless::field, 1> fields{{{"WWW-Authenticate", "Basic realm=\"test\""}}};
        report(ws().reject(code, std::span{fields}.first(code == 401 ? 1 : 0)));
        log("refused " + std::to_string(code));
    }

    void on_open() override { log("open " + std::string{ws().protocol()}); }

    void on_message(const sockless::event& message) override
    {
        if (!message.is_text()) {
            report(ws().send(message.payload()));
        } else if (message.text() == "#vanish") {
            request_drop();
        } else if (message.text().starts_with("#close ")) {
            const std::string_view words = message.text().substr(7);
            const std::string_view code = words.substr(0, words.find(' '));
            close(sockless::close_code{example::parse_number<std::uint16_t>(code, "code", 4999)},
                  words.substr(code.size() + 1));
        } else {
            report(ws().send(message.text()));
        }
    }

    void on_error(const sockless::event& e) override { log("error " + std::string{name_of(e.failure())}); }

    void on_close_event(const sockless::event& e) override
    {
        log("close " + std::to_string(static_cast<unsigned>(e.code())) + ' ' + example::quoted(e.reason()) +
            (e.was_clean() ? " clean" : " unclean"));
    }

    void log(const std::string& line) const
    {
        if (is_websocket_) // not for pages
            std::printf("%s\n", line.c_str());
    }

    const std::string* page_;
    bool is_websocket_ = false;
};

} // namespace

int main(int count, char** values)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    try {
        example::loop_options listen;
        listen.port = 0;
        std::string page;
        example::arguments words{count, values};
        while (words.next()) {
            if (words.name() == "--tls") {
                listen.certificates = words.value();
                listen.key = words.value();
            } else {
                std::ifstream file{std::string{words.name()}, std::ios::binary};
                page.assign(std::istreambuf_iterator<char>{file}, {});
            }
        }
        example::memory_budget budget{std::size_t{256} << 20U};
        example::server_loop loop{listen, budget,
                                  [&](example::server_loop& all, example::transport peer, example::ticks now) {
                                      return std::make_unique<session>(all, std::move(peer), page, now);
                                  }};
        std::printf("listening on %s\n", loop.url().c_str());
        loop.run();
        return 0;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "peer: %s\n", problem.what());
        return 1;
    }
}
