// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Gives nothing and then every file of the corpus to each fuzz target: what fuzzing has found worth keeping is a test of every
/// build.
#include "target.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace {

std::vector<std::byte> content_of(const std::filesystem::path& name)
{
    std::ifstream file{name, std::ios::binary};
    std::vector<std::byte> result;
    for (auto c = std::istreambuf_iterator<char>{file}; c != std::istreambuf_iterator<char>{}; ++c)
        result.push_back(static_cast<std::byte>(*c));
    REQUIRE(file);
    return result;
}

std::string finding_of(const fuzz::target& target, std::span<const std::byte> input)
{
    try {
        target.run(input);
    } catch (const std::exception& problem) {
        return problem.what();
    }
    return {};
}

TEST_CASE("fuzz: every input of the corpus keeps the promises")
{
    for (const fuzz::target* target = fuzz::target::first(); target != nullptr; target = target->next())
        DYNAMIC_SECTION(target->name())
        {
            std::vector<std::filesystem::path> files;
            for (const auto& entry :
                 std::filesystem::directory_iterator{std::filesystem::path{SOCKLESS_FUZZ_CORPUS} / target->name()})
                files.push_back(entry.path());
            std::sort(files.begin(), files.end());
            REQUIRE(!files.empty());
            CHECK(finding_of(*target, {}) == "");
            for (const std::filesystem::path& file : files) {
                INFO(file.string());
                const std::string finding = finding_of(*target, content_of(file));
                CHECK(finding == "");
            }
        }
}

} // namespace
