// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Rooms: their members and recent texts. Each message is encoded once for all recipients.
#pragma once

#include "../support/shared_message.hpp"

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

class member;

/// Creates the frame that all members of a room receive. The payload of a text is UTF-8.
[[nodiscard]] shared_message_ptr make_shared_message(memory_budget& budget, sockless::opcode type,
                                                     std::string_view payload);

class room {
public:
    struct entry {
        std::uint64_t number;
        shared_message_ptr message;
    };

    explicit room(std::string name) : name_{std::move(name)} {}

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }
    [[nodiscard]] bool is_unused() const noexcept { return members_.empty() && watchers_.empty(); }

    void add(member& one) { members_.push_back(&one); }
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
    std::vector<member*> watchers_;
    std::deque<entry> history_;
    std::size_t history_bytes_ = 0;
};

/// All rooms of the process. A room exists while it has members or watchers.
class rooms {
public:
    static constexpr std::size_t max_rooms = 10'000;

    /// @return null if the room does not exist
    [[nodiscard]] room* find(std::string_view name);
    /// @return null if the limit of rooms is reached
    [[nodiscard]] room* find_or_create(const std::string& name);
    /// Erases @p one if it has no members and no watchers.
    void erase_if_unused(room& one) noexcept;

private:
    std::map<std::string, room, std::less<>> rooms_;
};

} // namespace example
