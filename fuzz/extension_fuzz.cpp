// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Parses any characters as a list of extensions, and compares with a parser that follows the grammar of RFC 6455 9.1 rule by rule.
///
/// The first byte selects where the list is divided into two lines.
#include "slow_head.hpp"
#include "watch.hpp"

#include "reference/grammars.hpp"
#include "support/exact_block.hpp"

#include <sockless/bytes/copy.hpp>
#include <sockless/handshake/negotiation.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using fuzz::require;
using strings = std::vector<std::string>;
using reference::slow_extension_parser;

std::string line_of(const sockless::extension& one, std::string_view text)
{
    require(fuzz::lies_in(one.name, text) && fuzz::lies_in(one.parameter_text, text),
            "an extension is inside the text");
    std::string line{one.name};
    sockless::extension::parameter_cursor parameters = one.parameters();
    sockless::extension::parameter each;
    std::array<char, 64> small{};
    std::string large(text.size(), ' ');
    while (fuzz::core([&] { return parameters.next(each); })) {
        require(fuzz::lies_in(each.name, text) && fuzz::lies_in(each.value, text), "a parameter is inside the text");
        line += " ; " + std::string{each.name};
        require(each.has_value == !each.value.empty(), "a value is never empty");
        if (!each.has_value)
            continue;
        const std::string_view value = fuzz::core([&] { return each.unquote(large); });
        line += " = " + std::string{value};
        const std::string_view same = fuzz::core([&] { return each.unquote(small); });
        require(same.empty() || same == value, "a buffer that is too small gives nothing");
    }
    return line;
}

strings lines_of(sockless::extension_cursor cursor, std::string_view text, bool& good)
{
    strings result;
    sockless::extension one;
    while (fuzz::core([&] { return cursor.next(one); })) {
        require(result.size() <= text.size(), "there are at most as many extensions as characters");
        result.push_back(line_of(one, text));
    }
    good = !cursor.malformed();
    require(!cursor.next(one) || good, "nothing is returned after a malformed element");
    return result;
}

void body(std::span<const std::byte> input)
{
    fuzz::decisions in{input};
    const unsigned choice = in.byte();
    const support::exact_block block{in.rest(), choice % 8};
    const std::string_view text = sockless::as_text(block.bytes());

    bool good = false;
    bool slow_good = false;
    const strings lines = lines_of(sockless::extension_cursor{text}, text, good);
    const strings slow = slow_extension_parser{text}.list(slow_good);
    require(good == slow_good, "a list is well formed according to the grammar");
    require(lines == slow, "elements and parameters are those of the grammar");

    // A list that is valid to send is valid to read, and has no empty elements.
    if (fuzz::core([&] { return sockless::detail::is_extension_list_valid_to_send(text); }))
        require(good && !lines.empty() && fuzz::is_slow_value(text), "a list that is valid to send is well formed");
    const sockless::extension_cursor list{text};
    if (good && !lines.empty()) {
        require(fuzz::core([&] {
                    return sockless::detail::contains_all_extensions(sockless::detail::element_cursor{text}, text);
                }),
                "a list contains all of its elements");
        require(list.contains(lines[0].substr(0, lines[0].find(' '))), "a list contains its first element");
    }

    // A list in two lines is the list of the first line followed by that of the second.
    const std::size_t cut = text.empty() ? 0 : choice * 7 % (text.size() + 1);
    const std::array<sockless::field, 2> fields{
        {{"sec-websocket-extensions", text.substr(0, cut)}, {"Sec-WebSocket-Extensions", text.substr(cut)}}};
    bool two_good = false;
    const strings two = lines_of(sockless::extension_cursor{fields}, text, two_good);
    bool first_good = false;
    bool second_good = false;
    strings wanted = slow_extension_parser{text.substr(0, cut)}.list(first_good);
    if (first_good)
        for (const std::string& each : slow_extension_parser{text.substr(cut)}.list(second_good))
            wanted.push_back(each);
    require(two_good == (first_good && second_good) && two == wanted, "lines are read one after the other");
}

const fuzz::target here{"extension", body};

} // namespace
