// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One connection to Redis in the event loop of the examples, by the asynchronous interface of hiredis. It connects again after a random
/// time, and ends a connection that does not reply.
#pragma once

#include "../../support/server_loop.hpp"
#include "../backplane.hpp"

#include <sockless/reconnect_backoff.hpp>
#include <sockless/with_os_random.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <hiredis/async.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace example {

/// @return the text of a string reply; empty for other types
[[nodiscard]] std::string_view text_of(const redisReply& reply) noexcept;

class redis_link {
public:
    using reply_handler = std::function<void(const redisReply&)>;

    /// Events of a link, for its owner. The functions may throw; the connection ends then.
    struct owner {
        owner() = default;
        owner(const owner&) = delete;
        owner& operator=(const owner&) = delete;
        virtual ~owner() = default;
        /// The connection is authenticated, and its database is selected.
        virtual void on_link_up(redis_link& link) = 0;
        /// No handler of an earlier command is called afterwards.
        virtual void on_link_down(redis_link& link, const std::string& reason) noexcept = 0;
        /// A message of a channel, or the confirmation of `subscribe`: an array of three elements or more.
        virtual void on_push(redis_link& link, const redisReply& push) = 0;
    };

    redis_link(server_loop& loop, owner& to, const backplane_options& options, std::vector<std::string> addresses);
    ~redis_link() { release(); }
    redis_link(const redis_link&) = delete;
    redis_link& operator=(const redis_link&) = delete;

    /// @param handler  called with the reply, which may be an error, unless the connection ends before
    void command(std::span<const std::string_view> words, reply_handler handler);
    /// @param kind  "SUBSCRIBE" or "UNSUBSCRIBE"
    void subscribe(std::string_view kind, std::string_view channel);
    /// Ends the connection. A new attempt follows after a delay.
    void fail(const std::string& reason) noexcept;
    /// Ends the connection; only `on_tick` begins another one.
    void release() noexcept;

    void on_ready(readiness ready) noexcept;
    void on_tick(ticks now) noexcept;

    [[nodiscard]] int socket() const noexcept { return socket_; }
    [[nodiscard]] bool is_up() const noexcept { return up_; }
    [[nodiscard]] std::uint64_t losses() const noexcept { return losses_; }
    [[nodiscard]] std::size_t pending() const noexcept { return handlers_.size(); }

private:
    /// Functions that hiredis calls; no exception leaves them.
    struct hooks;

    void connect(ticks now);
    void log_in();
    void set_interest(readiness wanted) noexcept;
    void on_reply(const redisReply& reply) noexcept;
    void send(std::span<const std::string_view> words, redisCallbackFn* callback);

    server_loop* loop_;
    owner* owner_;
    const backplane_options* options_;
    std::vector<std::string> addresses_;
    std::size_t attempts_ = 0;
    std::uint64_t losses_ = 0; ///< of connections that were up
    redisAsyncContext* context_ = nullptr;
    int socket_ = -1;
    readiness interest_;
    std::deque<reply_handler> handlers_;
    sockless::os_random random_;
    sockless::reconnect_backoff<ticks> backoff_;
    ticks next_attempt_ = 0;
    ticks waiting_since_ = 0; ///< for the connection, or for the oldest reply
    bool waits_ = false;      ///< for `next_attempt_`
    bool connected_ = false;  ///< not logged in yet
    bool up_ = false;
};

} // namespace example
