// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/print.hpp"

#include <sockless/core/error.hpp>
#include <sockless/core/error_string.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sockless;

std::vector<error> every_error()
{
    std::vector<error> result;
    for (std::size_t i = 0; i < sockless::detail::error_count; ++i)
        result.push_back(static_cast<error>(i));
    return result;
}

static_assert(sizeof(error) == 1);
static_assert(!failed(error::none) && failed(error::reserved_bit_set));
static_assert(name_of(error::length_not_minimal) == "length_not_minimal");

TEST_CASE("core: every error has its own name, the one in the source")
{
    for (const error e : every_error())
        CHECK(sockless::name_of(e) == support::spelling_of(e));
    CHECK_FALSE(sockless::name_of(static_cast<error>(sockless::detail::error_count)).empty());
}

TEST_CASE("core: the order of the enumerators is asserted with `follows`")
{
    const std::vector<error> all = every_error();
    for (std::size_t i = 1; i < all.size(); ++i) {
        CHECK(detail::follows(all[i - 1], all[i]));
        CHECK_FALSE(detail::follows(all[i], all[i - 1]));
    }
}

/// Returns whether a request cannot be accepted because of `e`; a response can have some of these errors too.
bool is_of_request(error e)
{
    return condition_of(e) == condition::handshake_unacceptable && e < error::status_not_101;
}

TEST_CASE("core: the generated tables are equal to their readable form")
{
    for (const error e : every_error()) {
        INFO(support::spelling_of(e));
        CHECK(close_code_for(e) == detail::find_close_code(e));
        const auto* const row = std::find_if(std::begin(detail::error_statuses), std::end(detail::error_statuses),
                                             [e](const detail::error_status& each) { return each.reason == e; });
        const condition group = condition_of(e);
        const bool is_bad_request = group == condition::malformed_head || is_of_request(e);
        CHECK(http_status_for(e) == (e == error::protocol_unsupported          ? 501
                                     : row != std::end(detail::error_statuses) ? row->status
                                     : is_bad_request                          ? 400
                                                                               : 0));
    }
}

TEST_CASE("6455 7.1.7: every error has its own sentence", "[6455-7.1.7-02][6455-7.1.7-03]")
{
    std::set<std::string> sentences;
    for (const error e : every_error()) {
        INFO(support::spelling_of(e));
        const std::string sentence{to_string(e)};
        CHECK_FALSE(sentence.empty());
        CHECK(sentence != support::spelling_of(e));
        CHECK(sentences.insert(sentence).second);
    }
}

TEST_CASE("A24: an error that requests and responses share names neither, and both clauses")
{
    for (const error e : {error::http_version_unsupported, error::upgrade_missing, error::upgrade_not_websocket,
                          error::connection_not_upgrade}) {
        const std::string sentence{to_string(e)};
        CHECK(sentence.find("client") == std::string::npos);
        CHECK(sentence.find("(RFC 6455 4.1, 4.2.1)") != std::string::npos);
    }
    for (const error e : {error::subprotocol_invalid, error::extensions_invalid})
        CHECK(to_string(e).starts_with("the peer "));
}

TEST_CASE("core: the conditions are the groups of enumerators, in their order")
{
    CHECK(condition_of(error::none) == condition::none);
    CHECK(condition_of(error::reserved_bit_set) == condition::protocol_violation);
    CHECK(condition_of(error::connection_abandoned) == condition::protocol_violation);
    CHECK(condition_of(error::frame_too_large) == condition::limit_exceeded);
    CHECK(condition_of(error::too_many_fields) == condition::limit_exceeded);
    CHECK(condition_of(error::line_end_invalid) == condition::malformed_head);
    CHECK(condition_of(error::body_length_invalid) == condition::malformed_head);
    CHECK(condition_of(error::http_version_unsupported) == condition::handshake_unacceptable);
    CHECK(condition_of(error::proxy_refused) == condition::handshake_unacceptable);
    CHECK(condition_of(error::not_open) == condition::misuse);
    CHECK(condition_of(error::extension_not_requested) == condition::misuse);
    std::uint8_t before = 0;
    for (const error e : every_error()) {
        const auto group = static_cast<std::uint8_t>(condition_of(e));
        CHECK(group >= before);
        before = group;
    }
}

TEST_CASE("6455 7.4.1: each failure after the handshake has the close code of its class",
          "[6455-7.4.1-03][6455-7.4.1-08][6455-7.4.1-09][6455-7.4.1-10][6455-7.1.7-04]")
{
    for (const error e : every_error()) {
        INFO(support::spelling_of(e));
        close_code expected = close_code::abnormal; // nothing is sent
        const bool transport = e == error::connection_lost || e == error::connection_abandoned || e == error::timed_out;
        if (condition_of(e) == condition::protocol_violation && !transport)
            expected = close_code::protocol_error;
        if (e == error::text_not_utf8 || e == error::close_reason_not_utf8 || e == error::extension_data_invalid)
            expected = close_code::invalid_payload;
        if (e == error::frame_too_large || e == error::message_too_large)
            expected = close_code::message_too_big;
        if (e == error::too_many_fragments)
            expected = close_code::policy_violation;
        CHECK(close_code_for(e) == expected);
        CHECK((detail::may_send(role::server, close_code_for(e)) || close_code_for(e) == close_code::abnormal));
    }
}

TEST_CASE("core: each condition has its own text, and so has an unknown one")
{
    std::vector<std::string_view> texts;
    for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(condition::misuse) + 1; ++i)
        texts.push_back(to_string(static_cast<condition>(i)));
    CHECK(texts.front() == "no error");
    CHECK(texts.back() == "unknown");
    std::sort(texts.begin(), texts.end());
    CHECK(std::adjacent_find(texts.begin(), texts.end()) == texts.end());
    CHECK(to_string(static_cast<error>(sockless::detail::error_count)) == "unknown error");
}

TEST_CASE("core: only errors of a request, of SHA-1 and of time have an HTTP status")
{
    for (const error e : every_error()) {
        INFO(support::spelling_of(e));
        const condition group = condition_of(e);
        const bool of_request = group == condition::malformed_head || is_of_request(e);
        const bool of_head_limit = group == condition::limit_exceeded && e >= error::request_target_too_long;
        const bool of_server = e == error::no_sha1 || e == error::timed_out || e == error::request_unanswered;
        CHECK((http_status_for(e) != 0) == (of_request || of_head_limit || of_server));
    }
}

} // namespace
