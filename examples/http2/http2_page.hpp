// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A response of HTTP/2 that has a body of constant text.
#pragma once

#include "http2_connection.hpp"
#include "http_options.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace example {

class http2_page final : public http2_stream {
public:
    /// Sends a response.
    ///
    /// @param page     its texts outlive the stream
    /// @param timeout  in milliseconds, after which a client that does not read it is given up
    /// @return null if the response has no body
    [[nodiscard]] static std::unique_ptr<http2_stream>
    respond(http2_connection& connection, std::int32_t id, const http_page& page, bool is_head, std::uint32_t timeout)
    {
        return page.respond(is_head, [&](std::span<const sockless::field> fields, bool has_body) {
            connection.respond(id, fields, has_body);
            return has_body ? std::make_unique<http2_page>(connection, id, page.body, timeout) : nullptr;
        });
    }
    /// For `respond`.
    http2_page(http2_connection& connection, std::int32_t id, std::string_view body, std::uint32_t timeout)
        : connection_{connection}, id_{id}, timeout_{timeout}, begin_{connection.now()}, unsent_{body}
    {
    }

    void on_data(std::span<std::byte> bytes) override { connection_.consume(id_, bytes.size()); }
    void on_end() override {}
    void on_closed() override { over_ = true; }
    [[nodiscard]] std::size_t ready() override { return unsent_.size(); }
    [[nodiscard]] bool take(std::span<std::byte> to) override
    {
        std::memcpy(to.data(), unsent_.data(), to.size());
        unsent_.remove_prefix(to.size());
        return true;
    }
    [[nodiscard]] bool output_ended() const override { return true; }
    void on_tick() override
    {
        if (over_ || static_cast<std::uint32_t>(connection_.now() - begin_) < timeout_)
            return;
        over_ = true;
        connection_.reset(id_, unsent_.empty() ? NGHTTP2_NO_ERROR : NGHTTP2_CANCEL);
    }
    void on_going_away() override {}
    [[nodiscard]] bool is_over() const override { return over_; }
    [[nodiscard]] std::size_t memory() const override { return sizeof *this; }

private:
    http2_connection& connection_;
    std::int32_t id_;
    std::uint32_t timeout_;
    std::uint64_t begin_;
    std::string_view unsent_;
    bool over_ = false;
};

} // namespace example
