// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The example `feed_client`, wired by hand on level 2: `client_handshake`, `connection`, `message_assembler`, `keep_alive` and the
/// extension. Command line, TLS, reconnection and the handler are those of the example. See feed.cpp.

#include "../examples/feed/feed_connection.hpp"
#include "../examples/feed/feed_handler.hpp"
#include "../examples/support/stop_signals.hpp"

#include <sockless/connection.hpp>
#include <sockless/handshake/client_handshake.hpp>
#include <sockless/keep_alive.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_zlib.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>

namespace {

using extension = sockless::zlib_deflate;
using connection = sockless::connection<sockless::role::client, sockless::os_mask_keys, extension>;
using example::io_status;
using sockless::event_kind;

constexpr std::size_t max_message = std::size_t{16} << 20;

template <class Handler>
class session {
public:
    session(const example::feed_options& options, example::descriptor socket, const example::tls_context& context,
            Handler& handler)
        : socket_{std::move(socket)}, handler_{handler}, tls_{context.get()}
    {
        if (options.milliseconds != 0)
            alive_ = sockless::keep_alive<>{
                {options.milliseconds, options.milliseconds, options.milliseconds, options.milliseconds},
                example::now()};
        example::require_host(tls_.get(), std::string{options.server.host});
        sockless::os_random random;
        const std::span subprotocols = options.subprotocol;
        example::check(handshake_.start(tx_,
                                        {.where = options.server.where,
                                         .subprotocols = subprotocols.first(subprotocols[0].empty() ? 0 : 1),
                                         .extensions = offer_.view(),
                                         .subprotocol_required = true},
                                        random));
    }

    void run(int stop)
    {
        pollfd ready[] = {{socket_.get(), POLLIN, 0}, {stop, POLLIN, 0}};
        for (update(false); !over_; update(ready[0].revents != 0)) {
            ready[0].events = static_cast<short>((tls_.has_room() ? POLLIN : 0) | (tls_.has_output() ? POLLOUT : 0));
            ready[1].fd = closing_ ? -1 : stop;
            if (::poll(ready, 2, wait_) < 0 && errno != EINTR)
                lose();
            if (ready[1].revents != 0) {
                if (is_open_)
                    example::check(close(sockless::close_code::normal));
                else
                    over_ = true;
            }
        }
        if (const std::string why = example::explain_failure(tls_.get()); !why.empty())
            throw std::runtime_error{why};
    }

    // --- for the handler

    sockless::error send(std::string_view text) { return ws_->send_text(tx_, text); }
    sockless::error close(sockless::close_code code)
    {
        if (closing_)
            return sockless::error::none;
        closing_ = true;
        alive_.on_closing(time_);
        return ws_->close(tx_, code);
    }

private:
    void update(bool readable)
    {
        time_ = example::now();
        if (readable && tls_.has_room() && tls_.receive_from(socket_) == io_status::failed)
            lose();
        while (!over_ && read()) {
        }
        check_time();
        while (!lost_ && !tx_.empty() && write())
            flush();
        if (!lost_ && tls_.has_output())
            flush();
        // RFC 6455 7.1.1: the server closes the transport first; a client that has failed does not wait.
        if (is_open_ && ws_->finished() && !ws_->close_expected() && tx_.empty() && tls_.end()) {
            flush();
            over_ = true;
        }
    }

    bool read()
    {
        const example::io_result got = tls_.read(buffer_);
        switch (got.status) {
        case io_status::done: receive(std::span{buffer_}.first(got.count)); return true;
        case io_status::would_block: return false;
        case io_status::ended: end(); return false;
        case io_status::failed:
            flush();
            lose();
            return false; // an alert
        }
        return false;
    }
    bool write()
    {
        const example::io_result sent = tls_.write(tx_.data());
        tx_.consume(sent.count);
        if (sent.status == io_status::failed)
            lose();
        return sent.status == io_status::done;
    }
    void flush()
    {
        while (tls_.has_output() && tls_.send_to(socket_) == io_status::done) {
        }
    }

    void receive(std::span<std::byte> in)
    {
        alive_.received(time_);
        if (!is_open_ && !open(in))
            return;
        while (true) {
            const sockless::event e = ws_->poll(in, tx_, assembler_);
            switch (e.kind()) {
            case event_kind::need_input: return;
            case event_kind::message:
                if (!closing_)
                    handler_.on_message(*this, e);
                break;
            case event_kind::pong: alive_.on_pong(e.payload(), time_); break;
            case event_kind::close:
                code_ = e.code();
                start_closing();
                break;
            case event_kind::error:
                handler_.on_error(*this, e);
                start_closing();
                break;
            default: break;
            }
        }
    }
    bool open(std::span<std::byte>& in)
    {
        switch (handshake_.poll(in)) {
        case sockless::client_handshake_result::need_input: return false;
        case sockless::client_handshake_result::open: break;
        case sockless::client_handshake_result::refused:
        case sockless::client_handshake_result::failed: fail(handshake_.failure()); return false;
        }
        extension::decoder decoder;
        extension::encoder encoder;
        if (const sockless::error e = deflate_.check_answer(handshake_.response().extensions(), decoder, encoder);
            failed(e)) {
            fail(e);
            return false;
        }
        ws_.emplace(sockless::connection_options<sockless::os_mask_keys, extension>{
            .limits = {.message_bytes = max_message}, .mask_keys = {}, .decoder = decoder, .encoder = encoder});
        is_open_ = true;
        alive_.on_open(time_);
        handler_.on_open(*this);
        return true;
    }

    void check_time()
    {
        const auto due = alive_.poll(time_);
        if (due.result == sockless::keep_alive_result::give_up) {
            fail(sockless::error::timed_out);
        } else if (due.result == sockless::keep_alive_result::ping) {
            static_cast<void>(ws_->ping(tx_, alive_.ping_payload()));
            alive_.on_ping_sent(time_);
        }
        wait_ = due.result == sockless::keep_alive_result::wait && due.wait != 0   ? static_cast<int>(due.wait)
                : due.wait == 0 && due.result == sockless::keep_alive_result::wait ? -1
                                                                                   : 0;
    }

    void start_closing()
    {
        closing_ = true;
        alive_.on_closing(time_);
    }
    void end()
    {
        if (is_open_ && ws_->end_of_input().kind() != event_kind::error) {
            std::fprintf(stderr, "closed: %u\n", static_cast<unsigned>(code_));
            over_ = true;
        } else {
            fail(sockless::error::connection_lost);
        }
    }
    void lose()
    {
        lost_ = true;
        if (!over_)
            end();
    }
    void fail(sockless::error e)
    {
        if (!over_)
            std::fprintf(stderr, "%s\nclosed: 1006\n", std::string{to_string(e)}.c_str());
        over_ = true;
    }

    example::descriptor socket_;
    Handler& handler_;
    example::memory_tls tls_;
    sockless::growing_byte_queue tx_{std::size_t{1} << 20};
    sockless::growing_byte_queue message_{max_message};
    sockless::message_assembler assembler_{message_};
    extension deflate_{extension::browser_default()};
    sockless::deflate_text<2> offer_ = deflate_.offer();
    sockless::head_storage<> head_;
    sockless::client_handshake handshake_{head_};
    std::optional<connection> ws_;
    sockless::keep_alive<> alive_{{10'000, 20'000, 20'000, 10'000}, example::now()};
    std::array<std::byte, 16384> buffer_;
    std::uint64_t time_ = 0;
    int wait_ = -1;
    sockless::close_code code_ = sockless::close_code::abnormal;
    bool is_open_ = false;
    bool closing_ = false;
    bool lost_ = false; ///< nothing can be written any more
    bool over_ = false;
};

void run(const example::feed_options& options)
{
    const auto stop = example::stop_signals();
    const example::tls_context tls{example::tls_verification{.authorities = options.authorities}};
    example::feed_handler feed{options, [&](std::string_view json) {
                                   if (options.print)
                                       std::printf("%.*s\n", static_cast<int>(json.size()), json.data());
                               }};
    example::keep_connected(stop, feed.backoff, [&] {
        const std::chrono::milliseconds limit{options.milliseconds != 0 ? options.milliseconds : 10'000};
        auto socket = example::connect_to_feed(options, limit, stop.get());
        std::make_unique<session<decltype(feed)>>(options, std::move(socket), tls, feed)->run(stop.get());
        return feed.messages < options.count;
    });
    std::printf("%" PRIu64 " messages, %" PRIu64 " gaps, %" PRIu64 " repetitions\n", feed.messages,
                feed.sequence.gaps(), feed.sequence.repetitions());
}

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("feed_level2", [&] {
        example::feed_options options;
        if (options.read(count, values))
            run(options);
        return 0;
    });
}
