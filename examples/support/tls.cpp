// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "tls.hpp"

#include "transport.hpp"

#include <sockless/config.hpp>

#include <array>
#include <csignal>
#include <new>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <span>
#include <stdexcept>

namespace example {

namespace {

// The lists of ALPN (RFC 7301): RFC 6455 requires HTTP/1.1, RFC 8441 HTTP/2.
constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr std::array<unsigned char, 3> http_2{2, 'h', '2'};
constexpr std::array<unsigned char, 12> http_2_or_1_1{2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

std::string last_error()
{
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "unknown reason" : reason;
}

void check_ssl(bool good, const std::string& what)
{
    if (!good)
        throw std::runtime_error{what + ": " + last_error()};
}

template <const auto& Protocols>
int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*)
{
    unsigned char* chosen = nullptr;
    const int found = SSL_select_next_proto(&chosen, size, Protocols.data(), Protocols.size(), offered, offered_size);
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

ssl_ctx_st* make_context(const SSL_METHOD* method)
{
    std::signal(SIGPIPE, SIG_IGN);
    ERR_clear_error();
    SSL_CTX* context = SSL_CTX_new(method);
    check_ssl(context != nullptr, "TLS");
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    // A byte queue may move its content between two writes and grow it. Idle connections keep no TLS buffers.
    SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    return context;
}

SSL* make_stream(const tls_context& context, int socket)
{
    SSL* stream = SSL_new(context.get());
    if (stream == nullptr || SSL_set_fd(stream, socket) != 1) {
        SSL_free(stream);
        throw std::bad_alloc{};
    }
    return stream;
}

} // namespace

void tls_context::free_context::operator()(ssl_ctx_st* context) const noexcept
{
    SSL_CTX_free(context);
}

tls_context::tls_context(const std::string& certificates, const std::string& key, bool with_http_2)
    : context_{make_context(TLS_server_method())}
{
    check_ssl(SSL_CTX_use_certificate_chain_file(get(), certificates.c_str()) == 1, certificates);
    check_ssl(SSL_CTX_use_PrivateKey_file(get(), key.c_str(), SSL_FILETYPE_PEM) == 1, key);
    check_ssl(SSL_CTX_check_private_key(get()) == 1, key);
    SSL_CTX_set_alpn_select_cb(get(), with_http_2 ? &choose_protocol<http_2_or_1_1> : &choose_protocol<http_1_1>,
                               nullptr);
}

tls_context::tls_context(const tls_verification& trust) : context_{make_context(TLS_client_method())}
{
    if (trust.authorities.empty())
        check_ssl(SSL_CTX_set_default_verify_paths(get()) == 1, "the system's certificate authorities");
    else
        check_ssl(SSL_CTX_load_verify_locations(get(), trust.authorities.c_str(), nullptr) == 1, trust.authorities);
    SSL_CTX_set_verify(get(), trust.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    const std::span<const unsigned char> offer = trust.http_2 ? std::span<const unsigned char>{http_2} : http_1_1;
    check_ssl(SSL_CTX_set_alpn_protos(get(), offer.data(), static_cast<unsigned>(offer.size())) == 0, "TLS");
}

void tls_stream::free_stream::operator()(ssl_st* stream) const noexcept
{
    SSL_free(stream);
}

tls_stream::tls_stream(const tls_context& context, int socket) : stream_{make_stream(context, socket)}
{
    SSL_set_accept_state(stream_.get());
}

tls_stream::tls_stream(const tls_context& context, int socket, const std::string& host)
    : stream_{make_stream(context, socket)}
{
    SSL_set_connect_state(stream_.get());
    require_host(stream_.get(), host);
}

void require_host(ssl_st* stream, const std::string& host)
{
    // RFC 6125: the certificate has to match the host of the URL. RFC 6066 3: IP addresses are not sent as server name
    // indication.
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(stream), host.c_str()) == 1)
        return;
    ERR_clear_error();
    SSL_set_hostflags(stream, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    check_ssl(SSL_set1_host(stream, host.c_str()) == 1, host);
    // The function instead of the macro SSL_set_tlsext_host_name, which contains a C-style cast.
    std::string name = host;
    check_ssl(SSL_ctrl(stream, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1, host);
}

io_result tls_stream::to_io_result(int result, bool& waits_for_other, int other) noexcept
{
    const int kind = SSL_get_error(stream_.get(), result);
    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
        waits_for_other = kind == other;
        return {io_status::would_block, 0};
    }
    if (kind == SSL_ERROR_ZERO_RETURN)
        return {io_status::ended, 0};
    failed_ = true; // OpenSSL forbids any further call, including SSL_shutdown
    if (kind == SSL_ERROR_SSL)
        failure_ = explain_failure(stream_.get());
    return {io_status::failed, 0};
}

std::string explain_failure(const ssl_st* stream)
{
    const long verdict = SSL_get_verify_result(stream);
    if (verdict != X509_V_OK && (SSL_get_verify_mode(stream) & SSL_VERIFY_PEER) != 0)
        return std::string{"the server's certificate: "} + X509_verify_cert_error_string(verdict);
    const unsigned long code = ERR_peek_last_error();
    return code == 0 || ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? std::string{}
                                                                                   : "TLS: " + last_error();
}

io_result tls_stream::receive(std::span<std::byte> room) noexcept
{
    SOCKLESS_ASSERT(room.size() >= min_receive_size);
    receive_waits_for_output_ = send_waits_for_input_ = false; // any progress may unblock the other direction
    if (failed_)
        return {io_status::failed, 0};
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(stream_.get(), room.data(), room.size(), &count);
    return result == 1 ? io_result{io_status::done, count}
                       : to_io_result(result, receive_waits_for_output_, SSL_ERROR_WANT_WRITE);
}

io_result tls_stream::send(std::span<const std::byte> bytes) noexcept
{
    receive_waits_for_output_ = send_waits_for_input_ = false;
    if (failed_)
        return {io_status::failed, 0};
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_write_ex(stream_.get(), bytes.data(), bytes.size(), &count);
    if (result == 1)
        return {io_status::done, count};
    const io_result why = to_io_result(result, send_waits_for_input_, SSL_ERROR_WANT_READ);
    return why.status == io_status::ended ? io_result{io_status::failed, 0} : why;
}

std::string_view tls_stream::protocol() const noexcept
{
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(stream_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

io_status tls_stream::end() noexcept
{
    if (failed_ || SSL_in_init(stream_.get()) != 0)
        return io_status::failed;
    ERR_clear_error();
    const int result = SSL_shutdown(stream_.get());
    if (result >= 0)
        return io_status::done;
    return to_io_result(result, send_waits_for_input_, SSL_ERROR_WANT_READ).status;
}

} // namespace example
