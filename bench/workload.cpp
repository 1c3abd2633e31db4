// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "workload.hpp"

#include <cmath>
#include <map>
#include <mutex>
#include <tuple>

namespace bench {

std::string to_string(content what)
{
    switch (what) {
    case content::binary: return "binary";
    case content::ascii: return "ascii";
    case content::cjk: return "cjk";
    case content::emoji: return "emoji";
    }
    return {};
}

std::uint64_t random_numbers::next() noexcept
{
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

std::vector<unsigned char> make_payload(content what, std::size_t size, random_numbers& random)
{
    std::vector<unsigned char> bytes;
    bytes.reserve(size);
    const auto add = [&bytes](std::size_t value) { bytes.push_back(static_cast<unsigned char>(value)); };
    const auto add_continuation = [&add](std::size_t bits) { add(0x80U | (bits & 0x3FU)); };
    while (bytes.size() < size) {
        const std::size_t left = size - bytes.size();
        if (what == content::binary) {
            add(random.next() & 0xFFU);
        } else if (what == content::cjk && left >= 3) {
            const std::size_t character = random.between(0x4E00, 0x9FA5);
            add(0xE0U | (character >> 12U));
            add_continuation(character >> 6U);
            add_continuation(character);
        } else if (what == content::emoji && left >= 4) {
            const std::size_t character = random.between(0x1F300, 0x1F64F);
            add(0xF0U | (character >> 18U));
            add_continuation(character >> 12U);
            add_continuation(character >> 6U);
            add_continuation(character);
        } else {
            add(random.between(' ', '~'));
        }
    }
    return bytes;
}

std::vector<std::size_t> message_sizes(const std::string& pattern)
{
    const bool fixed = pattern != "random" && pattern != "log" && pattern.find('-') == std::string::npos;
    // Short passes are rarely interrupted; many messages of many sizes are not memorised by a branch predictor.
    const std::size_t total = std::size_t{fixed && std::stoul(pattern) < 126 ? 256U : 1024U} << 10U;
    random_numbers random{pattern.size()};
    std::vector<std::size_t> sizes;
    for (std::size_t sum = 0; sum < total;) {
        std::size_t size = 0;
        if (pattern == "random")
            size = random.between(1, 125);
        else if (pattern == "log")
            size = static_cast<std::size_t>(std::exp2(static_cast<double>(random.between(0, 14'000)) / 1000.0));
        else
            size = random.between(std::stoul(pattern), std::stoul(pattern.substr(pattern.find('-') + 1)));
        sizes.push_back(size);
        sum += size;
    }
    return sizes;
}

namespace {

void append_frame(std::vector<unsigned char>& out, const message& what, content kind, bool masked,
                  random_numbers& random)
{
    const auto add = [&out](std::uint64_t value) { out.push_back(static_cast<unsigned char>(value)); };
    const unsigned mask_bit = masked ? 0x80 : 0;
    add(kind == content::binary ? 0x82 : 0x81);
    if (what.size < 126) {
        add(mask_bit | what.size);
    } else {
        const unsigned octets = what.size < 65536 ? 2 : 8;
        add(mask_bit | (octets == 2 ? 126U : 127U));
        for (unsigned i = octets; i-- != 0;)
            add(what.size >> (8 * i));
    }
    std::uint64_t key = 0;
    if (masked) {
        key = random.next();
        for (unsigned i = 0; i < 4; ++i)
            add(key >> (8 * i));
    }
    for (std::size_t i = 0; i < what.size; ++i)
        add(what.data[i] ^ (masked ? (key >> (8 * (i % 4))) & 0xFFU : 0U));
}

} // namespace

std::shared_ptr<const traffic> make_traffic(end receiving, content what, const std::string& pattern)
{
    static std::map<std::tuple<end, content, std::string>, std::shared_ptr<const traffic>> made;
    std::shared_ptr<const traffic>& place = made[{receiving, what, pattern}];
    if (place != nullptr)
        return place;
    auto result = std::make_shared<traffic>();
    const std::vector<std::size_t> sizes = message_sizes(pattern);
    random_numbers random{42};
    for (const std::size_t size : sizes) {
        const std::vector<unsigned char> one = make_payload(what, size, random);
        result->payload.insert(result->payload.end(), one.begin(), one.end());
    }
    sink expected{true};
    const unsigned char* at = result->payload.data();
    for (const std::size_t size : sizes) {
        result->messages.push_back({at, size});
        append_frame(result->frames, result->messages.back(), what, receiving == end::server, random);
        expected.take(at, size);
        expected.end_message();
        at += size;
    }
    result->hash = expected.hash();
    place = std::move(result);
    return place;
}

bool read_frames(end receiving, const unsigned char* frames, std::size_t size, sink& out)
{
    const bool masked = receiving == end::server;
    std::size_t at = 0;
    const auto read = [&](unsigned octets) {
        std::uint64_t value = 0;
        for (; octets != 0 && at < size; --octets)
            value = (value << 8U) | frames[at++];
        return value;
    };
    while (at < size) {
        const std::uint64_t first = read(1);
        const std::uint64_t second = read(1);
        const std::uint64_t code = second & 0x7FU;
        const std::uint64_t length = code < 126 ? code : read(code == 126 ? 2 : 8);
        if ((first & 0x7FU) != 0x02U || (second & 0x80U) != (masked ? 0x80U : 0U))
            return false;
        const std::uint64_t key = masked ? read(4) : 0;
        if (length > size - at)
            return false;
        for (std::uint64_t i = 0; i < length; ++i) {
            const auto byte = static_cast<unsigned char>(frames[at++] ^ (key >> (8 * (3 - i % 4))));
            out.take(&byte, 1);
        }
        if ((first & 0x80U) != 0)
            out.end_message();
    }
    return true;
}

} // namespace bench
