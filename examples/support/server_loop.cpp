// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "server_loop.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <exception>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <system_error>
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

descriptor count_requests()
{
    return descriptor{check(eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")};
}

/// Duration of an iteration that the loop aims at: sum of all turns, and flushing.
constexpr std::chrono::microseconds turns_duration{4'000};
constexpr std::chrono::microseconds flush_duration{4'000};
constexpr std::chrono::microseconds min_turn{50};
constexpr std::chrono::microseconds max_turn{1'000};

void reserve_for(std::vector<int>& queue, std::size_t count)
{
    if (queue.capacity() < count)
        queue.reserve(2 * count);
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

server_loop::server_loop(const loop_options& options, memory_budget& budget, client_factory make)
    : make_{std::move(make)},
      budget_{&budget},
      tls_{options.certificates.empty()
               ? nullptr
               : std::make_unique<tls_context>(options.certificates, options.key, options.http_2)},
      epoll_{check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
      listener_{listen_on(options.host, options.port, options.shares_port)},
      signals_{options.shares_port ? count_requests() : block_signals()}
{
    watch(listener_.get(), {.input = true}, EPOLL_CTL_ADD);
    watch(signals_.get(), {.input = true}, EPOLL_CTL_ADD);
}

server_loop::~server_loop()
{
    clear_clients();
    if (service_ != nullptr)
        service_->on_loop_end();
}

std::string server_loop::url() const
{
    const local_name name = local_address(listener_.get());
    std::string text{tls_ ? "wss://" : "ws://"};
    return text.append(name.host).append(":").append(std::to_string(name.port)).append("/");
}

void server_loop::watch(int fd, readiness wanted, int operation)
{
    epoll_event event{};
    event.events = (wanted.input ? std::uint32_t{EPOLLIN} : 0U) | (wanted.output ? std::uint32_t{EPOLLOUT} : 0U);
    event.data.fd = fd;
    check(epoll_ctl(epoll_.get(), operation, fd, &event), "epoll_ctl");
}

void server_loop::watch_service(int fd, readiness wanted)
{
    const bool watched = is_of_service(fd);
    if (wanted == readiness{}) {
        if (watched)
            watch(fd, {}, EPOLL_CTL_DEL);
        std::erase(service_descriptors_, fd);
        return;
    }
    watch(fd, wanted, watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD);
    if (!watched)
        service_descriptors_.push_back(fd);
}

bool server_loop::is_of_service(int fd) const noexcept
{
    return std::find(service_descriptors_.begin(), service_descriptors_.end(), fd) != service_descriptors_.end();
}

bool server_loop::is_done(ticks now) const noexcept
{
    if (!stopping_ || !clients_.empty())
        return false;
    return service_ == nullptr || !service_->is_busy() || now - stopped_at_ >= shutdown_timeout;
}

void server_loop::run()
{
    while (!is_done(now_in_ticks())) {
        dispatch_events(poll_timeout(now_in_ticks()));
        const ticks now = now_in_ticks();
        if (now - last_tick_ >= tick_interval)
            tick(now);
        if (stopping_ && now - stopped_at_ >= shutdown_timeout)
            clear_clients();
        flush_clients(now, flush_duration);
        enforce_budget();
    }
}

void server_loop::request_stop() const noexcept
{
    constexpr std::uint64_t one = 1;
    static_cast<void>(!::write(signals_.get(), &one, sizeof one));
}

turn server_loop::make_turn(clock::duration share, ticks now) noexcept
{
    return {buffer_, now, clock::now() + share};
}

/// Waits for events and dispatches them to the clients. The more clients are active, the shorter is the turn of each.
void server_loop::dispatch_events(int timeout)
{
    std::array<epoll_event, 256> events{};
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
    if (count < 0 && errno != EINTR)
        check(count, "epoll_wait");
    const auto ready = std::span{events}.first(static_cast<std::size_t>(count < 0 ? 0 : count));
    const auto active = static_cast<std::int64_t>(std::max<std::size_t>(ready.size() + resume_queue_.size(), 1));
    const clock::duration share = std::clamp<clock::duration>(turns_duration / active, min_turn, max_turn);
    const ticks now = now_in_ticks();
    for (const epoll_event& event : ready) {
        if (event.data.fd == listener_.get())
            accept_all(now);
        else if (event.data.fd == signals_.get())
            stop(now);
        else
            dispatch_event(event.data.fd, {(event.events & EPOLLIN) != 0, (event.events & EPOLLOUT) != 0},
                           make_turn(share, now));
    }
    // Deferred input may queue more output, so pending output is sent first.
    if (flushed_ == flush_queue_.size())
        resume_clients(share);
}

/// The client is flushed at once: its reply does not wait for the queued output of others.
void server_loop::dispatch_event(int fd, readiness ready, const turn& share)
{
    const auto found = clients_.find(fd);
    if (found == clients_.end()) {
        if (is_of_service(fd))
            service_->on_service_ready(fd, ready == readiness{} ? readiness{true, true} : ready);
        return;
    }
    loop_client& client = *found->second;
    if (ready.input || ready.output)
        call(client, [&](loop_client& one) { one.on_ready(ready, share); });
    else
        client.drop(); // EPOLLERR or EPOLLHUP without data
    call(client, [&](loop_client& one) { one.flush(share.now); });
    update_interest(client);
}

/// Gives one turn to each client that has deferred work.
void server_loop::resume_clients(clock::duration share)
{
    resuming_.clear();
    std::swap(resuming_, resume_queue_);
    for (const int fd : resuming_) {
        const auto found = clients_.find(fd);
        if (found == clients_.end())
            continue;
        loop_client& client = *found->second;
        client.resume_requested_ = false;
        const turn next = make_turn(share, now_in_ticks());
        call(client, [&](loop_client& one) { one.resume(next); });
        call(client, [&](loop_client& one) { one.flush(next.now); });
        update_interest(client);
    }
}

/// @return the timeout for epoll_wait in milliseconds; -1 if no tick is needed
int server_loop::poll_timeout(ticks now) const
{
    if (flushed_ != flush_queue_.size() || !resume_queue_.empty())
        return 0;
    if (clients_.empty() && !accept_paused_ && service_ == nullptr)
        return -1;
    const ticks gone = now - last_tick_;
    return gone < tick_interval ? static_cast<int>(tick_interval - gone) : 0;
}

/// Accepts a limited number of connections, so that a flood of them does not delay the clients.
void server_loop::accept_all(ticks now)
{
    constexpr int max_accepts = 64;
    for (int i = 0; i < max_accepts; ++i) {
        descriptor socket{accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (socket) {
            accept_one(std::move(socket), now);
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

/// If an exception is thrown, above all std::bad_alloc, only the new connection is closed.
void server_loop::accept_one(descriptor socket, ticks now)
{
    if (budget_->is_exceeded())
        return;
    const int fd = socket.get();
    try {
        const std::size_t count = clients_.size() + 1;
        reserve_for(flush_queue_, count);
        reserve_for(resume_queue_, count);
        reserve_for(resuming_, count);
        send_without_delay(socket);
        std::unique_ptr<loop_client> client =
            make_(*this, tls_ ? transport{std::move(socket), *tls_} : transport{std::move(socket)}, now);
        client->interest_ = client->needs();
        loop_client& added = *clients_.emplace(fd, std::move(client)).first->second;
        account(added);
        watch(fd, added.interest_, EPOLL_CTL_ADD);
    } catch (const std::exception&) {
        if (const auto found = clients_.find(fd); found != clients_.end()) {
            budget_->remove(found->second->accounted_);
            clients_.erase(found);
        }
    }
}

void server_loop::resume_accept()
{
    if (std::exchange(accept_paused_, false))
        watch(listener_.get(), {.input = true}, EPOLL_CTL_MOD);
}

void server_loop::request_flush(loop_client& client) noexcept
{
    if (std::exchange(client.flush_requested_, true))
        return;
    if (flush_queue_.size() == flush_queue_.capacity()) {
        flush_queue_.erase(flush_queue_.begin(), flush_queue_.begin() + static_cast<std::ptrdiff_t>(flushed_));
        flushed_ = 0;
    }
    flush_queue_.push_back(client.socket());
}

/// Flushes queued clients in order, and destroys those that are finished. A client that is destroyed may request flushes for others;
/// those are appended to the queue. What exceeds @p limit remains for the next iteration.
void server_loop::flush_clients(ticks now, clock::duration limit)
{
    const clock::time_point end = clock::now() + limit;
    while (flushed_ != flush_queue_.size() && (flushed_ % 8 != 0 || clock::now() < end)) {
        const auto found = clients_.find(flush_queue_[flushed_++]);
        if (found == clients_.end())
            continue;
        loop_client& client = *found->second;
        client.flush_requested_ = false;
        call(client, [=](loop_client& one) { one.flush(now); });
        if (!client.is_finished()) {
            update_interest(client);
            continue;
        }
        destroy(client);
    }
    if (flushed_ == flush_queue_.size()) {
        flush_queue_.clear();
        flushed_ = 0;
    }
}

/// Destroys a client that is finished. Closing its socket removes it from the epoll set.
void server_loop::destroy(loop_client& client) noexcept
{
    const int fd = client.socket();
    budget_->remove(client.accounted_);
    if (client.resume_requested_)
        std::erase(resume_queue_, fd);
    const auto found = clients_.find(fd);
    const std::unique_ptr<loop_client> last = std::move(found->second);
    clients_.erase(found);
    try {
        if (!stopping_)
            resume_accept();
    } catch (const std::system_error&) {
        accept_paused_ = true; // until the next tick
    }
}

/// Calls a function of a client. An exception, above all std::bad_alloc, ends this client only.
template <class Callback>
void server_loop::call(loop_client& client, Callback callback) noexcept
{
    if (client.is_finished())
        return;
    try {
        callback(client);
    } catch (const std::exception&) {
        client.drop();
    }
    account(client);
}

/// Updates the epoll registration of @p client, and queues it if it has deferred work or is finished.
void server_loop::update_interest(loop_client& client) noexcept
{
    if (!client.is_finished()) {
        try {
            if (const readiness wanted = client.needs(); wanted != client.interest_) {
                watch(client.socket(), wanted, EPOLL_CTL_MOD);
                client.interest_ = wanted;
            }
        } catch (const std::system_error&) {
            client.drop();
        }
    }
    if (client.is_finished())
        request_flush(client);
    else if (client.has_deferred_work() && !std::exchange(client.resume_requested_, true))
        resume_queue_.push_back(client.socket());
}

void server_loop::account(loop_client& client) noexcept
{
    const std::size_t size = client.is_finished() ? 0 : client.memory(); // it is destroyed before the loop waits
    budget_->remove(client.accounted_);
    budget_->add(size);
    client.accounted_ = size;
}

/// Ends the clients that use the most memory until the budget is kept. Messages that wait for several clients are counted for each of
/// them if they are the larger part.
void server_loop::enforce_budget() noexcept
{
    while (budget_->is_exceeded()) {
        std::size_t own = 0;
        for (const auto& [fd, client] : clients_)
            own += client->accounted_;
        const bool counts_shared = budget_->used() / 2 > own;
        loop_client* largest = nullptr;
        std::size_t size = 0;
        for (const auto& [fd, client] : clients_) {
            const std::size_t used =
                client->is_finished() ? 0 : client->memory() + (counts_shared ? client->shared_memory() : 0);
            if (used > size) {
                size = used;
                largest = client.get();
            }
        }
        if (largest == nullptr)
            return;
        call(*largest, [](loop_client& one) { one.on_memory_exceeded(); });
        largest->drop();
        destroy(*largest);
    }
}

void server_loop::clear_clients() noexcept
{
    for (const auto& [fd, client] : clients_)
        budget_->remove(client->accounted_);
    clients_.clear();
    flush_queue_.clear();
    resume_queue_.clear();
    flushed_ = 0;
}

void server_loop::tick(ticks now)
{
    last_tick_ = now;
    if (!stopping_)
        resume_accept();
    if (service_ != nullptr) // first: what clients do with it happens after `now`
        service_->on_service_tick(now);
    for (const auto& [fd, client] : clients_) {
        call(*client, [=](loop_client& one) { one.on_tick(now); });
        request_flush(*client);
    }
}

void server_loop::stop(ticks now)
{
    signalfd_siginfo which{}; // also large enough for the count of an eventfd
    static_cast<void>(!::read(signals_.get(), &which, sizeof which));
    if (stopping_) { // second signal: end immediately
        clear_clients();
        return;
    }
    stopping_ = true;
    stopped_at_ = now;
    accept_paused_ = false;
    listener_.close(); // new connections are refused by the system
    for (const auto& [fd, client] : clients_) {
        call(*client, [=](loop_client& one) { one.on_shutdown(now); });
        request_flush(*client);
    }
}

} // namespace example
