// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Rooms: their members and recent texts. Each message is encoded once for all recipients.
#pragma once

#include "../support/shared_message.hpp"

#include <sockless/core/close_code.hpp>
#include <sockless/core/opcode.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace example {

class backplane;
class member;

/// Creates the frame that all members of a room receive. The payload of a text is UTF-8.
[[nodiscard]] shared_message_ptr make_shared_message(memory_budget& budget, sockless::opcode type,
                                                     std::string_view payload);

/// @param node  empty without a backplane
/// @return the part of a JSON object that names the sender of a message
[[nodiscard]] std::string sender_fields(std::uint64_t id, std::string_view name, std::string_view node);
/// @param list  JSON objects, separated by commas
[[nodiscard]] std::string members_json(std::uint64_t count, const std::string& list);

class room {
public:
    struct entry {
        std::uint64_t number;
        shared_message_ptr message;
    };

    explicit room(std::string name) : name_{std::move(name)} {}

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }
    [[nodiscard]] const std::vector<member*>& members() const noexcept { return members_; }
    /// @return null if no member of this process has the id
    [[nodiscard]] member* find(std::uint64_t id) const noexcept;
    [[nodiscard]] bool is_unused() const noexcept { return members_.empty() && waiting_.empty() && watchers_.empty(); }

    /// Adds a connection that becomes a member by `admit`.
    void add_waiting(member& one) { waiting_.push_back(&one); }
    void admit(member& one);
    /// Welcomes those that wait.
    void welcome_waiting();
    /// Starts the closing handshake with all members and those that wait.
    void close_all(sockless::close_code code, std::string_view reason) noexcept;
    /// Adds a long poll, which is answered and removed at the next text.
    void add_watcher(member& one) { watchers_.push_back(&one); }
    void remove(member& one) noexcept;

    /// Sends @p message to all members.
    void broadcast(const shared_message_ptr& message) const noexcept;
    /// Sends @p message to all members, appends it to the history and answers the watchers.
    void broadcast_text(std::uint64_t number, const shared_message_ptr& message);

    /// @return the texts with a number above @p number that are still in the history, oldest first
    [[nodiscard]] std::vector<entry> after(std::uint64_t number) const;
    /// @return the number of the newest text in the history; 0 if it is empty
    [[nodiscard]] std::uint64_t newest() const noexcept { return history_.empty() ? 0 : history_.back().number; }

private:
    std::string name_;
    std::vector<member*> members_;
    std::vector<member*> waiting_;
    std::vector<member*> watchers_;
    std::deque<entry> history_;
    std::size_t history_bytes_ = 0;
};

/// All rooms of the process. A room exists while it has members or watchers.
class rooms {
public:
    static constexpr std::size_t max_rooms = 10'000;

    /// @param shared  null: the rooms are of this process only
    void use(backplane* shared) noexcept { backplane_ = shared; }

    /// @return null if the room does not exist
    [[nodiscard]] room* find(std::string_view name);
    /// @return null if the limit of rooms is reached
    [[nodiscard]] room* find_or_create(const std::string& name);
    /// Erases @p one if it has no members and no watchers.
    void erase_if_unused(room& one) noexcept;

private:
    std::map<std::string, room, std::less<>> rooms_;
    backplane* backplane_ = nullptr;
};

} // namespace example
