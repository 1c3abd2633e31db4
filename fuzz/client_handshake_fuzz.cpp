// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Feeds any bytes to a client_handshake that has sent the RFC's sample request. It opens only if the response meets all requirements of
/// RFC 6455 4.1. A handshake that streams the head receives the same bytes and has the same result.
///
/// The first byte selects the options of the request, and the buffer size of the streaming handshake.
#include "both_heads.hpp"
#include "cuts.hpp"
#include "example_handshake.hpp"
#include "slow_head.hpp"
#include "watch.hpp"

#include "support/error_names.hpp"
#include "support/hex.hpp"

#include <sockless/handshake/client_handshake.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using fuzz::require;
using sockless::client_handshake_result;
using sockless::error;
using support::to_string;
using strings = std::vector<std::string>;

constexpr std::array<std::string_view, 2> subprotocols{"chat", "superchat"};
constexpr std::size_t max_size = 1024;

sockless::connect_options request_for(unsigned choice)
{
    sockless::connect_options request;
    request.where.host = "server.example.com";
    request.where.path = "/chat";
    if ((choice & 1U) != 0)
        request.subprotocols = subprotocols;
    if ((choice & 2U) != 0)
        request.extensions = "permessage-deflate; client_max_window_bits, x-other";
    request.subprotocol_required = (choice & 4U) != 0;
    return request;
}

class subject {
public:
    explicit subject(unsigned choice)
    {
        const sockless::connect_options request = request_for(choice);
        fuzz::example_nonce random;
        require(fuzz::core([&] { return handshake_.start(tx_, request, random); }) == error::none,
                "a request is written");
        require(to_string(tx_.data()).find("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") != std::string::npos,
                "the request has the key");
    }

    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        const bool was_done = done_;
        const client_handshake_result outcome = fuzz::core([&] { return handshake_.poll(in); });
        require(in.empty() || in.data() + in.size() == chunk.data() + chunk.size(),
                "the remaining input is at the end");
        require(!was_done || failed_ || in.size() == chunk.size(), "a completed handshake consumes nothing");
        switch (outcome) {
        case client_handshake_result::need_input:
            require(in.empty() && (!done_ || failed_), "need_input means that all input was consumed");
            break;
        case client_handshake_result::failed:
            require(!done_ && in.empty(), "a failure is returned once");
            done_ = failed_ = true;
            lines_.push_back("failed " + std::string{support::spelling_of(handshake_.failure())} + " at " +
                             std::to_string(handshake_.failure_offset()));
            break;
        case client_handshake_result::open:
        case client_handshake_result::refused:
            if (!done_)
                describe(outcome);
            done_ = true;
            break;
        }
        require(handshake_.is_open() == (outcome == client_handshake_result::open), "is_open() is true after `open`");
        rest_ += to_string(in);
    }

    [[nodiscard]] strings log() const
    {
        strings result = lines_;
        if (done_ && !failed_)
            result.push_back("rest " + rest_);
        return result;
    }

private:
    void describe(client_handshake_result outcome)
    {
        const sockless::response_head& head = handshake_.head();
        require((outcome == client_handshake_result::open) == (head.status == 101),
                "101 opens, any other status refuses");
        lines_.push_back((outcome == client_handshake_result::open ? "open " : "refused ") +
                         std::to_string(head.status) + ' ' + std::string{head.reason});
        for (const sockless::field& each : head.fields)
            lines_.push_back(std::string{each.name} + ": " + std::string{each.value});
        if (outcome != client_handshake_result::open)
            return;
        lines_.push_back("subprotocol " + std::string{handshake_.response().subprotocol});
        sockless::extension_cursor extensions = handshake_.response().extensions();
        for (sockless::extension one; extensions.next(one);)
            lines_.push_back("extension " + std::string{one.name} + std::string{one.parameter_text});
        require(!extensions.malformed(), "the extensions of an open connection are well formed");
    }

    std::unique_ptr<sockless::head_storage<max_size, 16>> storage_ =
        std::make_unique<sockless::head_storage<max_size, 16>>();
    sockless::static_byte_queue<1024> tx_;
    sockless::client_handshake handshake_{*storage_};
    strings lines_;
    std::string rest_;
    bool done_ = false;
    bool failed_ = false;
};

/// Returns whether a response meets the requirements of RFC 6455 4.1.
bool may_open(const fuzz::slow_head& head, unsigned choice)
{
    const auto is = [&head](std::string_view name, const char* wanted) {
        const strings values = head.values(name);
        return values.size() == 1 && fuzz::slow_head::lower(values[0]) == wanted;
    };
    std::string connection = ",";
    for (const std::string& value : head.values("connection"))
        for (const char c : fuzz::slow_head::lower(value) + ',')
            if (c != ' ' && c != '\t')
                connection += c;
    const strings subprotocol = head.values("sec-websocket-protocol");
    const bool offered = (choice & 1U) != 0;
    const bool subprotocol_good =
        subprotocol.empty() ? !(offered && (choice & 4U) != 0)
                            : offered && (subprotocol == strings{"chat"} || subprotocol == strings{"superchat"});
    return head.good && head.start[0] == "101" && head.start[2] >= "1.1" && head.start[2] < "2" &&
           is("upgrade", "websocket") && connection.find(",upgrade,") != std::string::npos &&
           head.values("sec-websocket-accept") == strings{fuzz::example_accept} && subprotocol_good &&
           ((choice & 2U) != 0 || head.values("sec-websocket-extensions").empty()) &&
           head.values("transfer-encoding").empty();
}

void body(std::span<const std::byte> input)
{
    fuzz::decisions in{input};
    const unsigned choice = in.byte();
    fuzz::both_heads::compare_clients(in.rest(), choice);
    const strings log = fuzz::same_log_in_every_way(in.rest(), [choice] { return subject{choice}; });
    if (log.empty() || !log[0].starts_with("open "))
        return;
    const std::string bytes = to_string(in.rest());
    std::string_view text = bytes;
    fuzz::slow_head head = fuzz::read_head_slowly(text, false);
    std::size_t skipped = 0;
    while (head.good && head.start[0][0] == '1' && head.start[0] != "101") { // RFC 9110 15.2
        skipped += head.size;
        require(skipped <= max_size, "interim responses are bounded");
        text.remove_prefix(head.size);
        head = fuzz::read_head_slowly(text, false);
    }
    require(may_open(head, choice), "a response that opens meets all requirements");
    require(log.back() == "rest " + std::string{text.substr(head.size)}, "the bytes after the head are not consumed");
}

const fuzz::target here{"client_handshake", body};

} // namespace
