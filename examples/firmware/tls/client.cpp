// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The client device over lwIP and TLS: it connects to wss://HOST:PORT/telemetry, and connects again whenever a connection has ended or
/// could not be opened.
#include "../board/board.hpp"
#include "../client_websocket.hpp"
#include "../lwip/exchange.hpp"
#include "../lwip/network.hpp"
#include "../lwip/tcp_connection.hpp"
#include "configuration.hpp"
#include "tls_connection.hpp"

#include <sockless/with_mbedtls.hpp>

// The certificate of the authority that has issued the server's, as the Makefile names it.
asm(".section .rodata.authority, \"a\"\n"
    "authority_begin: .incbin \"" AUTHORITY "\"\n"
    "authority_end: .byte 0\n"
    ".text\n");
extern "C" const std::byte authority_begin[];
extern "C" const std::byte authority_end[];

namespace {

class wss_client {
    using mask_keys = sockless::mask_key_pool<sockless::mbedtls_random, 64>;
    using device_type = firmware::client_websocket<mask_keys>;

public:
    explicit wss_client(const firmware::configuration& where) noexcept
        : where_{where},
          device_{{.mask_keys = mask_keys{random_},
                   .handshake_timeout = 15'000, // of TCP, TLS and WebSocket together
                   .ping_interval = where.ping_interval,
                   .pong_timeout = where.ping_interval}},
          backoff_{{.first_delay = where.first_delay}}
    {
    }

    /// @return 0, or the error of mbedTLS
    [[nodiscard]] int start() noexcept
    {
        return tls_.configure(where_.host.data(),
                              {authority_begin, static_cast<std::size_t>(authority_end - authority_begin)});
    }

    /// Does everything that can be done now.
    void run(std::uint32_t now) noexcept
    {
        if (tcp_.is_closing())
            return tcp_.poll(now);
        if (!is_running_) {
            if (now - changed_at_ >= delay_)
                begin(now);
            return;
        }
        const bool over = exchange(device_, tls_, now);
        if (!is_open_ && device_.ws().ready_state() == sockless::ready_state::open) {
            is_open_ = true;
            backoff_.on_open(now);
            board::log("open, milliseconds: ", now - changed_at_);
        }
        if (over)
            end(now);
    }

private:
    void begin(std::uint32_t now) noexcept
    {
        is_running_ = true;
        is_open_ = false;
        changed_at_ = now;
        device_.reset();
        tls_.begin();
        sockless::connect_options request;
        request.where.secure = true;
        request.where.host = where_.host.data();
        request.where.port = where_.port;
        request.where.path = "/telemetry";
        if (failed(device_.ws().connect(request, random_)) || !tcp_.connect(where_.address, where_.port))
            device_.ws().transport_failed(now);
    }
    void end(std::uint32_t now) noexcept
    {
        if (const std::uint32_t problems = tls_.certificate_problems(); problems != 0)
            board::log("the server's certificate was refused: ", problems);
        else if (tls_.failure() != 0)
            board::log("TLS error: -", static_cast<std::uint32_t>(-tls_.failure()));
        board::log("ended: ");
        board::log(to_string(device_.ws().failure()));
        board::log("\n");
        tcp_.close(now);
        is_running_ = false;
        changed_at_ = now;
        static_cast<void>(backoff_.next_delay(now, random_, delay_)); // the largest one, without randomness
        board::log("next attempt in: ", delay_);
    }

    const firmware::configuration& where_;
    sockless::mbedtls_random random_{mbedtls_ctr_drbg_random, &tls::generator()};
    network::tcp_connection tcp_;
    tls::tls_connection tls_{tcp_};
    device_type device_;
    sockless::reconnect_backoff<std::uint32_t> backoff_;
    std::uint32_t changed_at_ = 0; ///< when the attempt began, or ended
    std::uint32_t delay_ = 0;
    bool is_running_ = false;
    bool is_open_ = false;
};

} // namespace

std::uint32_t run()
{
    static firmware::configuration where;
    if (!read_configuration(where)) {
        board::log("usage: SEED HOST ADDRESS PORT [PING [DELAY]]\n");
        return 1;
    }
    network::start();
    if (const int e = tls::start(); e != 0) {
        board::log("no TLS: -", static_cast<std::uint32_t>(-e));
        return 2;
    }
    static wss_client client{where};
    if (const int e = client.start(); e != 0) {
        board::log("no TLS: -", static_cast<std::uint32_t>(-e));
        return 3;
    }
    for (;;) {
        bool received = true;
        while (received) {
            received = network::poll();
            client.run(board::milliseconds());
        }
        board::wait_for_interrupt(); // at most one millisecond
    }
}
