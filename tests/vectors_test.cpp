// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Runs the cases of tests/vectors over a connection. The names in the files are followed by ids of requirements.
#include "support/catch.hpp"
#include "support/connection_subject.hpp"
#include "support/feed.hpp"
#include "support/vectors.hpp"

#include <sockless/connection.hpp>

#include <string>

namespace {

using namespace support;

template <class Connection>
strings log_of(const vector_case& one)
{
    feed_options options;
    options.every_cut_up_to = 512;
    options.random_cuts = 4;
    options.random_ways = 6;
    options.bytewise_up_to = 4096;
    return feed_every_way(
        one.in,
        [&] {
            connection_subject<Connection> subject{Connection{one.limits}};
            if (one.transport_ends)
                subject.transport_ends();
            return subject;
        },
        options);
}

TEST_CASE("6455: every vector, cut in every way, gives its events and its output", "[6455-2.1-02][6455-5.7-01]")
{
    for (const std::string& file : vector_files("frames")) {
        for (const vector_case& one : load_vectors(file)) {
            INFO(one.where << ": " << one.name);
            strings expected = one.events;
            if (!one.out.empty())
                expected.push_back(out_line(one.out));
            const strings log = one.role == role::server ? log_of<sockless::server_connection>(one)
                                                         : log_of<sockless::client_connection<zero_keys>>(one);
            CHECK(log == expected);
        }
    }
}

} // namespace
