// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A server of HTTP/3: one UDP socket, its connections and their timers.
#pragma once

#include "../support/memory_budget.hpp"
#include "../support/socket.hpp"
#include "http3_connection.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <gnutls/gnutls.h>
#include <memory>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace example {

class http3_server {
public:
    /// Binds to a port of 127.0.0.1. A server for all addresses needs IP_PKTINFO, because the local address is a part of a path.
    ///
    /// @param options  outlives this object
    /// @par Errors  throws std::system_error, or std::runtime_error if certificates or key cannot be used
    explicit http3_server(const http_options& options);
    http3_server(const http3_server&) = delete;
    http3_server& operator=(const http3_server&) = delete;

    [[nodiscard]] std::uint16_t port() const { return local_address(socket_.get()).port; }

    /// Returns the number of connections whose handshake was completed.
    [[nodiscard]] std::size_t accepted() const noexcept { return accepted_; }

    /// Serves until SIGTERM or SIGINT, and until all connections have ended then; not longer than the closing handshake may take.
    ///
    /// @param stop  a descriptor that becomes readable
    void run(const descriptor& stop);

private:
    /// What the server knows about a connection.
    struct entry {
        std::unique_ptr<http3_connection> connection;
        ngtcp2_tstamp deadline = 0;
        std::size_t accounted = 0;
        bool in_handshake = false;
        bool established = false;
    };
    struct free_credentials {
        void operator()(gnutls_certificate_credentials_st* each) const noexcept
        {
            gnutls_certificate_free_credentials(each);
        }
    };

    void receive_packets();
    void receive(const ngtcp2_path& path, std::span<const std::uint8_t> packet);
    void accept(const ngtcp2_path& path, std::span<const std::uint8_t> packet);
    void negotiate_version(const ngtcp2_path& path, const ngtcp2_version_cid& ids);
    void retry(const ngtcp2_path& path, const ngtcp2_pkt_hd& header);
    void refuse(const ngtcp2_path& path, const ngtcp2_pkt_hd& header, std::uint64_t code);
    void update_connections();
    void update(http3_connection& connection);
    void settle(http3_connection& connection);
    void keep_budget();
    void shut_down();

    /// From this number of connections in the handshake on, addresses are validated.
    static constexpr std::size_t max_unvalidated = 64;

    const http_options& options_;
    descriptor socket_;
    sockaddr_storage local_{};
    socklen_t local_size_ = sizeof local_;
    std::unique_ptr<gnutls_certificate_credentials_st, free_credentials> credentials_;
    std::array<std::uint8_t, 32> secret_{}; ///< of Retry tokens
    memory_budget budget_{std::size_t{1} << 30};
    connection_ids ids_;
    std::unordered_map<http3_connection*, entry> connections_;
    std::set<std::pair<ngtcp2_tstamp, http3_connection*>> deadlines_;
    std::vector<http3_connection*> touched_; ///< by packets that have been received
    std::size_t in_handshake_ = 0;
    std::size_t accepted_ = 0;
    ngtcp2_tstamp now_ = 0;
    bool stopping_ = false;
    std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(65536); ///< the largest packet
};

} // namespace example
