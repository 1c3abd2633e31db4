// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A client of HTTP/3 for tests, which does what a browser does not: it ends, resets and stops streams, and it reads nothing.
#pragma once

#include "support/socket.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <map>
#include <memory>
#include <nghttp3/nghttp3.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>
#include <poll.h>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace http3_test {

using namespace std::chrono_literals;
using header = std::pair<std::string, std::string>;

/// Throws if a condition does not hold.
inline void expect(bool condition, const std::string& what)
{
    if (!condition)
        throw std::runtime_error{what};
}

/// A frame of a client, whose masking key is 0.
[[nodiscard]] inline std::string frame(unsigned first_byte, std::string_view payload)
{
    std::string result{static_cast<char>(first_byte)};
    const std::size_t size = payload.size();
    if (size < 126) {
        result += static_cast<char>(0x80 | size);
    } else {
        const int digits = size < 65536 ? 2 : 8;
        result += static_cast<char>(0x80 | (digits == 2 ? 126 : 127));
        for (int i = digits; i-- != 0;)
            result += static_cast<char>(size >> (8 * i) & 0xFF);
    }
    return result.append(4, '\0').append(payload);
}
[[nodiscard]] inline std::string text(std::string_view payload)
{
    return frame(0x81, payload);
}

/// A request and its response.
struct stream {
    std::int64_t id = -1;
    std::deque<std::string> output; ///< never freed, because nghttp3 refers to it
    std::size_t lent = 0;
    bool fin = false;
    std::string status;
    std::map<std::string, std::string> fields;
    std::string input;   ///< frames of the server
    bool reading = true; ///< false: credit is kept
    std::size_t owed = 0;
    bool answered = false; ///< the fields are complete
    bool ended = false;    ///< FIN has arrived
    bool reset = false;    ///< RESET_STREAM has arrived
    bool closed = false;   ///< in both directions
    std::uint64_t code = 0;

    /// Removes the first frame of the server, whose payload is returned if it is complete.
    [[nodiscard]] bool take(unsigned first_byte, std::string& payload)
    {
        const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(input[i])); };
        if (input.size() < 2)
            return false;
        expect(byte(0) == first_byte, "a frame begins with " + std::to_string(byte(0)));
        std::size_t header_size = 2;
        std::size_t size = byte(1);
        if (size >= 126) {
            header_size += size == 126 ? 2 : 8;
            if (input.size() < header_size)
                return false;
            size = 0;
            for (std::size_t i = 2; i != header_size; ++i)
                size = size << 8 | byte(i);
        }
        if (input.size() - header_size < size)
            return false;
        payload = input.substr(header_size, size);
        input.erase(0, header_size + size);
        return true;
    }
};

class client {
public:
    /// @param window  of each stream, in bytes
    /// @param connects  false: only the first packet is sent
    explicit client(std::uint16_t port, std::uint64_t window = 262144, bool connects = true)
    {
        remote_.sin_family = AF_INET;
        remote_.sin_port = htons(port);
        remote_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        change_address();
        socklen_t size = sizeof local_;
        example::check(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&local_), &size), "getsockname");

        ngtcp2_settings settings;
        ngtcp2_settings_default(&settings);
        settings.initial_ts = now();
        ngtcp2_transport_params parameters;
        ngtcp2_transport_params_default(&parameters);
        parameters.initial_max_stream_data_bidi_local = window;
        parameters.initial_max_stream_data_uni = 262144;
        parameters.initial_max_data = std::uint64_t{1} << 24;
        parameters.initial_max_streams_uni = 3;
        ngtcp2_cid from = new_id(16);
        ngtcp2_cid to = new_id(18);
        const ngtcp2_callbacks callbacks = make_callbacks();
        expect(ngtcp2_conn_client_new(&quic_, &to, &from, &path_, NGTCP2_PROTO_VER_V1, &callbacks, &settings,
                                      &parameters, nullptr, this) == 0,
               "ngtcp2_conn_client_new");
        start_tls();
        write();
        if (!connects)
            return;
        wait("the handshake", [this] { return http_ != nullptr; });
        ngtcp2_conn_set_keep_alive_timeout(quic_, 200 * NGTCP2_MILLISECONDS); // a peer that is alive
    }
    /// Ends the connection.
    ~client()
    {
        std::array<std::uint8_t, 1452> packet;
        ngtcp2_connection_close_error why;
        ngtcp2_connection_close_error_default(&why);
        ngtcp2_connection_close_error_set_application_error(&why, NGHTTP3_H3_NO_ERROR, nullptr, 0);
        const auto size = lost_ ? 0
                                : ngtcp2_conn_write_connection_close(quic_, nullptr, nullptr, packet.data(),
                                                                     packet.size(), &why, now());
        if (size > 0)
            ::send(socket_.get(), packet.data(), static_cast<std::size_t>(size), 0);
        nghttp3_conn_del(http_);
        ngtcp2_conn_del(quic_);
        gnutls_deinit(tls_);
        gnutls_certificate_free_credentials(credentials_);
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    /// Goes on with another port, as behind a NAT that has forgotten the old one; QUIC at this end does not notice it.
    void change_address()
    {
        socket_ = example::descriptor{
            example::check(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")};
        example::check(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&remote_), sizeof remote_), "connect");
    }

    /// Returns whether the answer to the first packet is a Retry packet, which is dropped.
    [[nodiscard]] bool has_retry()
    {
        std::uint8_t first = 0;
        pollfd ready{socket_.get(), POLLIN, 0};
        ::poll(&ready, 1, 1000);
        return ::recv(socket_.get(), &first, 1, 0) == 1 && (first & 0xF0U) == 0xF0U;
    }

    /// Sends a request whose stream does not end.
    stream& request(std::vector<header> fields)
    {
        stream& made = streams_.emplace_back();
        expect(ngtcp2_conn_open_bidi_stream(quic_, &made.id, nullptr) == 0, "ngtcp2_conn_open_bidi_stream");
        std::vector<nghttp3_nv> list;
        for (auto& [name, value] : fields)
            list.push_back({reinterpret_cast<std::uint8_t*>(name.data()), reinterpret_cast<std::uint8_t*>(value.data()),
                            name.size(), value.size(), NGHTTP3_NV_FLAG_NONE});
        const nghttp3_data_reader reader{read_data};
        expect(nghttp3_conn_submit_request(http_, made.id, list.data(), list.size(), &reader, &made) == 0,
               "nghttp3_conn_submit_request");
        return made;
    }
    stream& request_websocket(const std::string& path = "/echo", std::vector<header> more = {})
    {
        std::vector<header> fields = {{":method", "CONNECT"}, {":protocol", "websocket"},
                                      {":scheme", "https"},   {":authority", "127.0.0.1"},
                                      {":path", path},        {"sec-websocket-version", "13"}};
        fields.insert(fields.end(), more.begin(), more.end());
        return request(std::move(fields));
    }
    /// Opens a WebSocket.
    stream& open(const std::string& path = "/echo")
    {
        stream& made = request_websocket(path);
        wait("the response", [&] { return made.answered; });
        expect(made.status == "200", "the status is " + made.status);
        return made;
    }
    /// Opens a stream of which nothing but @p bytes is sent.
    std::int64_t open_raw(std::string bytes)
    {
        raw_.reserve(64); // on the heap, so that a move keeps the address
        raw_ += bytes;
        expect(ngtcp2_conn_open_bidi_stream(quic_, &raw_id_, nullptr) == 0, "ngtcp2_conn_open_bidi_stream");
        return raw_id_;
    }
    void send(stream& to, std::string bytes)
    {
        to.output.push_back(std::move(bytes));
        nghttp3_conn_resume_stream(http_, to.id);
    }
    void end(stream& which)
    {
        which.fin = true;
        nghttp3_conn_resume_stream(http_, which.id);
    }
    void reset(stream& which, std::uint64_t code) { ngtcp2_conn_shutdown_stream_write(quic_, which.id, code); }
    void stop(stream& which, std::uint64_t code) { ngtcp2_conn_shutdown_stream_read(quic_, which.id, code); }
    void resume_reading(stream& which)
    {
        which.reading = true;
        ngtcp2_conn_extend_max_stream_offset(quic_, which.id, std::exchange(which.owed, 0));
    }
    [[nodiscard]] bool lost() const noexcept { return lost_; } ///< CONNECTION_CLOSE has arrived
    [[nodiscard]] std::uint64_t close_code() const noexcept { return close_code_; }
    [[nodiscard]] bool going_away() const noexcept { return going_away_; } ///< GOAWAY has arrived
    [[nodiscard]] std::uint64_t raw_reset_code() const noexcept { return raw_reset_code_; }
    /// Returns the bytes that the server has taken of all streams, acknowledged.
    [[nodiscard]] std::uint64_t acknowledged(const stream& of) { return acknowledged_[of.id]; }

    /// Sends and receives until a condition holds.
    template <class Condition>
    void wait(const std::string& what, Condition condition, std::chrono::milliseconds limit = 10s)
    {
        expect(run(condition, limit), what + " did not happen");
    }
    template <class Condition>
    [[nodiscard]] bool run(Condition condition, std::chrono::milliseconds limit)
    {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!condition()) {
            write();
            const auto left =
                std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
            if (left.count() <= 0 || (lost_ && !condition()))
                return false;
            const ngtcp2_tstamp expiry = lost_ ? ~ngtcp2_tstamp{0} : ngtcp2_conn_get_expiry(quic_);
            const ngtcp2_tstamp time = now();
            const ngtcp2_tstamp timer = expiry <= time ? 0 : (expiry - time) / NGTCP2_MILLISECONDS + 1;
            pollfd ready{socket_.get(), POLLIN, 0};
            ::poll(&ready, 1,
                   static_cast<int>(std::min<ngtcp2_tstamp>(timer, static_cast<ngtcp2_tstamp>(left.count()))));
            read();
            if (!lost_ && ngtcp2_conn_get_expiry(quic_) <= now())
                expect(ngtcp2_conn_handle_expiry(quic_, now()) == 0, "the connection has timed out");
        }
        write();
        return true;
    }

private:
    [[nodiscard]] static ngtcp2_tstamp now() noexcept
    {
        return static_cast<ngtcp2_tstamp>(
            std::chrono::nanoseconds{std::chrono::steady_clock::now().time_since_epoch()}.count());
    }
    [[nodiscard]] static ngtcp2_cid new_id(std::size_t size)
    {
        ngtcp2_cid id{};
        id.datalen = size;
        expect(gnutls_rnd(GNUTLS_RND_RANDOM, id.data, size) == 0, "gnutls_rnd");
        return id;
    }
    [[nodiscard]] static client& of(void* user) noexcept { return *static_cast<client*>(user); }

    void start_tls()
    {
        expect(gnutls_certificate_allocate_credentials(&credentials_) == 0, "credentials");
        expect(gnutls_init(&tls_, GNUTLS_CLIENT) == 0, "gnutls_init");
        expect(gnutls_priority_set_direct(tls_, "NORMAL:-VERS-ALL:+VERS-TLS1.3:%DISABLE_TLS13_COMPAT_MODE", nullptr) ==
                       0 &&
                   ngtcp2_crypto_gnutls_configure_client_session(tls_) == 0 &&
                   gnutls_credentials_set(tls_, GNUTLS_CRD_CERTIFICATE, credentials_) == 0,
               "the TLS session");
        unsigned char name[] = "h3";
        const gnutls_datum_t protocol{name, 2};
        gnutls_alpn_set_protocols(tls_, &protocol, 1, GNUTLS_ALPN_MANDATORY);
        owner_ = {[](ngtcp2_crypto_conn_ref* self) { return of(self->user_data).quic_; }, this};
        gnutls_session_set_ptr(tls_, &owner_);
        ngtcp2_conn_set_tls_native_handle(quic_, tls_);
    }

    [[nodiscard]] static ngtcp2_callbacks make_callbacks()
    {
        ngtcp2_callbacks result{};
        result.client_initial = ngtcp2_crypto_client_initial_cb;
        result.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
        result.encrypt = ngtcp2_crypto_encrypt_cb;
        result.decrypt = ngtcp2_crypto_decrypt_cb;
        result.hp_mask = ngtcp2_crypto_hp_mask_cb;
        result.recv_retry = ngtcp2_crypto_recv_retry_cb;
        result.update_key = ngtcp2_crypto_update_key_cb;
        result.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
        result.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
        result.get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb;
        result.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
        result.rand = [](std::uint8_t* to, std::size_t size, const ngtcp2_rand_ctx*) {
            gnutls_rnd(GNUTLS_RND_RANDOM, to, size);
        };
        result.get_new_connection_id = [](ngtcp2_conn*, ngtcp2_cid* id, std::uint8_t* token, std::size_t size, void*) {
            *id = new_id(size);
            return gnutls_rnd(GNUTLS_RND_RANDOM, token, NGTCP2_STATELESS_RESET_TOKENLEN);
        };
        result.handshake_completed = [](ngtcp2_conn*, void* user) { return of(user).start_http() ? 0 : -1; };
        result.recv_stream_data = [](ngtcp2_conn* quic, std::uint32_t flags, std::int64_t id, std::uint64_t,
                                     const std::uint8_t* data, std::size_t size, void* user, void*) {
            if (id == of(user).raw_id_)
                return 0;
            const auto used = nghttp3_conn_read_stream(of(user).http_, id, data, size,
                                                       (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0 ? 1 : 0);
            if (used < 0)
                return int{NGTCP2_ERR_CALLBACK_FAILURE};
            ngtcp2_conn_extend_max_stream_offset(quic, id, static_cast<std::uint64_t>(used));
            ngtcp2_conn_extend_max_offset(quic, static_cast<std::uint64_t>(used));
            return 0;
        };
        result.acked_stream_data_offset = [](ngtcp2_conn*, std::int64_t id, std::uint64_t, std::uint64_t size,
                                             void* user, void*) {
            of(user).acknowledged_[id] += size;
            return id == of(user).raw_id_ ? 0 : nghttp3_conn_add_ack_offset(of(user).http_, id, size);
        };
        result.stream_close = [](ngtcp2_conn*, std::uint32_t flags, std::int64_t id, std::uint64_t code, void* user,
                                 void*) {
            if (stream* const found = of(user).find(id); found != nullptr) {
                found->closed = true;
                found->code = (flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET) != 0 ? code : 0;
                nghttp3_conn_close_stream(of(user).http_, id, code);
            }
            return 0;
        };
        result.stream_reset = [](ngtcp2_conn*, std::int64_t id, std::uint64_t, std::uint64_t code, void* user, void*) {
            if (id == of(user).raw_id_)
                of(user).raw_reset_code_ = code;
            if (stream* const found = of(user).find(id); found != nullptr) {
                found->reset = true;
                found->code = code;
                nghttp3_conn_shutdown_stream_read(of(user).http_, id);
            }
            return 0;
        };
        result.extend_max_stream_data = [](ngtcp2_conn*, std::int64_t id, std::uint64_t, void* user, void*) {
            nghttp3_conn_unblock_stream(of(user).http_, id);
            return 0;
        };
        return result;
    }

    [[nodiscard]] bool start_http()
    {
        nghttp3_callbacks callbacks{};
        callbacks.recv_header = [](nghttp3_conn*, std::int64_t, std::int32_t, nghttp3_rcbuf* name, nghttp3_rcbuf* value,
                                   std::uint8_t, void*, void* user) {
            auto& one = *static_cast<stream*>(user);
            const auto words = [](const nghttp3_rcbuf* from) {
                const nghttp3_vec bytes = nghttp3_rcbuf_get_buf(from);
                return std::string{reinterpret_cast<const char*>(bytes.base), bytes.len};
            };
            (words(name) == ":status" ? one.status : one.fields[words(name)]) = words(value);
            return 0;
        };
        callbacks.end_headers = [](nghttp3_conn*, std::int64_t, int, void*, void* user) {
            static_cast<stream*>(user)->answered = true;
            return 0;
        };
        callbacks.recv_data = [](nghttp3_conn*, std::int64_t id, const std::uint8_t* data, std::size_t size, void* self,
                                 void* user) {
            auto& one = *static_cast<stream*>(user);
            one.input.append(reinterpret_cast<const char*>(data), size);
            ngtcp2_conn_extend_max_offset(of(self).quic_, size);
            one.owed += size;
            if (one.reading)
                ngtcp2_conn_extend_max_stream_offset(of(self).quic_, id, std::exchange(one.owed, 0));
            return 0;
        };
        callbacks.end_stream = [](nghttp3_conn*, std::int64_t, void*, void* user) {
            static_cast<stream*>(user)->ended = true;
            return 0;
        };
        callbacks.shutdown = [](nghttp3_conn*, std::int64_t, void* self) {
            of(self).going_away_ = true;
            return 0;
        };
        nghttp3_settings settings;
        nghttp3_settings_default(&settings);
        std::array<std::int64_t, 3> ids{};
        for (std::int64_t& each : ids)
            if (ngtcp2_conn_open_uni_stream(quic_, &each, nullptr) != 0)
                return false;
        return nghttp3_conn_client_new(&http_, &callbacks, &settings, nghttp3_mem_default(), this) == 0 &&
               nghttp3_conn_bind_control_stream(http_, ids[0]) == 0 &&
               nghttp3_conn_bind_qpack_streams(http_, ids[1], ids[2]) == 0;
    }
    static nghttp3_ssize read_data(nghttp3_conn*, std::int64_t, nghttp3_vec* to, std::size_t, std::uint32_t* flags,
                                   void*, void* user)
    {
        auto& one = *static_cast<stream*>(user);
        nghttp3_ssize count = 0;
        if (one.lent != one.output.size()) {
            std::string& bytes = one.output[one.lent++];
            *to = {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()};
            count = 1;
        }
        if (one.fin && one.lent == one.output.size())
            *flags |= NGHTTP3_DATA_FLAG_EOF;
        else if (count == 0)
            return NGHTTP3_ERR_WOULDBLOCK;
        return count;
    }
    [[nodiscard]] stream* find(std::int64_t id) noexcept
    {
        const auto found = std::find_if(streams_.begin(), streams_.end(), [id](const stream& s) { return s.id == id; });
        return found == streams_.end() ? nullptr : &*found;
    }

    void read()
    {
        std::array<std::uint8_t, 65536> packet;
        for (ssize_t size = 0; !lost_ && (size = ::recv(socket_.get(), packet.data(), packet.size(), 0)) > 0;) {
            const ngtcp2_pkt_info info{};
            const int error =
                ngtcp2_conn_read_pkt(quic_, &path_, &info, packet.data(), static_cast<std::size_t>(size), now());
            if (error == NGTCP2_ERR_DRAINING) {
                lost_ = true;
                ngtcp2_connection_close_error why;
                ngtcp2_conn_get_connection_close_error(quic_, &why);
                close_code_ = why.error_code;
            } else {
                expect(error == 0, ngtcp2_strerror(error));
            }
        }
    }
    void write()
    {
        std::array<std::uint8_t, 1452> packet;
        while (!lost_) {
            std::int64_t id = -1;
            int fin = 0;
            std::array<nghttp3_vec, 16> content;
            nghttp3_ssize count = 0;
            const bool raw = !raw_.empty();
            if (raw) {
                id = raw_id_;
                content[0] = {reinterpret_cast<std::uint8_t*>(raw_.data()), raw_.size()};
                count = 1;
            } else if (http_ != nullptr && ngtcp2_conn_get_max_data_left(quic_) != 0) {
                count = nghttp3_conn_writev_stream(http_, &id, &fin, content.data(), content.size());
            }
            expect(count >= 0, "nghttp3_conn_writev_stream");
            ngtcp2_ssize taken = -1;
            ngtcp2_path_storage path;
            ngtcp2_path_storage_zero(&path);
            ngtcp2_pkt_info info{};
            const auto size = ngtcp2_conn_writev_stream(
                quic_, &path.path, &info, packet.data(), packet.size(), &taken,
                NGTCP2_WRITE_STREAM_FLAG_MORE | (fin != 0 ? NGTCP2_WRITE_STREAM_FLAG_FIN : 0U), id,
                reinterpret_cast<const ngtcp2_vec*>(content.data()), static_cast<std::size_t>(count), now());
            if (taken >= 0 && raw)
                raw_sent_.push_back(std::exchange(raw_, {})); // as a whole, because it is short
            else if (taken >= 0)
                nghttp3_conn_add_write_offset(http_, id, static_cast<std::size_t>(taken));
            if (size > 0)
                ::send(socket_.get(), packet.data(), static_cast<std::size_t>(size), 0);
            else if (size == NGTCP2_ERR_STREAM_DATA_BLOCKED)
                nghttp3_conn_block_stream(http_, id);
            else if (size == NGTCP2_ERR_STREAM_SHUT_WR)
                nghttp3_conn_shutdown_stream_write(http_, id);
            else if (size == 0)
                break;
            else
                expect(size == NGTCP2_ERR_WRITE_MORE, ngtcp2_strerror(static_cast<int>(size)));
        }
        ngtcp2_conn_update_pkt_tx_time(quic_, now());
    }

    example::descriptor socket_;
    sockaddr_in local_{};
    sockaddr_in remote_{};
    ngtcp2_path path_{{reinterpret_cast<sockaddr*>(&local_), sizeof local_},
                      {reinterpret_cast<sockaddr*>(&remote_), sizeof remote_},
                      nullptr};
    gnutls_certificate_credentials_t credentials_ = nullptr;
    gnutls_session_t tls_ = nullptr;
    ngtcp2_crypto_conn_ref owner_{};
    ngtcp2_conn* quic_ = nullptr;
    nghttp3_conn* http_ = nullptr;
    std::deque<stream> streams_;
    std::map<std::int64_t, std::uint64_t> acknowledged_;
    std::int64_t raw_id_ = -1;
    std::string raw_;
    std::deque<std::string> raw_sent_;
    std::uint64_t raw_reset_code_ = 0;
    bool lost_ = false;
    bool going_away_ = false;
    std::uint64_t close_code_ = 0;
};

} // namespace http3_test
