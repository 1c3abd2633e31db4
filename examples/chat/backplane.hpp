// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What joins the rooms of several chat processes, called nodes. The chat uses this interface; `redis/` implements it.
#pragma once

#include "../support/server_loop.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace example {

class member;
class room;
struct chat_state;

struct backplane_options {
    std::string host; ///< empty: no backplane
    std::uint16_t port = 6379;
    std::string user;
    std::string password;
    unsigned database = 0;
    std::size_t history = 50;                         ///< messages that a new member receives
    std::size_t max_queue = std::size_t{4} << 20;     ///< bytes that wait for the backplane, or for its acknowledgement
    std::size_t max_message = std::size_t{256} << 10; ///< bytes of a text or picture
};

/// Parses "redis://[[user]:password@]host[:port][/database]". Errors do not contain the text: it may have a password.
///
/// @par Errors  throws usage_error
void parse_backplane_url(std::string_view text, backplane_options& options);

enum class publish_result : std::uint8_t { queued, full, too_large };

/// A message of a member, as the nodes exchange it.
struct room_message {
    enum class kind : char { text = 't', picture = 'p' };
    kind type = kind::text;
    std::uint64_t id = 0;  ///< of the sender, unique on its node
    std::string_view name; ///< of the sender
    std::string_view content;
};

class backplane {
public:
    backplane() = default;
    backplane(const backplane&) = delete;
    backplane& operator=(const backplane&) = delete;
    virtual ~backplane() = default;

    /// Called when a room begins to exist on this node; its members are welcomed later.
    virtual void open(room& where) = 0;
    virtual void close(room& where) noexcept = 0;
    /// @return whether members can be welcomed: the room has its recent messages
    [[nodiscard]] virtual bool is_ready(const room& where) const = 0;
    /// @return the number of the newest message that the members of this node have received
    [[nodiscard]] virtual std::uint64_t newest(const room& where) const = 0;
    /// Sends the messages with a number above @p after to a new member; without @p after the newest ones of the history.
    virtual void send_history(const room& where, std::uint64_t after, member& to) = 0;
    /// Queues a message. It returns to all nodes, this one included, which send it to their members.
    [[nodiscard]] virtual publish_result publish(const room& where, const room_message& message) = 0;
    virtual void join(const room& where, const member& who) = 0;
    virtual void leave(const room& where, const member& who) noexcept = 0;
    /// Sends the list of the members on all nodes to @p to, later.
    virtual void list_members(const room& where, member& to) = 0;

    /// @return the random name of this process
    [[nodiscard]] virtual const std::string& node() const noexcept = 0;
    [[nodiscard]] virtual bool is_up() const noexcept = 0;
    /// @return one line of figures
    [[nodiscard]] virtual std::string figures() const = 0;
};

/// Resolves the host and begins to connect.
///
/// @param loop   the backplane becomes its service
/// @param state  has the rooms
/// @par Errors   throws usage_error if the program was built without hiredis, std::runtime_error if the host has no address
[[nodiscard]] std::unique_ptr<backplane> make_backplane(server_loop& loop, const backplane_options& options,
                                                        chat_state& state);

} // namespace example
