// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "server.hpp"

#include <chrono>
#include <csignal>
#include <span>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <utility>

namespace example {

namespace {

/// How often sessions look at the clock. A walk over all of them costs less than a heap of timers would, which every message moves.
constexpr ticks tick_length = 100;
/// How long clients may take to leave once the server stops.
constexpr ticks time_to_leave = 5'000;

ticks clock_now() noexcept
{
    using namespace std::chrono;
    return static_cast<ticks>(duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count());
}

descriptor take_signals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    check(sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask");
    return descriptor{check(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd")};
}

std::uint32_t wanted_by(const session& one) noexcept
{
    return (one.wants_to_read() ? std::uint32_t{EPOLLIN} : 0U) | (one.wants_to_write() ? std::uint32_t{EPOLLOUT} : 0U);
}

} // namespace

server::server(const settings& options)
    : options_{&options},
      epoll_{check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
      listener_{listen_on(options.host, options.port)},
      signals_{take_signals()}
{
    watch(listener_.get(), EPOLLIN, EPOLL_CTL_ADD);
    watch(signals_.get(), EPOLLIN, EPOLL_CTL_ADD);
}

void server::watch(int fd, std::uint32_t events, int operation)
{
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    check(epoll_ctl(epoll_.get(), operation, fd, &event), "epoll_ctl");
}

void server::run()
{
    std::array<epoll_event, 256> events{};
    while (!stopping_ || !clients_.empty()) {
        const int count =
            epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience(clock_now()));
        if (count < 0 && errno != EINTR)
            check(count, "epoll_wait");
        const ticks now = clock_now();
        for (const epoll_event& event : std::span{events}.first(static_cast<std::size_t>(count < 0 ? 0 : count))) {
            if (event.data.fd == listener_.get()) {
                accept_all(now);
            } else if (event.data.fd == signals_.get()) {
                stop(now);
            } else if (const auto found = clients_.find(event.data.fd); found != clients_.end()) {
                serve(*found->second, event.events, now);
                settle(*found->second);
            }
        }
        if (now - last_tick_ >= tick_length)
            tick(now);
        if (stopping_ && now - stopped_at_ >= time_to_leave)
            clients_.clear();
    }
}

/// Milliseconds until something has to be done even if nothing happens.
int server::patience(ticks now) const
{
    if (clients_.empty() && !deaf_)
        return -1;
    const ticks gone = now - last_tick_;
    return gone < tick_length ? static_cast<int>(tick_length - gone) : 0;
}

void server::accept_all(ticks now)
{
    while (true) {
        descriptor socket{accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (socket) {
            const int fd = socket.get();
            watch(fd, EPOLLIN, EPOLL_CTL_ADD);
            clients_[fd].reset(new client{{std::move(socket), *options_, counts_, now}, EPOLLIN});
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            // EMFILE, above all. The listener would be reported as ready for ever: it is asked again when somebody has left, or
            // with the next tick.
            watch(listener_.get(), 0, EPOLL_CTL_MOD);
            deaf_ = true;
            return;
        }
    }
}

void server::listen_again()
{
    if (std::exchange(deaf_, false))
        watch(listener_.get(), EPOLLIN, EPOLL_CTL_MOD);
}

void server::serve(client& one, std::uint32_t events, ticks now)
{
    if ((events & EPOLLOUT) != 0)
        one.talk.on_writable(now);
    if ((events & EPOLLIN) != 0)
        one.talk.on_readable(buffer_, now);
    else if ((events & (EPOLLERR | EPOLLHUP)) != 0)
        one.talk.drop();
}

/// After anything happened to a session: what epoll is to report from here on, or the end.
void server::settle(client& one)
{
    const int fd = one.talk.socket();
    if (one.talk.is_over()) {
        clients_.erase(fd); // which closes the socket, and epoll forgets it
        listen_again();
        return;
    }
    if (const std::uint32_t wanted = wanted_by(one.talk); wanted != one.watched) {
        watch(fd, wanted, EPOLL_CTL_MOD);
        one.watched = wanted;
    }
}

void server::tick(ticks now)
{
    last_tick_ = now;
    if (!stopping_)
        listen_again();
    for (auto next = clients_.begin(); next != clients_.end();) {
        client& one = *next->second;
        ++next; // settle() may erase `one`
        one.talk.on_tick(now);
        settle(one);
    }
}

void server::stop(ticks now)
{
    signalfd_siginfo which{};
    static_cast<void>(!::read(signals_.get(), &which, sizeof which));
    if (stopping_) { // a second signal: at once
        clients_.clear();
        return;
    }
    stopping_ = true;
    stopped_at_ = now;
    deaf_ = false;
    listener_.close(); // whoever connects now is told at once that nobody is there
    for (auto next = clients_.begin(); next != clients_.end();) {
        client& one = *next->second;
        ++next;
        one.talk.go_away(now);
        settle(one);
    }
}

} // namespace example
