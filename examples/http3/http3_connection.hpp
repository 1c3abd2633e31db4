// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One connection of a HTTP/3 server: QUIC by ngtcp2, TLS by GnuTLS, HTTP/3 by nghttp3.
#pragma once

#include "../support/socket.hpp"
#include "counted_memory.hpp"
#include "http3_stream.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <gnutls/gnutls.h>
#include <map>
#include <memory>
#include <nghttp3/nghttp3.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace example {

class http3_connection;

/// Connection ids, some of which clients choose: a hash table would have collisions on purpose.
using connection_ids = std::map<std::string, http3_connection*, std::less<>>;

[[nodiscard]] inline std::string_view text_of(const ngtcp2_cid& id) noexcept
{
    return {reinterpret_cast<const char*>(id.data), id.datalen};
}

/// Size of the connection ids of the server.
inline constexpr std::size_t connection_id_size = 16;

/// Sends one packet. One that the system does not take is lost, and QUIC retransmits its content.
void send_packet(int socket, const ngtcp2_addr& to, std::span<const std::uint8_t> packet) noexcept;

/// The first packet of a client.
struct first_packet {
    const ngtcp2_path& path;
    const ngtcp2_pkt_hd& header;
    const ngtcp2_cid* original_id; ///< null unless the client has shown by a Retry token that it receives packets
};

class http3_connection {
public:
    /// @param socket       UDP, not blocking
    /// @param options      outlives this object, as do the next two
    /// @param[in,out] ids  of all connections; this object adds and removes its own
    /// @par Errors  throws std::runtime_error or std::bad_alloc
    http3_connection(int socket, const http_options& options, gnutls_certificate_credentials_t credentials,
                     connection_ids& ids, const first_packet& first, ngtcp2_tstamp now);
    ~http3_connection();
    http3_connection(const http3_connection&) = delete;
    http3_connection& operator=(const http3_connection&) = delete;

    /// Processes a packet. Then call `update`.
    ///
    /// @return false if a Retry packet has to be sent, because the beginning of the handshake is missing
    [[nodiscard]] bool receive(const ngtcp2_path& path, std::span<const std::uint8_t> packet, ngtcp2_tstamp now);
    /// Does what is due, and sends packets.
    void update(ngtcp2_tstamp now);
    /// Begins to end the connection: GOAWAY, and close frames on all WebSockets.
    void shut_down(ngtcp2_tstamp now);
    /// Ends the connection at once.
    ///
    /// @param code  of HTTP/3
    void close(std::uint64_t code, ngtcp2_tstamp now);

    /// Returns when to call `update` at the latest.
    [[nodiscard]] ngtcp2_tstamp deadline() const noexcept { return deadline_; }
    /// Returns whether this object can be destroyed.
    [[nodiscard]] bool is_finished() const noexcept { return finished_; }
    [[nodiscard]] bool is_in_handshake() const noexcept { return !http_ && !is_closing(); }
    [[nodiscard]] bool is_established() const noexcept { return http_ != nullptr; }
    /// Returns the number of bytes of the memory that the peer can influence.
    [[nodiscard]] std::size_t memory() const noexcept;

private:
    friend struct http3_callbacks;
    struct deleter {
        void operator()(ngtcp2_conn* each) const noexcept { ngtcp2_conn_del(each); }
        void operator()(nghttp3_conn* each) const noexcept { nghttp3_conn_del(each); }
        void operator()(gnutls_session_int* each) const noexcept { gnutls_deinit(each); }
    };

    void start_tls(gnutls_certificate_credentials_t credentials);
    [[nodiscard]] bool start_http();
    void add_id(const ngtcp2_cid& id);
    void remove_id(const ngtcp2_cid& id) noexcept;
    [[nodiscard]] http3_stream* find(std::int64_t stream) noexcept;
    [[nodiscard]] bool is_closing() const noexcept { return !close_packet_.empty() || finished_; }
    void update_streams();
    void write();
    void fail(int error);
    void close(const ngtcp2_connection_close_error& why);
    [[nodiscard]] std::uint64_t milliseconds() const noexcept { return now_ / NGTCP2_MILLISECONDS; }

    int socket_;
    const http_options& options_;
    connection_ids& ids_;
    std::vector<ngtcp2_cid> own_ids_;
    ngtcp2_tstamp now_;
    ngtcp2_tstamp deadline_ = 0;
    ngtcp2_tstamp unused_since_;    ///< when there was a stream last
    std::int64_t last_stream_ = -1; ///< that had its turn
    std::uint64_t streams_wake_at_ = http3_stream::wakes_never;
    std::uint64_t http_error_ = 0; ///< the code with which the connection ends, after an error in a callback
    bool shutting_down_ = false;
    bool finished_ = false;
    std::vector<std::uint8_t> close_packet_; ///< CONNECTION_CLOSE, which is repeated
    unsigned packets_while_closing_ = 0;

    counted_memory memory_{max_memory};
    ngtcp2_mem quic_memory_ = memory_.allocator<ngtcp2_mem>();
    nghttp3_mem http_memory_ = memory_.allocator<nghttp3_mem>();
    ngtcp2_crypto_conn_ref tls_owner_{};
    std::unique_ptr<gnutls_session_int, deleter> tls_;
    std::unique_ptr<ngtcp2_conn, deleter> quic_;
    std::map<std::int64_t, http3_stream> streams_;
    std::unique_ptr<nghttp3_conn, deleter> http_; // before the streams it is destroyed: it refers to them

    /// Between two turns other connections have theirs: some clients send what takes long, such as messages that inflate.
    static constexpr std::chrono::milliseconds turn_of_connection{5};
    static constexpr std::chrono::milliseconds turn_of_stream{1};
    /// Of ngtcp2 and nghttp3: data with gaps up to the window, and packets that are not acknowledged.
    static constexpr std::size_t max_memory = std::size_t{8} << 20;
    static constexpr std::size_t connection_window = std::size_t{1} << 20;
    static constexpr std::size_t tls_memory = std::size_t{64} << 10; // an estimate
};

} // namespace example
