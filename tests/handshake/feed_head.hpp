// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Heads as text, with a line more, less or other than in the RFC's example, and the receivers that the feeder cuts them for.
#pragma once

#include "support/feed.hpp"
#include "support/hex.hpp"
#include "support/print.hpp"

#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/head_reader.hpp>
#include <sockless/handshake/server_handshake.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heads {

/// A start line and fields, which are easily changed: every function gives a changed copy.
struct head_text {
    std::string start;
    std::vector<std::pair<std::string, std::string>> lines;

    [[nodiscard]] head_text line(std::string_view other) const
    {
        head_text result = *this;
        result.start = other;
        return result;
    }
    /// One more line at the end.
    [[nodiscard]] head_text with(std::string_view name, std::string_view value) const
    {
        head_text result = *this;
        result.lines.emplace_back(name, value);
        return result;
    }
    [[nodiscard]] head_text without(std::string_view name) const
    {
        head_text result = *this;
        std::erase_if(result.lines, [&](const auto& each) { return each.first == name; });
        return result;
    }
    /// Another value where the line stands.
    [[nodiscard]] head_text set(std::string_view name, std::string_view value) const
    {
        head_text result = *this;
        for (auto& each : result.lines)
            if (each.first == name)
                each.second = value;
        return result;
    }
    [[nodiscard]] std::string text() const
    {
        std::string result = start + "\r\n";
        for (const auto& [name, value] : lines)
            result += name + ": " + value + "\r\n";
        return result + "\r\n";
    }
    /// What a parser of the program's own would hand over; valid while this object is.
    [[nodiscard]] std::vector<sockless::field> fields() const&
    {
        std::vector<sockless::field> result;
        for (const auto& [name, value] : lines)
            result.push_back({name, value});
        return result;
    }
    std::vector<sockless::field> fields() && = delete;
};

/// RFC 6455 1.2
inline const head_text rfc_request{"GET /chat HTTP/1.1",
                                   {{"Host", "server.example.com"},
                                    {"Upgrade", "websocket"},
                                    {"Connection", "Upgrade"},
                                    {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                    {"Origin", "http://example.com"},
                                    {"Sec-WebSocket-Protocol", "chat, superchat"},
                                    {"Sec-WebSocket-Version", "13"}}};
inline const head_text rfc_response{"HTTP/1.1 101 Switching Protocols",
                                    {{"Upgrade", "websocket"},
                                     {"Connection", "Upgrade"},
                                     {"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
                                     {"Sec-WebSocket-Protocol", "chat"}}};
/// The 16 bytes that the key of both is made of.
inline constexpr std::string_view rfc_nonce = "the sample nonce";

/// Hands out the bytes it was made with, over and over.
struct fixed_random {
    std::string_view bytes = rfc_nonce;
    bool works = true;
    int calls = 0;

    bool fill(std::span<std::byte> out) noexcept
    {
        ++calls;
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = static_cast<std::byte>(bytes[i % bytes.size()]);
        return works;
    }
};

/// A queue with room for everything a test writes.
using wide_queue = sockless::static_byte_queue<std::size_t{1} << 17>;

inline std::string failure_line(sockless::error reason, std::size_t offset)
{
    return std::string{support::spelling_of(reason)} + " at " + std::to_string(offset);
}

inline void describe(std::vector<std::string>& log, std::span<const sockless::field> fields)
{
    for (const sockless::field& each : fields)
        log.push_back(std::string{each.name} + "=" + std::string{each.value});
}

/// A reader for the feeder. The log has the head or the failure, and what was left of the input behind it.
template <class Reader, std::size_t Characters = sockless::limits::head_bytes,
          std::size_t Fields = sockless::limits::head_fields>
class head_subject {
public:
    void feed(std::span<std::byte> chunk)
    {
        std::span<const std::byte> in{chunk};
        switch (reader_.poll(in)) {
        case sockless::head_status::need_input: REQUIRE(in.empty()); break;
        case sockless::head_status::complete:
            if (!complete_)
                describe_head();
            complete_ = true;
            break;
        case sockless::head_status::failed:
            REQUIRE(in.empty());
            log_.push_back(failure_line(reader_.failure(), reader_.failure_offset()));
            break;
        }
        rest_ += support::to_string(in);
    }
    [[nodiscard]] std::vector<std::string> log() const
    {
        std::vector<std::string> result = log_;
        if (!rest_.empty())
            result.push_back("rest " + rest_);
        return result;
    }

private:
    void describe_head()
    {
        const auto head = reader_.head();
        if constexpr (requires { head.method; })
            log_.push_back(std::string{head.method} + " " + std::string{head.target});
        else
            log_.push_back(std::to_string(head.status) + " " + std::string{head.reason});
        log_.push_back(std::to_string(head.version.major_digit) + "." + std::to_string(head.version.minor_digit));
        describe(log_, head.fields);
    }

    std::unique_ptr<sockless::head_storage<Characters, Fields>> storage_ =
        std::make_unique<sockless::head_storage<Characters, Fields>>();
    Reader reader_{storage_->space()};
    std::vector<std::string> log_;
    std::string rest_;
    bool complete_ = false;
};

template <class Reader>
std::vector<std::string> read_head(std::string_view text)
{
    return support::feed_every_way(support::text(text), [] { return head_subject<Reader>{}; });
}

inline std::vector<std::string> read_request(std::string_view text)
{
    return read_head<sockless::request_reader>(text);
}

inline std::vector<std::string> read_response(std::string_view text)
{
    return read_head<sockless::response_reader>(text);
}

/// A server that accepts every good request. The log has the decision, all output, and what was left of the input.
class server_subject {
public:
    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        switch (handshake_.poll(in, *tx_)) {
        case sockless::server_outcome::need_input: REQUIRE(in.empty()); break;
        case sockless::server_outcome::request:
            log_.emplace_back("request");
            REQUIRE(handshake_.accept(*tx_, {}) == sockless::error::none);
            break;
        case sockless::server_outcome::ordinary_request:
            log_.push_back("ordinary " + std::string{support::spelling_of(handshake_.failure())});
            REQUIRE(handshake_.refuse(*tx_) == sockless::error::none);
            in = {};
            break;
        case sockless::server_outcome::refused:
            REQUIRE(in.empty());
            log_.push_back(failure_line(handshake_.failure(), handshake_.failure_offset()));
            break;
        case sockless::server_outcome::open: break;
        }
        rest_ += support::to_string(in);
    }
    [[nodiscard]] std::vector<std::string> log() const
    {
        std::vector<std::string> result = log_;
        result.push_back(support::to_string(tx_->data()));
        if (!rest_.empty())
            result.push_back("rest " + rest_);
        return result;
    }

private:
    std::unique_ptr<sockless::head_storage<>> storage_ = std::make_unique<sockless::head_storage<>>();
    std::unique_ptr<wide_queue> tx_ = std::make_unique<wide_queue>();
    sockless::server_handshake handshake_{*storage_};
    std::vector<std::string> log_;
    std::string rest_;
};

/// A client that has sent `request` with the RFC's key. The log has the outcome and what was left of the input.
class client_subject {
public:
    explicit client_subject(const sockless::client_request& request)
    {
        wide_queue tx;
        fixed_random random;
        REQUIRE(handshake_.start(tx, request, random) == sockless::error::none);
    }
    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        const sockless::client_outcome outcome = handshake_.poll(in);
        switch (outcome) {
        case sockless::client_outcome::need_input: REQUIRE(in.empty()); break;
        case sockless::client_outcome::open:
        case sockless::client_outcome::refused:
            if (log_.empty())
                log_.push_back((outcome == sockless::client_outcome::open ? "open " : "refused ") +
                               std::to_string(handshake_.head().status) + " " +
                               std::string{handshake_.response().subprotocol});
            break;
        case sockless::client_outcome::failed:
            REQUIRE(in.empty());
            log_.push_back(failure_line(handshake_.failure(), handshake_.failure_offset()));
            break;
        }
        rest_ += support::to_string(in);
    }
    [[nodiscard]] std::vector<std::string> log() const
    {
        std::vector<std::string> result = log_;
        if (!rest_.empty())
            result.push_back("rest " + rest_);
        return result;
    }

private:
    std::unique_ptr<sockless::head_storage<>> storage_ = std::make_unique<sockless::head_storage<>>();
    sockless::client_handshake handshake_{*storage_};
    std::vector<std::string> log_;
    std::string rest_;
};

} // namespace heads
