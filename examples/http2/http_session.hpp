// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A connection of a server that has HTTP/1.1 and HTTP/2 on one port.
#pragma once

#include "../support/server_loop.hpp"
#include "http2_connection.hpp"
#include "http2_page.hpp"
#include "http2_websocket.hpp"
#include "http_options.hpp"
#include "transport_pump.hpp"

#include <sockless/handshake/extended_connect.hpp>
#include <sockless/with_heap.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace example {

/// A WebSocket over HTTP/1.1, or a page.
class http1_connection {
public:
    explicit http1_connection(const http_options& options)
        : handler_{&options, {}}, storage_{options.sizes}, ws_{storage_, options.websocket}
    {
    }

    void receive(std::span<std::byte> bytes, std::uint64_t now)
    {
        ws_.receive(bytes, now);
        static_cast<void>(poll(now));
    }
    void input_ended(std::uint64_t now) { ws_.input_ended(now); }
    void transport_failed(std::uint64_t now) { ws_.transport_failed(now); }
    [[nodiscard]] std::span<const std::byte> write_buffer() { return ws_.write_buffer(); }
    void written(std::size_t count, std::uint64_t now) { ws_.written(count, now); }
    [[nodiscard]] sockless::websocket_needs poll(std::uint64_t now) { return ws_.poll(handler_, now); }
    void on_tick(std::uint64_t) {}
    void close(std::uint64_t)
    {
        if (failed(ws_.close(sockless::close_code::going_away)))
            ws_.close();
    }
    [[nodiscard]] std::size_t memory() const noexcept { return sizeof *this + storage_.capacity(); }

private:
    struct handler : http_echo {
        handler(const http_options* all, http_echo echo) : http_echo{echo}, options{all} {}
        void on_request(http_websocket& ws)
        {
            const std::string_view path = ws.request().path;
            if (path == "/protocol")
                announced = "HTTP/1.1";
            if (failed(path == "/refused" ? ws.reject(403)
                                          : ws.accept({.subprotocol = http_subprotocol(ws.request())})))
                ws.close();
        }
        void on_plain_request(http_websocket& ws) const
        {
            const http_page page{*options, ws.request()};
            if (failed(ws.reject(page.status, page.fields, page.body)))
                ws.close();
        }
        const http_options* options;
    };

    handler handler_;
    sockless::growing_websocket_storage storage_;
    http_websocket ws_;
};

/// Answers a request over HTTP/2.
[[nodiscard]] inline std::unique_ptr<http2_stream> answer(const http_options& options, http2_connection& connection,
                                                          std::int32_t id, std::span<const sockless::field> fields)
{
    using stream = http2_websocket<sockless::role::server, sockless::no_mask_keys, http_extension, http_echo>;
    sockless::upgrade_request request;
    const sockless::error why = check_extended_connect(sockless::connect_head::from(fields), request);
    if (is_plain_request(why))
        return http2_page::respond(connection, id, http_page{options, request}, request.method == "HEAD",
                                   options.websocket.closing_timeout);
    std::array<sockless::field, 2> room{{{":status", "403"}, {}}};
    std::span<sockless::field> refusal = std::span{room}.first(1);
    if (!failed(why) && request.path != "/refused") {
        const std::string_view announced = request.path == "/protocol" ? "HTTP/2" : "";
        if (auto opened = stream::accept(connection, id, request, {.subprotocol = http_subprotocol(request)},
                                         {announced}, options.websocket, options.sizes))
            return opened;
        room[0].value = "500";
    } else if (failed(why)) {
        refusal = room;
        if (failed(write_error_fields(refusal, why)))
            refusal = std::span{room}.first(1);
    }
    connection.respond(id, refusal, false);
    return nullptr;
}

class http_session final : public loop_client {
public:
    http_session(transport peer, const http_options& options, ticks now)
        : options_{&options}, pump_{std::move(peer)}, protocol_{std::in_place_type<http1_connection>, options}
    {
        write(now); // the time begins
    }

    void on_ready(readiness ready, const turn& share) override
    {
        if (has_deferred_work())
            return write(share.now);
        const io_result got = pump_.read(ready, share.buffer.first(min_receive_size));
        const std::span<std::byte> bytes = share.buffer.first(got.count);
        status_ = got.status;
        if (known_)
            return process(bytes, share);
        waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
        known_ = status_ == io_status::ended || status_ == io_status::failed || recognise();
        if (known_)
            resume(share);
        else
            write(share.now);
    }
    void resume(const turn& share) override
    {
        std::vector<std::byte> bytes = std::exchange(waiting_, {});
        process(bytes, share);
    }
    void on_tick(ticks now) override
    {
        visit([&](auto& protocol) {
            protocol.on_tick(now);
            memory_ = sizeof *this + protocol.memory();
        });
        write(now);
    }
    void on_shutdown(ticks now) override
    {
        visit([&](auto& protocol) { protocol.close(now); });
        write(now);
    }
    void on_memory_exceeded() override { drop(); }
    void drop() noexcept override { pump_.finish(); }

    [[nodiscard]] int socket() const noexcept override { return pump_.peer().socket(); }
    [[nodiscard]] readiness needs() const noexcept override { return pump_.needs(has_deferred_work()); }
    [[nodiscard]] bool has_deferred_work() const noexcept override { return known_ && !waiting_.empty(); }
    [[nodiscard]] std::size_t memory() const noexcept override { return memory_; }
    [[nodiscard]] bool is_finished() const noexcept override { return pump_.is_finished(); }

private:
    template <class Function>
    void visit(const Function& function)
    {
        std::visit([&](auto& protocol) { function(protocol); }, protocol_);
    }
    /// Processes what has arrived. What little bytes inflate to takes time, so that a part may be left for the next turn.
    void process(std::span<std::byte> bytes, const turn& share)
    {
        constexpr std::size_t max_part = 4'096;
        visit([&](auto& protocol) {
            do {
                const std::size_t size = std::min(bytes.size(), max_part);
                if (size != 0)
                    protocol.receive(bytes.first(size), share.now);
                bytes = bytes.subspan(size);
            } while (!bytes.empty() && !share.is_over());
            waiting_.assign(bytes.begin(), bytes.end());
            if (bytes.empty())
                transport_pump::end(protocol, status_, share.now);
        });
        write(share.now);
    }
    void write(ticks now)
    {
        visit([&](auto& protocol) { pump_.write(protocol, now); });
    }
    /// Chooses the protocol: by ALPN, and without TLS by the first bytes (RFC 9113 3.3, 3.4).
    ///
    /// @return false if more bytes are needed
    bool recognise()
    {
        constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        if (waiting_.empty())
            return false;
        bool is_2 = pump_.peer().protocol() == "h2";
        if (!pump_.peer().is_secure()) {
            const std::size_t size = std::min(waiting_.size(), preface.size());
            is_2 = std::equal(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(size), preface.begin(),
                              [](std::byte byte, char c) { return static_cast<char>(byte) == c; });
            if (is_2 && size < preface.size())
                return false;
        }
        if (is_2)
            use_http_2();
        return true;
    }
    void use_http_2()
    {
        http2_options choice;
        choice.handshake_timeout = options_->websocket.handshake_timeout;
        choice.closing_timeout = options_->websocket.closing_timeout;
        if (options_->milliseconds != 0)
            choice.idle_timeout = options_->milliseconds;
        protocol_.emplace<http2_connection>(choice, [options = options_](http2_connection& connection, std::int32_t id,
                                                                         std::span<const sockless::field> fields) {
            return answer(*options, connection, id, fields);
        });
    }

    const http_options* options_;
    transport_pump pump_;
    std::variant<http1_connection, http2_connection> protocol_;
    std::vector<std::byte> waiting_;            ///< until the protocol is known, or for the next turn
    io_status status_ = io_status::would_block; ///< of the last read
    std::size_t memory_ = sizeof *this;
    bool known_ = false;
};

} // namespace example
