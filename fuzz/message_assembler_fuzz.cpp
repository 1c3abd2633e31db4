// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Feeds any bytes to a connection with an assembler over small storage: the messages have to be those of the slow receiver; a message that does
/// not fit fails as too large.
///
/// The first byte selects role and storage.
#include "cuts.hpp"
#include "watched_connection.hpp"

#include "reference/receiver.hpp"
#include "support/connection_subject.hpp"

#include <sockless/with_heap.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace {

using fuzz::require;
using sockless::event;
using sockless::event_kind;
using sockless::role;
using support::strings;

constexpr sockless::limits bounds{.frame_bytes = 1024, .message_bytes = 2048, .fragments = 8};

template <class Connection>
class subject {
public:
    explicit subject(std::span<std::byte> storage) : storage_{storage} {}

    void feed(std::span<std::byte> chunk)
    {
        support::poll_all(chunk, [&](std::span<std::byte>& in) {
            const event e = connection_.poll(in, tx_, whole_);
            if (e.kind() == event_kind::message) {
                require(e.first() && e.last(), "messages are returned whole");
                require(support::within(e.payload(), chunk.data(), chunk.size()) ||
                            support::within(e.payload(), storage_.data().data(), storage_.size()) ||
                            support::within(e.payload(), &connection_, sizeof connection_),
                        "a message is in the input, in the storage or in the connection");
            }
            log_.add(e, tx_);
            return e;
        });
    }
    [[nodiscard]] strings log() const { return log_.lines(); }

private:
    sockless::byte_queue storage_;
    sockless::static_byte_queue<300> tx_;
    sockless::message_assembler whole_{storage_};
    fuzz::watched<Connection> connection_{bounds};
    support::endpoint_log log_;
};

/// A message that does not fit arrives in fragments, and the cuts determine when that is noticed: only what precedes it has to be the
/// same.
strings without_outcome(strings log)
{
    while (!log.empty() && (log.back().starts_with("out ") || log.back().starts_with("error ")))
        log.pop_back();
    return log;
}

template <class Connection>
void check(role self, std::size_t capacity, std::span<const std::byte> bytes)
{
    std::vector<std::byte> storage(capacity);
    const auto make = [&storage] { return subject<Connection>{storage}; };
    if (capacity >= bounds.message_bytes) {
        fuzz::require_equal(fuzz::same_log_in_every_way(bytes, make), reference::receiver{self, bounds}.log_of(bytes),
                            "the slow receiver");
        return;
    }
    const strings slow = without_outcome(reference::receiver{self, bounds}.log_of(bytes));
    for (const support::feed_way& way : fuzz::few_ways(bytes)) {
        auto one = make();
        support::feed(one, bytes, way);
        const strings log = one.log();
        const strings events = without_outcome(log);
        require(events.size() <= slow.size() && std::equal(events.begin(), events.end(), slow.begin()),
                "messages that fit are those of the slow receiver");
        const bool too_large = std::find(log.begin(), log.end(), "error message_too_large") != log.end();
        require(events.size() == slow.size() || too_large, "a message that does not fit is too large");
    }
}

void body(std::span<const std::byte> input)
{
    constexpr std::array<std::size_t, 4> capacities{2048, 0, 5, 130};
    fuzz::decisions in{input};
    const unsigned choice = in.byte();
    const std::size_t capacity = capacities[choice >> 1U & 3U];
    if (choice % 2 == 0)
        check<sockless::server_connection>(role::server, capacity, in.rest());
    else
        check<sockless::client_connection<support::zero_keys>>(role::client, capacity, in.rest());
}

const fuzz::target here{"message_assembler", body};

} // namespace
