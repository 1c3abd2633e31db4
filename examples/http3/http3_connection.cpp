// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "http3_connection.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <gnutls/crypto.h>
#include <new>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>
#include <stdexcept>

namespace example {

void send_packet(int socket, const ngtcp2_addr& to, std::span<const std::uint8_t> packet) noexcept
{
    static_cast<void>(::sendto(socket, packet.data(), packet.size(), 0, to.addr, to.addrlen));
}

/// The callbacks of ngtcp2 and nghttp3. No exception leaves them.
struct http3_callbacks {
    [[nodiscard]] static http3_connection& of(void* user) noexcept { return *static_cast<http3_connection*>(user); }

    // --- QUIC

    static void rand(std::uint8_t* to, std::size_t size, const ngtcp2_rand_ctx*)
    {
        static_cast<void>(gnutls_rnd(GNUTLS_RND_RANDOM, to, size));
    }
    static int new_id(ngtcp2_conn*, ngtcp2_cid* id, std::uint8_t* token, std::size_t size, void* user)
    {
        id->datalen = size;
        if (gnutls_rnd(GNUTLS_RND_RANDOM, id->data, size) != 0 ||
            gnutls_rnd(GNUTLS_RND_RANDOM, token, NGTCP2_STATELESS_RESET_TOKENLEN) != 0)
            return NGTCP2_ERR_CALLBACK_FAILURE;
        return guarded(of(user), [&](http3_connection& self) { self.add_id(*id); });
    }
    static int remove_id(ngtcp2_conn*, const ngtcp2_cid* id, void* user)
    {
        of(user).remove_id(*id);
        return 0;
    }
    static int handshake_completed(ngtcp2_conn*, void* user)
    {
        return of(user).start_http() ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
    }
    static int stream_open(ngtcp2_conn*, std::int64_t id, void* user)
    {
        return guarded(of(user), [id](http3_connection& self) {
            if (ngtcp2_is_bidi_stream(id) != 0)
                self.streams_.try_emplace(id, self.options_, self.quic_.get(), id, self.milliseconds());
        });
    }
    static int recv_stream_data(ngtcp2_conn* quic, std::uint32_t flags, std::int64_t id, std::uint64_t,
                                const std::uint8_t* data, std::size_t size, void* user, void*)
    {
        http3_connection& self = of(user);
        if (!self.http_)
            return NGTCP2_ERR_CALLBACK_FAILURE;
        const nghttp3_ssize consumed = nghttp3_conn_read_stream(self.http_.get(), id, data, size,
                                                                (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0 ? 1 : 0);
        if (consumed < 0)
            return failed(self, static_cast<int>(consumed));
        ngtcp2_conn_extend_max_stream_offset(quic, id, static_cast<std::uint64_t>(consumed));
        ngtcp2_conn_extend_max_offset(quic, static_cast<std::uint64_t>(consumed));
        return 0;
    }
    static int acked_stream_data_offset(ngtcp2_conn*, std::int64_t id, std::uint64_t, std::uint64_t size, void* user,
                                        void*)
    {
        return checked(of(user), nghttp3_conn_add_ack_offset(of(user).http_.get(), id, size));
    }
    static int stream_close(ngtcp2_conn* quic, std::uint32_t flags, std::int64_t id, std::uint64_t code, void* user,
                            void*)
    {
        http3_connection& self = of(user);
        if ((flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET) == 0)
            code = NGHTTP3_H3_NO_ERROR;
        const int error = nghttp3_conn_close_stream(self.http_.get(), id, code);
        self.streams_.erase(id);
        self.unused_since_ = self.now_;
        if (ngtcp2_is_bidi_stream(id) != 0)
            ngtcp2_conn_extend_max_streams_bidi(quic, 1);
        return error == NGHTTP3_ERR_STREAM_NOT_FOUND ? 0 : checked(self, error);
    }
    static int stream_reset(ngtcp2_conn*, std::int64_t id, std::uint64_t, std::uint64_t, void* user, void*)
    {
        http3_connection& self = of(user);
        if (http3_stream* const stream = self.find(id); stream != nullptr)
            stream->reset_stream(self.milliseconds());
        return checked(self, nghttp3_conn_shutdown_stream_read(self.http_.get(), id));
    }
    static int extend_max_streams(ngtcp2_conn*, std::uint64_t max, void* user)
    {
        nghttp3_conn_set_max_client_streams_bidi(of(user).http_.get(), max);
        return 0;
    }
    static int extend_max_stream_data(ngtcp2_conn*, std::int64_t id, std::uint64_t, void* user, void*)
    {
        return checked(of(user), nghttp3_conn_unblock_stream(of(user).http_.get(), id));
    }

    // --- HTTP/3

    static int begin_headers(nghttp3_conn* http, std::int64_t id, void* user, void*)
    {
        return nghttp3_conn_set_stream_user_data(http, id, of(user).find(id));
    }
    static int recv_header(nghttp3_conn*, std::int64_t, std::int32_t, nghttp3_rcbuf* name, nghttp3_rcbuf* value,
                           std::uint8_t, void* user, void* stream)
    {
        const auto text = [](const nghttp3_rcbuf* from) {
            const nghttp3_vec bytes = nghttp3_rcbuf_get_buf(from);
            return std::string_view{reinterpret_cast<const char*>(bytes.base), bytes.len};
        };
        return on(user, stream, [&](http3_stream& one, std::uint64_t) { one.add_field(text(name), text(value)); });
    }
    static int end_headers(nghttp3_conn* http, std::int64_t, int, void* user, void* stream)
    {
        return on(user, stream, [http](http3_stream& one, std::uint64_t) {
            if (!one.answer(http))
                throw std::bad_alloc{};
        });
    }
    static int recv_data(nghttp3_conn*, std::int64_t, const std::uint8_t* data, std::size_t size, void* user,
                         void* stream)
    {
        return on(user, stream, [&](http3_stream& one, std::uint64_t) {
            if (!one.recv_data({data, size}))
                throw std::bad_alloc{};
        });
    }
    static int end_stream(nghttp3_conn*, std::int64_t, void* user, void* stream)
    {
        return on(user, stream, [](http3_stream& one, std::uint64_t) { one.end_stream(); });
    }
    static int acked_stream_data(nghttp3_conn*, std::int64_t, std::uint64_t count, void* user, void* stream)
    {
        return on(user, stream, [=](http3_stream& one, std::uint64_t) { one.acked_stream_data(count); });
    }
    static int stop_sending(nghttp3_conn*, std::int64_t id, std::uint64_t code, void* user, void*)
    {
        static_cast<void>(
            ngtcp2_conn_shutdown_stream_read(of(user).quic_.get(), id, code)); // it may not exist any more
        return 0;
    }
    static int reset_stream(nghttp3_conn*, std::int64_t id, std::uint64_t code, void* user, void*)
    {
        static_cast<void>(ngtcp2_conn_shutdown_stream_write(of(user).quic_.get(), id, code));
        return 0;
    }

private:
    /// An error of nghttp3 in a callback of ngtcp2 ends the connection with its code.
    [[nodiscard]] static int failed(http3_connection& self, int error) noexcept
    {
        self.http_error_ = nghttp3_err_infer_quic_app_error_code(error);
        return NGTCP2_ERR_CALLBACK_FAILURE;
    }
    [[nodiscard]] static int checked(http3_connection& self, int error) noexcept
    {
        return error == 0 ? 0 : failed(self, error);
    }
    template <class Function>
    [[nodiscard]] static int guarded(http3_connection& self, Function function) noexcept
    {
        try {
            function(self);
            return 0;
        } catch (const std::exception&) { // std::bad_alloc
            return NGTCP2_ERR_CALLBACK_FAILURE;
        }
    }
    template <class Function>
    [[nodiscard]] static int on(void* user, void* stream, Function function) noexcept
    {
        if (stream == nullptr)
            return 0;
        const auto call = [&](http3_connection& self) {
            function(*static_cast<http3_stream*>(stream), self.milliseconds());
        };
        return guarded(of(user), call) == 0 ? 0 : NGHTTP3_ERR_CALLBACK_FAILURE;
    }
};

namespace {

constexpr std::size_t max_packet = 1452; // IPv6 over Ethernet; ngtcp2 finds out whether the path takes it

[[nodiscard]] ngtcp2_callbacks quic_callbacks() noexcept
{
    using own = http3_callbacks;
    ngtcp2_callbacks result{};
    result.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
    result.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
    result.encrypt = ngtcp2_crypto_encrypt_cb;
    result.decrypt = ngtcp2_crypto_decrypt_cb;
    result.hp_mask = ngtcp2_crypto_hp_mask_cb;
    result.update_key = ngtcp2_crypto_update_key_cb;
    result.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
    result.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
    result.get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb;
    result.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
    result.rand = own::rand;
    result.get_new_connection_id = own::new_id;
    result.remove_connection_id = own::remove_id;
    result.handshake_completed = own::handshake_completed;
    result.stream_open = own::stream_open;
    result.recv_stream_data = own::recv_stream_data;
    result.acked_stream_data_offset = own::acked_stream_data_offset;
    result.stream_close = own::stream_close;
    result.stream_reset = own::stream_reset;
    result.extend_max_remote_streams_bidi = own::extend_max_streams;
    result.extend_max_stream_data = own::extend_max_stream_data;
    return result;
}

[[nodiscard]] nghttp3_callbacks http_callbacks() noexcept
{
    using own = http3_callbacks;
    nghttp3_callbacks result{};
    result.begin_headers = own::begin_headers;
    result.recv_header = own::recv_header;
    result.end_headers = own::end_headers;
    result.recv_data = own::recv_data;
    result.end_stream = own::end_stream;
    result.acked_stream_data = own::acked_stream_data;
    result.stop_sending = own::stop_sending;
    result.reset_stream = own::reset_stream;
    return result;
}

void check_tls(int error)
{
    if (error != 0)
        throw std::runtime_error{gnutls_strerror(error)};
}

} // namespace

http3_connection::http3_connection(int socket, const http_options& options,
                                   gnutls_certificate_credentials_t credentials, connection_ids& ids,
                                   const first_packet& first, ngtcp2_tstamp now)
    : socket_{socket}, options_{options}, ids_{ids}, now_{now}, unused_since_{now}
{
    const ngtcp2_duration idle = ngtcp2_duration{options.websocket.ping_interval} + options.websocket.pong_timeout;
    ngtcp2_settings settings;
    ngtcp2_settings_default(&settings);
    settings.initial_ts = now;
    settings.handshake_timeout = options.websocket.handshake_timeout * NGTCP2_MILLISECONDS;
    ngtcp2_transport_params parameters;
    ngtcp2_transport_params_default(&parameters);
    parameters.initial_max_stream_data_bidi_remote = http3_limits::stream_window;
    parameters.initial_max_stream_data_uni = http3_limits::stream_window;
    parameters.initial_max_data = connection_window;
    parameters.initial_max_streams_bidi = http3_limits::max_streams;
    parameters.initial_max_streams_uni = 3; // control, and two of QPACK
    parameters.max_idle_timeout = idle * NGTCP2_MILLISECONDS;
    parameters.original_dcid = first.header.dcid;
    if (first.original_id != nullptr) {
        settings.token = first.header.token;
        parameters.original_dcid = *first.original_id;
        parameters.retry_scid = first.header.dcid;
        parameters.retry_scid_present = 1;
    }

    ngtcp2_cid id{};
    id.datalen = connection_id_size;
    check_tls(gnutls_rnd(GNUTLS_RND_RANDOM, id.data, id.datalen));
    const ngtcp2_callbacks callbacks = quic_callbacks();
    ngtcp2_conn* quic = nullptr;
    if (const int error = ngtcp2_conn_server_new(&quic, &first.header.scid, &id, &first.path, first.header.version,
                                                 &callbacks, &settings, &parameters, &quic_memory_, this);
        error != 0)
        throw std::runtime_error{ngtcp2_strerror(error)};
    quic_.reset(quic);
    start_tls(credentials);
    try {
        add_id(id);
        add_id(first.header.dcid); // until the client uses the id above
    } catch (...) {
        while (!own_ids_.empty())
            remove_id(own_ids_.back());
        throw;
    }
}

http3_connection::~http3_connection()
{
    while (!own_ids_.empty())
        remove_id(own_ids_.back());
}

void http3_connection::start_tls(gnutls_certificate_credentials_t credentials)
{
    gnutls_session_t session = nullptr;
    check_tls(gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NO_AUTO_SEND_TICKET));
    tls_.reset(session);
    check_tls(gnutls_priority_set_direct(session,
                                         "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:"
                                         "+CHACHA20-POLY1305:%DISABLE_TLS13_COMPAT_MODE",
                                         nullptr));
    if (ngtcp2_crypto_gnutls_configure_server_session(session) != 0)
        throw std::runtime_error{"ngtcp2_crypto_gnutls_configure_server_session"};
    check_tls(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials));
    unsigned char name[] = "h3";
    const gnutls_datum_t protocol{name, 2};
    check_tls(gnutls_alpn_set_protocols(session, &protocol, 1, GNUTLS_ALPN_MANDATORY));
    tls_owner_ = {
        [](ngtcp2_crypto_conn_ref* self) { return static_cast<http3_connection*>(self->user_data)->quic_.get(); },
        this};
    gnutls_session_set_ptr(session, &tls_owner_);
    ngtcp2_conn_set_tls_native_handle(quic_.get(), session);
}

/// The dynamic table of QPACK is not used: no stream waits for another one.
bool http3_connection::start_http()
{
    nghttp3_settings settings;
    nghttp3_settings_default(&settings);
    settings.enable_connect_protocol = 1;
    settings.max_field_section_size = http3_limits::max_head;
    const nghttp3_callbacks callbacks = http_callbacks();
    nghttp3_conn* http = nullptr;
    if (nghttp3_conn_server_new(&http, &callbacks, &settings, &http_memory_, this) != 0)
        return false;
    http_.reset(http);
    nghttp3_conn_set_max_client_streams_bidi(http, http3_limits::max_streams);
    std::array<std::int64_t, 3> streams{};
    for (std::int64_t& each : streams)
        if (ngtcp2_conn_open_uni_stream(quic_.get(), &each, nullptr) != 0)
            return false;
    return nghttp3_conn_bind_control_stream(http, streams[0]) == 0 &&
           nghttp3_conn_bind_qpack_streams(http, streams[1], streams[2]) == 0;
}

void http3_connection::add_id(const ngtcp2_cid& id)
{
    own_ids_.push_back(id);
    if (!ids_.try_emplace(std::string{text_of(id)}, this).second)
        own_ids_.pop_back(); // of another connection, which keeps it
}

void http3_connection::remove_id(const ngtcp2_cid& id) noexcept
{
    const auto same = [&id](const ngtcp2_cid& each) { return ngtcp2_cid_eq(&each, &id) != 0; };
    const auto own = std::find_if(own_ids_.begin(), own_ids_.end(), same);
    if (own == own_ids_.end())
        return;
    if (const auto found = ids_.find(text_of(id)); found != ids_.end() && found->second == this)
        ids_.erase(found);
    own_ids_.erase(own); // `id` may refer to it
}

http3_stream* http3_connection::find(std::int64_t stream) noexcept
{
    const auto found = streams_.find(stream);
    return found == streams_.end() ? nullptr : &found->second;
}

std::size_t http3_connection::memory() const noexcept
{
    std::size_t size = sizeof *this + memory_.used() + tls_memory;
    for (const auto& [id, stream] : streams_)
        size += stream.memory();
    return size;
}

bool http3_connection::receive(const ngtcp2_path& path, std::span<const std::uint8_t> packet, ngtcp2_tstamp now)
{
    now_ = now;
    if (is_closing()) { // RFC 9000 10.2.1: the answer is repeated, but more and more rarely
        const unsigned count = ++packets_while_closing_;
        if (!finished_ && (count & (count - 1)) == 0)
            send_packet(socket_, path.remote, close_packet_);
        return true;
    }
    const ngtcp2_pkt_info info{};
    const int error = ngtcp2_conn_read_pkt(quic_.get(), &path, &info, packet.data(), packet.size(), now);
    if (error == NGTCP2_ERR_DRAINING || error == NGTCP2_ERR_DROP_CONN || error == NGTCP2_ERR_RETRY)
        finished_ = true;
    else if (error != 0)
        fail(error);
    return error != NGTCP2_ERR_RETRY;
}

void http3_connection::update(ngtcp2_tstamp now)
{
    now_ = now;
    if (is_closing()) {
        finished_ = finished_ || now >= deadline_;
        return;
    }
    if (ngtcp2_conn_get_expiry(quic_.get()) <= now) {
        const int error = ngtcp2_conn_handle_expiry(quic_.get(), now);
        if (error == NGTCP2_ERR_IDLE_CLOSE || error == NGTCP2_ERR_HANDSHAKE_TIMEOUT)
            finished_ = true;
        else if (error != 0)
            fail(error);
    }
    update_streams();
    write();
    if (is_closing())
        return;
    const ngtcp2_duration idle =
        (ngtcp2_duration{options_.websocket.ping_interval} + options_.websocket.pong_timeout) * NGTCP2_MILLISECONDS;
    const bool unused = streams_.empty() && http_;
    if (unused && (shutting_down_ || now - unused_since_ >= idle))
        return close(NGHTTP3_H3_NO_ERROR, now);
    deadline_ = ngtcp2_conn_get_expiry(quic_.get());
    if (unused)
        deadline_ = std::min(deadline_, unused_since_ + idle);
    if (streams_wake_at_ != http3_stream::wakes_never)
        deadline_ = std::min(deadline_, streams_wake_at_ * NGTCP2_MILLISECONDS);
}

/// Each stream has its turn, after that which was the last one; those that have none when the time is over are the first next time.
void http3_connection::update_streams()
{
    const auto begin = std::chrono::steady_clock::now();
    streams_wake_at_ = http3_stream::wakes_never;
    auto next = streams_.upper_bound(last_stream_);
    for (std::size_t i = streams_.size(); i != 0; --i) {
        if (next == streams_.end())
            next = streams_.begin();
        if (std::chrono::steady_clock::now() - begin >= turn_of_connection) {
            streams_wake_at_ = 0;
            return;
        }
        last_stream_ = next->first;
        const std::uint64_t wakes_at =
            next->second.update(milliseconds(), std::chrono::steady_clock::now() + turn_of_stream);
        streams_wake_at_ = std::min(streams_wake_at_, wakes_at);
        ++next;
    }
}

void http3_connection::write()
{
    std::array<std::uint8_t, max_packet> packet;
    std::size_t quantum = is_closing() ? 0 : ngtcp2_conn_get_send_quantum(quic_.get());
    while (quantum != 0) { // afterwards other connections have their turn
        std::int64_t id = -1;
        int fin = 0;
        std::array<nghttp3_vec, 16> content;
        nghttp3_ssize count = 0;
        if (http_ && ngtcp2_conn_get_max_data_left(quic_.get()) != 0)
            count = nghttp3_conn_writev_stream(http_.get(), &id, &fin, content.data(), content.size());
        if (count < 0) {
            http_error_ = nghttp3_err_infer_quic_app_error_code(static_cast<int>(count));
            return fail(NGTCP2_ERR_CALLBACK_FAILURE);
        }
        ngtcp2_path_storage path;
        ngtcp2_path_storage_zero(&path);
        ngtcp2_pkt_info info{};
        ngtcp2_ssize taken = -1;
        const ngtcp2_ssize size = ngtcp2_conn_writev_stream(
            quic_.get(), &path.path, &info, packet.data(), packet.size(), &taken,
            NGTCP2_WRITE_STREAM_FLAG_MORE | (fin != 0 ? NGTCP2_WRITE_STREAM_FLAG_FIN : 0U), id,
            reinterpret_cast<const ngtcp2_vec*>(content.data()), static_cast<std::size_t>(count), now_);
        if (taken >= 0)
            nghttp3_conn_add_write_offset(http_.get(), id, static_cast<std::size_t>(taken));
        if (size > 0) {
            send_packet(socket_, path.path.remote, std::span{packet}.first(static_cast<std::size_t>(size)));
            quantum -= std::min(quantum, static_cast<std::size_t>(size));
        } else if (size == NGTCP2_ERR_STREAM_DATA_BLOCKED) {
            nghttp3_conn_block_stream(http_.get(), id);
        } else if (size == NGTCP2_ERR_STREAM_SHUT_WR || size == NGTCP2_ERR_STREAM_NOT_FOUND) {
            nghttp3_conn_shutdown_stream_write(http_.get(), id);
            if (http3_stream* const stream = find(id); stream != nullptr)
                stream->reset_stream(milliseconds());
            streams_wake_at_ = 0;
        } else if (size == 0) { // nothing to send, or the congestion window is full
            break;
        } else if (size != NGTCP2_ERR_WRITE_MORE) {
            return fail(static_cast<int>(size));
        }
    }
    if (!is_closing())
        ngtcp2_conn_update_pkt_tx_time(quic_.get(), now_);
}

void http3_connection::shut_down(ngtcp2_tstamp now)
{
    now_ = now;
    shutting_down_ = true;
    if (is_closing())
        return;
    if (!http_ || nghttp3_conn_shutdown(http_.get()) != 0)
        return close(NGHTTP3_H3_NO_ERROR, now);
    for (auto& [id, stream] : streams_)
        stream.shut_down();
}

void http3_connection::close(std::uint64_t code, ngtcp2_tstamp now)
{
    now_ = now;
    ngtcp2_connection_close_error why;
    ngtcp2_connection_close_error_default(&why);
    ngtcp2_connection_close_error_set_application_error(&why, code, nullptr, 0);
    close(why);
}

void http3_connection::fail(int error)
{
    if (http_error_ != 0)
        return close(http_error_, now_);
    ngtcp2_connection_close_error why;
    ngtcp2_connection_close_error_default(&why);
    if (error == NGTCP2_ERR_CRYPTO)
        ngtcp2_connection_close_error_set_transport_error_tls_alert(&why, ngtcp2_conn_get_tls_alert(quic_.get()),
                                                                    nullptr, 0);
    else
        ngtcp2_connection_close_error_set_transport_error_liberr(&why, error, nullptr, 0);
    close(why);
}

/// Sends CONNECTION_CLOSE and releases everything else. The packet is kept for a while, to repeat it.
void http3_connection::close(const ngtcp2_connection_close_error& why)
{
    if (is_closing())
        return;
    std::array<std::uint8_t, max_packet> packet;
    ngtcp2_path_storage path;
    ngtcp2_path_storage_zero(&path);
    ngtcp2_pkt_info info{};
    const ngtcp2_ssize size =
        ngtcp2_conn_write_connection_close(quic_.get(), &path.path, &info, packet.data(), packet.size(), &why, now_);
    http_.reset();
    streams_.clear();
    deadline_ = now_ + 3 * ngtcp2_conn_get_pto(quic_.get());
    quic_.reset();
    tls_.reset();
    finished_ = size <= 0;
    if (finished_)
        return;
    close_packet_.assign(packet.begin(), packet.begin() + size);
    send_packet(socket_, path.path.remote, close_packet_);
}

} // namespace example
