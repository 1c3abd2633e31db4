// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "room.hpp"

#include "../support/text.hpp"
#include "backplane.hpp"
#include "member.hpp"

#include <algorithm>
#include <utility>

namespace example {

namespace {

/// Limits of the history kept for polls.
constexpr std::size_t history_texts = 200;
constexpr std::size_t history_limit = std::size_t{64} << 10;

} // namespace

shared_message_ptr make_shared_message(memory_budget& budget, sockless::opcode type, std::string_view payload)
{
    return shared_message_ptr{new shared_message{budget, type, payload}};
}

std::string sender_fields(std::uint64_t id, std::string_view name, std::string_view node)
{
    std::string fields = R"("id":)" + std::to_string(id);
    if (!node.empty())
        fields.append(R"(,"node":")").append(node).append("\"");
    return fields + R"(,"name":)" + json_string(name);
}

std::string members_json(std::uint64_t count, const std::string& list)
{
    return R"({"type":"members","members":)" + std::to_string(count) + R"(,"list":[)" + list + "]}";
}

member* room::find(std::uint64_t id) const noexcept
{
    const auto found =
        std::find_if(members_.begin(), members_.end(), [=](const member* one) { return one->id() == id; });
    return found == members_.end() ? nullptr : *found;
}

void room::admit(member& one)
{
    members_.push_back(&one);
    std::erase(waiting_, &one);
}

void room::welcome_waiting()
{
    for (member* one : std::vector<member*>{waiting_})
        one->enter();
}

void room::close_all(sockless::close_code code, std::string_view reason) noexcept
{
    for (const auto* list : {&members_, &waiting_})
        for (member* one : *list)
            one->leave(code, reason);
}

void room::remove(member& one) noexcept
{
    std::erase(members_, &one);
    std::erase(waiting_, &one);
    std::erase(watchers_, &one);
}

void room::broadcast(const shared_message_ptr& message) const noexcept
{
    for (member* one : members_)
        one->send(message);
}

void room::broadcast_text(std::uint64_t number, const shared_message_ptr& message)
{
    broadcast(message);
    history_.push_back({number, message});
    history_bytes_ += message->payload().size();
    while (history_.size() > history_texts || history_bytes_ > history_limit) {
        history_bytes_ -= history_.front().message->payload().size();
        history_.pop_front();
    }
    for (member* one : std::exchange(watchers_, {}))
        one->finish_poll();
}

std::vector<room::entry> room::after(std::uint64_t number) const
{
    const auto first =
        std::find_if(history_.begin(), history_.end(), [=](const entry& one) { return one.number > number; });
    return {first, history_.end()};
}

room* rooms::find(std::string_view name)
{
    const auto found = rooms_.find(name);
    return found == rooms_.end() ? nullptr : &found->second;
}

room* rooms::find_or_create(const std::string& name)
{
    if (room* there = find(name); there != nullptr || rooms_.size() >= max_rooms)
        return there;
    room& made = rooms_.try_emplace(name, name).first->second;
    if (backplane_ != nullptr)
        backplane_->open(made);
    return &made;
}

void rooms::erase_if_unused(room& one) noexcept
{
    if (!one.is_unused())
        return;
    if (backplane_ != nullptr)
        backplane_->close(one);
    rooms_.erase(rooms_.find(one.name()));
}

} // namespace example
