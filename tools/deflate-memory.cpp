// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The program of `tools/deflate-memory`: prints the tables of docs/deflate.md. Counts the bytes that zlib allocates per connection
/// for each setting of permessage-deflate, and the size of the same messages with each of them.
#include <sockless/connection.hpp>
#include <sockless/with_zlib.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace sockless;

std::size_t taken = 0;

void* take(void*, unsigned items, unsigned size) noexcept
{
    taken += std::size_t{items} * size;
    return std::malloc(std::size_t{items} * size);
}

void unread(void*, void* address) noexcept
{
    std::free(address);
}

constexpr zlib_memory counted{&take, &unread, nullptr};

/// Returns the bytes that one connection with these options allocates after the offer of a browser.
std::size_t of_connection(zlib_deflate::options choice)
{
    choice.memory = counted;
    zlib_deflate extension{choice};
    zlib_deflate::decoder in;
    zlib_deflate::encoder out;
    taken = 0;
    const auto answer = extension.accept_offer(extension_cursor{"permessage-deflate; client_max_window_bits"}, in, out);
    return answer.view().empty() ? 0 : taken;
}

std::size_t to_inflate(std::uint8_t bits)
{
    zlib_inflater inflater{counted};
    taken = 0;
    return inflater.open(bits) ? taken : 0;
}

std::size_t to_deflate(std::uint8_t bits, int memory_level)
{
    zlib_deflater deflater{{.memory_level = memory_level}, counted};
    taken = 0;
    return deflater.open(bits) ? taken : 0;
}

/// Returns messages like those of a trading API: about 260 bytes of JSON each, similar and all different.
std::vector<std::string> messages()
{
    std::vector<std::string> result;
    std::uint64_t state = 1;
    const auto number = [&](std::uint64_t limit) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return std::to_string((state >> 33U) % limit);
    };
    for (int i = 0; i < 1000; ++i)
        result.push_back(R"({"type":"trade","channel":"market.)" + number(40) + R"(","sequence":)" +
                         std::to_string(1'000'000 + i) + R"(,"time":"2026-11-22T10:)" + number(60) + ":" + number(60) +
                         R"(Z","price":")" + number(70000) + "." + number(100) + R"(","size":")" + number(1000) + "." +
                         number(10000) + R"(","side":")" + (number(2) == "0" ? "buy" : "sell") + R"(","maker":")" +
                         number(4'000'000'000) + R"(","taker":")" + number(4'000'000'000) +
                         R"(","flags":["post_only","reduce_only"]})");
    return result;
}

/// Returns the payload bytes on the wire for all messages, in per cent of the original size.
double share_of(std::uint8_t bits, int memory_level, int level, bool takeover)
{
    zlib_deflater deflater{{level, memory_level}};
    if (!deflater.open(bits))
        return 0;
    deflate_encoder<zlib_deflater> encoder{deflater, {bits, takeover, true}, {.when = deflate_when::always}};
    std::size_t in = 0;
    std::size_t out = 0;
    for (const std::string& message : messages()) {
        std::vector<std::byte> room(encoder.bound(message.size()));
        encoder.begin();
        in += message.size();
        out += encoder.encode(std::as_bytes(std::span{message}), true, room);
    }
    return 100.0 * static_cast<double>(out) / static_cast<double>(in);
}

} // namespace

int main()
{
    std::printf("zlib %s, %zu-bit pointers.\n\n", zlibVersion(), sizeof(void*) * 8);
    std::printf("| preset | window to send, to receive | bytes per connection | similar messages | alone |\n|---|---|---|---|---|\n");
    zlib_deflater shared;
    const std::pair<const char*, zlib_deflate::options> presets[] = {
        {"browser_default", zlib_deflate::browser_default()},
        {"low_memory", zlib_deflate::low_memory()},
        {"shared_compressor", zlib_deflate::shared_compressor(shared)}};
    for (const auto& [name, choice] : presets) {
        const auto share = [&chosen = choice](bool takeover) {
            return share_of(chosen.send_window_bits, chosen.memory_level, chosen.level, takeover);
        };
        const bool takeover = choice.send_context_takeover;
        std::printf("| `%s` | %u, %u | %zu | %.0f %% | %.0f %% |\n", name, unsigned{choice.send_window_bits},
                    unsigned{choice.receive_window_bits}, of_connection(choice), share(takeover), share(false));
    }
    std::printf("\nOne shared compressor of the defaults has %zu bytes. A connection that has not negotiated the extension "
                "allocates nothing.\n\n",
                to_deflate(max_window_bits, zlib_options{}.memory_level));
    std::printf("| window bits | inflate | deflate, memory level 1 | 4 | 6 | 8 | 9 |\n|---|---|---|---|---|---|---|\n");
    for (unsigned bits = 15; bits >= 8; --bits) {
        const auto window_bits = static_cast<std::uint8_t>(bits);
        std::printf("| %u | %zu |", bits, to_inflate(window_bits));
        for (const int memory_level : {1, 4, 6, 8, 9}) {
            if (bits == 8)
                std::printf(" - |");
            else
                std::printf(" %zu |", to_deflate(window_bits, memory_level));
        }
        std::printf("\n");
    }
    using extended = connection<role::server, no_mask_keys, zlib_deflate>;
    std::printf(
        "\nBesides: a connection has %zu bytes instead of %zu, a `zlib_inflater` %zu, a `zlib_deflater` %zu; the program "
        "chooses the size of the output window.\n\n",
        sizeof(extended), sizeof(server_connection), sizeof(zlib_inflater), sizeof(zlib_deflater));
    std::printf(
        "| window bits | memory level | bytes to deflate | with takeover: level 1 | 6 | 9 | without: level 1 | 6 | 9 |\n"
        "|---|---|---|---|---|---|---|---|---|\n");
    for (const auto& [bits, memory_level] : std::initializer_list<std::pair<std::uint8_t, int>>{{std::uint8_t{15}, 8},
                                                                                                {std::uint8_t{13}, 6},
                                                                                                {std::uint8_t{12}, 5},
                                                                                                {std::uint8_t{11}, 4},
                                                                                                {std::uint8_t{10}, 3},
                                                                                                {std::uint8_t{9}, 1}}) {
        std::printf("| %u | %d | %zu |", unsigned{bits}, memory_level, to_deflate(bits, memory_level));
        for (const bool takeover : {true, false})
            for (const int level : {1, 6, 9})
                std::printf(" %.0f %% |", share_of(bits, memory_level, level, takeover));
        std::printf("\n");
    }
    return 0;
}
