// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "server_loop.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <utility>

namespace example {

namespace {

/// How often clients look at the clock. A walk over all of them costs less than a heap of timers would, which every message moves.
constexpr ticks tick_length = 100;
/// How long clients may take to leave once the server stops.
constexpr ticks time_to_leave = 5'000;

descriptor take_signals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    check(sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask");
    return descriptor{check(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd")};
}

} // namespace

ticks clock_now() noexcept
{
    using namespace std::chrono;
    return static_cast<ticks>(duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count());
}

void raise_descriptor_limit() noexcept
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
    }
}

server_loop::server_loop(const loop_options& options, maker make)
    : make_{std::move(make)},
      tls_{options.certificates.empty() ? nullptr : std::make_unique<tls_context>(options.certificates, options.key)},
      epoll_{check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
      listener_{listen_on(options.host, options.port)},
      signals_{take_signals()}
{
    watch(listener_.get(), {.input = true}, EPOLL_CTL_ADD);
    watch(signals_.get(), {.input = true}, EPOLL_CTL_ADD);
}

std::string server_loop::url() const
{
    return (tls_ ? "wss://" : "ws://") + local_address(listener_) + '/';
}

void server_loop::watch(int fd, readiness wanted, int operation)
{
    epoll_event event{};
    event.events = (wanted.input ? std::uint32_t{EPOLLIN} : 0U) | (wanted.output ? std::uint32_t{EPOLLOUT} : 0U);
    event.data.fd = fd;
    check(epoll_ctl(epoll_.get(), operation, fd, &event), "epoll_ctl");
}

void server_loop::run()
{
    while (!stopping_ || !clients_.empty()) {
        serve_all(patience(clock_now()));
        const ticks now = clock_now();
        if (now - last_tick_ >= tick_length)
            tick(now);
        if (stopping_ && now - stopped_at_ >= time_to_leave)
            clients_.clear();
        settle_touched(now);
    }
}

/// Waits for events, and tells the clients about them.
void server_loop::serve_all(int timeout)
{
    std::array<epoll_event, 256> events{};
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
    if (count < 0 && errno != EINTR)
        check(count, "epoll_wait");
    const ticks now = clock_now();
    for (const epoll_event& event : std::span{events}.first(static_cast<std::size_t>(count < 0 ? 0 : count))) {
        if (event.data.fd == listener_.get()) {
            accept_all(now);
        } else if (event.data.fd == signals_.get()) {
            stop(now);
        } else if (const auto found = clients_.find(event.data.fd); found != clients_.end()) {
            loop_client& client = *found->second;
            const readiness ready{(event.events & EPOLLIN) != 0, (event.events & EPOLLOUT) != 0};
            if (ready.input || ready.output)
                client.on_ready(ready, buffer_, now);
            else
                client.drop(); // an error, or the end of both streams
            touch(client);
        }
    }
}

/// Milliseconds until something has to be done even if nothing happens.
int server_loop::patience(ticks now) const
{
    if (clients_.empty() && !deaf_)
        return -1;
    const ticks gone = now - last_tick_;
    return gone < tick_length ? static_cast<int>(tick_length - gone) : 0;
}

void server_loop::accept_all(ticks now)
{
    while (true) {
        descriptor socket{accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (socket) {
            const int fd = socket.get();
            send_without_delay(socket);
            std::unique_ptr<loop_client> client =
                make_(*this, tls_ ? transport{std::move(socket), *tls_} : transport{std::move(socket)}, now);
            client->watched_ = client->needs();
            watch(fd, client->watched_, EPOLL_CTL_ADD);
            clients_[fd] = std::move(client);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            // EMFILE, above all. The listener would be reported as ready for ever: it is asked again when somebody has left, or
            // with the next tick.
            watch(listener_.get(), {}, EPOLL_CTL_MOD);
            deaf_ = true;
            return;
        }
    }
}

void server_loop::listen_again()
{
    if (std::exchange(deaf_, false))
        watch(listener_.get(), {.input = true}, EPOLL_CTL_MOD);
}

void server_loop::touch(loop_client& client)
{
    if (!std::exchange(client.touched_, true))
        touched_.push_back(client.socket());
}

/// A client that goes may touch others, which are appended.
void server_loop::settle_touched(ticks now)
{
    for (std::size_t i = 0; i < touched_.size(); ++i) {
        if (const auto found = clients_.find(touched_[i]); found != clients_.end()) {
            loop_client& client = *found->second;
            client.touched_ = false;
            client.flush(now);
            settle(client);
        }
    }
    touched_.clear();
}

/// After anything happened to a client: what epoll is to report from here on, or the end.
void server_loop::settle(loop_client& client)
{
    if (client.is_over()) {
        const auto found = clients_.find(client.socket());
        const std::unique_ptr<loop_client> last = std::move(found->second);
        clients_.erase(found);
        listen_again();
        return; // the socket is closed now, and epoll forgets it
    }
    if (const readiness wanted = client.needs(); wanted != client.watched_) {
        watch(client.socket(), wanted, EPOLL_CTL_MOD);
        client.watched_ = wanted;
    }
}

void server_loop::tick(ticks now)
{
    last_tick_ = now;
    if (!stopping_)
        listen_again();
    for (const auto& [fd, client] : clients_) {
        client->on_tick(now);
        touch(*client);
    }
}

void server_loop::stop(ticks now)
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
    for (const auto& [fd, client] : clients_) {
        client->go_away(now);
        touch(*client);
    }
}

} // namespace example
