// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Rooms: who is in them, and what was said there lately. Each message is encoded once, whoever gets it.
#pragma once

#include "../support/outbox.hpp"

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

/// Makes the frame that all members of a room get. `payload` of a text is UTF-8.
[[nodiscard]] shared_message_ptr make_shared_message(sockless::opcode type, std::string payload);

class room {
public:
    struct said {
        std::uint64_t number;
        shared_message_ptr message;
    };

    explicit room(std::string name) : name_{std::move(name)} {}

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }
    [[nodiscard]] bool is_deserted() const noexcept { return members_.empty() && watchers_.empty(); }

    void add(member& one) { members_.push_back(&one); }
    /// One that waits for the next text, once: a long poll.
    void add_watcher(member& one) { watchers_.push_back(&one); }
    void remove(member& one);

    /// Sends `message` to all members.
    void post(const shared_message_ptr& message) const;
    /// The same, and keeps it for those who ask later. Watchers are answered.
    void post_text(std::uint64_t number, const shared_message_ptr& message);

    /// What was said after `number`, oldest first, as far as it is still kept.
    [[nodiscard]] std::vector<said> after(std::uint64_t number) const;
    /// The number of the newest text; 0 if none is kept.
    [[nodiscard]] std::uint64_t newest() const noexcept { return history_.empty() ? 0 : history_.back().number; }

private:
    std::string name_;
    std::vector<member*> members_;
    std::vector<member*> watchers_;
    std::deque<said> history_;
    std::size_t history_bytes_ = 0;
};

/// All rooms of the process, which exist while somebody is in them.
class rooms {
public:
    static constexpr std::size_t most = 10'000;

    /// returns   null if there is none of that name
    [[nodiscard]] room* find(std::string_view name);
    /// returns   null if there are too many rooms already
    [[nodiscard]] room* find_or_make(const std::string& name);
    /// To be called when somebody has left.
    void forget_if_deserted(room& one);

private:
    std::map<std::string, room, std::less<>> rooms_;
};

} // namespace example
