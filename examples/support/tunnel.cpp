// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "tunnel.hpp"

#include "printable.hpp"

#include <sockless/bytes/byte_queue.hpp>
#include <sockless/core/error_string.hpp>
#include <sockless/http/body_reader.hpp>
#include <sockless/http/head.hpp>
#include <sockless/http/head_storage.hpp>
#include <sockless/proxy/http_proxy.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <poll.h>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace example {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t max_body_printed = 1000;

void require(sockless::error e)
{
    if (failed(e))
        throw std::runtime_error{"the proxy: " + std::string{to_string(e)}};
}

void wait_for(const descriptor& socket, short what, clock::time_point deadline, int stop)
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
    const int failure = left <= 0 ? ETIMEDOUT : await_ready(socket, what, std::chrono::milliseconds{left}, stop);
    if (failure == ETIMEDOUT)
        throw std::runtime_error{"the proxy does not answer"};
    if (failure == ECANCELED)
        throw std::system_error{failure, std::generic_category(), "the proxy"};
}

/// Writes all bytes; a proxy reads the request before it does anything else.
void write_all(const descriptor& socket, sockless::byte_queue& bytes, clock::time_point deadline, int stop)
{
    while (!bytes.empty()) {
        const io_result sent = send(socket, bytes.data());
        if (sent.status == io_status::failed)
            throw std::runtime_error{"the proxy has gone"};
        if (sent.status == io_status::done)
            bytes.consume(sent.count);
        else
            wait_for(socket, POLLOUT, deadline, stop);
    }
}

/// Reads without removing the bytes from the socket.
io_result peek(const descriptor& socket, std::span<std::byte> room)
{
    return to_io_result(::recv(socket.get(), room.data(), room.size(), MSG_PEEK));
}

/// Reads the body of a refusal, as much as arrives in time.
std::string read_body(const descriptor& socket, const sockless::response_head& head, clock::time_point deadline)
{
    sockless::body_reader body{head};
    std::string content;
    std::array<std::byte, 4096> buffer;
    while (!body.finished()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
        pollfd ready{socket.get(), POLLIN, 0};
        if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) <= 0)
            break;
        const io_result got = receive(socket, buffer);
        if (got.status != io_status::done && got.status != io_status::would_block)
            break;
        std::span<std::byte> in = std::span{buffer}.first(got.count);
        for (auto piece = body.poll(in); !piece.empty(); piece = body.poll(in))
            content += sockless::as_text(piece);
    }
    return content.empty() ? content : ": " + quoted_begin(content, max_body_printed);
}

} // namespace

void open_tunnel(const descriptor& socket, const tunnel_request& wanted, std::chrono::milliseconds limit, int stop)
{
    const clock::time_point deadline = clock::now() + limit;
    sockless::head_storage<> storage;
    sockless::http_proxy proxy{storage};
    sockless::static_byte_queue<8192> tx;

    std::vector<char> room(sockless::basic_credentials_size(wanted.user.size(), wanted.password.size()));
    const std::string_view who = sockless::basic_credentials(wanted.user, wanted.password, room);
    if (who.empty())
        throw std::runtime_error{"the name and the password for the proxy have characters that cannot be sent"};
    const sockless::field credentials{"Proxy-Authorization", who};
    require(proxy.start(tx, wanted.where, std::span{&credentials, wanted.user.empty() ? 0U : 1U}));
    write_all(socket, tx, deadline, stop);

    std::array<std::byte, 4096> buffer;
    while (true) {
        wait_for(socket, POLLIN, deadline, stop);
        const io_result got = peek(socket, buffer);
        if (got.status == io_status::would_block)
            continue;
        if (got.status != io_status::done)
            throw std::runtime_error{"the proxy has gone"};
        std::span<std::byte> in = std::span{buffer}.first(got.count);
        const sockless::proxy_result outcome = proxy.poll(in);
        // Only the head is removed from the socket; the bytes that follow belong to TLS or to the handshake.
        const std::span<std::byte> consumed = std::span{buffer}.first(got.count - in.size());
        if (!consumed.empty())
            check(static_cast<int>(::recv(socket.get(), consumed.data(), consumed.size(), 0)), "recv");
        switch (outcome) {
        case sockless::proxy_result::need_input: break;
        case sockless::proxy_result::tunnel: return;
        case sockless::proxy_result::refused:
            throw std::runtime_error{"the proxy refuses: " + std::to_string(proxy.head().status) + ' ' +
                                     quoted(proxy.head().reason) + read_body(socket, proxy.head(), deadline)};
        case sockless::proxy_result::failed: require(proxy.failure()); return;
        }
    }
}

} // namespace example
