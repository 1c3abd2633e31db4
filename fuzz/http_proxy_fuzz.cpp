// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Feeds any bytes as a proxy's response to CONNECT. The tunnel begins immediately after the first final response, if that is a 2xx of HTTP/1:
/// the bytes after it are from another server.
#include "cuts.hpp"
#include "slow_head.hpp"
#include "watch.hpp"

#include "support/error_names.hpp"
#include "support/hex.hpp"

#include <sockless/proxy/http_proxy.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using fuzz::require;
using sockless::error;
using sockless::proxy_result;
using support::to_string;
using strings = std::vector<std::string>;

constexpr std::size_t characters = 512;
constexpr std::size_t fields = 8;

class subject {
public:
    subject()
    {
        require(fuzz::core([&] { return proxy_.start(tx_, "server.example.com", 443); }) == error::none,
                "a request is written");
    }

    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        const proxy_result outcome = fuzz::core([&] { return proxy_.poll(in); });
        require(in.empty() || in.data() + in.size() == chunk.data() + chunk.size(),
                "the remaining input is at the end");
        require(proxy_.is_tunnel() == (outcome == proxy_result::tunnel), "is_tunnel() is true after `tunnel`");
        switch (outcome) {
        case proxy_result::need_input:
            require(in.empty() && !answered_, "need_input means that all input was consumed");
            return;
        case proxy_result::failed:
            require(in.empty() && !answered_ && !failed_, "a failure is returned once");
            require(failed(proxy_.failure()) && proxy_.head().status == 0, "a failure has a reason, and no head");
            failed_ = true;
            lines_ = {"failed " + std::string{support::spelling_of(proxy_.failure())} + " at " +
                      std::to_string(proxy_.failure_offset())};
            return;
        case proxy_result::tunnel:
        case proxy_result::refused: break;
        }
        require(!failed_, "nothing follows a failure");
        require(!answered_ || in.size() == chunk.size(), "a response is consumed once");
        answered_ = true;
        lines_ = {outcome == proxy_result::tunnel ? "tunnel" : "refused",
                  std::to_string(proxy_.head().status) + ' ' + std::string{proxy_.head().reason}};
        for (const sockless::field& each : proxy_.head().fields)
            lines_.push_back(std::string{each.name} + ": " + std::string{each.value});
        rest_ += to_string(in);
    }

    [[nodiscard]] strings log() const
    {
        strings result = lines_;
        if (answered_)
            result.push_back("rest " + rest_);
        return result;
    }

private:
    std::unique_ptr<sockless::head_storage<characters, fields>> storage_ =
        std::make_unique<sockless::head_storage<characters, fields>>();
    sockless::static_byte_queue<256> tx_;
    sockless::http_proxy proxy_{*storage_};
    strings lines_;
    std::string rest_;
    bool answered_ = false;
    bool failed_ = false;
};

/// Returns the expected log for a well-formed response that fits, nothing for any other.
strings slow_log(std::string_view text)
{
    std::size_t interim_left = characters;
    while (true) {
        const fuzz::slow_head head = fuzz::read_head_slowly(text, false);
        if (!head.good || head.size > characters || head.fields.size() > fields)
            return {};
        text.remove_prefix(head.size);
        if (head.start[0][0] == '1' && head.start[0] != "101") { // RFC 9110 15.2
            if (head.size > interim_left)
                return {};
            interim_left -= head.size;
            continue;
        }
        if (head.start[2][0] != '1')
            return {};
        strings result{head.start[0][0] == '2' ? "tunnel" : "refused", head.start[0] + ' ' + head.start[1]};
        for (const auto& [name, value] : head.fields)
            result.push_back(name + ": " + value);
        result.push_back("rest " + std::string{text});
        return result;
    }
}

void body(std::span<const std::byte> input)
{
    const strings log = fuzz::same_log_in_every_way(input, [] { return subject{}; });
    const bool answered = !log.empty() && log.back().starts_with("rest ");
    fuzz::require_equal(answered ? log : strings{}, slow_log(to_string(input)), "the slow receiver");
}

const fuzz::target here{"http_proxy", body};

} // namespace
