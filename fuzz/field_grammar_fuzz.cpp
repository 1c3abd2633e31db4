// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Feeds any characters, at any alignment, to the functions that parse field values, and compares each with a simple loop.
///
/// The first byte selects the alignment and the position of the cut for comparisons.
#include "slow_head.hpp"
#include "watch.hpp"

#include "support/exact_block.hpp"
#include "support/hex.hpp"

#include <sockless/bytes/copy.hpp>
#include <sockless/handshake/negotiation.hpp>
#include <sockless/http/head.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using fuzz::require;
using strings = std::vector<std::string>;

/// Returns the elements between commas without the empty ones.
strings slow_elements(std::string_view text)
{
    strings result;
    std::string element;
    for (const char c : std::string{text} + ',') {
        if (c != ',') {
            element += c;
            continue;
        }
        element = fuzz::slow_trim(element);
        if (!element.empty())
            result.push_back(element);
        element.clear();
    }
    return result;
}

template <class Cursor>
strings all_of(Cursor cursor, std::string_view text)
{
    strings result;
    std::string_view element;
    while (fuzz::core([&] { return cursor.next(element); })) {
        require(result.size() <= text.size(), "there are at most as many elements as characters");
        require(fuzz::lies_in(element, text), "an element is inside the text");
        result.emplace_back(element);
    }
    return result;
}

void compare(std::string_view a, std::string_view b)
{
    const bool wanted = fuzz::slow_head::lower(std::string{a}) == fuzz::slow_head::lower(std::string{b});
    require(fuzz::core([&] { return sockless::detail::equals_ignoring_case(a, b); }) == wanted,
            "A-Z are a-z, and nothing else is anything");
}

template <sockless::detail::character_class Wanted>
void require_run(std::string_view text)
{
    std::size_t wanted = 0;
    while (wanted < text.size() && sockless::detail::has_class(text[wanted], Wanted))
        ++wanted;
    require(fuzz::core([&] { return sockless::detail::span_of<Wanted>(text); }) == wanted,
            "a span is as long as that of a loop over characters");
}

void body(std::span<const std::byte> input)
{
    fuzz::decisions in{input};
    const unsigned choice = in.byte();
    const support::exact_block block{in.rest(), choice % 8};
    const std::string_view text = sockless::as_text(block.bytes());

    require(fuzz::core([&] { return sockless::is_token(text); }) == fuzz::is_slow_token(text), "is_token");
    require_run<sockless::detail::token_character>(text);
    require_run<sockless::detail::value_character>(text);
    require_run<sockless::detail::visible_character>(text);
    require_run<sockless::detail::reg_name_character>(text);
    const std::string_view trimmed = fuzz::core([&] { return sockless::detail::trimmed(text); });
    require(trimmed == fuzz::slow_trim(std::string{text}) && fuzz::lies_in(trimmed, text), "trimmed");

    const strings elements = slow_elements(text);
    require(all_of(sockless::detail::element_cursor{text}, text) == elements &&
                all_of(sockless::list_cursor{text}, text) == elements,
            "list_cursor");

    // Two lines with one name are one list.
    const std::size_t cut = text.empty() ? 0 : choice / 8 * 31 % (text.size() + 1);
    const std::array<sockless::field, 3> lines{
        {{"LIST", text.substr(0, cut)}, {"other", "x"}, {"list", text.substr(cut)}}};
    strings two = slow_elements(text.substr(0, cut));
    for (const std::string& each : slow_elements(text.substr(cut)))
        two.push_back(each);
    require(all_of(sockless::list_cursor{lines, "List"}, text) == two, "list_cursor over lines");

    compare(text.substr(0, cut), text.substr(cut));
    compare(text.substr(0, text.size() / 2), text.substr(text.size() - text.size() / 2));
    std::string other{text};
    for (char& c : other)
        c = static_cast<char>(static_cast<unsigned char>(c) ^ (choice >= 128 ? 0x20U : 0U));
    compare(text, other);

    // A field is found by its name in any case.
    const auto id = fuzz::core([&] { return sockless::detail::find_known_field(text).id; });
    for (std::size_t i = 0; i < sockless::detail::known_field_names.size(); ++i) {
        const bool known = fuzz::slow_head::lower(std::string{text}) ==
                           fuzz::slow_head::lower(std::string{sockless::detail::known_field_names[i]});
        require((id == static_cast<sockless::detail::field_id>(i)) == known, "a field is found by its whole name only");
    }

    const bool digits = !text.empty() && text.size() < 4 &&
                        text.find_first_not_of("0123456789") == std::string_view::npos &&
                        (text.size() == 1 || text[0] != '0') && std::stoi(std::string{text}) < 256;
    require(fuzz::core([&] { return sockless::detail::matches(sockless::detail::start_of("octet"), text); }) == digits,
            "octet");
}

const fuzz::target here{"field_grammar", body};

} // namespace
