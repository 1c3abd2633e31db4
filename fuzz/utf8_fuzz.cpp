// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Validates any bytes as UTF-8, and compares with the definition of RFC 3629.
#include "cuts.hpp"
#include "watch.hpp"

#include "reference/utf8.hpp"

#include <sockless/bytes/simd/portable.hpp>
#include <sockless/bytes/utf8.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace {

using fuzz::require;

class subject {
public:
    void feed(std::span<std::byte> chunk)
    {
        const std::size_t good = fuzz::core([&] { return validator_.validate(chunk); });
        require(good <= chunk.size(), "a validator accepts at most its input");
        require(!failed_ || good == 0, "a failed validator accepts nothing");
        failed_ = failed_ || good < chunk.size();
        require(!(failed_ && validator_.complete()), "invalid text is not complete");
        taken_ += good;
    }
    [[nodiscard]] std::vector<std::string> log() const
    {
        return {std::to_string(taken_) + (validator_.complete() ? " complete" : failed_ ? " failed" : " open")};
    }

private:
    sockless::utf8_validator validator_;
    std::size_t taken_ = 0;
    bool failed_ = false;
};

void body(std::span<const std::byte> input)
{
    const std::vector<std::string> log = fuzz::same_log_in_every_way(input, [] { return subject{}; });
    const reference::utf8_prefix slow = reference::longest_utf8_prefix(input);
    const char* const end = slow.complete ? " complete" : slow.size < input.size() ? " failed" : " open";
    fuzz::require_equal(log, {std::to_string(slow.size) + end}, "decoded");
    require(sockless::detail::portable::is_text(input.data(), input.size()) == slow.complete,
            "the portable code returns whether all bytes are UTF-8");
}

const fuzz::target here{"utf8", body};

} // namespace
