// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The connection and its slow twin get the same bytes: both have to report and to answer the same, however they are cut.
#include "random_conversation.hpp"
#include "receiver.hpp"
#include "support/catch.hpp"
#include "support/connection_subject.hpp"
#include "support/receive.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using namespace support;
using reference::random_conversation;

constexpr sockless::limits tight{.frame_bytes = 64, .message_bytes = 100, .fragments = 3};

template <class Make>
void compare(role self, std::uint64_t seed, std::size_t runs, const sockless::limits& bounds, Make make)
{
    feed_options options;
    options.every_cut_up_to = 200;
    options.random_ways = 4;
    random_numbers numbers{seed};
    for (std::size_t run = 0; run < runs; ++run) {
        random_conversation conversation{self, numbers};
        const byte_vector bytes = make(conversation);
        options.seed = run;
        INFO("run " << run << ": " << to_hex(bytes));
        const strings log = receive(self, bytes, bounds, options);
        CHECK(log == reference::receiver{self, bounds}.log_of(bytes));
    }
}

TEST_CASE("6455 5: random conversations are understood as the slow receiver understands them",
          "[6455-2-01][6455-2.1-02][6455-5.4-12]")
{
    for (const role self : both_roles) {
        compare(self, 10, 60, {}, [](random_conversation& c) { return c.valid(); });
        compare(self, 11, 30, tight, [](random_conversation& c) { return c.valid(); });
    }
}

TEST_CASE("6455 5: damaged conversations fail where the slow receiver fails, for the same reason",
          "[6455-2-01][6455-10.7-01][6455-7.1.7-06]")
{
    for (const role self : both_roles) {
        compare(self, 12, 120, {}, [](random_conversation& c) { return c.damaged(); });
        compare(self, 13, 40, tight, [](random_conversation& c) { return c.damaged(); });
    }
}

TEST_CASE("6455 5: noise fails where the slow receiver fails", "[6455-2-01][6455-10.7-01]")
{
    for (const role self : both_roles)
        compare(self, 14, 200, tight, [](random_conversation& c) { return c.noise(); });
}

TEST_CASE("6455 5: many conversations, cut in one random way each", "[6455-2-01][6455-2.1-02]")
{
    random_numbers numbers{15};
    for (std::size_t run = 0; run < 3000; ++run) {
        const role self = both_roles[run % 2];
        random_conversation conversation{self, numbers};
        const byte_vector bytes = run % 3 == 0 ? conversation.valid() : conversation.damaged();
        const sockless::limits bounds = run % 5 == 0 ? tight : sockless::limits{};
        feed_way way{"random", {}, feed_way::place::odd_block};
        for (std::size_t at = numbers.below(8); at < bytes.size(); at += numbers.below(30))
            way.cuts.push_back(at);
        strings log;
        if (self == role::server) {
            server_subject subject{sockless::server_connection{bounds}};
            feed(subject, bytes, way);
            log = subject.log();
        } else {
            client_subject subject{sockless::client_connection<zero_keys>{bounds}};
            feed(subject, bytes, way);
            log = subject.log();
        }
        if (log != reference::receiver{self, bounds}.log_of(bytes)) {
            INFO("run " << run << ", " << receiving(self) << ": " << to_hex(bytes));
            CHECK(log == reference::receiver{self, bounds}.log_of(bytes));
        }
    }
}

} // namespace
