// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Runs each fuzz target on an empty input and on every input of its corpus, so that these inputs are tests of every build.
#include "corpus.hpp"
#include "target.hpp"

#include "support/catch.hpp"

#include <cstddef>
#include <exception>
#include <span>
#include <string>

namespace {

std::string finding_of(const fuzz::target& target, std::span<const std::byte> input)
{
    try {
        target.run(input);
    } catch (const std::exception& problem) {
        return problem.what();
    }
    return {};
}

TEST_CASE("fuzz: no input of the corpus violates a promise")
{
    for (const fuzz::target* target = fuzz::target::first(); target != nullptr; target = target->next())
        DYNAMIC_SECTION(target->name())
        {
            const auto inputs = fuzz::read_corpus(std::string{SOCKLESS_FUZZ_CORPUS "/"} + target->name() + ".txt");
            REQUIRE(!inputs.empty());
            CHECK(finding_of(*target, {}) == "");
            for (const fuzz::corpus_input& input : inputs) {
                INFO("tools/corpus show " << target->name() << ' ' << input.name);
                const std::string finding = finding_of(*target, input.bytes);
                CHECK(finding == "");
            }
        }
}

} // namespace
