// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The TLS of one client connection by mbedTLS, which verifies the server's certificate.
#pragma once

#include <cerrno>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>

namespace example {

/// Owns what mbedTLS needs for a connection.
class mbedtls_client_tls {
public:
    /// @param socket       connected; it outlives this object
    /// @param host         the name in the server's certificate
    /// @param authorities  PEM file with the certificates to trust
    /// @par Errors  throws std::runtime_error
    mbedtls_client_tls(const int& socket, const std::string& host, const std::string& authorities)
    {
        mbedtls_ssl_init(&tls);
        mbedtls_ssl_config_init(&configuration_);
        mbedtls_x509_crt_init(&authorities_);
        mbedtls_ctr_drbg_init(&generator_);
        mbedtls_entropy_init(&entropy_);
        try {
            check(mbedtls_ctr_drbg_seed(&generator_, mbedtls_entropy_func, &entropy_, nullptr, 0), "random numbers");
            check(mbedtls_x509_crt_parse_file(&authorities_, authorities.c_str()) < 0 ? -1 : 0, authorities.c_str());
            check(mbedtls_ssl_config_defaults(&configuration_, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                              MBEDTLS_SSL_PRESET_DEFAULT),
                  "TLS");
            mbedtls_ssl_conf_authmode(&configuration_, MBEDTLS_SSL_VERIFY_REQUIRED);
            mbedtls_ssl_conf_ca_chain(&configuration_, &authorities_, nullptr);
            mbedtls_ssl_conf_rng(&configuration_, mbedtls_ctr_drbg_random, &generator_);
            check(mbedtls_ssl_setup(&tls, &configuration_), "TLS");
            check(mbedtls_ssl_set_hostname(&tls, host.c_str()), host.c_str());
        } catch (...) {
            free();
            throw;
        }
        mbedtls_ssl_set_bio(&tls, const_cast<int*>(&socket), &send, &receive, nullptr);
    }
    ~mbedtls_client_tls() { free(); }
    mbedtls_client_tls(const mbedtls_client_tls&) = delete;
    mbedtls_client_tls& operator=(const mbedtls_client_tls&) = delete;

    /// Returns a sentence for an error: why the certificate was not accepted, if that was the reason.
    [[nodiscard]] std::string explain(int error) const
    {
        char text[512] = {};
        if (error == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED)
            mbedtls_x509_crt_verify_info(text, sizeof text, "", mbedtls_ssl_get_verify_result(&tls));
        else
            mbedtls_strerror(error, text, sizeof text);
        return text;
    }

    mbedtls_ssl_context tls{};

private:
    static void check(int result, const char* what)
    {
        if (result != 0)
            throw std::runtime_error{std::string{what} + ": mbedTLS cannot use it"};
    }
    static int send(void* socket, const unsigned char* bytes, std::size_t size)
    {
        const auto count = ::send(*static_cast<int*>(socket), bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        return count >= 0 ? static_cast<int>(count) : errno_result(MBEDTLS_ERR_SSL_WANT_WRITE);
    }
    static int receive(void* socket, unsigned char* bytes, std::size_t size)
    {
        const auto count = ::recv(*static_cast<int*>(socket), bytes, size, MSG_DONTWAIT);
        return count >= 0 ? static_cast<int>(count) : errno_result(MBEDTLS_ERR_SSL_WANT_READ);
    }
    static int errno_result(int wait) noexcept
    {
        return errno == EAGAIN || errno == EINTR ? wait : MBEDTLS_ERR_NET_CONN_RESET;
    }
    void free() noexcept
    {
        mbedtls_ssl_free(&tls);
        mbedtls_ssl_config_free(&configuration_);
        mbedtls_x509_crt_free(&authorities_);
        mbedtls_ctr_drbg_free(&generator_);
        mbedtls_entropy_free(&entropy_);
    }

    mbedtls_ssl_config configuration_{};
    mbedtls_x509_crt authorities_{};
    mbedtls_ctr_drbg_context generator_{};
    mbedtls_entropy_context entropy_{};
};

} // namespace example
