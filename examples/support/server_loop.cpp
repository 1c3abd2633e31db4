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

/// Interval of `on_tick`. Visiting every client costs less than a timer heap that each message would update.
constexpr ticks tick_interval = 100;
/// Time that clients have for the closing handshake after the server shuts down.
constexpr ticks shutdown_timeout = 5'000;

descriptor block_signals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    check(sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask");
    return descriptor{check(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd")};
}

} // namespace

ticks now_in_ticks() noexcept
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

server_loop::server_loop(const loop_options& options, client_factory make)
    : make_{std::move(make)},
      tls_{options.certificates.empty() ? nullptr : std::make_unique<tls_context>(options.certificates, options.key)},
      epoll_{check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
      listener_{listen_on(options.host, options.port)},
      signals_{block_signals()}
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
        dispatch_events(poll_timeout(now_in_ticks()));
        const ticks now = now_in_ticks();
        if (now - last_tick_ >= tick_interval)
            tick(now);
        if (stopping_ && now - stopped_at_ >= shutdown_timeout)
            clients_.clear();
        flush_clients(now);
    }
}

/// Waits for events and dispatches them to the clients.
void server_loop::dispatch_events(int timeout)
{
    std::array<epoll_event, 256> events{};
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
    if (count < 0 && errno != EINTR)
        check(count, "epoll_wait");
    const ticks now = now_in_ticks();
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
                client.drop(); // EPOLLERR or EPOLLHUP without data
            request_flush(client);
        }
    }
}

/// @return the timeout for epoll_wait in milliseconds; -1 if no tick is needed
int server_loop::poll_timeout(ticks now) const
{
    if (clients_.empty() && !accept_paused_)
        return -1;
    const ticks gone = now - last_tick_;
    return gone < tick_interval ? static_cast<int>(tick_interval - gone) : 0;
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
            client->interest_ = client->needs();
            watch(fd, client->interest_, EPOLL_CTL_ADD);
            clients_[fd] = std::move(client);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            // Usually EMFILE. The level-triggered listener would wake the loop continuously; accepting resumes after a client
            // has closed, or with the next tick.
            watch(listener_.get(), {}, EPOLL_CTL_MOD);
            accept_paused_ = true;
            return;
        }
    }
}

void server_loop::resume_accept()
{
    if (std::exchange(accept_paused_, false))
        watch(listener_.get(), {.input = true}, EPOLL_CTL_MOD);
}

void server_loop::request_flush(loop_client& client)
{
    if (!std::exchange(client.flush_requested_, true))
        flush_queue_.push_back(client.socket());
}

/// A client that is destroyed may request flushes for others; those are appended to the queue.
void server_loop::flush_clients(ticks now)
{
    for (std::size_t i = 0; i < flush_queue_.size(); ++i) {
        if (const auto found = clients_.find(flush_queue_[i]); found != clients_.end()) {
            loop_client& client = *found->second;
            client.flush_requested_ = false;
            client.flush(now);
            update_interest(client);
        }
    }
    flush_queue_.clear();
}

/// Updates the epoll registration of @p client, or destroys it if it is finished.
void server_loop::update_interest(loop_client& client)
{
    if (client.is_finished()) {
        const auto found = clients_.find(client.socket());
        const std::unique_ptr<loop_client> last = std::move(found->second);
        clients_.erase(found);
        resume_accept();
        return; // closing the socket removes it from the epoll set
    }
    if (const readiness wanted = client.needs(); wanted != client.interest_) {
        watch(client.socket(), wanted, EPOLL_CTL_MOD);
        client.interest_ = wanted;
    }
}

void server_loop::tick(ticks now)
{
    last_tick_ = now;
    if (!stopping_)
        resume_accept();
    for (const auto& [fd, client] : clients_) {
        client->on_tick(now);
        request_flush(*client);
    }
}

void server_loop::stop(ticks now)
{
    signalfd_siginfo which{};
    static_cast<void>(!::read(signals_.get(), &which, sizeof which));
    if (stopping_) { // second signal: end immediately
        clients_.clear();
        return;
    }
    stopping_ = true;
    stopped_at_ = now;
    accept_paused_ = false;
    listener_.close(); // new connections are refused by the system
    for (const auto& [fd, client] : clients_) {
        client->on_shutdown(now);
        request_flush(*client);
    }
}

} // namespace example
