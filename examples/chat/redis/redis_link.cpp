// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "redis_link.hpp"

#include <csignal>
#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

namespace example {

namespace {

/// Time for a connection, and for a reply.
constexpr ticks connect_timeout = 2'000;
constexpr ticks reply_timeout = 5'000;
/// Shorter than the defaults, which are for clients in the Internet: a node has few peers, and its members wait.
constexpr sockless::reconnect_options<ticks> delays{
    .first_delay = 100, .max_delay = 1'000, .min_delay = 20, .stable_after = 10'000};
/// Bytes of replies that are not complete. Larger than what Redis stores of a room.
constexpr std::size_t max_reply = std::size_t{16} << 20;

} // namespace

std::string_view text_of(const redisReply& reply) noexcept
{
    const bool has_text =
        reply.type == REDIS_REPLY_STRING || reply.type == REDIS_REPLY_STATUS || reply.type == REDIS_REPLY_ERROR;
    return has_text ? std::string_view{reply.str, static_cast<std::size_t>(reply.len)} : std::string_view{};
}

struct redis_link::hooks {
    static redis_link& of(void* link) noexcept { return *static_cast<redis_link*>(link); }
    /// @return null after `release`
    static redis_link* of(const redisAsyncContext* context) noexcept { return static_cast<redis_link*>(context->data); }

    static void add_read(void* link) noexcept { of(link).set_interest({true, of(link).interest_.output}); }
    static void remove_read(void* link) noexcept { of(link).set_interest({false, of(link).interest_.output}); }
    static void add_write(void* link) noexcept { of(link).set_interest({of(link).interest_.input, true}); }
    static void remove_write(void* link) noexcept { of(link).set_interest({of(link).interest_.input, false}); }
    static void clean_up(void* link) noexcept
    {
        of(link).set_interest({});
        of(link).socket_ = -1; // the system gives the number to another socket
    }

    static void on_connect(const redisAsyncContext* context, int status) noexcept
    {
        redis_link* const link = of(context);
        if (link == nullptr)
            return;
        if (status != REDIS_OK) {
            link->context_ = nullptr; // hiredis destroys it
            return link->fail(context->errstr);
        }
        link->connected_ = true; // hiredis uses the context after this function, so that nothing may fail here
    }
    static void on_disconnect(const redisAsyncContext* context, int) noexcept
    {
        if (redis_link* const link = of(context); link != nullptr) {
            link->context_ = nullptr;
            link->fail(context->err != 0 ? context->errstr : "Redis has closed the connection");
        }
    }
    static void on_reply(redisAsyncContext* context, void* reply, void*) noexcept
    {
        if (redis_link* const link = of(context); link != nullptr && reply != nullptr)
            link->on_reply(*static_cast<redisReply*>(reply));
    }
    static void on_push(redisAsyncContext* context, void* reply, void*) noexcept
    {
        redis_link* const link = of(context);
        if (link == nullptr || reply == nullptr)
            return;
        const redisReply& push = *static_cast<redisReply*>(reply);
        try {
            if (push.type != REDIS_REPLY_ARRAY || push.elements < 3)
                throw std::runtime_error{"the message of a channel is malformed"};
            link->owner_->on_push(*link, push);
        } catch (const std::exception& problem) {
            link->fail(problem.what());
        }
    }
};

redis_link::redis_link(server_loop& loop, owner& to, const backplane_options& options,
                       std::vector<std::string> addresses)
    : loop_{&loop}, owner_{&to}, options_{&options}, addresses_{std::move(addresses)}, backoff_{delays}
{
    std::signal(SIGPIPE, SIG_IGN); // hiredis writes without MSG_NOSIGNAL
}

void redis_link::connect(ticks now)
{
    waits_ = false;
    waiting_since_ = now;
    const std::string& address = addresses_[attempts_++ % addresses_.size()];
    redisAsyncContext* const context = redisAsyncConnect(address.c_str(), options_->port);
    if (context == nullptr)
        throw std::bad_alloc{};
    if (context->err != 0) {
        const std::string reason = context->errstr;
        redisAsyncFree(context);
        throw std::runtime_error{reason};
    }
    context_ = context;
    socket_ = context->c.fd;
    context->data = this;
    context->ev = {this, hooks::add_read, hooks::remove_read, hooks::add_write, hooks::remove_write, hooks::clean_up};
    redisAsyncSetDisconnectCallback(context, hooks::on_disconnect);
    redisAsyncSetConnectCallback(context, hooks::on_connect); // begins to wait for the connection
}

void redis_link::log_in()
{
    waiting_since_ = now_in_ticks();
    const auto expect_ok = [this](const char* what) {
        return [this, what](const redisReply& reply) {
            if (reply.type == REDIS_REPLY_ERROR)
                fail(std::string{what} + " was refused: " + std::string{text_of(reply)});
        };
    };
    if (!options_->user.empty()) {
        const std::string_view words[] = {"AUTH", options_->user, options_->password};
        command(words, expect_ok("AUTH"));
    } else if (!options_->password.empty()) {
        const std::string_view words[] = {"AUTH", options_->password};
        command(words, expect_ok("AUTH"));
    }
    const std::string database = std::to_string(options_->database);
    const std::string_view words[] = {"SELECT", database};
    command(words, [this](const redisReply& reply) {
        if (reply.type == REDIS_REPLY_ERROR)
            return fail("SELECT was refused: " + std::string{text_of(reply)});
        up_ = true;
        backoff_.on_open(now_in_ticks());
        owner_->on_link_up(*this);
    });
}

void redis_link::send(std::span<const std::string_view> words, redisCallbackFn* callback)
{
    std::vector<const char*> values;
    std::vector<std::size_t> sizes;
    values.reserve(words.size());
    sizes.reserve(words.size());
    for (const std::string_view word : words) {
        values.push_back(word.data() == nullptr ? "" : word.data());
        sizes.push_back(word.size());
    }
    if (context_ == nullptr || redisAsyncCommandArgv(context_, callback, nullptr, static_cast<int>(words.size()),
                                                     values.data(), sizes.data()) != REDIS_OK)
        throw std::runtime_error{"a command cannot be sent"};
}

void redis_link::command(std::span<const std::string_view> words, reply_handler handler)
{
    if (handlers_.empty())
        waiting_since_ = now_in_ticks();
    handlers_.push_back(std::move(handler));
    try {
        send(words, hooks::on_reply);
    } catch (const std::exception& problem) { // the next reply would be given to this handler
        handlers_.pop_back();
        fail(problem.what());
        throw;
    }
}

void redis_link::subscribe(std::string_view kind, std::string_view channel)
{
    const std::string_view words[] = {kind, channel};
    send(words, hooks::on_push);
}

void redis_link::on_reply(const redisReply& reply) noexcept
{
    if (handlers_.empty())
        return fail("there is a reply without a command");
    try {
        const reply_handler handler = std::move(handlers_.front());
        handlers_.pop_front();
        waiting_since_ = now_in_ticks();
        handler(reply);
    } catch (const std::exception& problem) {
        fail(problem.what());
    }
}

void redis_link::release() noexcept
{
    up_ = connected_ = false;
    handlers_.clear();
    if (context_ == nullptr)
        return;
    redisAsyncContext* const context = std::exchange(context_, nullptr);
    context->data = nullptr;
    redisAsyncFree(context); // within a callback: when it has returned
}

void redis_link::fail(const std::string& reason) noexcept
{
    if (waits_)
        return;
    losses_ += up_ ? 1 : 0;
    release();
    const ticks now = now_in_ticks();
    ticks delay = 0;
    static_cast<void>(backoff_.next_delay(now, random_, delay)); // without randomness: the longest one
    next_attempt_ = now + delay;
    waits_ = true;
    owner_->on_link_down(*this, reason);
}

void redis_link::set_interest(readiness wanted) noexcept
{
    interest_ = wanted;
    try {
        loop_->watch_service(socket_, wanted);
    } catch (const std::exception&) {
        // Without events the time for a reply ends.
    }
}

void redis_link::on_ready(readiness ready) noexcept
{
    if (ready.output && context_ != nullptr)
        redisAsyncHandleWrite(context_);
    if (ready.input && context_ != nullptr)
        redisAsyncHandleRead(context_);
    if (std::exchange(connected_, false) && context_ != nullptr) {
        try {
            log_in();
        } catch (const std::exception& problem) {
            fail(problem.what());
        }
    }
    if (context_ != nullptr && context_->c.reader->len > max_reply)
        fail("a reply is too large");
}

void redis_link::on_tick(ticks now) noexcept
{
    try {
        if (context_ == nullptr) {
            if (!waits_ || static_cast<std::int32_t>(now - next_attempt_) >= 0)
                connect(now);
        } else if (!up_ && now - waiting_since_ >= connect_timeout) {
            fail("the connection takes too long");
        } else if (!handlers_.empty() && now - waiting_since_ >= reply_timeout) {
            fail("Redis does not reply");
        }
    } catch (const std::exception& problem) {
        waits_ = false;
        fail(problem.what());
    }
}

} // namespace example
