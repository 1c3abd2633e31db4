// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What a reverse proxy passes on of a request and of a response.
#pragma once

#include <sockless/handshake/client_request.hpp>
#include <sockless/handshake/upgrade_request.hpp>
#include <sockless/http/head.hpp>
#include <sockless/http/uri.hpp>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace example {

/// Compares names of fields, which are ASCII.
[[nodiscard]] inline bool is_field(std::string_view name, std::string_view other)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    return std::ranges::equal(name, other, {}, lower, lower);
}

/// Returns the fields that are passed on: not those of one connection (RFC 9110 7.6.1), and not those that the handshake writes itself.
[[nodiscard]] inline std::vector<sockless::field> end_to_end_fields(std::span<const sockless::field> all)
{
    static constexpr std::string_view own =
        "Connection, Content-Encoding, Content-Length, Content-Type, Date, Expect, Host, Keep-Alive, Origin, Proxy-Authenticate, "
        "Proxy-Authorization, Proxy-Connection, TE, Trailer, Transfer-Encoding, Upgrade, Sec-WebSocket-Accept, "
        "Sec-WebSocket-Extensions, Sec-WebSocket-Key, Sec-WebSocket-Protocol, Sec-WebSocket-Version";
    std::vector<sockless::field> result;
    for (const sockless::field& each : all) {
        bool named = false;
        for (auto list : {sockless::list_cursor{own}, sockless::list_cursor{all, "Connection"}})
            for (std::string_view name; !named && list.next(name);)
                named = is_field(name, each.name);
        if (!named)
            result.push_back(each);
    }
    return result;
}

/// The request to the upstream server. It owns everything to which a client's `websocket` refers.
class forwarded_request {
public:
    /// Copies the client's request.
    ///
    /// @param from     a pending request; its other fields are used by `options`
    /// @param address  of the client
    forwarded_request(const sockless::upgrade_request& from, std::string address)
        : from_{&from}, path_{from.path}, query_{from.query}, address_{std::move(address)}, host_{from.host}
    {
        std::string_view name;
        for (sockless::list_cursor list = from.subprotocols(); list.next(name);)
            names_.emplace_back(name);
        subprotocols_.assign(names_.begin(), names_.end());
        if (from.port != 0)
            host_ += ':' + std::to_string(from.port);
    }
    forwarded_request(const forwarded_request&) = delete;
    forwarded_request& operator=(const forwarded_request&) = delete;

    /// Returns the options for `connect`. The fields are valid until the client's request has been answered.
    ///
    /// @param upstream  scheme, host and port
    [[nodiscard]] sockless::connect_options options(sockless::uri upstream)
    {
        fields_ = end_to_end_fields(from_->fields);
        chain_.clear();
        std::erase_if(fields_, [this](const sockless::field& each) { return take(each); });
        chain_ += address_;
        for (const auto& [name, value] : {std::pair{"X-Forwarded-For", std::string_view{chain_}},
                                          std::pair{"X-Forwarded-Host", std::string_view{host_}},
                                          std::pair{"X-Forwarded-Proto", std::string_view{"http"}}})
            if (!value.empty())
                fields_.push_back({name, value});
        upstream.path = path_;
        upstream.query = query_;
        return {.where = upstream, .subprotocols = subprotocols_, .origin = from_->origin, .fields = fields_};
    }

private:
    /// Takes the addresses of proxies before this one; removes what a client could claim instead of this proxy.
    bool take(const sockless::field& each)
    {
        if (is_field(each.name, "X-Forwarded-For"))
            chain_.append(each.value).append(", ");
        return is_field(each.name, "X-Forwarded-For") || is_field(each.name, "X-Forwarded-Host") ||
               is_field(each.name, "X-Forwarded-Proto");
    }

    const sockless::upgrade_request* from_;
    std::string path_;
    std::string query_;
    std::string address_;
    std::string chain_; ///< of addresses
    std::string host_;
    std::vector<std::string> names_;
    std::vector<std::string_view> subprotocols_;
    std::vector<sockless::field> fields_;
};

} // namespace example
