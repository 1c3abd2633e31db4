// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Sending binary messages into one contiguous buffer. Names: send/<server or client>/binary/<sizes>
#include "rows.hpp"
#include "workload.hpp"

#include <algorithm>

namespace bench {
namespace {

constexpr std::size_t max_pending = std::size_t{64} << 10; ///< the program sends when about this much is pending
constexpr std::size_t most_header = 14;

measurement prepare(const peer& who, end side, const std::string& pattern)
{
    const end reading = side == end::server ? end::client : end::server;
    const std::shared_ptr<const traffic> in = make_traffic(reading, content::binary, pattern);
    const std::shared_ptr<sender> writer = who.make_sender(side);
    std::size_t longest = 0;
    for (const message& m : in->messages)
        longest = std::max(longest, m.size);
    const std::size_t max_size = std::max(max_pending, longest + most_header) + most_header;
    const bytes room{shared_memory(max_size), max_size};

    /// Calls `use` with the pending output each time that the buffer is full.
    const auto run = [=](const auto& use) {
        const message* from = in->messages.data();
        const message* const last = from + in->messages.size();
        while (from != last) {
            const message* to = from;
            std::size_t waiting = 0;
            do
                waiting += to++->size + most_header;
            while (to != last && waiting + to->size + most_header <= max_pending);
            use(writer->send(from, static_cast<std::size_t>(to - from), room));
            from = to;
        }
    };

    sink out{true};
    if (!who.is_baseline()) {
        run([&](std::size_t size) {
            if (!read_frames(reading, room.data, size, out))
                throw void_row{"sent no frames, or wrong masking"};
        });
        if (out.hash() != in->hash)
            throw void_row{"sent other bytes"};
    }
    return {[run] {
                std::size_t total = 0;
                const stopwatch watch;
                run([&total](std::size_t size) { total += size; });
                const double seconds = watch.seconds();
                return total != 0 ? seconds : 0;
            },
            static_cast<double>(in->messages.size()), static_cast<double>(in->payload.size())};
}

} // namespace

void add_send_rows(std::vector<row>& rows)
{
    for (const end side : {end::server, end::client}) {
        for (const std::string size :
             {"16", "64", "125", "512", "1024", "4096", "16384", "65536", "262144", "1048576", "random", "log"}) {
            row result;
            result.name = std::string{"send/"} + (side == end::server ? "server" : "client") + "/binary/" + size;
            for (const peer* who : peers()) {
                if (who->make_sender(side))
                    result.entries.push_back({who->name(), [=] { return prepare(*who, side, size); }});
            }
            rows.push_back(result);
        }
    }
}

} // namespace bench
