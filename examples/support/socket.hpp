// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// POSIX sockets for the examples: an owning descriptor, non-blocking reads and writes, listening and connecting by name.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace example {

/// Owns a file descriptor.
class descriptor {
public:
    descriptor() noexcept = default;
    explicit descriptor(int fd) noexcept : fd_{fd} {}
    descriptor(descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    descriptor& operator=(descriptor&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~descriptor() { close(); }

    [[nodiscard]] int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    void close() noexcept
    {
        if (fd_ >= 0)
            ::close(std::exchange(fd_, -1));
    }

private:
    int fd_ = -1;
};

/// Throws `std::system_error` with `errno` if @p result is negative; returns it otherwise.
inline int check(int result, const char* what)
{
    if (result < 0)
        throw std::system_error{errno, std::generic_category(), what};
    return result;
}

enum class io_status : std::uint8_t {
    done,        ///< `count` bytes were transferred, at least one
    would_block, ///< wait until the socket is ready
    ended,       ///< end of stream: the peer sends no more data
    failed,      ///< the transport is unusable
};

struct io_result {
    io_status status = io_status::done;
    std::size_t count = 0;
};

[[nodiscard]] inline io_result to_io_result(ssize_t count) noexcept
{
    if (count > 0)
        return {io_status::done, static_cast<std::size_t>(count)};
    if (count == 0)
        return {io_status::ended, 0};
    return {errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? io_status::would_block : io_status::failed, 0};
}

/// Reads available bytes, once.
[[nodiscard]] inline io_result receive(const descriptor& socket, std::span<std::byte> room) noexcept
{
    return to_io_result(::recv(socket.get(), room.data(), room.size(), 0));
}

/// Writes as many bytes as the socket accepts, once. @p bytes is not empty.
[[nodiscard]] inline io_result send(const descriptor& socket, std::span<const std::byte> bytes) noexcept
{
    return to_io_result(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL)); // an error instead of SIGPIPE
}

/// Gathering form of `send`; uses at most 64 pieces per call.
[[nodiscard]] inline io_result send(const descriptor& socket,
                                    std::span<const std::span<const std::byte>> pieces) noexcept
{
    std::array<iovec, 64> vector{};
    msghdr message{};
    message.msg_iov = vector.data();
    for (const std::span<const std::byte> piece : pieces.first(std::min(pieces.size(), vector.size())))
        vector[message.msg_iovlen++] = {const_cast<std::byte*>(piece.data()), piece.size()}; // sendmsg only reads
    return to_io_result(::sendmsg(socket.get(), &message, MSG_NOSIGNAL));
}

/// Disables Nagle's algorithm: small messages are not delayed until earlier ones are acknowledged.
inline void send_without_delay(const descriptor& socket) noexcept
{
    constexpr int on = 1;
    static_cast<void>(::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

struct free_addresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};
using address_list = std::unique_ptr<addrinfo, free_addresses>;

[[nodiscard]] inline address_list resolve(const std::string& host, std::uint16_t port, int flags)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (failure != 0)
        throw std::runtime_error{host + ": " + ::gai_strerror(failure)};
    return address_list{list};
}

[[nodiscard]] inline descriptor open_socket(const addrinfo& address) noexcept
{
    return descriptor{
        ::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol)};
}

/// Listens on the first usable address of @p host. Port 0 selects a free port; see `local_address`.
///
/// @param shares_port  other sockets of this user may listen on the same port, too: the system distributes connections among them
[[nodiscard]] inline descriptor listen_on(const std::string& host, std::uint16_t port, bool shares_port = false)
{
    const address_list addresses = resolve(host, port, AI_PASSIVE);
    constexpr int on = 1;
    for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
        descriptor socket = open_socket(*address);
        if (socket && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
            (!shares_port || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0) &&
            ::bind(socket.get(), address->ai_addr, address->ai_addrlen) == 0 && ::listen(socket.get(), SOMAXCONN) == 0)
            return socket;
    }
    throw std::system_error{errno, std::generic_category(),
                            "cannot listen on " + host + " port " + std::to_string(port)};
}

/// A bound address as text.
struct local_name {
    std::string host; ///< "127.0.0.1", "[::1]"
    std::uint16_t port = 0;
};

[[nodiscard]] inline local_name local_address(int socket)
{
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    check(::getsockname(socket, address, &size), "getsockname");
    char host[NI_MAXHOST];
    if (::getnameinfo(address, size, host, sizeof host, nullptr, 0, NI_NUMERICHOST) != 0)
        throw std::runtime_error{"getnameinfo"};
    if (storage.ss_family != AF_INET6)
        return {host, ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port)};
    const std::uint16_t port = ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
    constexpr std::string_view mapped = "::ffff:"; // an IPv4 address on a socket for both families (RFC 4291 2.5.5.2)
    const std::string_view text{host};
    if (text.starts_with(mapped) && text.find('.') != std::string_view::npos)
        return {std::string{text.substr(mapped.size())}, port};
    return {std::string{"["}.append(text.substr(0, text.find('%'))).append("]"), port};
}

/// @return the host part of `local_address`; empty on failure
[[nodiscard]] inline std::string local_host(int socket)
{
    try {
        return local_address(socket).host;
    } catch (const std::runtime_error&) {
        return {};
    }
}

/// Waits until a socket is ready.
///
/// @param stop  another descriptor, or -1: the wait ends with ECANCELED when it is readable
/// @return 0, or the `errno` value that explains the failure
[[nodiscard]] inline int await_ready(const descriptor& socket, short events, std::chrono::milliseconds limit,
                                     int stop) noexcept
{
    pollfd ready[] = {{socket.get(), events, 0}, {stop, POLLIN, 0}};
    const int count = ::poll(ready, 2, static_cast<int>(limit.count()));
    if (count <= 0)
        return count == 0 ? ETIMEDOUT : errno;
    return ready[1].revents != 0 ? ECANCELED : 0;
}

/// Waits for a non-blocking connect; otherwise as above.
[[nodiscard]] inline int await_connection(const descriptor& socket, std::chrono::milliseconds limit, int stop) noexcept
{
    if (const int failure = await_ready(socket, POLLOUT, limit, stop); failure != 0)
        return failure;
    int failure = 0;
    socklen_t size = sizeof failure;
    return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &failure, &size) == 0 ? failure : errno;
}

/// Connects to the first address of @p host that accepts; each attempt may take @p limit.
///
/// @param stop  a descriptor, or -1: gives up when it is readable; the name is resolved in any case
[[nodiscard]] inline descriptor connect_to(const std::string& host, std::uint16_t port, std::chrono::milliseconds limit,
                                           int stop = -1)
{
    const address_list addresses = resolve(host, port, 0);
    int failure = EADDRNOTAVAIL;
    for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
        descriptor socket = open_socket(*address);
        failure = socket && ::connect(socket.get(), address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
        if (failure == EINPROGRESS)
            failure = await_connection(socket, limit, stop);
        if (failure == 0) {
            send_without_delay(socket);
            return socket;
        }
        if (failure == ECANCELED)
            break;
    }
    throw std::system_error{failure, std::generic_category(), host + " port " + std::to_string(port)};
}

} // namespace example
