// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "tls_connection.hpp"
#include "../board/board.hpp"

#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/platform_util.h>

#include <algorithm>
#include <chrono>
#include <cstring>

extern "C" {

/// The heap of mbedTLS was damaged.
void stop_for_mbedtls(int status)
{
    board::log("mbedTLS stops\n");
    board::disconnect(static_cast<std::uint32_t>(status));
}

time_t time_for_mbedtls(time_t* out)
{
    const auto now = static_cast<time_t>(board::unix_time());
    if (out != nullptr)
        *out = now;
    return now;
}

tm* mbedtls_platform_gmtime_r(const mbedtls_time_t* time, tm* out)
{
    const std::chrono::sys_seconds when{std::chrono::seconds{*time}};
    const auto day = std::chrono::floor<std::chrono::days>(when);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{when - day};
    *out = {};
    out->tm_year = static_cast<int>(date.year()) - 1900;
    out->tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
    out->tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
    out->tm_hour = static_cast<int>(clock.hours().count());
    out->tm_min = static_cast<int>(clock.minutes().count());
    out->tm_sec = static_cast<int>(clock.seconds().count());
    return out;
}

} // extern "C"

namespace tls {
namespace {

alignas(8) unsigned char memory[TLS_MEMORY];
mbedtls_ctr_drbg_context random_generator;

int fill_with_entropy(void*, unsigned char* out, std::size_t size) noexcept
{
    return board::entropy{}.fill({reinterpret_cast<std::byte*>(out), size})
               ? 0
               : MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
}

} // namespace

int start() noexcept
{
    mbedtls_memory_buffer_alloc_init(memory, sizeof memory);
    mbedtls_ctr_drbg_init(&random_generator);
    return mbedtls_ctr_drbg_seed(&random_generator, fill_with_entropy, nullptr, nullptr, 0);
}

mbedtls_ctr_drbg_context& generator() noexcept
{
    return random_generator;
}

tls_connection::tls_connection(network::tcp_connection& tcp) noexcept : tcp_{tcp}
{
    mbedtls_ssl_init(&context_);
    mbedtls_ssl_config_init(&configuration_);
    mbedtls_x509_crt_init(&authority_);
}

tls_connection::~tls_connection()
{
    mbedtls_ssl_free(&context_);
    mbedtls_ssl_config_free(&configuration_);
    mbedtls_x509_crt_free(&authority_);
}

int tls_connection::configure(const char* host, std::span<const std::byte> authority) noexcept
{
    if (const int e = mbedtls_x509_crt_parse_der_nocopy(
            &authority_, reinterpret_cast<const unsigned char*>(authority.data()), authority.size());
        e != 0)
        return e;
    if (const int e = mbedtls_ssl_config_defaults(&configuration_, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                                  MBEDTLS_SSL_PRESET_DEFAULT);
        e != 0)
        return e;
    mbedtls_ssl_conf_authmode(&configuration_, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&configuration_, &authority_, nullptr);
    mbedtls_ssl_conf_rng(&configuration_, mbedtls_ctr_drbg_random, &random_generator);
    if (const int e = mbedtls_ssl_conf_max_frag_len(&configuration_, MBEDTLS_SSL_MAX_FRAG_LEN_4096); e != 0)
        return e;
    if (const int e = mbedtls_ssl_setup(&context_, &configuration_); e != 0)
        return e;
    mbedtls_ssl_set_bio(&context_, this, send, receive, nullptr);
    return mbedtls_ssl_set_hostname(&context_, host);
}

void tls_connection::begin() noexcept
{
    begin_ = size_ = 0;
    ended_ = is_shut_down_ = false;
    failure_ = mbedtls_ssl_session_reset(&context_);
}

std::uint32_t tls_connection::certificate_problems() const noexcept
{
    return failure_ == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED ? mbedtls_ssl_get_verify_result(&context_) : 0;
}

std::span<std::byte> tls_connection::readable() noexcept
{
    if (size_ == 0 && !failed() && !ended_) {
        begin_ = 0;
        size_ = count_of(mbedtls_ssl_read(&context_, reinterpret_cast<unsigned char*>(bytes_), sizeof bytes_));
    }
    return std::span{bytes_}.subspan(begin_, size_);
}

void tls_connection::consume(std::size_t count) noexcept
{
    begin_ += count;
    size_ -= count;
}

std::size_t tls_connection::write(std::span<const std::byte> bytes) noexcept
{
    if (failed() || is_shut_down_ || bytes.empty())
        return 0;
    return count_of(mbedtls_ssl_write(&context_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

void tls_connection::shut_down_write() noexcept
{
    if (failed() || is_shut_down_)
        return;
    const int e = mbedtls_ssl_close_notify(&context_);
    is_shut_down_ = e != MBEDTLS_ERR_SSL_WANT_WRITE && e != MBEDTLS_ERR_SSL_WANT_READ;
}

int tls_connection::send(void* self, const unsigned char* bytes, std::size_t size) noexcept
{
    network::tcp_connection& tcp = static_cast<tls_connection*>(self)->tcp_;
    if (tcp.failed())
        return MBEDTLS_ERR_NET_CONN_RESET;
    const std::size_t count = tcp.write(std::as_bytes(std::span{bytes, size}));
    return count != 0 ? static_cast<int>(count) : MBEDTLS_ERR_SSL_WANT_WRITE;
}

int tls_connection::receive(void* self, unsigned char* bytes, std::size_t size) noexcept
{
    network::tcp_connection& tcp = static_cast<tls_connection*>(self)->tcp_;
    const std::span<std::byte> in = tcp.readable();
    const std::size_t count = std::min(in.size(), size);
    if (count != 0) {
        std::memcpy(bytes, in.data(), count);
        tcp.consume(count);
        return static_cast<int>(count);
    }
    if (tcp.failed())
        return MBEDTLS_ERR_NET_CONN_RESET;
    return tcp.has_ended() ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
}

/// Handles a result that is no count. The end of TCP without close_notify could be an attacker's, so that a WebSocket without a close
/// frame is lost then as well.
std::size_t tls_connection::count_of(int result) noexcept
{
    if (result > 0)
        return static_cast<std::size_t>(result);
    if (result == 0 || result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || result == MBEDTLS_ERR_SSL_CONN_EOF)
        ended_ = true;
    else if (result != MBEDTLS_ERR_SSL_WANT_READ && result != MBEDTLS_ERR_SSL_WANT_WRITE)
        failure_ = result;
    return 0;
}

} // namespace tls
