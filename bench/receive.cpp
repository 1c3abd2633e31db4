// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Receiving. Names: receive/<server or client>/<content>/<sizes>/<one, 16384, 1460 or 1 byte per call>/<pieces or assembled>
#include "rows.hpp"
#include "workload.hpp"

#include <cstring>

namespace bench {
namespace {

struct receive_row {
    end side;
    content what;
    std::string pattern;
    std::size_t chunk; ///< 0: everything in one call
    delivery how;
};

/// Payload may be unmasked in place, so the input is restored first; that is not timed.
measurement prepare(const peer& who, const receive_row& what)
{
    const std::shared_ptr<const traffic> in = make_traffic(what.side, what.what, what.pattern);
    const std::shared_ptr<receiver> reader = who.make_receiver(what.side, what.how);
    unsigned char* const memory = shared_memory(in->frames.size());
    const std::size_t size = in->frames.size();

    const bool counts = !who.is_baseline();
    const auto run = [=](bool careful) {
        std::memcpy(memory, in->frames.data(), size);
        sink out{careful};
        const stopwatch watch;
        wire source{memory, size, what.chunk};
        reader->receive(source, in->messages.size(), out);
        const double seconds = watch.seconds();
        if (counts && (out.bytes() != in->payload.size() || out.messages() != in->messages.size() ||
                       (careful && out.hash() != in->hash)))
            throw void_row{"delivered other bytes"};
        return seconds;
    };
    run(true);
    return {[run] { return run(false); }, static_cast<double>(in->messages.size()),
            static_cast<double>(in->payload.size())};
}

void add(std::vector<row>& rows, const receive_row& what)
{
    row result;
    result.name = std::string{"receive/"} + (what.side == end::server ? "server/" : "client/") + to_string(what.what) +
                  "/" + what.pattern + "/" + (what.chunk == 0 ? "one" : std::to_string(what.chunk)) + "/" +
                  (what.how == delivery::pieces ? "pieces" : "assembled");
    for (const peer* who : peers()) {
        if (who->is_baseline() && what.chunk == 0)
            continue;
        if ((what.what != content::binary && !who->checks_text()) || !who->make_receiver(what.side, what.how))
            continue;
        result.entries.push_back({who->name(), [who, what] { return prepare(*who, what); }});
    }
    rows.push_back(result);
}

} // namespace

void add_receive_rows(std::vector<row>& rows)
{
    using std::string;
    const auto pieces = delivery::pieces;
    const auto assembled = delivery::assembled;

    for (const string size :
         {"16",    "32",    "64",    "125",    "126",    "256",    "512",     "1024",   "2048",     "4096", "8192",
          "16384", "32768", "65536", "131072", "262144", "524288", "1048576", "random", "126-1024", "log"})
        add(rows, {end::server, content::binary, size, 0, pieces});
    for (const string size : {"16", "125", "1024", "16384", "65536", "1048576", "random", "log"})
        add(rows, {end::server, content::binary, size, 0, assembled});
    for (const string size : {"16", "64", "125", "126", "512", "1024", "16384", "1048576", "random"})
        add(rows, {end::client, content::binary, size, 0, pieces});

    for (const content text : {content::ascii, content::cjk, content::emoji}) {
        for (const string size : {"16", "32", "64", "125", "126", "512", "1024", "4096", "16384", "65536", "262144",
                                  "1048576", "random", "16-125", "126-1024"})
            add(rows, {end::server, text, size, 0, pieces});
        add(rows, {end::client, text, "16384", 0, pieces});
    }

    for (const std::size_t chunk : {std::size_t{16384}, std::size_t{1460}}) {
        for (const string size :
             {"16", "125", "1024", "4096", "16384", "65536", "262144", "1048576", "random", "log"}) {
            for (const delivery how : {pieces, assembled})
                add(rows, {end::server, content::binary, size, chunk, how});
        }
        add(rows, {end::server, content::ascii, "16384", chunk, assembled});
        add(rows, {end::server, content::cjk, "16384", chunk, assembled});
        add(rows, {end::client, content::binary, "16384", chunk, pieces});
    }

    // With one byte per call the cost per byte does not depend on the length of the message.
    for (const string size : {"1024", "16384", "262144"})
        add(rows, {end::server, content::binary, size, 1, assembled});
}

} // namespace bench
