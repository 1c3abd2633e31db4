// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file validates a request while a parser reads its head, and keeps all of it or only what a streamed head keeps.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/field_dictionary.hpp"
#include "../http/head_store.hpp"
#include "../http/head_table.hpp"
#include "../http/list.hpp"
#include "accept_key.hpp"
#include "upgrade_request.hpp"

#include <cstddef>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

template <class Head>
class request_sink;

/// Validates a request of which the whole head is kept.
template <>
class request_sink<whole_head> : public whole_request {
public:
    using store = head_store<whole_head>;

    void on_part(head_part part, std::string_view text, const store&) noexcept
    {
        if (part == head_part::method)
            check_method(text);
        else if (part == head_part::target)
            on_target(text, request_);
        else
            check_version(text.front(), text.back());
    }
    /// Not inlined: the loop over the lines would be slower.
    SOCKLESS_NOINLINE void on_field(const known_field& known, std::string_view value, const store&) noexcept
    {
        whole_request::on_field(known, value, request_);
    }
    bool on_end(const store& stored) noexcept
    {
        whole_request::on_end(stored.fields(), request_);
        return true;
    }
    [[nodiscard]] static constexpr bool is_broken() noexcept { return false; }
    [[nodiscard]] const upgrade_request& request() const noexcept { return request_; }

private:
    upgrade_request request_;
};

/// Validates a request while it is streamed; keeps target, subprotocols and key.
template <>
class request_sink<streamed_head> : public request_validator {
public:
    using store = head_store<streamed_head>;

    SOCKLESS_INLINE void on_part(head_part part, std::string_view text, store& kept) noexcept
    {
        if (part == head_part::method)
            check_method(text);
        else if (part == head_part::target)
            on_target(text, kept);
        else
            check_version(text.data()[0], text.data()[1]);
    }
    SOCKLESS_INLINE void on_field(const known_field& known, std::string_view value, store& kept) noexcept
    {
        if (check_field(known, value) && known.id == field_id::websocket_key) {
            for (std::size_t i = 0; i < key_.size(); ++i)
                key_[i] = value[i];
        }
        if (known.id == field_id::websocket_protocol)
            keep_subprotocols(value, kept);
    }
    SOCKLESS_INLINE bool on_end(const store&) noexcept
    {
        check_end(!target_.empty(), element_cursor{subprotocols_});
        return true;
    }
    /// Returns whether the rest of the head does not matter: what had to be kept did not fit.
    [[nodiscard]] bool is_broken() const noexcept { return failure_ == error::head_too_large; }

    using request_validator::expects_continue;
    [[nodiscard]] std::string_view target() const noexcept { return target_; }
    [[nodiscard]] std::string_view subprotocols() const noexcept { return subprotocols_; }
    [[nodiscard]] const key_text& key() const noexcept { return key_; }

private:
    /// Keeps the path and the query. An empty path becomes "/".
    SOCKLESS_INLINE void on_target(std::string_view text, store& kept) noexcept
    {
        std::size_t authority = 0;
        std::size_t path = find_path(text, authority);
        if (path > text.size())
            return;
        if (path == text.size() || text[path] != '/')
            kept.replace(--path, '/'); // where the authority ends
        target_ = {kept.retain(path), text.size() - path};
    }

    /// Keeps the lists of all lines as one list.
    SOCKLESS_INLINE void keep_subprotocols(std::string_view value, store& kept) noexcept
    {
        if (!kept.append(','))
            return record(error::head_too_large);
        subprotocols_ = {kept.retain() - subprotocols_.size(), subprotocols_.size() + value.size() + 1};
    }

    std::string_view target_;
    std::string_view subprotocols_;
    key_text key_{};
};

} // namespace sockless::inline SOCKLESS_ABI::detail
