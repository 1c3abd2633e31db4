// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A market-data client: wss with permessage-deflate, which reconnects, subscribes again, and checks the numbers of the messages.

#include "../support/stop_signals.hpp"
#include "feed_connection.hpp"
#include "feed_handler.hpp"

#include <sockless/with_zlib.hpp>

#include <string_view>

namespace {

using websocket = sockless::websocket<sockless::role::client, sockless::os_mask_keys, sockless::zlib_deflate>;

void print(std::string_view json)
{
    std::printf("%.*s\n", static_cast<int>(json.size()), json.data());
}

void run(const example::feed_options& options)
{
    const auto stop = example::stop_signals();
    const example::tls_context tls{example::tls_verification{.authorities = options.authorities}};
    example::feed_handler feed{options, [&](std::string_view json) { // a new message: this is the place for your code
                                   if (options.print)
                                       print(json);
                               }};
    example::keep_connected(stop, feed.backoff, [&] {
        example::run_connection<websocket>(options, tls, feed, stop.get());
        return feed.messages < options.count;
    });
    std::printf("%" PRIu64 " messages, %" PRIu64 " gaps, %" PRIu64 " repetitions\n", feed.messages,
                feed.sequence.gaps(), feed.sequence.repetitions());
}

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("feed_client", [&] {
        example::feed_options options;
        if (options.read(count, values))
            run(options);
        return 0;
    });
}
