// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Compares a handshake that streams the head, with and without named fields, with one that keeps it: both have the same result, reason,
/// offset, output and fields, however the head is cut.
#pragma once

#include "cuts.hpp"
#include "example_handshake.hpp"
#include "watch.hpp"

#include "support/error_names.hpp"
#include "support/hex.hpp"

#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/server_handshake.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace fuzz::both_heads {

using sockless::client_handshake_result;
using sockless::error;
using sockless::server_handshake_result;
using support::to_string;
using strings = std::vector<std::string>;

/// The names are those of fields that the handshake reads itself, of fields that it does not, and of one that is a part of another.
using named_head = sockless::streamed_head::with<"origin", "COOKIE", "Sec-WebSocket-Protocol",
                                                 "sec-websocket-extensions", "X", "Sec-WebSocket">;
using named_server = sockless::basic_server_handshake<named_head>;
using named_client = sockless::basic_client_handshake<named_head>;

template <class Handshake>
constexpr bool has_names = std::is_same_v<Handshake, named_server> || std::is_same_v<Handshake, named_client>;
template <class Handshake>
constexpr bool is_streaming = has_names<Handshake> || std::is_same_v<Handshake, sockless::streaming_server_handshake> ||
                              std::is_same_v<Handshake, sockless::streaming_client_handshake>;

/// Adds the lines of the fields that `named_head` names. In a kept head a line end in a value is replaced with more spaces than in a
/// streamed one, so that all runs of white space become one space.
inline void describe(strings& log, std::span<const sockless::field> fields)
{
    for (const auto& [name, value] : fields) {
        if (!named_head::keeps(name))
            continue;
        std::string line;
        for (const char c : name)
            line += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        line += '=';
        bool was_space = false;
        for (const char c : value) {
            const bool is_space = c == ' ' || c == '\t';
            if (!is_space || !was_space)
                line += is_space ? ' ' : c;
            was_space = is_space;
        }
        log.push_back(std::move(line));
    }
}

/// Memory for a head, kept or streamed, in a block of its own.
template <class Handshake>
class memory {
public:
    explicit memory(std::size_t room) : room_{new char[room], room} {}
    ~memory() { delete[] room_.data(); }
    memory(const memory&) = delete;
    memory& operator=(const memory&) = delete;

    [[nodiscard]] auto space()
    {
        if constexpr (has_names<Handshake>)
            return sockless::head_buffers{room_, lines_};
        else if constexpr (is_streaming<Handshake>)
            return room_;
        else
            return storage_.space();
    }

private:
    std::span<char> room_;
    std::array<sockless::field, sockless::limits::head_fields> lines_{};
    sockless::head_storage<> storage_;
};

template <class Handshake>
std::string reason(const Handshake& handshake)
{
    return std::string{support::spelling_of(handshake.failure())} + " at " + std::to_string(handshake.failure_offset());
}

template <class Handshake>
class server {
public:
    server(unsigned, std::size_t room)
        : memory_{std::make_unique<memory<Handshake>>(room)}, handshake_{memory_->space()}
    {
    }

    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        const server_handshake_result outcome = fuzz::core([&] { return handshake_.poll(in, *tx_); });
        require(in.empty() || in.data() + in.size() == chunk.data() + chunk.size(),
                "the remaining input is at the end");
        switch (outcome) {
        case server_handshake_result::need_input:
            require(in.empty(), "need_input means that all input was consumed");
            break;
        case server_handshake_result::request: answer("request"); break;
        case server_handshake_result::plain_request: answer("plain " + reason(handshake_)); break;
        case server_handshake_result::rejected:
            require(in.empty() && lines_.empty() && handshake_.is_answered(),
                    "a rejection is returned once, and answered");
            lines_.push_back(reason(handshake_));
            break;
        case server_handshake_result::open:
            require(in.size() == chunk.size(), "an open handshake consumes nothing");
            break;
        }
        if (handshake_.is_open())
            rest_ += to_string(in);
    }

    static constexpr bool names = has_names<Handshake>;
    /// Without the reason phrase, which a streaming handshake omits.
    [[nodiscard]] strings log(bool with_fields = names) const
    {
        strings result = lines_;
        std::string out = to_string(tx_->data());
        constexpr std::size_t phrase = std::string_view{"HTTP/1.1 400 "}.size();
        if (!out.empty() && !handshake_.is_open())
            out.erase(phrase, out.find('\r') - phrase);
        result.push_back(out);
        result.push_back(rest_);
        if (with_fields)
            result.insert(result.end(), fields_.begin(), fields_.end());
        return result;
    }

    /// Returns whether a streamed head that does not keep the method has another result: a plain request with another method than
    /// GET and HEAD, or one with Transfer-Encoding.
    [[nodiscard]] bool needs_method() const
    {
        const std::string_view method = handshake_.request().method;
        return handshake_.failure() == error::body_length_invalid ||
               (is_plain_request(handshake_.failure()) && method != "GET" && method != "HEAD");
    }

private:
    /// Answers like a program: with the first subprotocol, or with a refusal.
    void answer(std::string line)
    {
        std::string_view subprotocol;
        if constexpr (is_streaming<Handshake>) {
            auto list = handshake_.subprotocols();
            static_cast<void>(list.next(subprotocol));
            fuzz::touch(handshake_.target());
            if constexpr (has_names<Handshake>) {
                describe(fields_, handshake_.fields());
                fields_.push_back("method " + std::string{handshake_.method()});
            }
        } else {
            describe(fields_, handshake_.request().fields);
            fields_.push_back("method " + std::string{handshake_.request().method});
            auto list = handshake_.request().subprotocols();
            static_cast<void>(list.next(subprotocol));
        }
        lines_.push_back(std::move(line));
        const bool upgrade = handshake_.failure() == error::none;
        require(fuzz::core([&] {
                    return upgrade ? handshake_.accept(*tx_, choice(subprotocol)) : handshake_.refuse(*tx_);
                }) == error::none,
                "a pending request can be answered");
    }
    static auto choice(std::string_view subprotocol)
    {
        if constexpr (is_streaming<Handshake>)
            return subprotocol;
        else
            return sockless::accept_options{.subprotocol = subprotocol};
    }

    std::unique_ptr<memory<Handshake>> memory_;
    std::unique_ptr<sockless::static_byte_queue<9000>> tx_ = std::make_unique<sockless::static_byte_queue<9000>>();
    Handshake handshake_;
    strings lines_;
    strings fields_;
    std::string rest_;
};

inline constexpr std::array<std::string_view, 2> subprotocols{"chat", "superchat"};

/// Only a head that keeps the answer can offer extensions.
constexpr bool offers_extensions(unsigned choice)
{
    return (choice & 2U) != 0;
}

template <class Handshake>
class client {
public:
    client(unsigned choice, std::size_t room)
        : memory_{std::make_unique<memory<Handshake>>(room)}, handshake_{memory_->space()}
    {
        sockless::connect_options request{.where = {.host = "server.example.com", .path = "/chat"}};
        if ((choice & 1U) != 0)
            request.subprotocols = subprotocols;
        if (offers_extensions(choice))
            request.extensions = "permessage-deflate; client_max_window_bits, x-other";
        request.subprotocol_required = (choice & 4U) != 0;
        sockless::static_byte_queue<1000> tx;
        fuzz::example_nonce random;
        require(fuzz::core([&] { return handshake_.start(tx, request, random); }) == error::none,
                "a request is written");
    }

    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        const client_handshake_result outcome = fuzz::core([&] { return handshake_.poll(in); });
        require(in.empty() || in.data() + in.size() == chunk.data() + chunk.size(),
                "the remaining input is at the end");
        switch (outcome) {
        case client_handshake_result::need_input:
        case client_handshake_result::failed: require(in.empty(), "all input was consumed"); break;
        case client_handshake_result::open:
        case client_handshake_result::refused: rest_ += to_string(in); break;
        }
        outcome_ = outcome == client_handshake_result::need_input ? outcome_ : outcome;
    }

    static constexpr bool names = has_names<Handshake>;
    [[nodiscard]] strings log(bool with_fields = names) const
    {
        if (outcome_ == client_handshake_result::need_input || outcome_ == client_handshake_result::failed)
            return {outcome_ == client_handshake_result::failed ? "failed" : "need_input", reason(handshake_)};
        strings result{outcome_ == client_handshake_result::open ? "open" : "refused", answer(), reason(handshake_),
                       rest_};
        if (with_fields) {
            if constexpr (names)
                describe(result, handshake_.fields());
            else if constexpr (!is_streaming<Handshake>)
                describe(result, handshake_.head().fields);
        }
        return result;
    }

private:
    [[nodiscard]] std::string answer() const
    {
        if constexpr (is_streaming<Handshake>)
            return std::to_string(handshake_.status()) + " " + std::string{handshake_.subprotocol()};
        else
            return std::to_string(handshake_.head().status) + " " + std::string{handshake_.response().subprotocol};
    }

    std::unique_ptr<memory<Handshake>> memory_;
    Handshake handshake_;
    client_handshake_result outcome_ = client_handshake_result::need_input;
    std::string rest_;
};

/// Compares a streaming handshake with one that keeps the head. With a buffer that may be too small for a whole head the results may
/// differ: then only the streaming handshake runs.
template <class Streaming, class Whole>
void compare(std::span<const std::byte> input, unsigned choice, std::size_t room)
{
    const strings streamed = fuzz::same_log_in_every_way(input, [&] { return Streaming{choice, room}; });
    if (room < sockless::limits::head_bytes)
        return;
    Whole whole{choice, room};
    support::feed(whole, input, {"whole", {}, support::feed_way::place::block});
    if constexpr (requires { whole.needs_method(); })
        if (!Streaming::names && whole.needs_method())
            return;
    fuzz::require_equal(streamed, whole.log(Streaming::names), "the handshake that keeps the head");
}

/// Returns the buffer size that the first byte of the input selects.
inline std::size_t room_of(unsigned choice)
{
    return (choice & 0x80U) != 0 ? choice & 0x7EU : 3 * sockless::limits::head_bytes;
}

inline void compare_servers(std::span<const std::byte> input, unsigned choice)
{
    using whole = server<sockless::server_handshake>;
    compare<server<sockless::streaming_server_handshake>, whole>(input, choice, room_of(choice));
    compare<server<named_server>, whole>(input, choice, room_of(choice));
}

inline void compare_clients(std::span<const std::byte> input, unsigned choice)
{
    using whole = client<sockless::client_handshake>;
    if (!offers_extensions(choice))
        compare<client<sockless::streaming_client_handshake>, whole>(input, choice, room_of(choice));
    compare<client<named_client>, whole>(input, choice, room_of(choice));
}

} // namespace fuzz::both_heads
