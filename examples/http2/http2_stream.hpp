// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One stream of an HTTP/2 connection, and the setting and the fields of nghttp2.
#pragma once

#include <sockless/http/head.hpp>

#include <cstddef>
#include <cstdint>
#include <nghttp2/nghttp2.h>
#include <span>
#include <string_view>
#include <vector>

namespace example {

/// What an `http2_connection` calls. The functions may use the connection, but do not destroy it.
class http2_stream {
public:
    http2_stream() = default;
    http2_stream(const http2_stream&) = delete;
    http2_stream& operator=(const http2_stream&) = delete;
    virtual ~http2_stream() = default;

    // --- receiving

    /// The response to a client has arrived, `:status` first.
    virtual void on_response(std::span<const sockless::field>) {}
    /// DATA has arrived. The credit is for the stream to return: `http2_connection::consume`.
    ///
    /// @param bytes  may be changed, during the call only
    virtual void on_data(std::span<std::byte> bytes) = 0;
    /// END_STREAM has arrived.
    virtual void on_end() = 0;
    /// The stream has ended, in both directions or by RST_STREAM, or the connection is lost. The last call.
    virtual void on_closed() = 0;

    // --- sending. After it had nothing to send, `http2_connection::resume` is called when there is something.

    /// Returns the number of bytes that can be sent.
    [[nodiscard]] virtual std::size_t ready() = 0;
    /// Removes the next bytes that can be sent.
    ///
    /// @param[out] to  not more than the last `ready()`
    /// @return false if there are fewer bytes now: the stream is reset
    [[nodiscard]] virtual bool take(std::span<std::byte> to) = 0;
    /// Returns whether END_STREAM has to be sent, if nothing is ready.
    [[nodiscard]] virtual bool output_ended() const = 0;

    // --- the connection

    /// Some time has passed.
    virtual void on_tick() = 0;
    /// The connection will end.
    virtual void on_going_away() = 0;
    /// Returns whether nothing is expected any more; the connection ends without such streams.
    [[nodiscard]] virtual bool is_over() const = 0;
    /// Returns the bytes in use, approximately.
    [[nodiscard]] virtual std::size_t memory() const = 0;
};

/// Returns fields as nghttp2 takes them, which copies their texts.
[[nodiscard]] inline std::vector<nghttp2_nv> nghttp2_fields(std::span<const sockless::field> fields)
{
    const auto bytes = [](std::string_view text) { // nghttp2 does not change them
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    std::vector<nghttp2_nv> result;
    for (const sockless::field& each : fields)
        result.push_back({bytes(each.name), bytes(each.value), each.name.size(), each.value.size(), 0});
    return result;
}

} // namespace example
