// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A WebSocket on one request stream of HTTP/3 (RFC 9220), for a server with nghttp3 and ngtcp2.
#pragma once

#include "unacknowledged_bytes.hpp"

#include <sockless/deflate/extension.hpp>
#include <sockless/handshake/extended_connect.hpp>
#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nghttp3/nghttp3.h>
#include <ngtcp2/ngtcp2.h>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace example {

/// Submits a response to nghttp3, which copies its fields.
///
/// @param reader  of the DATA that follows; null: none, and the stream ends
/// @return false on failure: above all, there is no memory
inline bool submit_fields(nghttp3_conn* http, std::int64_t stream, std::span<const sockless::field> fields,
                          const nghttp3_data_reader* reader)
{
    std::vector<nghttp3_nv> list;
    for (const auto& [name, value] : fields) { // nghttp3 only reads
        const auto bytes = [](std::string_view text) {
            return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
        };
        list.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP3_NV_FLAG_NONE});
    }
    return nghttp3_conn_submit_response(http, stream, list.data(), list.size(), reader) == 0;
}

/// The functions that are called by callbacks of C only take note. The program calls `update` after all callbacks of a packet.
///
/// @tparam Extension  a `deflate_extension`
/// @tparam Handler    as for `websocket::poll`
template <class Extension, class Handler>
class nghttp3_websocket {
public:
    using websocket = sockless::websocket<sockless::role::server, sockless::no_mask_keys, Extension>;

    /// @param window  of a stream: what the peer may send ahead, in bytes
    nghttp3_websocket(ngtcp2_conn* quic, nghttp3_conn* http, std::int64_t stream, std::size_t window, Handler handler,
                      const typename websocket::options& options, const sockless::websocket_sizes& sizes)
        : quic_{quic},
          http_{http},
          stream_{stream},
          handler_{std::move(handler)},
          received_{window},
          storage_{sizes},
          ws{storage_, options}
    {
    }

private:
    ngtcp2_conn* quic_;
    nghttp3_conn* http_;
    std::int64_t stream_;
    Handler handler_;
    sockless::growing_byte_queue received_; ///< not processed yet
    sockless::growing_websocket_storage storage_;

public:
    websocket ws;

    /// Submits the response that accepts the request.
    ///
    /// @param subprotocol  one of the request, or empty
    /// @param reader       calls `read_data`
    /// @return `error::none`, or why nothing was submitted
    [[nodiscard]] sockless::error accept(const sockless::upgrade_request& request, std::string_view subprotocol,
                                         const nghttp3_data_reader& reader)
    {
        std::span<const sockless::field> answer;
        sockless::error e = ws.write_accept_fields(answer, request, {.subprotocol = subprotocol});
        if (!failed(e) && !submit_fields(http_, stream_, answer, &reader))
            e = sockless::error::no_memory;
        return e;
    }

    /// DATA has arrived. Credit for the connection is returned at once, so that other streams do not wait for this one.
    ///
    /// @return false if there is no memory
    [[nodiscard]] bool recv_data(std::span<const std::uint8_t> bytes) noexcept
    {
        ngtcp2_conn_extend_max_offset(quic_, bytes.size());
        return closed_ || received_.append(bytes);
    }
    /// FIN has arrived.
    void end_stream() noexcept { input_ended_ = true; }
    /// The peer has acknowledged DATA.
    void acked_stream_data(std::uint64_t count) noexcept { sent_.acknowledge(static_cast<std::size_t>(count)); }
    /// RESET_STREAM or STOP_SENDING has arrived.
    void reset_stream(std::uint64_t now) noexcept
    {
        input_ended_ = false;
        received_.clear();
        ws.transport_failed(now);
    }
    /// The stream has ended, or the connection is lost: calls the handler for the last time. Then this object can be destroyed.
    void stream_close(std::uint64_t now)
    {
        ws.transport_failed(now);
        static_cast<void>(ws.poll(handler_, now));
    }
    /// The result of a nghttp3_read_data_callback: bytes that keep their addresses until they are acknowledged, and at the end FIN.
    nghttp3_ssize read_data(std::span<nghttp3_vec> to, std::uint32_t& flags) noexcept
    {
        const std::size_t count = sent_.lend(to);
        if (ended_ && !sent_.has_more())
            flags |= NGHTTP3_DATA_FLAG_EOF;
        else if (count == 0)
            return NGHTTP3_ERR_WOULDBLOCK; // until nghttp3_conn_resume_stream
        return static_cast<nghttp3_ssize>(count);
    }

    /// Processes input, calls the handler, moves output to nghttp3, returns credit, and ends or resets the stream. Call it after the
    /// functions above, after each use of `ws`, and when its time has come. Afterwards the program writes packets.
    ///
    /// @param end  of its turn: input remains if that takes longer, such as messages that inflate
    /// @return after how many milliseconds to call it again: 0, if input remains; websocket_needs::never
    std::uint32_t update(std::uint64_t now, std::chrono::steady_clock::time_point end)
    {
        if (closed_)
            return sockless::websocket_needs::never;
        sockless::websocket_needs needs = poll(now);
        while (needs.read && !received_.empty() && std::chrono::steady_clock::now() < end) {
            const std::size_t count = std::min(received_.size(), max_piece);
            ws.receive(received_.data().first(count), now);
            needs = poll(now);
            received_.consume(count);
            consumed_ += count;
        }
        const bool has_work = needs.read && !received_.empty();
        if (received_.empty()) {
            received_.shrink();
            if (input_ended_ && needs.read) {
                ws.input_ended(now);
                needs = poll(now);
            }
        }
        ngtcp2_conn_extend_max_stream_offset(quic_, stream_, std::exchange(consumed_, 0));
        ended_ = ended_ || needs.shut_down_write;
        if (sent_.has_more() || ended_)
            nghttp3_conn_resume_stream(http_, stream_);
        closed_ = needs.close;
        if (closed_) {
            received_.clear();
            received_.shrink();
            ws.shrink();
            if (!ended_ || !input_ended_)
                ngtcp2_conn_shutdown_stream(quic_, stream_, NGHTTP3_H3_REQUEST_CANCELLED);
        }
        return has_work ? 0 : needs.wake_after;
    }

    /// Returns the number of bytes of the memory that the peer can influence.
    [[nodiscard]] std::size_t memory() const noexcept
    {
        return sizeof *this + storage_.capacity() + received_.capacity() + sent_.memory();
    }

private:
    sockless::websocket_needs poll(std::uint64_t now)
    {
        sockless::websocket_needs needs = ws.poll(handler_, now);
        while (needs.write && sent_.size() < max_unacknowledged) {
            const auto bytes = ws.write_buffer();
            const std::size_t count = std::min(bytes.size(), max_unacknowledged - sent_.size());
            sent_.append(bytes.first(count));
            ws.written(count, now);
            needs = ws.poll(handler_, now);
        }
        return needs;
    }

    /// Of input, after which the time is looked at: it inflates to 1 MiB.
    static constexpr std::size_t max_piece = 1024;
    /// Room for the product of bandwidth and delay of the path: 100 Mbit/s with 20 ms. More waits in `storage_`.
    static constexpr std::size_t max_unacknowledged = std::size_t{256} << 10;

    unacknowledged_bytes sent_;
    std::size_t consumed_ = 0; ///< bytes whose credit has not been returned
    bool input_ended_ = false;
    bool ended_ = false;  ///< no output follows
    bool closed_ = false; ///< `ws` has no use for the stream any more
};

} // namespace example
