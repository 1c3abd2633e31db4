// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// All targets in one program without libFuzzer and without the streams of the standard library, for MemorySanitizer, which wants
/// everything that writes memory to be compiled for it. It replays files and random changes of them.
///
///     sockless_fuzz_memory CHANGES TARGET FILE... [TARGET FILE...]
#include "target.hpp"

#include "support/random.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <span>
#include <vector>

namespace {

using byte_vector = std::vector<std::byte>;

const fuzz::target* target_called(const char* name)
{
    const fuzz::target* target = fuzz::target::first();
    while (target != nullptr && std::strcmp(target->name(), name) != 0)
        target = target->next();
    return target;
}

/// returns   false if there is no such file
bool read(const char* name, byte_vector& to)
{
    std::FILE* const file = std::fopen(name, "rb");
    if (file == nullptr)
        return false;
    to.clear();
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file))
        to.push_back(static_cast<std::byte>(c));
    std::fclose(file);
    return true;
}

/// A byte changed, a few lost, a few more, or some of it again in another place.
void change(byte_vector& bytes, support::random_numbers& numbers)
{
    const std::size_t at = numbers.below(bytes.size() + 1);
    const std::size_t end = at + numbers.below(std::min<std::size_t>(bytes.size() - at, 16) + 1);
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto behind = bytes.begin() + static_cast<std::ptrdiff_t>(end);
    switch (numbers.below(4)) {
    case 0:
        if (at < bytes.size())
            *place ^= static_cast<std::byte>(1U << numbers.below(8));
        break;
    case 1: bytes.erase(place, behind); break;
    case 2: {
        const byte_vector some = numbers.bytes(1 + numbers.below(8));
        bytes.insert(place, some.begin(), some.end());
        break;
    }
    default: {
        const byte_vector again(place, behind);
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(numbers.below(bytes.size() + 1)), again.begin(),
                     again.end());
        break;
    }
    }
}

} // namespace

int main(int argc, char** argv)
{
    const unsigned long changes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
    const fuzz::target* target = nullptr;
    support::random_numbers numbers{1};
    unsigned long runs = 0;
    for (int i = 2; i < argc; ++i) {
        if (const fuzz::target* const named = target_called(argv[i])) {
            target = named;
            continue;
        }
        byte_vector input;
        if (target == nullptr || !read(argv[i], input)) {
            std::fprintf(stderr, "neither a target nor a file: %s\n", argv[i]);
            return 2;
        }
        for (unsigned long count = 0; count <= changes; ++count, ++runs) {
            try {
                target->run(input);
            } catch (const std::exception& problem) {
                std::fprintf(stderr, "%s, %s after %lu changes: %s\n", target->name(), argv[i], count, problem.what());
                return 1;
            }
            change(input, numbers);
            if (input.size() > 2000)
                input.resize(2000);
        }
    }
    std::printf("%lu runs, no finding\n", runs);
    return 0;
}
