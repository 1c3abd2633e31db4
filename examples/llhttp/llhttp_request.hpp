// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A request that llhttp parses, for `sockless::check_upgrade`.
#pragma once

#include <sockless/http/head.hpp>

#include <llhttp.h>

#include <cstddef>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace example {

class llhttp_request {
public:
    enum class state { incomplete, complete, malformed, too_large };

    llhttp_request()
    {
        llhttp_settings_init(&settings_);
        settings_.on_url = [](llhttp_t* parser, const char* text, std::size_t size) {
            return self(parser).append(self(parser).target_, text, size);
        };
        settings_.on_header_field = [](llhttp_t* parser, const char* text, std::size_t size) {
            return self(parser).append_name(text, size);
        };
        settings_.on_header_value = [](llhttp_t* parser, const char* text, std::size_t size) {
            self(parser).has_value_ = true;
            return self(parser).append(self(parser).lines_.back().second, text, size);
        };
        settings_.on_header_value_complete = [](llhttp_t* parser) {
            self(parser).has_value_ = true;
            return 0;
        };
        settings_.on_message_complete = [](llhttp_t* parser) {
            return parser->upgrade != 0 ? 0 : static_cast<int>(HPE_PAUSED);
        };
        llhttp_init(&parser_, HTTP_REQUEST, &settings_);
        parser_.data = this;
    }
    llhttp_request(const llhttp_request&) = delete;
    llhttp_request& operator=(const llhttp_request&) = delete;

    /// Parses bytes that have arrived, until the end of the request.
    ///
    /// @param[in,out] in  what remains belongs to the WebSocket
    [[nodiscard]] state parse(std::span<std::byte>& in)
    {
        const char* const begin = reinterpret_cast<const char*>(in.data());
        const llhttp_errno result = llhttp_execute(&parser_, begin, in.size());
        if ((size_ += in.size()) > max_size)
            return state::too_large;
        if (result == HPE_OK)
            return state::incomplete;
        if (result != HPE_PAUSED && result != HPE_PAUSED_UPGRADE)
            return state::malformed;
        in = in.subspan(static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - begin));
        for (auto& [name, value] : lines_) {
            value.erase(value.find_last_not_of(" \t") + 1);
            fields_.push_back({name, value});
        }
        return state::complete;
    }
    /// Returns the request, which refers to this object.
    [[nodiscard]] sockless::request_head head() const noexcept
    {
        return {llhttp_method_name(static_cast<llhttp_method_t>(parser_.method)),
                target_,
                {parser_.http_major, parser_.http_minor},
                fields_};
    }

private:
    static constexpr std::size_t max_size = 65536;
    static constexpr std::size_t max_fields = 100;

    [[nodiscard]] static llhttp_request& self(llhttp_t* parser) noexcept
    {
        return *static_cast<llhttp_request*>(parser->data);
    }
    /// Returns what llhttp expects of a callback; no exception may pass through C code.
    int append(std::string& to, const char* text, std::size_t size) noexcept
    try {
        to.append(text, size);
        return lines_.size() <= max_fields ? 0 : -1;
    } catch (const std::bad_alloc&) {
        return -1;
    }
    int append_name(const char* text, std::size_t size) noexcept
    try {
        if (lines_.empty() || has_value_)
            lines_.emplace_back();
        has_value_ = false;
        return append(lines_.back().first, text, size);
    } catch (const std::bad_alloc&) {
        return -1;
    }

    llhttp_settings_t settings_;
    llhttp_t parser_;
    std::string target_;
    std::vector<std::pair<std::string, std::string>> lines_;
    std::vector<sockless::field> fields_;
    std::size_t size_ = 0;
    bool has_value_ = false;
};

} // namespace example
