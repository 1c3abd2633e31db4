// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/print.hpp"

#include <sockless/core/close_code.hpp>
#include <string_view>

namespace {

using namespace sockless;

constexpr bool on_wire(unsigned code)
{
    return detail::is_on_wire(static_cast<close_code>(code));
}

TEST_CASE(
    "6455 7.4: 1000-1003, 1007-1014 and 3000-4999 are valid in a close frame, and no other code is",
    "[6455-7.4.2-01][6455-7.4.2-02][6455-7.4.2-03][6455-7.4.2-04][6455-7.4.2-05][IANA-close-code-05][6455-11.7-01]")
{
    for (unsigned code = 0; code <= 0xFFFF; ++code) {
        const bool expected =
            (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
        if (on_wire(code) != expected)
            FAIL(code);
    }
}

TEST_CASE("6455 7.4.1: 1004, 1005, 1006 and 1015 are not valid in a close frame",
          "[6455-7.4.1-05][6455-7.4.1-06][6455-7.4.1-07][6455-7.4.1-14]")
{
    static_assert(!on_wire(1004) && !on_wire(1005) && !on_wire(1006) && !on_wire(1015));
    for (const role self : {role::client, role::server}) {
        CHECK_FALSE(detail::may_send(self, close_code::no_status));
        CHECK_FALSE(detail::may_send(self, close_code::abnormal));
        CHECK_FALSE(detail::may_send(self, close_code::tls_handshake));
        CHECK_FALSE(detail::may_send(self, static_cast<close_code>(1004)));
    }
}

TEST_CASE("6455 7.4.1: only clients send 1010; both roles send every other valid code",
          "[6455-7.4.1-12][6455-7.4.1-01][6455-7.4.1-02][6455-7.4.1-13][6455e-3227-01]")
{
    for (unsigned code = 0; code <= 0xFFFF; ++code) {
        const auto value = static_cast<close_code>(code);
        if (detail::may_send(role::client, value) != on_wire(code) ||
            detail::may_send(role::server, value) != (on_wire(code) && code != 1010))
            FAIL(code);
    }
}

TEST_CASE("6455 7.4.1: the registered codes have names, as constants and as text",
          "[IANA-close-code-04][IANA-close-code-05][IANA-close-code-01][IANA-close-code-02][IANA-close-code-03]")
{
    CHECK(static_cast<unsigned>(close_code::normal) == 1000);
    CHECK(static_cast<unsigned>(close_code::going_away) == 1001);
    CHECK(static_cast<unsigned>(close_code::protocol_error) == 1002);
    CHECK(static_cast<unsigned>(close_code::unsupported_data) == 1003);
    CHECK(static_cast<unsigned>(close_code::no_status) == 1005);
    CHECK(static_cast<unsigned>(close_code::abnormal) == 1006);
    CHECK(static_cast<unsigned>(close_code::invalid_payload) == 1007);
    CHECK(static_cast<unsigned>(close_code::policy_violation) == 1008);
    CHECK(static_cast<unsigned>(close_code::message_too_big) == 1009);
    CHECK(static_cast<unsigned>(close_code::mandatory_extension) == 1010);
    CHECK(static_cast<unsigned>(close_code::internal_error) == 1011);
    CHECK(static_cast<unsigned>(close_code::service_restart) == 1012);
    CHECK(static_cast<unsigned>(close_code::try_again_later) == 1013);
    CHECK(static_cast<unsigned>(close_code::bad_gateway) == 1014);
    CHECK(static_cast<unsigned>(close_code::tls_handshake) == 1015);
    CHECK(static_cast<unsigned>(close_code::unauthorized) == 3000);
    CHECK(static_cast<unsigned>(close_code::forbidden) == 3003);
    CHECK(static_cast<unsigned>(close_code::timeout) == 3008);

    CHECK(to_string(close_code::normal) == "normal closure");
    CHECK(to_string(close_code::timeout) == "timeout");
    for (const unsigned code : {1000U, 1001U, 1002U, 1003U, 1005U, 1006U, 1007U, 1008U, 1009U, 1010U, 1011U, 1012U,
                                1013U, 1014U, 1015U, 3000U, 3003U, 3008U}) {
        const std::string_view name = to_string(static_cast<close_code>(code));
        CHECK((!name.empty() && name != "reserved" && name != "registered" && name != "private use"));
    }
    CHECK(to_string(static_cast<close_code>(3999)) == "registered");
    CHECK(to_string(static_cast<close_code>(4000)) == "private use");
    CHECK(to_string(static_cast<close_code>(4999)) == "private use");
    for (const unsigned code : {0U, 999U, 1004U, 1016U, 2999U, 5000U, 65535U})
        CHECK(to_string(static_cast<close_code>(code)) == "reserved");
}

} // namespace
