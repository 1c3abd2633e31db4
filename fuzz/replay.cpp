// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A `main` that runs a fuzz target once over each file that it is given: for compilers without libFuzzer, and to look at a
/// finding under a debugger.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv)
{
    for (int i = 1; i < argc; ++i) {
        std::ifstream file{argv[i], std::ios::binary};
        if (!file) {
            std::fprintf(stderr, "cannot read %s\n", argv[i]);
            return 2;
        }
        std::vector<std::uint8_t> input;
        for (auto c = std::istreambuf_iterator<char>{file}; c != std::istreambuf_iterator<char>{}; ++c)
            input.push_back(static_cast<std::uint8_t>(*c));
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    std::printf("%d inputs, no finding\n", argc - 1);
    return 0;
}
