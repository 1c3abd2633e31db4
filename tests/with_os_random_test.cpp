// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/print.hpp"
#include "support/random_source_checks.hpp"

#include <sockless/connection.hpp>
#include <sockless/handshake/accept_key.hpp>
#include <sockless/with_os_random.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using sockless::os_random;

static_assert(sockless::random_source<os_random> && sockless::mask_key_source<sockless::os_mask_keys>);

TEST_CASE("6455 10.3: the kernel fills all bytes, differently each time", "[6455-5.3-03][6455-4.1-18][MASK-3]")
{
    os_random random;
    // The kernel returns at most 32 MiB - 1 at a time: the remainder needs further calls.
    support::check_random_source(random, sockless::os_mask_keys{}, (std::size_t{1} << 25) + 4096);
}

/// The first frames of a client, as parent and as child of a fork after the pool was filled.
template <class MaskKeys>
void check_fork()
{
    sockless::client_connection<MaskKeys> connection;
    sockless::static_byte_queue<4096> tx;
    REQUIRE(connection.send_binary(tx, {}) == sockless::error::none);
    tx.clear();
    const auto frames = [&] {
        for (int i = 0; i < 3; ++i)
            if (connection.send_binary(tx, {}) != sockless::error::none)
                return std::string{};
        return support::to_hex(tx.data());
    };
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const std::string sent = frames();
        ::_exit(::write(ends[1], sent.data(), sent.size()) == static_cast<ssize_t>(sent.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    std::array<char, 200> received{};
    const ssize_t size = ::read(ends[0], received.data(), received.size());
    ::close(ends[0]);
    int status = 1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    REQUIRE(size > 0);
    const std::string of_child(received.data(), static_cast<std::size_t>(size));
    const std::string of_parent = frames();
    CHECK(of_child.size() == of_parent.size());
    const std::size_t frame = sizeof "82 80 00 00 00 00"; // with a space
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(of_parent.find(of_child.substr(i * frame + 6, 11)) == std::string::npos);
}

/// Notices a fork as a system without MADV_WIPEONFORK does.
struct pid_random : os_random {
    [[nodiscard]] std::uint64_t generation() const noexcept { return static_cast<std::uint64_t>(::getpid()); }
};

TEST_CASE("A5: parent and child of a fork mask with different keys", "[6455-5.3-02][6455-10.3-01]")
{
    check_fork<sockless::os_mask_keys>();
    check_fork<sockless::mask_key_pool<pid_random>>();
}

TEST_CASE("6455 10.3: a failure of the kernel is reported", "[MASK-3]")
{
    // Memory that it may not write to.
    void* const page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(page != MAP_FAILED);
    os_random random;
    CHECK_FALSE(random.fill(std::span{static_cast<std::byte*>(page), 16}));
    ::munmap(page, 4096);
}

} // namespace
