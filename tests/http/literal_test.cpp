// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"

#include <sockless/bytes/byte_queue.hpp>
#include <sockless/http/head_writer.hpp>
#include <sockless/http/literal.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace sockless;

std::string packed_at_run_time(std::string_view text)
{
    std::string packed(detail::pack(text, nullptr), '?');
    CHECK(detail::pack(text, packed.data()) == packed.size());
    return packed;
}

std::string unpacked(const std::string& packed)
{
    std::array<std::byte, 256> room{};
    byte_queue queue{room};
    detail::head_writer writer{queue};
    CHECK(writer.append(packed.c_str()).finish() == error::none);
    const std::span<const std::byte> data = queue.data();
    return {reinterpret_cast<const char*>(data.data()), data.size()};
}

TEST_CASE("unpacking restores a packed text")
{
    for (const std::string_view text :
         {"", "GET ", "\r", "\r\n", "\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade",
          "\r\nSec-WebSocket-Version: 13\r\n", "\r\nSec-WebSocket-Accept: ", "\r\nHost: a\r\nX: y",
          "\r\nupgrade: websocket", "\r\nUpgrad", "\r\nSec-WebSocket-", "\r\nSec-WebSocket-Versio"}) {
        INFO(text);
        CHECK(unpacked(packed_at_run_time(text)) == text);
    }
}

TEST_CASE("two octets replace the line of a known field, wherever it is")
{
    constexpr std::string_view text = "\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    const std::string packed = packed_at_run_time(text);
    CHECK(packed.size() == 7); // two lines, CR, LF, and the end
    CHECK(packed[0] == detail::packed_line);
    CHECK(packed[2] == detail::packed_line);
    constexpr auto& compiled = detail::packed<"\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n">;
    CHECK(std::string(compiled.data(), compiled.size()) == packed);
}

} // namespace
