// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// TLS without sockets: OpenSSL over a BIO pair in memory, which has 17 KiB for each direction.
#pragma once

#include "../support/socket.hpp"

#include <cstddef>
#include <memory>
#include <new>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <span>

namespace example {

class memory_tls {
public:
    /// @param context  of a server or of a client, with SSL_MODE_ENABLE_PARTIAL_WRITE
    explicit memory_tls(SSL_CTX* context) : tls_{SSL_new(context)}
    {
        BIO* inner = nullptr;
        BIO* outer = nullptr;
        if (tls_ == nullptr || BIO_new_bio_pair(&inner, 0, &outer, 0) != 1)
            throw std::bad_alloc{};
        SSL_set_bio(tls_.get(), inner, inner);
        network_.reset(outer);
        SSL_is_server(tls_.get()) != 0 ? SSL_set_accept_state(tls_.get()) : SSL_set_connect_state(tls_.get());
    }
    [[nodiscard]] SSL* get() noexcept { return tls_.get(); }
    /// Returns the approximate number of bytes that OpenSSL and the pair use.
    [[nodiscard]] static constexpr std::size_t memory() noexcept { return std::size_t{75} << 10; }

    // --- the side of the network: encrypted bytes

    [[nodiscard]] bool has_room() const noexcept { return BIO_ctrl_get_write_guarantee(network_.get()) != 0; }
    [[nodiscard]] bool has_output() const noexcept { return BIO_ctrl_pending(network_.get()) != 0; }
    /// Reads from the socket, once.
    io_status receive_from(const descriptor& socket) noexcept
    {
        char* room = nullptr;
        const int size = BIO_nwrite0(network_.get(), &room);
        const io_result got = receive(socket, std::as_writable_bytes(std::span{room, static_cast<std::size_t>(size)}));
        BIO_nwrite(network_.get(), &room, static_cast<int>(got.count));
        if (got.status == io_status::ended)
            BIO_shutdown_wr(network_.get());
        return got.status;
    }
    /// Writes to the socket, once.
    io_status send_to(const descriptor& socket) noexcept
    {
        char* bytes = nullptr;
        const int size = BIO_nread0(network_.get(), &bytes);
        const io_result sent = send(socket, std::as_bytes(std::span{bytes, static_cast<std::size_t>(size)}));
        BIO_nread(network_.get(), &bytes, static_cast<int>(sent.count));
        return sent.status;
    }

    // --- the side of the program: decrypted bytes

    /// Reads all records that have arrived, as far as there is room: small messages often have a record each.
    [[nodiscard]] io_result read(std::span<std::byte> room) noexcept
    {
        ERR_clear_error();
        std::size_t size = 0;
        if (read_ == io_status::would_block)
            read_ = io_status::done;
        while (read_ == io_status::done && size < room.size()) {
            std::size_t count = 0;
            read_ = status(SSL_read_ex(tls_.get(), room.data() + size, room.size() - size, &count));
            size += count;
        }
        return {size != 0 ? io_status::done : read_, size};
    }
    /// After `would_block` the same bytes have to be passed again.
    [[nodiscard]] io_result write(std::span<const std::byte> bytes) noexcept
    {
        ERR_clear_error();
        std::size_t count = 0;
        return {status(SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count)), count};
    }
    /// Writes close_notify.
    ///
    /// @return false if the call has to be repeated, because there was no room for it, or the handshake has not ended
    [[nodiscard]] bool end() noexcept
    {
        ERR_clear_error();
        return SSL_in_init(tls_.get()) == 0 && SSL_shutdown(tls_.get()) >= 0;
    }

private:
    [[nodiscard]] io_status status(int result) const noexcept
    {
        switch (SSL_get_error(tls_.get(), result)) {
        case SSL_ERROR_NONE: return io_status::done;
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE: return io_status::would_block;
        case SSL_ERROR_ZERO_RETURN: return io_status::ended;
        default: return io_status::failed; // also for the end of the input without close_notify
        }
    }

    struct free {
        void operator()(SSL* tls) const noexcept { SSL_free(tls); }
        void operator()(BIO* bio) const noexcept { BIO_free(bio); }
    };
    std::unique_ptr<SSL, free> tls_;
    std::unique_ptr<BIO, free> network_;
    io_status read_ = io_status::done; ///< of the last read from `tls_`; an end is returned after the bytes before it
};

} // namespace example
