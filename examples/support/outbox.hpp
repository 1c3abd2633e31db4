// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Ordered output of one peer: bytes of its own queue, and messages that many peers share without a copy.
#pragma once

#include "memory_budget.hpp"
#include "transport.hpp"

#include <sockless/message/message_writer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace example {

/// One server frame that can be sent to any number of peers: server frames are not masked, so the header is the same for all.
/// Its memory is counted once, however many peers it waits for.
struct shared_message {
    shared_message(memory_budget& account, const sockless::encoded_header& frame_header, std::string content)
        : budget{&account}, header{frame_header}, payload{std::move(content)}
    {
        budget->add(memory());
    }
    ~shared_message() { budget->remove(memory()); }
    shared_message(const shared_message&) = delete;
    shared_message& operator=(const shared_message&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return header.size + payload.size(); }

    memory_budget* budget;
    sockless::encoded_header header;
    std::string payload;

private:
    [[nodiscard]] std::size_t memory() const noexcept { return sizeof *this + payload.capacity(); }
};
using shared_message_ptr = std::shared_ptr<const shared_message>;

/// Keeps the order of output and owns references to shared messages. The peer's own bytes stay in its queue; the outbox stores
/// only their size.
class outbox {
public:
    using piece = std::span<const std::byte>;
    using pieces = std::array<piece, 32>;

    [[nodiscard]] bool empty() const noexcept { return first_ == items_.size(); }
    /// What a queued message counts towards the limit of the backlog in addition to its payload: a flood of small messages
    /// consists of these.
    static constexpr std::size_t message_overhead = 256;

    /// @return memory of the list, without the messages
    [[nodiscard]] std::size_t memory() const noexcept { return items_.capacity() * sizeof(item); }
    /// @return size of the shared messages that have not been sent, including `message_overhead`
    [[nodiscard]] std::uint64_t backlog() const noexcept
    {
        return pending_payload_ + pending_messages_ * message_overhead;
    }
    /// @return payload bytes of shared messages that have not been sent
    [[nodiscard]] std::uint64_t pending_payload() const noexcept { return pending_payload_; }
    /// @return bytes of the peer's own queue that have a position in the order
    [[nodiscard]] std::size_t own_bytes() const noexcept { return own_bytes_; }

    void add_own(std::size_t count)
    {
        if (!empty() && !items_.back().message) {
            items_.back().size += count;
        } else {
            items_.push_back({{}, count, 0}); // may throw, so it comes first
        }
        own_bytes_ += count;
    }
    void add(shared_message_ptr message)
    {
        const std::size_t size = message->size();
        const std::size_t payload = message->payload.size();
        items_.push_back({std::move(message), size, 0}); // may throw, so it comes first
        pending_payload_ += payload;
        ++pending_messages_;
    }

    /// @param own   the oldest bytes of the peer's own queue; the result ends with them if it needs more
    /// @param room  storage for the result
    /// @return the next bytes to send, as many pieces as fit into @p room
    [[nodiscard]] std::span<const piece> front(piece own, pieces& room) const noexcept
    {
        std::size_t count = 0;
        for (std::size_t i = first_; i < items_.size() && count + 2 <= room.size(); ++i) {
            const item& next = items_[i];
            if (!next.message) {
                const std::size_t size = std::min(next.size - next.sent, own.size());
                if (size != 0)
                    room[count++] = own.first(size);
                own = own.subspan(size);
                if (size != next.size - next.sent)
                    break;
                continue;
            }
            const piece header = next.message->header.view();
            const piece payload = std::as_bytes(std::span{next.message->payload});
            if (next.sent < header.size())
                room[count++] = header.subspan(next.sent);
            if (next.sent < next.size && !payload.empty())
                room[count++] = payload.subspan(next.sent < header.size() ? 0 : next.sent - header.size());
        }
        return std::span{room}.first(count);
    }

    /// Removes the first @p count bytes, which have been sent.
    ///
    /// @return how many of them came from the peer's own queue
    std::size_t consume(std::size_t count)
    {
        std::size_t own = 0;
        while (count != 0) {
            item& next = items_[first_];
            const std::size_t step = std::min(count, next.size - next.sent);
            if (next.message)
                pending_payload_ -= payload_bytes(next, step);
            else
                own += step;
            next.sent += step;
            count -= step;
            if (next.sent == next.size) {
                pending_messages_ -= next.message ? 1U : 0U;
                next.message.reset();
                ++first_;
            }
        }
        own_bytes_ -= own;
        if (empty()) {
            items_.clear();
            first_ = 0;
        } else if (first_ > items_.size() / 2) { // keeps the vector short for a peer that is never up to date
            items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
            first_ = 0;
        }
        return own;
    }

    /// Removes shared messages of which no byte has been sent, except those that TLS may already have encrypted.
    void drop_messages()
    {
        std::size_t before = 0;
        const auto may_go = [&](const item& one) {
            const bool fresh = one.message && one.sent == 0 && before >= min_receive_size;
            before += one.size - one.sent;
            if (fresh) {
                pending_payload_ -= one.message->payload.size();
                --pending_messages_;
            }
            return fresh;
        };
        items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
        std::erase_if(items_, may_go);
    }

    /// Removes everything.
    void clear() noexcept
    {
        std::vector<item>{}.swap(items_);
        first_ = own_bytes_ = 0;
        pending_payload_ = pending_messages_ = 0;
    }

    void release_memory() noexcept
    {
        if (empty())
            std::vector<item>{}.swap(items_);
    }

private:
    struct item {
        shared_message_ptr message; ///< null: bytes of the peer's own queue
        std::size_t size;
        std::size_t sent;
    };

    /// @return how many of the next @p step bytes of @p one are payload
    static std::size_t payload_bytes(const item& one, std::size_t step) noexcept
    {
        const std::size_t header = one.message->header.size;
        const std::size_t of_header = one.sent < header ? std::min(step, header - one.sent) : 0;
        return step - of_header;
    }

    std::vector<item> items_;
    std::size_t first_ = 0;
    std::size_t own_bytes_ = 0;
    std::uint64_t pending_payload_ = 0;
    std::uint64_t pending_messages_ = 0;
};

} // namespace example
