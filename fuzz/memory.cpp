// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// All targets in one program without libFuzzer and without the streams of the standard library, for MemorySanitizer, which needs
/// everything that writes memory to be compiled for it. Runs every input of a packed corpus, and random changes of each.
///
///     sockless_fuzz_memory CHANGES CORPUS...       CORPUS is a path that ends in <target>.txt
#include "corpus.hpp"
#include "target.hpp"

#include "support/random.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

namespace {

using byte_vector = std::vector<std::byte>;

/// @return   the target that a packed corpus belongs to by its file name, or a null pointer
const fuzz::target* target_of(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    const std::string file_name = slash == std::string::npos ? path : path.substr(slash + 1);
    const fuzz::target* target = fuzz::target::first();
    while (target != nullptr && target->name() + std::string{".txt"} != file_name)
        target = target->next();
    return target;
}

/// Changes a bit, removes a few bytes, inserts a few, or repeats a part in another place.
void change(byte_vector& bytes, support::random_numbers& numbers)
{
    const std::size_t at = numbers.below(bytes.size() + 1);
    const std::size_t end = at + numbers.below(std::min<std::size_t>(bytes.size() - at, 16) + 1);
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto after = bytes.begin() + static_cast<std::ptrdiff_t>(end);
    switch (numbers.below(4)) {
    case 0:
        if (at < bytes.size())
            *place ^= static_cast<std::byte>(1U << numbers.below(8));
        break;
    case 1: bytes.erase(place, after); break;
    case 2: {
        const byte_vector some = numbers.bytes(1 + numbers.below(8));
        bytes.insert(place, some.begin(), some.end());
        break;
    }
    default: {
        const byte_vector again(place, after);
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(numbers.below(bytes.size() + 1)), again.begin(),
                     again.end());
        break;
    }
    }
}

} // namespace

int main(int argc, char** argv)
try {
    const unsigned long changes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
    support::random_numbers numbers{1};
    unsigned long runs = 0;
    for (int i = 2; i < argc; ++i) {
        const fuzz::target* const target = target_of(argv[i]);
        if (target == nullptr) {
            std::fprintf(stderr, "%s: no fuzz target has this name\n", argv[i]);
            return 2;
        }
        for (auto& [name, input] : fuzz::read_corpus(argv[i]))
            for (unsigned long count = 0; count <= changes; ++count, ++runs) {
                try {
                    target->run(input);
                } catch (const std::exception& problem) {
                    std::fprintf(stderr, "%s, %s after %lu changes: %s\n", target->name(), name.c_str(), count,
                                 problem.what());
                    return 1;
                }
                change(input, numbers);
                if (input.size() > 2000)
                    input.resize(2000);
            }
    }
    std::printf("%lu runs, no finding\n", runs);
    return 0;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 2;
}
