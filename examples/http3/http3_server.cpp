// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "http3_server.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <gnutls/crypto.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>

namespace example {

namespace {

[[nodiscard]] ngtcp2_tstamp clock_time() noexcept
{
    const auto time = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<ngtcp2_tstamp>(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
}

[[nodiscard]] descriptor bind_udp(std::uint16_t port)
{
    descriptor socket{check(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
          ("cannot bind to 127.0.0.1 port " + std::to_string(port)).c_str());
    constexpr int probe =
        IP_PMTUDISC_PROBE; // RFC 9000 14: packets are not fragmented; ngtcp2 finds out which size passes
    check(::setsockopt(socket.get(), IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof probe), "IP_MTU_DISCOVER");
    constexpr int size = 1 << 21; // as much as the system allows
    static_cast<void>(::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size));
    static_cast<void>(::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
    return socket;
}

[[nodiscard]] gnutls_certificate_credentials_t load(const std::string& certificates, const std::string& key)
{
    gnutls_certificate_credentials_t result = nullptr;
    if (gnutls_certificate_allocate_credentials(&result) != 0)
        throw std::bad_alloc{};
    if (const int error =
            gnutls_certificate_set_x509_key_file(result, certificates.c_str(), key.c_str(), GNUTLS_X509_FMT_PEM);
        error < 0) {
        gnutls_certificate_free_credentials(result);
        throw std::runtime_error{certificates + ", " + key + ": " + gnutls_strerror(error)};
    }
    return result;
}

/// Returns how long poll(2) waits until a time, rounded up.
[[nodiscard]] int wait_until(ngtcp2_tstamp until, ngtcp2_tstamp now) noexcept
{
    if (until <= now)
        return 0;
    return static_cast<int>(std::min<ngtcp2_duration>((until - now - 1) / NGTCP2_MILLISECONDS + 1, INT_MAX));
}

} // namespace

http3_server::http3_server(const http_options& options)
    : options_{options}, socket_{bind_udp(options.port)}, credentials_{load(options.certificates, options.key)}
{
    check(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&local_), &local_size_), "getsockname");
    if (gnutls_rnd(GNUTLS_RND_KEY, secret_.data(), secret_.size()) != 0)
        throw std::runtime_error{"gnutls_rnd"};
}

void http3_server::run(const descriptor& stop)
{
    constexpr ngtcp2_tstamp never = ~ngtcp2_tstamp{0};
    ngtcp2_tstamp end = never;
    now_ = clock_time();
    while (now_ < end && (!stopping_ || !connections_.empty())) {
        const ngtcp2_tstamp next = deadlines_.empty() ? end : std::min(end, deadlines_.begin()->first);
        std::array<pollfd, 2> ready{{{socket_.get(), POLLIN, 0}, {stopping_ ? -1 : stop.get(), POLLIN, 0}}};
        const int count = ::poll(ready.data(), ready.size(), next == never ? -1 : wait_until(next, clock_time()));
        if (count < 0 && errno != EINTR)
            check(count, "poll");
        now_ = clock_time();
        if (count > 0 && ready[0].revents != 0)
            receive_packets();
        if (count > 0 && ready[1].revents != 0) {
            end = now_ + options_.websocket.closing_timeout * NGTCP2_MILLISECONDS;
            shut_down();
        }
        update_connections();
        keep_budget();
    }
    for (const auto& [connection, each] : connections_)
        connection->close(NGHTTP3_H3_NO_ERROR, now_);
}

/// Receives a limited number of packets, so that timers are not delayed.
void http3_server::receive_packets()
{
    for (int i = 0; i < 64; ++i) {
        sockaddr_storage remote{};
        socklen_t size = sizeof remote;
        const ssize_t count =
            ::recvfrom(socket_.get(), buffer_.data(), buffer_.size(), 0, reinterpret_cast<sockaddr*>(&remote), &size);
        if (count < 0) // above all EAGAIN; other errors are those of packets that were sent
            return;
        const ngtcp2_path path{
            {reinterpret_cast<sockaddr*>(&local_), local_size_}, {reinterpret_cast<sockaddr*>(&remote), size}, nullptr};
        receive(path, std::span{buffer_}.first(static_cast<std::size_t>(count)));
    }
}

/// A packet of no connection, which does not begin one, is dropped.
void http3_server::receive(const ngtcp2_path& path, std::span<const std::uint8_t> packet)
{
    if (packet.empty()) // which ngtcp2 does not take
        return;
    ngtcp2_version_cid ids;
    const int error = ngtcp2_pkt_decode_version_cid(&ids, packet.data(), packet.size(), connection_id_size);
    if (error == NGTCP2_ERR_VERSION_NEGOTIATION && packet.size() >= NGTCP2_MAX_UDP_PAYLOAD_SIZE)
        return negotiate_version(path, ids);
    if (error != 0)
        return;
    const auto found = ids_.find(std::string_view{reinterpret_cast<const char*>(ids.dcid), ids.dcidlen});
    if (found == ids_.end())
        return accept(path, packet);
    http3_connection& connection = *found->second;
    touched_.push_back(&connection);
    if (connection.receive(path, packet, now_))
        return;
    ngtcp2_pkt_hd header;
    if (ngtcp2_pkt_decode_hd_long(&header, packet.data(), packet.size()) >= 0)
        retry(path, header);
}

void http3_server::accept(const ngtcp2_path& path, std::span<const std::uint8_t> packet)
{
    ngtcp2_pkt_hd header;
    const int error = ngtcp2_accept(&header, packet.data(), packet.size());
    if (stopping_ || (error != 0 && error != NGTCP2_ERR_RETRY))
        return;
    if (budget_.is_low())
        return refuse(path, header, NGTCP2_CONNECTION_REFUSED);
    ngtcp2_cid original_id;
    const ngtcp2_vec& token = header.token;
    const bool has_token = token.len != 0 && token.base[0] == NGTCP2_CRYPTO_TOKEN_MAGIC_RETRY;
    if (has_token &&
        ngtcp2_crypto_verify_retry_token(&original_id, token.base, token.len, secret_.data(), secret_.size(),
                                         header.version, path.remote.addr, path.remote.addrlen, &header.dcid,
                                         options_.websocket.handshake_timeout * NGTCP2_MILLISECONDS, now_) != 0)
        return refuse(path, header, NGTCP2_INVALID_TOKEN);
    if (!has_token && (error == NGTCP2_ERR_RETRY || in_handshake_ >= max_unvalidated))
        return retry(path, header);
    try {
        auto made =
            std::make_unique<http3_connection>(socket_.get(), options_, credentials_.get(), ids_,
                                               first_packet{path, header, has_token ? &original_id : nullptr}, now_);
        http3_connection& connection = *made;
        touched_.reserve(touched_.size() + 1);
        connections_.try_emplace(&connection).first->second.connection = std::move(made);
        touched_.push_back(&connection);
        if (!connection.receive(path, packet, now_))
            retry(path, header);
    } catch (const std::exception&) { // no memory, or a packet that cannot be used: the client sends another one
        return;
    }
}

void http3_server::negotiate_version(const ngtcp2_path& path, const ngtcp2_version_cid& ids)
{
    std::array<std::uint8_t, 1200> packet;
    const std::uint32_t versions[] = {NGTCP2_PROTO_VER_V1};
    const ngtcp2_ssize size =
        ngtcp2_pkt_write_version_negotiation(packet.data(), packet.size(), secret_.front(), ids.scid, ids.scidlen,
                                             ids.dcid, ids.dcidlen, versions, std::size(versions));
    if (size > 0)
        send_packet(socket_.get(), path.remote, std::span{packet}.first(static_cast<std::size_t>(size)));
}

void http3_server::retry(const ngtcp2_path& path, const ngtcp2_pkt_hd& header)
{
    ngtcp2_cid id{};
    id.datalen = connection_id_size;
    std::array<std::uint8_t, NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN> token;
    std::array<std::uint8_t, 1200> packet;
    if (gnutls_rnd(GNUTLS_RND_RANDOM, id.data, id.datalen) != 0)
        return;
    const ngtcp2_ssize token_size =
        ngtcp2_crypto_generate_retry_token(token.data(), secret_.data(), secret_.size(), header.version,
                                           path.remote.addr, path.remote.addrlen, &id, &header.dcid, now_);
    if (token_size < 0)
        return;
    const ngtcp2_ssize size =
        ngtcp2_crypto_write_retry(packet.data(), packet.size(), header.version, &header.scid, &id, &header.dcid,
                                  token.data(), static_cast<std::size_t>(token_size));
    if (size > 0)
        send_packet(socket_.get(), path.remote, std::span{packet}.first(static_cast<std::size_t>(size)));
}

void http3_server::refuse(const ngtcp2_path& path, const ngtcp2_pkt_hd& header, std::uint64_t code)
{
    std::array<std::uint8_t, 1200> packet;
    const ngtcp2_ssize size = ngtcp2_crypto_write_connection_close(packet.data(), packet.size(), header.version,
                                                                   &header.scid, &header.dcid, code, nullptr, 0);
    if (size > 0)
        send_packet(socket_.get(), path.remote, std::span{packet}.first(static_cast<std::size_t>(size)));
}

/// Updates the connections that have received something, and those whose time has come.
void http3_server::update_connections()
{
    while (!deadlines_.empty() && deadlines_.begin()->first <= now_) {
        touched_.push_back(deadlines_.begin()->second);
        deadlines_.erase(deadlines_.begin());
    }
    std::sort(touched_.begin(), touched_.end());
    touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
    for (http3_connection* const each : touched_)
        update(*each);
    touched_.clear();
}

void http3_server::update(http3_connection& connection)
{
    try {
        connection.update(now_);
    } catch (const std::exception&) { // no memory
        connection.close(NGHTTP3_H3_INTERNAL_ERROR, now_);
    }
    settle(connection);
}

/// Accounts for a connection after a change, and destroys it if it is finished.
void http3_server::settle(http3_connection& connection)
{
    const auto found = connections_.find(&connection);
    entry& known = found->second;
    deadlines_.erase({known.deadline, &connection});
    budget_.remove(known.accounted);
    in_handshake_ -= known.in_handshake ? 1U : 0U;
    if (connection.is_finished()) {
        connections_.erase(found);
        return;
    }
    known.deadline = connection.deadline();
    deadlines_.emplace(known.deadline, &connection);
    known.accounted = connection.memory();
    budget_.add(known.accounted);
    known.in_handshake = connection.is_in_handshake();
    in_handshake_ += known.in_handshake ? 1U : 0U;
    if (connection.is_established() && !std::exchange(known.established, true))
        ++accepted_;
}

/// Ends the connections that use the most memory.
void http3_server::keep_budget()
{
    while (budget_.is_exceeded()) {
        const auto largest =
            std::max_element(connections_.begin(), connections_.end(),
                             [](const auto& a, const auto& b) { return a.second.accounted < b.second.accounted; });
        if (largest == connections_.end())
            return;
        largest->first->close(NGHTTP3_H3_EXCESSIVE_LOAD, now_);
        settle(*largest->first);
    }
}

/// New connections are dropped from now on.
void http3_server::shut_down()
{
    stopping_ = true;
    for (const auto& [connection, each] : connections_) {
        connection->shut_down(now_);
        touched_.push_back(connection);
    }
}

} // namespace example
