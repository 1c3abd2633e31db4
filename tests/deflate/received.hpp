// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Returns the log of an endpoint with permessage-deflate for given frames, cut in every way.
#pragma once

#include "deflate_subject.hpp"
#include "support/feed.hpp"
#include "support/frames.hpp"

#include <sockless/core/error.hpp>

#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

namespace deflate_test {

/// The receiver of the examples: negotiated parameters, limits, size of the output.
struct setting {
    negotiated_deflate parameters = agreed();
    sockless::limits bounds{};
    std::size_t output = 4096;
    support::feed_options options{};
};

/// Returns the log, which is the same for both roles, however the input is cut.
template <class Backend>
[[nodiscard]] strings received(std::initializer_list<std::pair<unsigned, byte_vector>> frames, const setting& how = {})
{
    const auto at = [&]<role Self>() {
        INFO(support::receiving(Self));
        byte_vector bytes;
        for (const auto& [first, payload] : frames) {
            const byte_vector frame = support::frame_to(Self, first, payload);
            bytes.insert(bytes.end(), frame.begin(), frame.end());
        }
        return support::feed_every_way(
            bytes, [&] { return subject<Backend, Self>{how.parameters, how.bounds, how.output}; }, how.options);
    };
    const strings server = at.template operator()<role::server>();
    const strings client = at.template operator()<role::client>();
    // The close frame of a client is masked with a key of zeros; everything else is the same.
    const std::size_t events = server.empty() || !server.back().starts_with("out ") ? server.size() : server.size() - 1;
    CHECK(strings(server.begin(), server.begin() + static_cast<std::ptrdiff_t>(events)) ==
          strings(client.begin(), client.begin() + static_cast<std::ptrdiff_t>(events)));
    return server;
}

/// Returns the log and the output of a server for a violation.
[[nodiscard]] inline strings refused(sockless::error e, unsigned code, strings before = {})
{
    for (const std::string& line : support::refused(role::server, e, code))
        before.push_back(line);
    return before;
}

[[nodiscard]] inline strings invalid(strings before = {})
{
    return refused(sockless::error::extension_data_invalid, 1007, std::move(before));
}

/// The examples of RFC 7692 7.2.3, and others that every backend has to accept.
template <class Backend>
void valid_messages(std::size_t output)
{
    INFO("output window of " << output);
    const setting how{.output = output};
    const strings hello{R"(text "Hello")"};
    const strings twice{R"(text "Hello")", R"(text "Hello")"};
    const auto payload = support::bytes_of;
    const auto log = [&](std::initializer_list<std::pair<unsigned, byte_vector>> frames) {
        return received<Backend>(frames, how);
    };

    CHECK(log({{0xC1, payload("f2 48 cd c9 c9 07 00")}}) == hello);                     // 7.2.3.1
    CHECK(log({{0x41, payload("f2 48 cd")}, {0x80, payload("c9 c9 07 00")}}) == hello); // in two fragments
    CHECK(log({{0xC1, payload("f2 48 cd c9 c9 07 00")}, {0xC1, payload("f2 00 11 00 00")}}) == twice); // 7.2.3.2
    CHECK(log({{0xC1, payload("f2 48 cd c9 c9 07 00")}, {0xC1, payload("f2 48 cd c9 c9 07 00")}}) == twice);
    CHECK(log({{0xC1, payload("00 05 00 fa ff 48 65 6c 6c 6f 00")}}) == hello); // 7.2.3.3
    CHECK(log({{0xC1, payload("f3 48 cd c9 c9 07 00 00")}}) == hello);          // 7.2.3.4
    CHECK(log({{0xC1, payload("f3 48 cd c9 c9 07 00 00")}, {0xC1, payload("f2 00 11 00 00")}}) == twice);
    CHECK(log({{0xC1, payload("f2 48 05 00 00 00 ff ff ca c9 c9 07 00")}}) == hello); // 7.2.3.5
    CHECK(log({{0x41, payload("f2 48 05 00 00 00 ff ff")}, {0x80, payload("ca c9 c9 07 00")}}) == hello);
    CHECK(log({{0xC1, payload("00")}}) == strings{R"(text "")"}); // 7.2.3.6
    CHECK(log({{0x41, payload("f2 48 cd c9 c9 07 00 00 00 ff ff")}, {0x80, payload("00")}}) == hello);
    CHECK(log({{0x41, {}}, {0x00, {}}, {0x00, payload("f2 48 cd c9 c9 07 00")}, {0x80, {}}}) == hello);
}

/// Messages that end at the end of a block: they are complete, although RFC 7692 7.2.1 has senders add a byte or remove four.
template <class Backend>
void messages_without_the_last_block(std::size_t output)
{
    INFO("output window of " << output);
    const setting how{.output = output};
    const auto payload = support::bytes_of;
    const std::pair<unsigned, byte_vector> again{0xC1, payload("f2 00 11 00 00")};
    const strings twice{R"(text "Hello")", R"(text "Hello")"};

    CHECK(received<Backend>({{0xC1, {}}, {0xC2, {}}, {0x41, {}}, {0x80, {}}, {0xC1, payload("f2 48 cd c9 c9 07 00")}},
                            how) == strings{R"(text "")", "binary", R"(text "")", R"(text "Hello")"});
    CHECK(received<Backend>({{0xC1, payload("f3 48 cd c9 c9 07 00")}, again}, how) == twice);
    CHECK(received<Backend>({{0xC1, payload("f2 48 cd c9 c9 07 00 00 00 ff ff")}, again}, how) == twice);
}

/// Invalid data after bytes that violate another rule: the first violation is reported, wherever the input is cut.
template <class Backend>
void first_failure_counts()
{
    // A stored byte FF, then a block of type 3; the same with the end of the message inside a block.
    for (const char* const bad : {"00 01 00 fe ff ff 06", "00 01 00 fe ff ff", "00 01 00 fe ff ff 04"})
        for (const std::size_t output : {1U, 4096U}) {
            INFO(bad << ", output window of " << output);
            const std::initializer_list<std::pair<unsigned, byte_vector>> as_text{{0xC1, support::bytes_of(bad)}};
            const std::initializer_list<std::pair<unsigned, byte_vector>> as_binary{{0xC2, support::bytes_of(bad)}};
            CHECK(received<Backend>(as_text, {.output = output}) == refused(sockless::error::text_not_utf8, 1007));
            CHECK(received<Backend>(as_binary, {.bounds = {.message_bytes = 0}, .output = output}) ==
                  refused(sockless::error::message_too_large, 1009));
            if (std::string_view{bad}.size() > 18)
                CHECK(received<Backend>(as_binary, {.bounds = {.message_bytes = 1}, .output = output}) == invalid());
        }
}

/// PMD-7
template <class Backend>
void invalid_messages(std::size_t output)
{
    INFO("output window of " << output);
    const setting how{.output = output};
    for (const char* const bad : {
             "06",                               // block type 3
             "07 00",                            // the same, with BFINAL=1
             "ff ff ff",                         //
             "00 05 00 fa fe 48 65 6c 6c 6f 00", // LEN and NLEN disagree
             "00 05 00 fa ff 48 65 6c 6c",       // a stored block that lacks a byte: the tail is not part of it
             "00 00",                            // the tail is two bytes of a length and half of the remainder
             "00 00 00 ff",                      //
             "f2",                               // cut inside a block
             "f2 48 cd c9",                      //
             "f2 00 11 00 00",                   // refers to a message that was never sent
             "02 02 00 00",                      // a reference at the very start
             "05",                               // cut inside the header of a dynamic block
             "fd ff ff ff ff",                   // too many codes
             "f2 48 cd c9 c9 07",                // Hello without an end of block
             "9a 30 61 c2 04 00",                // ends two bits before the end of the byte: no block can begin there
             "f2 48 cd c9 c9 07 00 00 00 ff ff 00 05", // the start of a stored block after a complete message
         }) {
        INFO(bad);
        CHECK(received<Backend>({{0xC2, support::bytes_of(bad)}, {0x82, support::text("after")}}, how) == invalid());
    }
}

} // namespace deflate_test
