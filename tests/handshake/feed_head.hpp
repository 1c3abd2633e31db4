// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Heads as text, derived from the RFC's example by changing lines, and receivers for the feeder.
#pragma once

#include "support/feed.hpp"
#include "support/hex.hpp"
#include "support/print.hpp"

#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/server_handshake.hpp>
#include <sockless/http/head_reader.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heads {

/// A start line and fields. Every function returns a changed copy.
struct head_text {
    std::string start;
    std::vector<std::pair<std::string, std::string>> lines;

    [[nodiscard]] head_text line(std::string_view other) const
    {
        head_text result = *this;
        result.start = other;
        return result;
    }
    /// Adds a line at the end.
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
    /// Replaces the value of a line.
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
    /// Returns the fields as another parser would pass them; valid while this object is.
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
/// A fault of a head, and the error that is reported for it.
struct fault {
    enum class how { line, with, without, set };

    [[nodiscard]] head_text in(const head_text& good) const
    {
        switch (change) {
        case how::line: return good.line(value);
        case how::with: return good.with(name, value);
        case how::without: return good.without(name);
        case how::set: break;
        }
        return good.set(name, value);
    }
    /// Returns whether both faults can be combined.
    [[nodiscard]] bool combines_with(const fault& other) const { return name != other.name; }

    sockless::error reported;
    how change;
    std::string_view name; // empty: the start line
    std::string_view value = {};
};

/// The 16 bytes of the RFC's sample key.
inline constexpr std::string_view rfc_nonce = "the sample nonce";

/// A random source that returns fixed bytes repeatedly, and counts its calls.
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

/// A queue that is large enough for every test.
using wide_queue = sockless::static_byte_queue<std::size_t{1} << 14>;

inline std::string failure_line(sockless::error reason, std::size_t offset)
{
    return std::string{support::spelling_of(reason)} + " at " + std::to_string(offset);
}

inline void describe(std::vector<std::string>& log, std::span<const sockless::field> fields)
{
    for (const sockless::field& each : fields)
        log.push_back(std::string{each.name} + "=" + std::string{each.value});
}

/// Returns a log with a line for the input that remains.
inline std::vector<std::string> with_rest(std::vector<std::string> log, const std::string& rest)
{
    if (!rest.empty())
        log.push_back("rest " + rest);
    return log;
}

/// A reader for the feeder. The log has the head or the failure, and the remaining input.
template <class Reader, std::size_t Characters = sockless::limits::head_bytes,
          std::size_t Fields = sockless::limits::head_fields>
class head_subject {
public:
    void feed(std::span<std::byte> chunk)
    {
        std::span<const std::byte> in{chunk};
        switch (reader_.poll(in)) {
        case sockless::detail::head_result::need_input: REQUIRE(in.empty()); break;
        case sockless::detail::head_result::complete:
            if (!complete_)
                describe_head();
            complete_ = true;
            break;
        case sockless::detail::head_result::failed:
            REQUIRE(in.empty());
            log_.push_back(failure_line(reader_.failure(), reader_.failure_offset()));
            break;
        }
        rest_ += support::to_string(in);
    }
    [[nodiscard]] std::vector<std::string> log() const { return with_rest(log_, rest_); }

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
    return read_head<sockless::detail::request_reader>(text);
}

inline std::vector<std::string> read_response(std::string_view text)
{
    return read_head<sockless::detail::response_reader>(text);
}

/// Returns the failure of a handshake and its offset.
template <class Handshake>
std::string failure_of(const Handshake& handshake)
{
    return failure_line(handshake.failure(), handshake.failure_offset());
}

/// Memory for a head, kept or streamed.
template <class Handshake>
struct head_memory : sockless::head_storage<> {};
template <>
struct head_memory<sockless::streaming_server_handshake> : std::array<char, sockless::limits::head_bytes> {};
template <>
struct head_memory<sockless::streaming_client_handshake> : std::array<char, sockless::limits::head_bytes> {};

/// A server that accepts every valid request. The log has the result, all output, and the remaining input.
template <class Handshake = sockless::server_handshake>
class server_subject {
public:
    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        switch (handshake_.poll(in, *tx_)) {
        case sockless::server_handshake_result::need_input: REQUIRE(in.empty()); break;
        case sockless::server_handshake_result::request:
            log_.emplace_back("request");
            REQUIRE(handshake_.accept(*tx_, {}) == sockless::error::none);
            break;
        case sockless::server_handshake_result::plain_request:
            log_.push_back("plain " + std::string{support::spelling_of(handshake_.failure())});
            REQUIRE(handshake_.refuse(*tx_) == sockless::error::none);
            in = {};
            break;
        case sockless::server_handshake_result::rejected:
            REQUIRE(in.empty());
            log_.push_back(failure_of(handshake_));
            break;
        case sockless::server_handshake_result::open: break;
        }
        rest_ += support::to_string(in);
    }
    [[nodiscard]] std::vector<std::string> log() const
    {
        std::vector<std::string> result = log_;
        result.push_back(support::to_string(tx_->data()));
        return with_rest(std::move(result), rest_);
    }

private:
    std::unique_ptr<head_memory<Handshake>> storage_ = std::make_unique<head_memory<Handshake>>();
    std::unique_ptr<wide_queue> tx_ = std::make_unique<wide_queue>();
    Handshake handshake_{*storage_};
    std::vector<std::string> log_;
    std::string rest_;
};

/// A client that has sent `request` with the RFC's key. The log has the result and the remaining input.
template <class Handshake = sockless::client_handshake>
class client_subject {
public:
    explicit client_subject(const sockless::connect_options& request)
    {
        wide_queue tx;
        fixed_random random;
        REQUIRE(handshake_.start(tx, request, random) == sockless::error::none);
    }
    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        const sockless::client_handshake_result outcome = handshake_.poll(in);
        switch (outcome) {
        case sockless::client_handshake_result::need_input: REQUIRE(in.empty()); break;
        case sockless::client_handshake_result::open:
        case sockless::client_handshake_result::refused:
            if (log_.empty())
                log_.push_back((outcome == sockless::client_handshake_result::open ? "open " : "refused ") + answer());
            break;
        case sockless::client_handshake_result::failed:
            REQUIRE(in.empty());
            log_.push_back(failure_of(handshake_));
            break;
        }
        rest_ += support::to_string(in);
    }
    [[nodiscard]] std::vector<std::string> log() const { return with_rest(log_, rest_); }

private:
    [[nodiscard]] std::string answer() const
    {
        if constexpr (requires { handshake_.head(); })
            return std::to_string(handshake_.head().status) + " " + std::string{handshake_.response().subprotocol};
        else
            return std::to_string(handshake_.status()) + " " + std::string{handshake_.subprotocol()};
    }

    std::unique_ptr<head_memory<Handshake>> storage_ = std::make_unique<head_memory<Handshake>>();
    Handshake handshake_{*storage_};
    std::vector<std::string> log_;
    std::string rest_;
};

/// Returns a log without the reason phrases, which a streaming handshake omits.
inline std::vector<std::string> without_phrases(std::vector<std::string> log)
{
    constexpr std::size_t phrase = std::string_view{"HTTP/1.1 400 "}.size();
    for (std::string& line : log)
        if (line.starts_with("HTTP/1.1 ") && !line.starts_with("HTTP/1.1 1"))
            line.erase(phrase, line.find('\r') - phrase);
    return log;
}

/// Returns a log with the responses of a streamed head that names no fields, and so does not keep the method: 426 instead of 405.
inline std::vector<std::string> without_methods(std::vector<std::string> log)
{
    for (std::string& line : log)
        if (line.ends_with("\r\nAllow: GET, HEAD\r\n\r\n"))
            line = "HTTP/1.1 426 \r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n"
                   "Content-Length: 0\r\n\r\n";
    return log;
}

/// Returns the log of a server for `text`, which is the same for a kept and for a streamed head.
inline std::vector<std::string> serve(std::string_view text, const support::feed_options& options)
{
    const auto full = support::feed_every_way(support::text(text), [] { return server_subject<>{}; }, options);
    const auto streamed = support::feed_every_way(
        support::text(text), [] { return server_subject<sockless::streaming_server_handshake>{}; }, options);
    CHECK(streamed == without_methods(without_phrases(full)));
    const auto named = support::feed_every_way(
        support::text(text),
        [] { return server_subject<sockless::basic_server_handshake<sockless::streamed_head::with<"X-None">>>{}; },
        options);
    CHECK(named == without_phrases(full));
    return full;
}

/// A client with a streamed head that can offer extensions.
using streaming_extensions =
    sockless::basic_client_handshake<sockless::streamed_head::with<"Sec-WebSocket-Extensions">>;

/// Returns the log of a client that has sent `request`, which is the same for a kept and for a streamed head.
inline std::vector<std::string> answer(std::string_view text, const sockless::connect_options& request,
                                       const support::feed_options& options)
{
    const auto full = support::feed_every_way(support::text(text), [&] { return client_subject<>{request}; }, options);
    CHECK(support::feed_every_way(
              support::text(text), [&] { return client_subject<streaming_extensions>{request}; }, options) ==
          without_phrases(full));
    if (request.extensions.empty())
        CHECK(support::feed_every_way(
                  support::text(text), [&] { return client_subject<sockless::streaming_client_handshake>{request}; },
                  options) == without_phrases(full));
    return full;
}

/// Checks each fault alone and each pair of faults: the first in the order of `error` is reported.
///
/// @param log_of  returns the log for a text
template <class LogOf>
void check_faults(std::span<const fault> faults, const head_text& good, const LogOf& log_of)
{
    for (const fault& first : faults) {
        CHECK(log_of(first.in(good).text()).front() == failure_line(first.reported, 0));
        for (const fault& second : faults) {
            if (!first.combines_with(second))
                continue;
            CAPTURE(support::spelling_of(first.reported), support::spelling_of(second.reported));
            const sockless::error worse = first.reported < second.reported ? first.reported : second.reported;
            CHECK(log_of(second.in(first.in(good)).text()).front() == failure_line(worse, 0));
        }
    }
}

} // namespace heads
