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
static_assert(sizeof(event) == 16 || sizeof(void*) != 8);
static_assert(event{}.kind() == event_kind::need_input && event{}.payload().empty());

TEST_CASE("message: an event has a kind, and the fields of that kind")
{
    const byte_vector bytes = support::text("abc");
    const event text = detail::event_access::message(opcode::text, bytes, true, false);
    CHECK(text.kind() == event_kind::message);
    CHECK(text.type() == opcode::text);
    CHECK(text.is_text());
    CHECK(text.first());
    CHECK_FALSE(text.last());
    CHECK(text.text() == "abc");
    CHECK(text.payload().data() == bytes.data());

    const event binary = detail::event_access::message(opcode::binary, bytes, false, true);
    CHECK_FALSE(binary.is_text());
    CHECK_FALSE(binary.first());
    CHECK(binary.last());

    CHECK(detail::event_access::of(event_kind::ping, bytes).kind() == event_kind::ping);
    CHECK(detail::event_access::of(event_kind::ping, bytes).text() == "abc");
    CHECK(detail::event_access::of(event_kind::pong, bytes).kind() == event_kind::pong);
    CHECK(detail::event_access::of(event_kind::pong, bytes).payload().size() == 3);
}

TEST_CASE("6455 7.1.5: a close event has the peer's code and reason, an error event has the code that was sent",
          "[6455-7.1.5-01][6455-7.1.6-01][6455-7.1.7-02]")
{
    const byte_vector reason = support::text("gone");
    const event close = detail::event_access::close(close_code::going_away, reason);
    CHECK(close.kind() == event_kind::close);
    CHECK(close.code() == close_code::going_away);
    CHECK(close.reason() == "gone");

    const event failure = detail::event_access::error(error::text_not_utf8);
    CHECK(failure.kind() == event_kind::error);
    CHECK(failure.failure() == error::text_not_utf8);
    CHECK(failure.code() == close_code::invalid_payload);
    CHECK(failure.payload().empty());
    CHECK(detail::event_access::error(error::connection_lost).code() == close_code::abnormal);
}

TEST_CASE("message: the kind of an event is independent of its other fields")
{
    const byte_vector bytes = support::text("abc");
    for (const event_kind kind : {event_kind::request, event_kind::plain_request, event_kind::open}) {
        const event e = detail::event_access::of(kind);
        CHECK(e.kind() == kind);
        CHECK(e.payload().empty());
    }
    for (const opcode type : {opcode::text, opcode::binary}) {
        for (const unsigned parts : {0U, 1U, 2U, 3U}) {
            const event e = detail::event_access::message(type, bytes, (parts & 1U) != 0, (parts & 2U) != 0);
            CHECK(e.kind() == event_kind::message);
            CHECK(e.type() == type);
            CHECK(e.first() == ((parts & 1U) != 0));
            CHECK(e.last() == ((parts & 2U) != 0));
            CHECK(e.payload().size() == 3);
        }
    }
    // The largest code has all bits of its field.
    CHECK(detail::event_access::close(static_cast<close_code>(0xFFFF), bytes).kind() == event_kind::close);
}

TEST_CASE("6455 7.1.4: a close event has a flag for a clean close, which does not depend on its code",
          "[6455-7.1.4-01]")
{
    const byte_vector reason = support::text("gone");
    for (const close_code code : {close_code::normal, close_code::abnormal, static_cast<close_code>(0xFFFF)}) {
        for (const bool clean : {false, true}) {
            const event e = detail::event_access::close(code, reason, clean);
            CHECK(e.was_clean() == clean);
            CHECK(e.code() == code);
            CHECK(e.reason() == "gone");
        }
    }
    CHECK_FALSE(detail::event_access::close(close_code::normal, {}).was_clean());
}

} // namespace
