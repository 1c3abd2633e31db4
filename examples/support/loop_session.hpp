// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A connection in the event loop of the examples, for glue that needs nothing but readiness and time.
#pragma once

#include "server_loop.hpp"

#include <sockless/core/close_code.hpp>
#include <sockless/websocket/websocket_needs.hpp>

#include <cstddef>
#include <utility>

namespace example {

/// @tparam Connection  has `socket`, a descriptor; `ws`; `memory()`, in bytes; and `update(now, readable)`, which moves bytes and returns
///                     websocket_needs
template <class Connection>
class loop_session final : public loop_client {
public:
    /// @param now        in milliseconds
    /// @param arguments  of the constructor of the connection
    template <class... Arguments>
    explicit loop_session(ticks now, Arguments&&... arguments) : connection_{std::forward<Arguments>(arguments)...}
    {
        needs_ = connection_.update(now, false);
    }

    void on_ready(readiness ready, const turn& share) override { update(share.now, ready.input); }
    void on_tick(ticks now) override { update(now, false); }
    void on_shutdown(ticks now) override
    {
        if (failed(connection_.ws.close(sockless::close_code::going_away)))
            connection_.ws.close();
        update(now, false);
    }
    void on_memory_exceeded() override { drop(); }
    void resume(const turn&) override {}
    void drop() noexcept override { needs_ = {.close = true}; }

    [[nodiscard]] int socket() const noexcept override { return connection_.socket.get(); }
    [[nodiscard]] readiness needs() const noexcept override { return {needs_.read, needs_.write}; }
    [[nodiscard]] bool has_deferred_work() const noexcept override { return false; }
    [[nodiscard]] std::size_t memory() const noexcept override { return sizeof *this + connection_.memory(); }
    [[nodiscard]] bool is_finished() const noexcept override { return needs_.close; }

private:
    void update(ticks now, bool readable) { needs_ = connection_.update(now, readable); }

    Connection connection_;
    sockless::websocket_needs needs_;
};

} // namespace example
