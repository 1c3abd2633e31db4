// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file validates a request: does it ask for a WebSocket, and can it have one (RFC 6455 4.2.1)? The head can come from the
/// parser of this library while it is read, or from any other HTTP parser.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/character_class.hpp"
#include "../http/head.hpp"
#include "../http/head_lines.hpp"
#include "../http/head_storage.hpp"
#include "../http/kept_head.hpp"
#include "../http/uri.hpp"
#include "../http/value_grammar.hpp"
#include "accept_key.hpp"
#include "field_validator.hpp"
#include "negotiation.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// What the client asks for. All views point into the head that was validated.
///
/// A plain request is one whose Upgrade field does not list `websocket`, with any method and any version 1.x of HTTP: a page, or a
/// health check. It can announce a body, which is not read. Over HTTP/2 and HTTP/3 it is one without `:protocol`.
///
/// The resource name of RFC 6455 is `path`, followed by "?" and `query` if that is not empty; both are as received, still
/// percent-encoded. They are visible ASCII, but no stricter than that: browsers leave characters like "|" as they are.
struct upgrade_request {
    std::string_view method;     ///< "GET", or "CONNECT" over HTTP/2 and HTTP/3, unless it is a plain request
    std::string_view target;     ///< as in the request line, or in `:path`
    std::string_view path = "/"; ///< empty in a plain request for "*" (OPTIONS) or for a host and a port (CONNECT)
    std::string_view query;      ///< without the question mark; empty if there is none
    std::string_view
        host; ///< of the Host field, or of `:authority` or an absolute target, which override it (RFC 9112 3.2.2)
    std::uint16_t port = 0;        ///< 0 if there was none
    std::string_view key;          ///< empty over HTTP/2 and HTTP/3, which have none
    std::string_view origin;       ///< of the page that asks; empty if there is no Origin field
    bool has_origin = false;       ///< RFC 6455 4.2.1: no Origin field is not the same as "null" or an empty one
    bool expects_continue = false; ///< RFC 9110 7.8: a 100 has to precede the 101; `write_accept` writes it
    std::span<const field> fields; ///< all fields, such as cookies and credentials

    /// Returns the client's list, in order of preference.
    [[nodiscard]] constexpr list_cursor subprotocols() const noexcept
    {
        return {fields, detail::field_name(detail::field_id::websocket_protocol)};
    }
    /// Returns the client's list, in order of preference. One name can occur several times, as alternatives.
    [[nodiscard]] constexpr extension_cursor extensions() const noexcept { return extension_cursor{fields}; }
};

/// Returns whether a request that failed with `reason` is valid and asks for something else than a WebSocket, such as a page.
[[nodiscard]] constexpr bool is_plain_request(error reason) noexcept
{
    return reason == error::upgrade_missing || reason == error::upgrade_not_websocket ||
           reason == error::protocol_missing;
}

namespace detail {

/// In the order of `field_id`.
inline constexpr field_rules request_rules = [] {
    using enum error;
    return field_rules{{
        connection_rule,
        {start_of("number"), body_length_invalid, body_length_invalid, none, body_announced},
        {}, // Expect
        {start_of("host"), host_invalid, host_repeated, host_missing},
        {.repeated = origin_repeated},
        {start_of("nothing"), body_announced, none, none, body_length_invalid},
        {start_of("protocols"), upgrade_not_websocket, none, upgrade_missing, upgrade_not_websocket},
        {}, // Sec-WebSocket-Accept
        extensions_rule,
        {.repeated = key_repeated, .missing = key_missing},
        {.missing_token = subprotocol_invalid},
        {start_of("octet"), version_invalid, version_repeated, version_missing, version_unsupported},
    }};
}();

/// Whether the method of a request is kept: by a whole head, and by a streamed one that names fields.
template <class Head>
concept keeps_method = std::is_same_v<Head, whole_head> || Head::has_names;

/// Returns whether a method is one of the two that every server has (RFC 9110 9.1).
[[nodiscard]] constexpr bool is_get_or_head(std::string_view method) noexcept
{
    return equal(method, "GET") || equal(method, "HEAD");
}

/// What is kept of a request of which the whole head is not.
struct streamed_request {
    /// Returns a cursor over all names.
    [[nodiscard]] constexpr element_cursor subprotocols() const noexcept { return element_cursor{subprotocol_list}; }

    std::string_view path;             ///< with the query
    std::string_view subprotocol_list; ///< the lists of all lines as one list
    key_text key{};
};
struct streamed_request_with_method : streamed_request {
    std::string_view method;
};

/// Validates a request by the rules of RFC 6455 4.2.1 while a parser reads its head, and keeps what the kind of head says.
///
/// @tparam Rules  for the fields
template <class Head, const field_rules& Rules = request_rules>
class request_sink : public field_validator {
    static constexpr bool is_whole = std::is_same_v<Head, whole_head>;

public:
    using store = head_store<Head>;
    using request_type =
        std::conditional_t<is_whole, upgrade_request,
                           std::conditional_t<keeps_method<Head>, streamed_request_with_method, streamed_request>>;

    SOCKLESS_INLINE constexpr void on_part(head_part part, std::string_view text, store& kept) noexcept
    {
        if (part == head_part::method)
            on_method(text, kept);
        else if (part == head_part::target)
            on_target(text, kept);
        else
            on_version(text.data()[0], text.data()[is_whole ? 2 : 1]);
    }
    SOCKLESS_INLINE constexpr void on_method(std::string_view method, [[maybe_unused]] store& kept) noexcept
    {
        const bool is_get = equal(method.data(), method.size(), "GET", 3);
        if (!is_get)
            record(error::method_not_get);
        if constexpr (keeps_method<Head>)
            request_.method = is_get ? std::string_view{"GET"} : kept.keep(method);
    }
    /// RFC 9110 2.5, 15.6.6: any 1.x. HTTP/1.0 has no Upgrade (RFC 9110 7.8), and needs no Host (RFC 9112 3.2).
    SOCKLESS_INLINE constexpr void on_version(char major_digit, char minor_digit) noexcept
    {
        error e = error::none;
        if (minor_digit == '0') {
            matched = 1U << static_cast<unsigned>(field_id::host); // the first of all
            e = error::http_version_too_old;
        }
        if (major_digit != '1')
            e = error::http_version_unsupported;
        record(e);
    }
    /// RFC 9112 3.2: a path with an optional query, or an http URI that has a host, a port, a path and a query; of some plain
    /// requests "*", or a host with a port
    SOCKLESS_INLINE constexpr void on_target(std::string_view target, store& kept) noexcept
    {
        unsigned grammar = start_of("target");
        std::size_t authority = 0;
        std::size_t path = 0;
        if (!target.starts_with('/')) {
            authority = match_prefix(start_of("http"), target.data(), target.size());
            path = match_prefix(start_of("host"), target.data(), target.size(), authority);
            grammar = start_of("resource");
        }
        if constexpr (is_whole) {
            request_.target = target;
            request_.path = {};
        }
        const bool is_common =
            has_fast_lines && grammar == start_of("target") && all_of<path_character>(subview(target, 1));
        if (!is_common && match_prefix(grammar, target.data(), target.size(), path) != target.size()) {
            if (!is_other_form(target))
                record(error::request_target_invalid);
            else if constexpr (!is_whole)
                request_.path = kept.keep(target);
            return;
        }
        if constexpr (is_whole) {
            split_target(target, authority, path);
        } else {
            if (path == target.size() || target[path] != '/')
                kept.replace(--path, '/'); // where the authority ends
            request_.path = {kept.retain(path), target.size() - path};
        }
    }
    SOCKLESS_INLINE constexpr void on_field(const known_field& known, std::string_view value, store& kept) noexcept
    {
        const bool is_good = check_field(known, value);
        if constexpr (keeps_method<Head>)
            if (known.id == field_id::transfer_encoding)
                check_last_coding(known, value);
        if constexpr (is_whole) {
            keep_value(known.id, value);
        } else {
            if (is_good && known.id == field_id::websocket_key)
                for (std::size_t i = 0; i < request_.key.size(); ++i)
                    request_.key[i] = value[i];
            if (known.id == field_id::websocket_protocol)
                keep_subprotocols(value, kept);
        }
    }
    SOCKLESS_INLINE bool on_end(const store& kept) noexcept
    {
        check_end(kept.fields());
        return true;
    }
    /// Checks what can only be said at the end of the head.
    SOCKLESS_INLINE constexpr void check_end(std::span<const field> fields) noexcept
    {
        if constexpr (is_whole) {
            request_.fields = fields;
            request_.expects_continue = expects_continue();
        }
        if (has(seen, field_id::websocket_protocol))
            check_subprotocols(request_.subprotocols());
        if (has(seen, field_id::content_length) && has(seen, field_id::transfer_encoding))
            record(error::body_length_invalid);
        check_required<Rules>();
    }
    /// Returns whether the rest of the head does not matter: what had to be kept did not fit.
    [[nodiscard]] constexpr bool is_broken() const noexcept { return !is_whole && failure == error::head_too_large; }

    [[nodiscard]] constexpr const request_type& request() const noexcept { return request_; }
    [[nodiscard]] constexpr bool expects_continue() const noexcept { return has(matched, field_id::expect); }

protected:
    constexpr void set_host(std::string_view text, std::uint16_t default_port) noexcept
    {
        authority where{.host = text};
        if (text.find(':') != std::string_view::npos)
            static_cast<void>(parse_authority(text, where));
        request_.host = where.host;
        request_.port = where.has_port ? where.port : default_port;
    }

    request_type request_;

private:
    /// Checks one line.
    ///
    /// @return false if it is a malformed key
    SOCKLESS_INLINE constexpr bool check_field(const known_field& known, std::string_view value) noexcept
    {
        check_value(Rules, known, value);
        if (known.id != field_id::websocket_key || is_key(value))
            return true;
        record(error::key_invalid);
        return false;
    }
    /// Returns whether a target has the form of a certain method (RFC 9112 3.2.3, 3.2.4).
    [[nodiscard]] SOCKLESS_INLINE constexpr bool is_other_form([[maybe_unused]] std::string_view target) const noexcept
    {
        if constexpr (keeps_method<Head>)
            return (equal(target, "*") && equal(request_.method, "OPTIONS")) ||
                   (equal(request_.method, "CONNECT") && matches(start_of("host"), target));
        else
            return false;
    }
    /// RFC 9112 6.3: `matched` if the last coding of all lines is chunked. Without the method any coding has to be.
    constexpr void check_last_coding(const known_field& known, std::string_view value) noexcept
    {
        constexpr auto chunked = static_cast<std::uint16_t>(1U << static_cast<unsigned>(field_id::transfer_encoding));
        element_cursor list{value};
        std::string_view coding;
        while (list.next(coding))
            matched = static_cast<std::uint16_t>(
                iequal_word(coding.data(), coding.size(), known.word()) ? matched | chunked : matched & ~chunked);
    }
    /// Keeps the lists of all lines as one list.
    SOCKLESS_INLINE constexpr void keep_subprotocols(std::string_view value, store& kept) noexcept
    {
        std::string_view& list = request_.subprotocol_list;
        if (!kept.append(','))
            return record(error::head_too_large);
        list = {kept.keep(kept.token()).data() - list.size(), list.size() + value.size() + 1};
    }
    constexpr void split_target(std::string_view target, std::size_t authority, std::size_t path) noexcept
    {
        if (authority != 0)
            set_host(subview(target, authority, path - authority),
                     default_port(authority == std::string_view{"https://"}.size()));
        const std::string_view resource = subview(target, path);
        const std::size_t query = resource.find('?');
        request_.path = query == 0 || resource.empty() ? "/" : subview(resource, 0, query);
        if (query < resource.size())
            request_.query = subview(resource, query + 1);
    }
    SOCKLESS_INLINE constexpr void keep_value(field_id id, std::string_view value) noexcept
    {
        if (id == field_id::websocket_key)
            request_.key = value;
        if (id == field_id::host && request_.host.empty())
            set_host(value, 0);
        if (id == field_id::origin && !request_.has_origin) {
            request_.origin = value;
            request_.has_origin = true;
        }
    }

    /// RFC 6455 4.1, 4.3, 11.3.4: tokens, all different, over any number of lines
    ///
    /// A name is compared with the first 32 only, so that the work for a long list is linear. A repetition after them does no harm.
    template <class Cursor>
    SOCKLESS_INLINE constexpr void check_subprotocols(Cursor list) noexcept
    {
        constexpr int max_compared = 32;
        const Cursor all = list;
        std::string_view name;
        while (list.next(name)) {
            if (!matches(start_of("token"), name))
                return record(error::subprotocol_invalid);
            Cursor earlier = all;
            std::string_view other;
            for (int i = 0; i < max_compared && earlier.next(other) && other.data() != name.data(); ++i)
                if (equal(other, name))
                    return record(error::subprotocol_repeated_name);
        }
    }
};

} // namespace detail

/// Validates a request by all rules of RFC 6455 4.2.1, before anything else of the connection is read.
///
/// @param head      of any parser; field values have no white space around them; outlives `out`
/// @param[out] out  complete for a valid request; for a plain one (`is_plain_request`) it has method, target, path, query, host,
///                  port, origin and fields
/// @return `error::none`, or the first error in the order of `error`; `http_status_for` gives the status of the response
/// @par Errors      request_target_invalid, body_length_invalid, http_version_unsupported, host_missing, host_repeated,
///                  host_invalid; upgrade_missing, upgrade_not_websocket: a plain request; body_announced, method_not_get,
///                  http_version_too_old, connection_not_upgrade, key_missing, key_repeated, key_invalid, version_missing,
///                  version_repeated, version_invalid, version_unsupported, subprotocol_invalid, subprotocol_repeated_name, extensions_invalid, origin_repeated
/// @par Source      RFC 6455 4.2.1, 4.3, 11.3; RFC 9110 7.6.1, 7.8; RFC 9112 3.2, 6
/// @par Complexity  O(size of the head)
[[nodiscard]] constexpr error check_upgrade(const request_head& head, upgrade_request& out) noexcept
{
    detail::request_sink<whole_head> sink;
    detail::head_store<whole_head> none{{}};
    sink.on_method(head.method, none);
    sink.on_version(static_cast<char>('0' + head.version.major_digit),
                    static_cast<char>('0' + head.version.minor_digit));
    sink.on_target(head.target, none);
    detail::check_fields(head.fields, sink);
    sink.check_end(head.fields);
    out = sink.request();
    return sink.failure;
}

} // namespace sockless::inline SOCKLESS_ABI
