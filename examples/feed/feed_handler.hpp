// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The events of a feed's connections: subscribes when one opens, checks the numbers of the messages, and reports how one ends.
#pragma once

#include "../support/client_options.hpp"
#include "feed_options.hpp"
#include "reconnection.hpp"
#include "sequence_check.hpp"

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace example {

/// @tparam Update  called with each message that is new; the view is valid during the call
template <class Update>
struct feed_handler {
    void on_open(auto& ws)
    {
        std::fprintf(stderr, "connected\n");
        backoff.on_open(now());
        sequence.on_subscribed();
        if (!options.subscription.empty())
            check(ws.send(options.subscription));
    }
    void on_message(auto& ws, const sockless::event& message)
    {
        std::uint64_t number = 0;
        if (!find_sequence_number(message.text(), number) || sequence.check(number))
            update(message.text());
        if (++messages == options.count)
            check(ws.close(sockless::close_code::normal));
    }
    static void on_error(auto&, const sockless::event& e)
    {
        std::fprintf(stderr, "%s\n", std::string{to_string(e.failure())}.c_str());
    }
    static void on_close(auto&, const sockless::event& e)
    {
        std::fprintf(stderr, "closed: %u\n", static_cast<unsigned>(e.code()));
    }

    const feed_options& options;
    Update update;
    sockless::reconnect_backoff<> backoff{options.retry};
    sequence_check sequence{};
    std::uint64_t messages = 0; ///< of all connections
};
template <class Update>
feed_handler(const feed_options&, Update) -> feed_handler<Update>;

} // namespace example
