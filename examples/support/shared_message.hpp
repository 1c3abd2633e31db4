// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A message that is sent to any number of peers without a copy.
#pragma once

#include "memory_budget.hpp"

#include <sockless/bytes/byte_view.hpp>
#include <sockless/config.hpp>
#include <sockless/core/error.hpp>
#include <sockless/core/opcode.hpp>
#include <sockless/message/prepared_message.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace example {

/// A prepared message that is destroyed after its last use. Its memory is counted once, however many peers it waits for.
class shared_message : std::vector<std::byte>, public sockless::prepared_message {
public:
    /// @param payload  of a text: UTF-8
    shared_message(memory_budget& account, sockless::opcode type, std::string_view payload)
        : vector(frame_size(payload.size())),
          prepared_message{std::span{data(), vector::size()}, &destroy},
          budget_{&account}
    {
        const sockless::error e = type == sockless::opcode::text ? assign_text(payload, sockless::assume_utf8{})
                                                                 : assign_binary(sockless::as_bytes(payload));
        SOCKLESS_ASSERT(!failed(e));
        static_cast<void>(e);
        budget_->add(memory());
    }
    ~shared_message() { budget_->remove(memory()); }
    shared_message(const shared_message&) = delete;
    shared_message& operator=(const shared_message&) = delete;

    /// @return the size of the frame
    using vector::size;

private:
    static void destroy(prepared_message& message) noexcept { delete static_cast<shared_message*>(&message); }
    [[nodiscard]] std::size_t memory() const noexcept { return sizeof *this + capacity(); }

    memory_budget* budget_;
};

/// One of the uses of a shared message.
class shared_message_ptr {
public:
    explicit shared_message_ptr(shared_message* message) noexcept : message_{message} { message_->retain(); }
    shared_message_ptr(const shared_message_ptr& other) noexcept : shared_message_ptr{other.message_} {}
    shared_message_ptr& operator=(shared_message_ptr other) noexcept
    {
        std::swap(message_, other.message_);
        return *this;
    }
    ~shared_message_ptr() { message_->release(); }

    [[nodiscard]] shared_message& operator*() const noexcept { return *message_; }
    [[nodiscard]] shared_message* operator->() const noexcept { return message_; }

private:
    shared_message* message_;
};

} // namespace example
