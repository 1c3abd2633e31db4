// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The hash of a `websocket` is a parameter: where no other implementation is allowed, the library's own is not used.
#include "program.hpp"

#include <sockless/bytes/sha1.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace {

using namespace programs;

/// Counts the digests, and fails if it has to.
struct counting_sha1 {
    static inline int digests = 0;
    static inline bool allowed = true;

    void update(byte_view data) noexcept { hash_.update(data); }
    [[nodiscard]] std::array<std::byte, sha1::digest_size> digest() noexcept
    {
        ++digests;
        return hash_.digest();
    }
    [[nodiscard]] bool failed() const noexcept { return !allowed; }

private:
    sha1 hash_;
};

using storage_type = static_websocket_storage<small_sizes>;
using server = program<role::server, storage_type, counting_sha1>;
using client = program<role::client, storage_type, counting_sha1>;

/// While it exists the hash fails, as that of a library whose configuration forbids SHA-1.
struct forbidden {
    forbidden() { counting_sha1::allowed = false; }
    ~forbidden() { counting_sha1::allowed = true; }
    forbidden(const forbidden&) = delete;
    forbidden& operator=(const forbidden&) = delete;
};

/// A program that does not look at requests.
struct handler_of_errors {
    strings log{};
    void on_message(auto&, const event&) {}
    void on_error(auto&, const event& e) { log.push_back(support::error_line(e.failure())); }
};

TEST_CASE("6455 4.2.2: both ends of a websocket use the hash that is named", "[6455-4.2.2-16]")
{
    counting_sha1::digests = 0;
    server one;
    one.open();
    CHECK(counting_sha1::digests == 1);
    client other;
    other.open();
    CHECK(counting_sha1::digests == 2);
}

TEST_CASE("A4: a server whose hash fails answers 500, which is an error event", "[6455-4.2.2-16]")
{
    const forbidden by_configuration;
    server one;
    one.handler.answers = false;
    one.take(request);
    CHECK(one.handler.take() == strings{"request"});
    CHECK(one.ws.accept() == error::no_sha1);
    CHECK(one.ws.ready_state() == ready_state::closing);
    CHECK(one.ws.accept() == error::not_open);
    CHECK(one.ws.reject(503) == error::not_open);
    one.poll();
    CHECK(one.handler.take() == strings{"error no_sha1"});
    CHECK(one.ws.failure() == error::no_sha1);
    CHECK(support::to_string(one.leave_all()).starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    CHECK(one.needs.shut_down_write);
    one.ws.input_ended(one.now);
    CHECK(one.poll().close);
    CHECK(one.handler.take() == strings{"close 1006 broken"});
}

TEST_CASE("A4: a server whose hash fails answers 500 also if the program does not look at requests")
{
    handler_of_errors handler;
    const forbidden by_configuration;
    server one;
    byte_vector bytes = support::text(request);
    one.ws.receive(bytes, 0);
    CHECK(one.ws.poll(handler, 0).write);
    CHECK(handler.log == strings{"error no_sha1"});
    CHECK(support::to_string(one.leave()).starts_with("HTTP/1.1 500 "));
}

TEST_CASE("A4: a client whose hash fails sends no request", "[6455-4.2.2-16]")
{
    const forbidden by_configuration;
    client one;
    heads::fixed_random random;
    CHECK(one.ws.connect("ws://h/", {}, random) == error::no_sha1);
    CHECK(one.ws.write_buffer().empty());
}

} // namespace
