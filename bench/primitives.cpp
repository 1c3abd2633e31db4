// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Single parts: mask/<size>, utf8/<content>/<size>, keys, idle/<server or client>.
#include "rows.hpp"
#include "workload.hpp"

#include <algorithm>

namespace bench {
namespace {

/// One pass processes as many pieces as fit into this size, at least one, so that it is much longer than the resolution of the clock.
constexpr std::size_t working_set = std::size_t{16} << 10;
constexpr std::size_t repetitions = 16;

template <class Work>
measurement over_pieces(const std::vector<unsigned char>& input, std::size_t size, Work work)
{
    unsigned char* const memory = shared_memory(input.size());
    const std::size_t count = input.size() / size;
    const std::size_t times = input.size() > working_set ? 1 : repetitions;
    return {[=] {
                std::memcpy(memory, input.data(), input.size());
                const stopwatch watch;
                for (std::size_t repetition = 0; repetition < times; ++repetition) {
                    for (std::size_t i = 0; i < count; ++i)
                        work(memory + i * size);
                }
                return watch.seconds();
            },
            static_cast<double>(count * times), static_cast<double>(count * times * size)};
}

std::vector<unsigned char> pieces(content what, std::size_t size)
{
    random_numbers random{size};
    std::vector<unsigned char> all;
    do {
        const std::vector<unsigned char> one = make_payload(what, size, random);
        all.insert(all.end(), one.begin(), one.end());
    } while (all.size() + size <= working_set);
    return all;
}

measurement prepare_mask(mask_function mask, bool counts, std::size_t size)
{
    const auto input = std::make_shared<std::vector<unsigned char>>(pieces(content::binary, size));
    static const unsigned char key[4] = {0x37, 0xFA, 0x21, 0x3D};
    std::vector<unsigned char> one(input->begin(), input->begin() + static_cast<std::ptrdiff_t>(size));
    mask(one.data(), size, key);
    for (std::size_t i = 0; i < size && counts; ++i) {
        if (one[i] != ((*input)[i] ^ key[i % 4]))
            throw void_row{"wrong masking"};
    }
    const measurement result = over_pieces(*input, size, [=](unsigned char* data) { mask(data, size, key); });
    return {[input, pass = result.pass] { return pass(); }, result.items, result.bytes};
}

measurement prepare_utf8(utf8_function check, bool counts, content what, std::size_t size)
{
    const auto input = std::make_shared<std::vector<unsigned char>>(pieces(what, size));
    std::vector<unsigned char> one(input->begin(), input->begin() + static_cast<std::ptrdiff_t>(size));
    const bool good = check(one.data(), size);
    one[size - 1] = 0xFF;
    if (counts && (!good || check(one.data(), size)))
        throw void_row{"wrong result"};
    return over_pieces(*input, size, [=](const unsigned char* data) {
        if (!check(data, size))
            throw void_row{"wrong result"};
    });
}

measurement prepare_keys(keys_function make)
{
    constexpr std::size_t count = 1024;
    return {[make] {
                const stopwatch watch;
                const std::uint32_t all = make(count);
                const double seconds = watch.seconds();
                if (all == 0)
                    throw void_row{"no keys"};
                return seconds;
            },
            static_cast<double>(count), 0};
}

} // namespace

void add_primitive_rows(std::vector<row>& rows)
{
    const std::size_t sizes[] = {16, 64, 125, 1024, 16384, 1048576};
    for (const std::size_t size : sizes) {
        row result{"mask/" + std::to_string(size)};
        for (const peer* who : peers()) {
            if (const mask_function mask = who->mask())
                result.entries.push_back({who->name(), [=] { return prepare_mask(mask, !who->is_baseline(), size); }});
        }
        rows.push_back(result);
    }
    const std::size_t text_sizes[] = {16, 32, 64, 96, 125, 1024, 16384, 1048576};
    for (const content what : {content::ascii, content::cjk, content::emoji}) {
        for (const std::size_t size : text_sizes) {
            row result{"utf8/" + to_string(what) + "/" + std::to_string(size)};
            for (const peer* who : peers()) {
                if (const utf8_function check = who->utf8())
                    result.entries.push_back(
                        {who->name(), [=] { return prepare_utf8(check, !who->is_baseline(), what, size); }});
            }
            rows.push_back(result);
        }
    }

    row keys{"keys"};
    for (const peer* who : peers()) {
        for (std::size_t i = 0; who->keys(i).second != nullptr; ++i) {
            const auto source = who->keys(i);
            keys.entries.push_back({source.first, [source] { return prepare_keys(source.second); }});
        }
    }
    rows.push_back(keys);

    for (const end side : {end::server, end::client}) {
        row result{side == end::server ? "idle/server" : "idle/client"};
        for (const peer* who : peers()) {
            if (who->idle_bytes(side) != 0)
                result.entries.push_back({who->name(), [=] {
                                              measurement m;
                                              m.fixed = static_cast<double>(who->idle_bytes(side));
                                              return m;
                                          }});
        }
        rows.push_back(result);
    }
}

} // namespace bench
