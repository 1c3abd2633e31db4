// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Decides which web pages may use a server (RFC 6455 10.2).
#pragma once

#include "socket.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace example {

/// The names under which a server is known. Neither Origin nor Host is compared with a value that the request itself supplies: after
/// DNS rebinding both contain the attacker's name.
class origin_policy {
public:
    origin_policy() = default;
    /// @param scheme  "http" or "https"; part of each own origin
    /// @param host    address that the server listens on
    /// @param port    port that the server listens on
    origin_policy(std::string_view scheme, const std::string& host, std::uint16_t port) : scheme_{scheme}, port_{port}
    {
        add_host(host);
        add_host("localhost");
        add_host("127.0.0.1");
        add_host("::1");
    }

    /// Adds a host name or IP address of this server.
    void add_host(std::string_view host)
    {
        std::string name{host};
        for (char& c : name)
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        hosts_.push_back(name.find(':') == std::string::npos || name.front() == '[' ? name : '[' + name + ']');
    }
    /// Adds a complete origin, such as "https://example.com", in the form in which browsers send it.
    void add_origin(std::string_view origin) { origins_.emplace_back(origin); }

    /// @param origin  value of the Origin field
    /// @param socket  the connection; its local address is one of the server's addresses
    [[nodiscard]] bool allows_origin(std::string_view origin, int socket) const
    {
        for (const std::string& one : origins_)
            if (one == origin)
                return true;
        for (const std::string& host : hosts_)
            if (own_origin(host) == origin)
                return true;
        return own_origin(local_host(socket)) == origin;
    }
    /// @param host    value of the Host field; its port is ignored, because a proxy may forward ports
    /// @param socket  the connection
    [[nodiscard]] bool allows_host(std::string_view host, int socket) const
    {
        const std::size_t colon = host.rfind(':');
        if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos)
            host = host.substr(0, colon);
        for (const std::string& one : hosts_)
            if (equal_host(one, host))
                return true;
        return local_host(socket) == host;
    }

private:
    [[nodiscard]] static bool equal_host(std::string_view own, std::string_view host) noexcept
    {
        if (own.size() != host.size())
            return false;
        for (std::size_t i = 0; i < own.size(); ++i)
            if (own[i] != (host[i] >= 'A' && host[i] <= 'Z' ? static_cast<char>(host[i] - 'A' + 'a') : host[i]))
                return false;
        return true;
    }
    [[nodiscard]] std::string own_origin(std::string_view host) const
    {
        std::string origin = scheme_ + "://";
        origin += host;
        if (port_ != (scheme_ == "https" ? 443 : 80)) // a browser omits the default port
            origin.append(":").append(std::to_string(port_));
        return origin;
    }

    std::string scheme_;
    std::uint16_t port_ = 0;
    std::vector<std::string> hosts_;
    std::vector<std::string> origins_;
};

} // namespace example
