// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One request of HTTP/3, and the answer of this program to it: a WebSocket that echoes, or a page.
#pragma once

#include "../http2/http_options.hpp"
#include "nghttp3_websocket.hpp"

#include <sockless/core/close_code.hpp>
#include <sockless/handshake/extended_connect.hpp>
#include <sockless/websocket.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <nghttp3/nghttp3.h>
#include <ngtcp2/ngtcp2.h>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace example {

/// Limits of what a client can do on one connection.
struct http3_limits {
    static constexpr std::size_t stream_window = std::size_t{256} << 10; ///< what it may send ahead, in bytes
    static constexpr std::size_t max_streams = 100;                      ///< at a time
    static constexpr std::size_t max_head = 16384;                       ///< as RFC 9114 4.2.2 counts
};

class http3_stream {
public:
    /// @param options  outlives this object
    /// @param now      in milliseconds
    http3_stream(const http_options& options, ngtcp2_conn* quic, std::int64_t id, std::uint64_t now)
        : options_{options}, quic_{quic}, id_{id}, wakes_at_{now + options.websocket.handshake_timeout}
    {
    }
    /// The connection is lost, or the stream has ended.
    ~http3_stream()
    {
        if (websocket_)
            try {
                websocket_->stream_close(now_);
            } catch (const std::exception&) {
                return; // of the handler: there is nobody left
            }
    }
    http3_stream(const http3_stream&) = delete;
    http3_stream& operator=(const http3_stream&) = delete;

    /// Takes a field of the request.
    void add_field(std::string_view name, std::string_view value)
    {
        head_size_ += name.size() + value.size() + 32;
        if (head_size_ <= http3_limits::max_head)
            fields_.emplace_back(name, value);
    }

    /// Answers the request, whose fields are complete.
    ///
    /// @return false if there is no memory
    [[nodiscard]] bool answer(nghttp3_conn* http)
    {
        std::vector<sockless::field> received;
        for (const auto& [name, value] : fields_)
            received.push_back({name, value});
        const bool done = head_size_ > http3_limits::max_head ? reject(http, "431") : answer(http, received);
        fields_ = {};
        return done;
    }

    /// @return false if there is no memory
    [[nodiscard]] bool recv_data(std::span<const std::uint8_t> bytes) noexcept
    {
        if (websocket_) {
            due_ = true;
            return websocket_->recv_data(bytes);
        }
        ngtcp2_conn_extend_max_offset(quic_, bytes.size());
        ngtcp2_conn_extend_max_stream_offset(quic_, id_, bytes.size());
        return true;
    }
    void end_stream() noexcept
    {
        due_ = true;
        if (websocket_)
            websocket_->end_stream();
    }
    void reset_stream(std::uint64_t now) noexcept
    {
        due_ = true;
        if (websocket_)
            websocket_->reset_stream(now);
    }
    void acked_stream_data(std::uint64_t count) noexcept
    {
        due_ = true;
        if (websocket_)
            websocket_->acked_stream_data(count);
    }
    [[nodiscard]] nghttp3_ssize read_data(std::span<nghttp3_vec> to, std::uint32_t& flags) noexcept
    {
        if (websocket_)
            return websocket_->read_data(to, flags);
        flags |= NGHTTP3_DATA_FLAG_EOF; // nghttp3 only reads the page, which is never freed
        to.front() = {reinterpret_cast<std::uint8_t*>(const_cast<char*>(options_.page.data())), options_.page.size()};
        return 1;
    }

    /// The server ends.
    void shut_down() noexcept
    {
        due_ = true;
        if (websocket_ && failed(websocket_->ws.close(sockless::close_code::going_away)))
            websocket_->ws.close();
    }

    /// Does what is due. Then packets are to be written.
    ///
    /// @param end  of the turn
    /// @return the time of the next call, in milliseconds; `wakes_never`
    std::uint64_t update(std::uint64_t now, std::chrono::steady_clock::time_point end)
    {
        now_ = now;
        if (!std::exchange(due_, false) && now < wakes_at_)
            return wakes_at_;
        if (!websocket_) {
            if (now >= wakes_at_) // a request that takes too long, or a page that is not read
                abort(NGHTTP3_H3_REQUEST_CANCELLED);
            return wakes_at_;
        }
        try {
            const std::uint32_t wait = websocket_->update(now, end);
            wakes_at_ = wait == sockless::websocket_needs::never ? wakes_never : now + wait;
        } catch (const std::exception&) { // of the handler, or std::bad_alloc
            websocket_->reset_stream(now);
            abort(NGHTTP3_H3_INTERNAL_ERROR);
        }
        return wakes_at_;
    }
    static constexpr std::uint64_t wakes_never = ~std::uint64_t{0};

    /// Returns the number of bytes of the memory that the peer can influence.
    [[nodiscard]] std::size_t memory() const noexcept
    {
        return sizeof *this + head_size_ +
               (websocket_ ? websocket_->memory() + http_extension::memory_needed(options_.websocket.deflate) : 0);
    }

private:
    using websocket = nghttp3_websocket<http_extension, http_echo>;

    static nghttp3_ssize read_from(nghttp3_conn*, std::int64_t, nghttp3_vec* to, std::size_t count,
                                   std::uint32_t* flags, void*, void* stream)
    {
        return static_cast<http3_stream*>(stream)->read_data({to, count}, *flags);
    }
    static constexpr nghttp3_data_reader reader = {read_from};

    [[nodiscard]] bool answer(nghttp3_conn* http, std::span<const sockless::field> received)
    {
        sockless::upgrade_request request;
        const sockless::error why = check_extended_connect(sockless::connect_head::from(received), request);
        if (is_plain_request(why))
            return answer_plain(http, request);
        if (failed(why)) {
            std::array<sockless::field, 2> room;
            std::span<sockless::field> fields{room};
            return !failed(write_error_fields(fields, why)) && submit_fields(http, id_, fields, nullptr);
        }
        if (request.path == "/refused")
            return reject(http, "403");
        const http_echo echo{request.path == "/protocol" ? "HTTP/3" : ""};
        websocket_ = std::make_unique<websocket>(quic_, http, id_, http3_limits::stream_window, echo,
                                                 options_.websocket, options_.sizes);
        due_ = true;
        const std::string_view chosen = http_subprotocol(request);
        if (!failed(websocket_->accept(request, chosen, reader)))
            return true;
        websocket_.reset();
        return reject(http, "500");
    }
    [[nodiscard]] bool answer_plain(nghttp3_conn* http, const sockless::upgrade_request& request) const
    {
        return http_page{options_, request}.respond(
            request.method == "HEAD", [&](std::span<const sockless::field> fields, bool has_body) {
                return submit_fields(http, id_, fields, has_body ? &reader : nullptr);
            });
    }
    [[nodiscard]] bool reject(nghttp3_conn* http, std::string_view status) const
    {
        const sockless::field fields[] = {{":status", status}};
        return submit_fields(http, id_, fields, nullptr);
    }
    void abort(std::uint64_t code) noexcept
    {
        wakes_at_ = wakes_never;
        ngtcp2_conn_shutdown_stream(quic_, id_, code);
    }

    const http_options& options_;
    ngtcp2_conn* quic_;
    std::int64_t id_;
    std::uint64_t wakes_at_;
    std::uint64_t now_ = 0;
    bool due_ = false;
    std::size_t head_size_ = 0;
    std::vector<std::pair<std::string, std::string>> fields_;
    std::unique_ptr<websocket> websocket_;
};

} // namespace example
