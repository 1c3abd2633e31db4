// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Where the client connects to, which the emulator has on its command line after the seed: HOST ADDRESS PORT [PING [DELAY]]. A product has
/// it in its flash.
#pragma once

#include "../board/semihosting.hpp"
#include "../device.hpp"

#include <lwip/ip_addr.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace firmware {

struct configuration {
    std::array<char, 64> host{};         ///< in the server's certificate; ends with a null character
    ip_addr_t address{};                 ///< of the server
    std::uint16_t port = 443;            ///< the same
    std::uint32_t ping_interval = 20000; ///< in milliseconds; a server that does not answer for so long is given up
    std::uint32_t first_delay = 5000;    ///< the upper bound of the first delay before another attempt, in milliseconds
};

/// @return false if it is not complete
[[nodiscard]] inline bool read_configuration(configuration& out) noexcept
{
    std::array<char, 96> text{};
    std::string_view rest{text.data(), semihosting::command_line(text)};
    const auto next_word = [&rest] {
        while (rest.starts_with(' '))
            rest.remove_prefix(1);
        std::size_t size = 0;
        while (size != rest.size() && rest[size] != ' ')
            ++size;
        const std::string_view word{rest.data(), size};
        rest.remove_prefix(size);
        return word;
    };
    const auto copy_word = [&next_word](auto& to) {
        const std::string_view word = next_word();
        if (word.empty() || word.size() >= to.size())
            return false;
        for (std::size_t i = 0; i != word.size(); ++i)
            to[i] = word[i];
        return true;
    };
    static_cast<void>(next_word()); // the seed
    std::array<char, 16> address{};
    if (!copy_word(out.host) || !copy_word(address) || ipaddr_aton(address.data(), &out.address) == 0)
        return false;
    out.port = static_cast<std::uint16_t>(number(next_word()));
    if (const std::string_view word = next_word(); !word.empty())
        out.ping_interval = number(word);
    if (const std::string_view word = next_word(); !word.empty())
        out.first_delay = number(word);
    return out.port != 0;
}

} // namespace firmware
