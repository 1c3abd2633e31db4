// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One connection to the chat: a member of a room over a WebSocket, or an HTTP request for the page or for recent texts.
///
///     GET /                            the page
///     GET /chat?room=R&name=N          WebSocket: joins the room; with a backplane "&after=NUMBER" is possible, see README.md
///     GET /poll?room=R&after=NUMBER    texts after that number, as JSON, immediately
///     GET /wait?room=R&after=NUMBER    long poll: the response waits for a text, up to 25 seconds
///
/// A member's text is sent to all members of the room, the sender included:
/// {"type":"text","n":5,"id":2,"name":"Ada","text":"..."}. A binary message is sent with one line of JSON in front,
/// {"type":"picture","id":2,"name":"Ada"}. A text that begins with "/" is a command: "/echo TEXT" is returned to its sender
/// only, "/say TEXT" sends TEXT unchanged, "/members" is answered with the list of the members.
#pragma once

#include "../support/origin_policy.hpp"
#include "../support/websocket_session.hpp"
#include "backplane.hpp"
#include "room.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace example {

struct chat_options {
    loop_options listen;
    session_options sessions;
    backplane_options shared;
    origin_policy origins;
    std::vector<std::string_view> own_hosts;         ///< of --host-name
    std::vector<std::string_view> other_origins;     ///< of --origin
    std::size_t max_memory = std::size_t{256} << 20; ///< of all connections together
    ticks poll_timeout = 25'000;                     ///< of a long poll
    std::string page;
};

/// State shared by all members.
struct chat_state {
    rooms all;
    std::unique_ptr<backplane> shared; ///< null: the rooms are of this process only
    std::uint64_t members = 0;         ///< total; the id of the newest member
    std::uint64_t texts = 0;           ///< total; the number of the newest text
    std::uint64_t pictures = 0;
    std::uint64_t deliveries = 0; ///< texts and pictures, once per recipient
    std::uint64_t polls = 0;
    std::uint64_t too_slow = 0;
};

class member final : public websocket_session {
public:
    member(server_loop& loop, transport peer, const chat_options& options, chat_state& state, ticks now);
    ~member() override;

    /// Responds to a poll with the texts that are available. Never throws: an exception would end the connection of the member whose
    /// text is broadcast.
    void finish_poll() noexcept;
    /// Welcomes the member, if its connection is open and it has not been welcomed. Never throws, as above.
    void enter() noexcept;
    /// Starts the closing handshake.
    void leave(sockless::close_code code, std::string_view reason) noexcept;

    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
    void on_request() override;
    void on_plain_request() override;
    void on_open() override;
    void on_message(const sockless::event& message) override;
    void on_too_slow() override { ++state_->too_slow; }
    void on_close() noexcept override;
    void on_time(ticks now) override;

    void respond_with_page();
    void start_poll(bool waits);
    void welcome();
    void list_members();
    void publish(room_message::kind type, std::string_view content);
    void send_error(std::string_view problem);
    void broadcast_text(std::string_view text);
    void broadcast_picture(std::span<const std::byte> picture);
    [[nodiscard]] std::string sender_fields() const;
    void announce(room& where, std::string_view type);
    [[nodiscard]] bool fits(std::uint64_t size);
    /// @return the room, or null; without an announcement
    room* leave_room() noexcept;

    const chat_options* options_;
    chat_state* state_;
    room* room_ = nullptr; ///< the room that was joined or is watched
    std::uint64_t id_ = 0;
    std::string name_;
    std::uint64_t after_ = 0; ///< number of the last text that the client has
    ticks long_poll_start_ = 0;
    bool long_poll_ = false;
    bool opened_ = false;   ///< `on_open` was called
    bool welcomed_ = false; ///< the member is in its room
};

} // namespace example
