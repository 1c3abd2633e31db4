// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/hex.hpp"
#include "support/print.hpp"

#include <sockless/message/event.hpp>

#include <type_traits>

namespace {

using namespace sockless;
using support::byte_vector;
using support::bytes_of;

static_assert(std::is_trivially_copyable_v<event>);
static_assert(event{}.kind() == event_kind::need_input && event{}.payload().empty());

TEST_CASE("message: an event says what it is and shows what belongs to that")
{
    const byte_vector bytes = support::text("abc");
    const event text = event::message(opcode::text, bytes, true, false);
    CHECK(text.kind() == event_kind::message);
    CHECK(text.type() == opcode::text);
    CHECK(text.is_text());
    CHECK(text.first());
    CHECK_FALSE(text.last());
    CHECK(text.text() == "abc");
    CHECK(text.payload().data() == bytes.data());

    const event binary = event::message(opcode::binary, bytes, false, true);
    CHECK_FALSE(binary.is_text());
    CHECK_FALSE(binary.first());
    CHECK(binary.last());

    CHECK(event::ping(bytes).kind() == event_kind::ping);
    CHECK(event::ping(bytes).text() == "abc");
    CHECK(event::pong(bytes).kind() == event_kind::pong);
    CHECK(event::pong(bytes).payload().size() == 3);
}

TEST_CASE("6455 7.1.5: a close event has the peer's code and reason, an error event what the peer was told",
          "[6455-7.1.5-01][6455-7.1.6-01][6455-7.1.7-02]")
{
    const byte_vector reason = support::text("gone");
    const event close = event::close(close_code::going_away, reason);
    CHECK(close.kind() == event_kind::close);
    CHECK(close.code() == close_code::going_away);
    CHECK(close.reason() == "gone");

    const event failure = event::error(error::text_not_utf8);
    CHECK(failure.kind() == event_kind::error);
    CHECK(failure.failure() == error::text_not_utf8);
    CHECK(failure.code() == close_code::invalid_payload);
    CHECK(failure.payload().empty());
    CHECK(event::error(error::connection_lost).code() == close_code::abnormal);
}

} // namespace
