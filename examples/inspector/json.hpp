// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Writes a report as JSON, for the page.
#pragma once

#include "report.hpp"
#include "support/text.hpp"

#include <sockless/core/error_string.hpp>

#include "support/error_names.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inspector {

/// Returns the clause at the end of a sentence, without the parentheses; empty: there is none.
[[nodiscard]] inline std::string_view clause_of(std::string_view sentence)
{
    const std::size_t open = sentence.rfind('(');
    return open == std::string_view::npos || !sentence.ends_with(')')
               ? std::string_view{}
               : sentence.substr(open + 1, sentence.size() - open - 2);
}

class json_writer {
public:
    [[nodiscard]] std::string write(const report& found)
    {
        text_ = "{\"deflate\":";
        write_deflate(found.deflate);
        text_ += ",\"streams\":[";
        write_stream(found.from_client);
        text_ += ',';
        write_stream(found.from_server);
        text_ += "]}";
        return std::move(text_);
    }

private:
    void string(const char* name, std::string_view value) { (key(name) += example::json_string(value)) += ','; }
    void number(const char* name, std::size_t value) { (key(name) += std::to_string(value)) += ','; }
    std::string& key(const char* name) { return ((text_ += '"') += name) += "\":"; }
    /// Ends an object or an array, of which the last member has ended with a comma.
    void end(char bracket)
    {
        if (text_.back() == ',')
            text_.pop_back();
        text_ += bracket;
    }
    template <class Range, class Write>
    void list(const char* name, const Range& all, const Write& write)
    {
        key(name) += '[';
        for (const auto& each : all) {
            write(each);
            text_ += ',';
        }
        end(']');
        text_ += ',';
    }
    void place(range where)
    {
        number("begin", where.begin);
        number("end", where.end);
    }

    void write_deflate(const sockless::negotiated_deflate& deflate)
    {
        if (!deflate.in_use()) {
            text_ += "null";
            return;
        }
        text_ += '[';
        for (const sockless::deflate_direction& each : {deflate.from_client, deflate.from_server}) {
            text_ += '{';
            number("bits", each.window_bits);
            number("takeover", each.context_takeover ? 1 : 0);
            end('}');
            text_ += ',';
        }
        end(']');
    }

    void write_stream(const stream& one)
    {
        static constexpr std::array<std::string_view, 7> results{"none", "incomplete", "request", "plain",
                                                                 "open", "refused",    "failed"};
        text_ += '{';
        string("sender", one.sender == sockless::role::client ? "client" : "server");
        number("size", one.size);
        string("head", results[static_cast<std::size_t>(one.head)]);
        number("status", one.status);
        string("subprotocol", example::escaped(one.subprotocol));
        string("answer", one.answer);
        number("omitted", one.omitted);
        number("unread", one.unread);
        number("missing", one.missing);
        list("notes", one.notes, [&](const std::string& each) { text_ += example::json_string(each); });
        list("blocks", one.blocks, [&](const block& each) { write_block(each); });
        list("items", one.items, [&](const item& each) { write_item(each); });
        key("broken");
        if (failed(one.broken.rule))
            write_violation(one.broken);
        else
            text_ += "null";
        end('}');
    }

    void write_block(const block& one)
    {
        text_ += '{';
        string("title", one.title);
        number("head", one.is_head ? 1 : 0);
        place(one.where);
        list("fields", one.fields, [&](const field& each) {
            text_ += '{';
            string("name", each.name);
            place(each.where);
            string("value", each.value);
            string("note", each.note);
            number("bits", each.bits);
            end('}');
        });
        end('}');
    }

    void write_item(const item& one)
    {
        static constexpr std::array<std::string_view, 5> kinds{"text", "binary", "ping", "pong", "close"};
        text_ += '{';
        string("kind", kinds[static_cast<std::size_t>(one.kind)]);
        place(one.where);
        string("payload", preview(sockless::as_bytes(one.payload), one.payload.size()) +
                              (one.payload.size() < one.size && one.kind != item_kind::close ? " ..." : ""));
        number("size", one.size);
        number("wire", one.wire_size);
        number("frames", one.frames);
        number("code", one.code);
        string("meaning", one.kind == item_kind::close ? to_string(static_cast<sockless::close_code>(one.code))
                                                       : std::string_view{});
        number("compressed", one.compressed ? 1 : 0);
        end('}');
    }

    void write_violation(const violation& broken)
    {
        text_ += '{';
        string("name", support::spelling_of(broken.rule));
        string("sentence", to_string(broken.rule));
        string("clause", clause_of(to_string(broken.rule)));
        string("group", to_string(condition_of(broken.rule)));
        string("detail", broken.detail);
        number("close", static_cast<std::size_t>(close_code_for(broken.rule)));
        number("bits", broken.bits);
        place(broken.where);
        end('}');
    }

    std::string text_;
};

} // namespace inspector
