// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Whoever connects to the chat: a member of a room, over a WebSocket; or somebody who asks for the page, or for what was said.
///
///     GET /                            the page
///     GET /chat?room=R&name=N          a WebSocket: one joins the room
///     GET /poll?room=R&after=NUMBER    what was said after that, as JSON, at once
///     GET /wait?room=R&after=NUMBER    the same, but an answer comes only when there is something (or after 25 seconds)
///
/// What a member says in text goes to all in the room, and back: {"type":"text","n":5,"id":2,"name":"Ada","text":"..."}. Bytes go out
/// with a line in front, {"type":"picture","id":2,"name":"Ada"}. A text that begins with "/" is for the server: "/echo TEXT" comes back
/// to its sender only, "/say TEXT" is said as it is.
#pragma once

#include "../support/websocket_session.hpp"
#include "room.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace example {

struct chat_options {
    loop_options listen;
    session_options sessions;
    std::vector<std::string_view> origins; ///< of other sites' pages that may connect
    std::string page;
};

/// What members share.
struct chat_state {
    rooms all;
    std::uint64_t members = 0; ///< so far; the newest one's id
    std::uint64_t texts = 0;   ///< so far; the newest one's number
    std::uint64_t pictures = 0;
    std::uint64_t deliveries = 0; ///< of both to members
    std::uint64_t polls = 0;
    std::uint64_t too_slow = 0;
};

class member final : public websocket_session {
public:
    member(server_loop& loop, transport peer, const chat_options& options, chat_state& state, ticks now);
    ~member() override { leave(); }

    /// Tells a poll what there is.
    void answer_poll();
    void on_tick(ticks now) override;

private:
    void on_request() override;
    void on_plain_request() override;
    void on_open() override;
    void on_message(const sockless::event& message) override;
    void on_too_slow() override { ++state_->too_slow; }
    void on_close(const sockless::event&) override { leave(); }

    [[nodiscard]] bool is_origin_good() const;
    void answer_page();
    void begin_poll(bool waits);
    void say(std::string_view text);
    void show(std::span<const std::byte> picture);
    [[nodiscard]] std::string signature() const;
    void tell_coming_or_going(std::string_view type) const;
    void leave();

    const chat_options* options_;
    chat_state* state_;
    room* room_ = nullptr; ///< joined, or watched
    std::uint64_t id_ = 0;
    std::string name_;
    std::uint64_t after_ = 0; ///< of a poll
    ticks waits_since_ = 0;   ///< a long poll
    bool waits_ = false;
};

} // namespace example
