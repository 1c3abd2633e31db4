// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/print.hpp"
#include "support/random_source_checks.hpp"
#include "support/sha1_checks.hpp"

#include <sockless/handshake/accept_key.hpp>
#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/server_handshake.hpp>
#include <sockless/http/head_storage.hpp>
#include <sockless/with_openssl.hpp>

#include <array>
#include <climits>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#pragma GCC diagnostic ignored                                                                                         \
    "-Wdeprecated-declarations" // OpenSSL has no newer way to put a generator in place of its own

namespace {

using sockless::openssl_random;
using sockless::openssl_sha1;

static_assert(sockless::mask_key_source<sockless::openssl_mask_keys>);

TEST_CASE("3174: the SHA-1 of OpenSSL agrees with the library's at every length, in any pieces",
          "[6455-10.8-01][6455-4.2.2-16]")
{
    support::check_sha1<openssl_sha1>();
}

TEST_CASE("A hash of OpenSSL has one digest: a second one, and more data, fail")
{
    support::check_single_digest<openssl_sha1>();
}

TEST_CASE("6455 4.2.2: if OpenSSL rejects SHA-1 the digest is all zeros, which no client accepts", "[6455-4.2.2-16]")
{
    REQUIRE(EVP_set_default_properties(nullptr, "provider=none") == 1);
    openssl_sha1 hash;
    hash.update(std::string_view{"abc"});
    const auto digest = hash.digest();
    REQUIRE(EVP_set_default_properties(nullptr, "") == 1);
    CHECK(digest == std::array<std::byte, 20>{});
}

/// OpenSSL without any provider of SHA-1.
struct no_provider {
    no_provider() { REQUIRE(EVP_set_default_properties(nullptr, "provider=none") == 1); }
    ~no_provider() { EVP_set_default_properties(nullptr, ""); }
};

struct fixed_random {
    bool fill(std::span<std::byte> out) noexcept
    {
        for (std::byte& each : out)
            each = std::byte{7};
        return true;
    }
};

TEST_CASE("A4: if OpenSSL rejects SHA-1 a client sends no request, and waits for no constant answer", "[6455-4.1-33]")
{
    const no_provider fips;
    fixed_random random;
    sockless::static_byte_queue<1000> tx;
    const sockless::connect_options options{.where = {.host = "h"}};
    sockless::head_storage<> memory;
    sockless::client_handshake whole{memory};
    CHECK(whole.start<openssl_sha1>(tx, options, random) == sockless::error::no_sha1);
    CHECK(tx.empty());
    std::array<char, 100> text{};
    sockless::streaming_client_handshake streaming{text};
    CHECK(streaming.start<openssl_sha1>(tx, options, random) == sockless::error::no_sha1);
    CHECK(tx.empty());
    CHECK(whole.start(tx, options, random) == sockless::error::none); // the library's own still works
}

TEST_CASE("A4: if OpenSSL rejects SHA-1 a server sends no 101, and answers 500 by itself", "[6455-4.2.2-16]")
{
    const no_provider fips;
    static constexpr std::string_view request =
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    const auto check = [](auto& handshake) {
        sockless::static_byte_queue<1000> tx;
        std::span<const std::byte> in = sockless::as_bytes(request);
        REQUIRE(handshake.poll(in, tx) == sockless::server_handshake_result::request);
        const sockless::error e = handshake.template accept<openssl_sha1>(tx);
        CHECK(e == sockless::error::no_sha1);
        CHECK(handshake.failure() == sockless::error::no_sha1);
        CHECK(handshake.is_answered());
        const std::string_view response = sockless::as_text(tx.data());
        CHECK(response.starts_with("HTTP/1.1 500 "));
        CHECK(response.ends_with("\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
        CHECK(handshake.template accept<openssl_sha1>(tx) == sockless::error::not_open); // one response
        CHECK(handshake.respond(tx, 500) == sockless::error::not_open);
        CHECK(handshake.poll(in, tx) == sockless::server_handshake_result::need_input);
    };
    const auto check_without_room = [](auto& handshake) {
        sockless::static_byte_queue<100> tx;
        std::span<const std::byte> in = sockless::as_bytes(request);
        REQUIRE(handshake.poll(in, tx) == sockless::server_handshake_result::request);
        REQUIRE(tx.append(std::string_view{"............................................................"}));
        const std::size_t before = tx.size();
        CHECK(handshake.template accept<openssl_sha1>(tx) == sockless::error::no_sha1);
        CHECK(tx.size() == before);
        CHECK(handshake.rejection_pending());
        tx.clear();
        CHECK(handshake.poll(in, tx) == sockless::server_handshake_result::need_input);
        CHECK(sockless::as_text(tx.data()).starts_with("HTTP/1.1 500 "));
        CHECK(handshake.is_answered());
    };
    sockless::head_storage<> memory;
    sockless::server_handshake whole{memory};
    check(whole);
    std::array<char, 100> text{};
    sockless::streaming_server_handshake streaming{text};
    check(streaming);
    sockless::server_handshake whole_without_room{memory};
    check_without_room(whole_without_room);
    sockless::streaming_server_handshake streaming_without_room{text};
    check_without_room(streaming_without_room);
    const auto answer = sockless::make_accept<openssl_sha1>("dGhlIHNhbXBsZSBub25jZQ==");
    CHECK(answer.view() == std::string_view{std::array<char, 28>{}.data(), 28});
}

#if defined(__linux__) && SIZE_MAX > UINT32_MAX
/// Replaces OpenSSL's generator: records the requested sizes and writes nothing.
struct counting_generator {
    counting_generator() { RAND_set_rand_method(&method); }
    ~counting_generator() { RAND_set_rand_method(nullptr); }

    static int bytes(unsigned char*, int count)
    {
        requests.push_back(count);
        return requests.size() < fails_at ? 1 : 0;
    }
    inline static std::vector<int> requests;
    inline static std::size_t fails_at = 0;
    inline static const RAND_METHOD method{nullptr, bytes, nullptr, nullptr, bytes, nullptr};
};

TEST_CASE("6455 10.3: long requests to OpenSSL are divided, and a failure ends them", "[MASK-3]")
{
    constexpr std::size_t size = std::size_t{INT_MAX} + 5;
    void* const reserved = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    REQUIRE(reserved != MAP_FAILED);
    const std::span<std::byte> room{static_cast<std::byte*>(reserved), size};
    openssl_random random;
    for (const std::size_t fails_at : {3U, 2U, 1U}) {
        const counting_generator generator;
        generator.requests.clear();
        generator.fails_at = fails_at;
        CHECK(random.fill(room) == (fails_at == 3));
        CHECK(generator.requests.front() == INT_MAX);
        CHECK(generator.requests.size() == (fails_at == 1 ? 1 : 2));
        if (fails_at > 1)
            CHECK(generator.requests.back() == 5);
    }
    ::munmap(reserved, size);
}
#endif

TEST_CASE("6455 10.3: OpenSSL fills all bytes, differently each time", "[6455-5.3-03][6455-4.1-18][MASK-3]")
{
    openssl_random random;
    support::check_random_source(random, sockless::openssl_mask_keys{}, 100000);
}

} // namespace
