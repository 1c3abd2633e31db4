// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The TLS of one client over a tcp_connection, by mbedTLS with static memory. It verifies the server's certificate.
#pragma once

#include "../lwip/tcp_connection.hpp"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace tls {

/// Gives mbedTLS its memory and seeds the generator with `board::entropy`. Call it once, before anything else.
///
/// @return 0, or the error of mbedTLS: without entropy there is no TLS
[[nodiscard]] int start() noexcept;
/// The generator, for `mbedtls_ctr_drbg_random`.
[[nodiscard]] mbedtls_ctr_drbg_context& generator() noexcept;

class tls_connection {
public:
    /// @param tcp  outlives this object
    explicit tls_connection(network::tcp_connection& tcp) noexcept;
    ~tls_connection();
    tls_connection(const tls_connection&) = delete;
    tls_connection& operator=(const tls_connection&) = delete;

    /// Takes what all connections have in common, and allocates the buffers. Call it once.
    ///
    /// @param host       the name in the server's certificate
    /// @param authority  the certificate to trust, DER; outlives this object
    /// @return 0, or the error of mbedTLS
    [[nodiscard]] int configure(const char* host, std::span<const std::byte> authority) noexcept;
    /// Begins a connection over the TCP connection, which may still be connecting. Reading and writing perform the handshake.
    void begin() noexcept;

    /// Returns whether the connection has failed.
    [[nodiscard]] bool failed() const noexcept { return failure_ != 0 || tcp_.failed(); }
    /// Returns the error of mbedTLS, or 0.
    [[nodiscard]] int failure() const noexcept { return failure_; }
    /// Returns why the certificate was not accepted: the flags MBEDTLS_X509_BADCERT_* of mbedTLS, or 0.
    [[nodiscard]] std::uint32_t certificate_problems() const noexcept;

    /// Returns whether the server has ended its output, and all of it was consumed.
    [[nodiscard]] bool has_ended() const noexcept { return ended_ && size_ == 0; }
    /// Returns decrypted bytes, oldest first, which may be modified.
    [[nodiscard]] std::span<std::byte> readable() noexcept;
    void consume(std::size_t count) noexcept;
    /// @param bytes  the same ones until they were written: mbedTLS has encrypted them, and only the record was not sent
    /// @return how many were written
    [[nodiscard]] std::size_t write(std::span<const std::byte> bytes) noexcept;
    /// Sends close_notify after what was written.
    void shut_down_write() noexcept;

private:
    static int send(void* self, const unsigned char* bytes, std::size_t size) noexcept;
    static int receive(void* self, unsigned char* bytes, std::size_t size) noexcept;
    [[nodiscard]] std::size_t count_of(int result) noexcept;

    network::tcp_connection& tcp_;
    mbedtls_ssl_context context_{};
    mbedtls_ssl_config configuration_{};
    mbedtls_x509_crt authority_{};
    std::byte bytes_[256] = {};
    std::size_t begin_ = 0; ///< of the decrypted bytes
    std::size_t size_ = 0;
    int failure_ = 0;
    bool ended_ = false;
    bool is_shut_down_ = false;
};

} // namespace tls
