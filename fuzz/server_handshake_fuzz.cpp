// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Feeds any bytes to a server_handshake. It writes at most one response, which is well-formed, and which is a 101 only if the request meets
/// all requirements of RFC 6455 4.2.1. A handshake that streams the head receives the same bytes and has the same result.
///
/// The first byte selects the answer to a valid request, whether the first output queue is too small, and the buffer size of the streaming
/// handshake.
#include "both_heads.hpp"
#include "cuts.hpp"
#include "slow_head.hpp"
#include "watch.hpp"

#include "support/error_names.hpp"
#include "support/hex.hpp"

#include <sockless/handshake/server_handshake.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using fuzz::require;
using sockless::error;
using sockless::server_handshake_result;
using support::to_string;
using strings = std::vector<std::string>;

enum class decision : unsigned { accept, accept_all, respond, refuse };

/// Returns all elements of all fields of one name, in lower case.
strings elements_of(const fuzz::slow_head& head, std::string_view name)
{
    strings result;
    for (const std::string& value : head.values(name)) {
        std::string_view rest = value;
        while (true) {
            const std::size_t comma = rest.find(',');
            result.push_back(fuzz::slow_head::lower(fuzz::slow_trim(std::string{rest.substr(0, comma)})));
            if (comma == std::string_view::npos)
                break;
            rest.remove_prefix(comma + 1);
        }
    }
    return result;
}

bool lists(const strings& list, std::string_view wanted)
{
    return std::find(list.begin(), list.end(), wanted) != list.end();
}

/// Returns whether a request meets the requirements of RFC 6455 4.2.1 for a 101.
bool may_open(const fuzz::slow_head& head)
{
    const strings keys = head.values("sec-websocket-key");
    return head.good && head.start[0] == "GET" && head.start[2] >= "1.1" && head.start[2] < "2" &&
           head.values("host").size() == 1 && lists(elements_of(head, "upgrade"), "websocket") &&
           lists(elements_of(head, "connection"), "upgrade") && keys.size() == 1 && keys[0].size() == 24 &&
           head.values("sec-websocket-version") == strings{"13"} && head.values("origin").size() < 2 &&
           head.values("transfer-encoding").empty();
}

class subject {
public:
    explicit subject(unsigned choice) : decision_{static_cast<decision>(choice & 3U)}, narrow_{(choice >> 2U & 1U) != 0}
    {
    }

    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        const bool was_open = handshake_.is_open();
        const server_handshake_result outcome = poll(in);
        require(in.data() + in.size() == chunk.data() + chunk.size() || in.empty(),
                "the remaining input is at the end");
        switch (outcome) {
        case server_handshake_result::need_input:
            require(in.empty(), "need_input means that all input was consumed");
            break;
        case server_handshake_result::request:
        case server_handshake_result::plain_request: answer(outcome == server_handshake_result::request, in); break;
        case server_handshake_result::rejected:
            require(in.empty() && lines_.empty(), "a rejection is returned once");
            require(failed(handshake_.failure()), "a rejection has a reason");
            lines_.push_back("refused " + std::string{support::spelling_of(handshake_.failure())} + " at " +
                             std::to_string(handshake_.failure_offset()));
            wait_for_room();
            break;
        case server_handshake_result::open:
            require(was_open && in.size() == chunk.size(), "an open handshake consumes nothing");
            break;
        }
        if (handshake_.is_open())
            rest_ += to_string(in);
    }

    [[nodiscard]] strings log() const
    {
        strings result = lines_;
        result.push_back(out_);
        if (handshake_.is_open())
            result.push_back("rest " + rest_);
        return result;
    }

private:
    server_handshake_result poll(std::span<std::byte>& in)
    {
        // If the queue is too small, a rejection is pending.
        if (!narrow_)
            return drained(fuzz::core([&] { return handshake_.poll(in, *wide_); }), *wide_);
        const server_handshake_result outcome = fuzz::core([&] { return handshake_.poll(in, narrow_tx_); });
        require(narrow_tx_.empty(), "a response that does not fit is not begun");
        return outcome;
    }

    void wait_for_room()
    {
        require(handshake_.rejection_pending() == narrow_, "a rejection that does not fit is pending");
        require(handshake_.is_answered() == !narrow_, "a rejection that fits has been written");
        std::span<std::byte> nothing;
        require(drained(fuzz::core([&] { return handshake_.poll(nothing, *wide_); }), *wide_) ==
                    server_handshake_result::need_input,
                "a rejection is returned once");
        require(handshake_.is_answered() && !handshake_.rejection_pending(), "a rejection is written once it fits");
    }

    void answer(bool upgrade, std::span<std::byte>& in)
    {
        const sockless::upgrade_request& request = handshake_.request();
        require(!handshake_.is_open() && !handshake_.is_answered(), "a request is returned until it is answered");
        for (const std::string_view view :
             {request.method, request.target, request.path, request.query, request.host, request.key, request.origin})
            fuzz::touch(view);
        lines_.push_back((upgrade ? "request " : "plain ") + std::string{request.host} + ':' +
                         std::to_string(request.port) + ' ' + std::string{request.path} + '?' +
                         std::string{request.query});
        require(upgrade == !failed(handshake_.failure()), "a plain request has a reason");
        if (!upgrade)
            require(fuzz::core([&] { return handshake_.accept(*wide_); }) == error::not_open,
                    "only an upgrade is accepted");
        require(wide_->empty(), "a refused call writes nothing");

        error e = error::none;
        if (upgrade && (decision_ == decision::accept || decision_ == decision::accept_all))
            e = accept(request);
        else if (decision_ == decision::refuse)
            e = fuzz::core([&] { return handshake_.refuse(*wide_); });
        else
            e = fuzz::core([&] { return handshake_.respond(*wide_, 403, fields_, "no\r\n"); });
        require(e == error::none, "a valid request can be answered");
        require(handshake_.is_open() != handshake_.is_answered(), "the handshake is open or answered after the answer");
        drained(server_handshake_result::open, *wide_);
        require(handshake_.respond(*wide_, 200) == error::not_open && handshake_.accept(*wide_) == error::not_open,
                "a second answer is refused");
        if (!handshake_.is_open())
            require(fuzz::core([&] { return handshake_.poll(in, *wide_); }) == server_handshake_result::need_input &&
                        in.empty(),
                    "input after an answer is discarded");
    }

    /// Selects the first subprotocol and, depending on the input, all extensions as offered.
    error accept(const sockless::upgrade_request& request)
    {
        std::string_view subprotocol;
        auto list = request.subprotocols();
        static_cast<void>(list.next(subprotocol));
        std::string extensions;
        sockless::extension_cursor offered = request.extensions();
        for (sockless::extension one; decision_ == decision::accept_all && offered.next(one);) {
            extensions += extensions.empty() ? "" : ", ";
            extensions += std::string{one.name} + std::string{one.parameter_text};
        }
        require(!offered.malformed(), "the extensions of a valid request are well formed");
        const sockless::accept_options choice{.subprotocol = subprotocol, .extensions = extensions, .fields = fields_};
        return fuzz::core([&] { return handshake_.accept(*wide_, choice); });
    }

    template <class Queue>
    server_handshake_result drained(server_handshake_result outcome, Queue& queue)
    {
        out_ += to_string(queue.data());
        queue.clear();
        return outcome;
    }

    std::unique_ptr<sockless::head_storage<2048, 16>> storage_ = std::make_unique<sockless::head_storage<2048, 16>>();
    std::unique_ptr<sockless::static_byte_queue<8192>> wide_ = std::make_unique<sockless::static_byte_queue<8192>>();
    sockless::static_byte_queue<8> narrow_tx_;
    sockless::server_handshake handshake_{*storage_};
    std::array<sockless::field, 1> fields_{{{"Server", "fuzz"}}};
    strings lines_;
    std::string out_;
    std::string rest_;
    decision decision_;
    bool narrow_;
};

/// Checks the output as its receiver reads it: possibly a 100, then one response.
void check_answer(std::string_view out, bool opened, const fuzz::slow_head& request)
{
    fuzz::slow_head answer = fuzz::read_head_slowly(out, false);
    require(answer.good, "an answer is a well-formed head");
    if (answer.start[0] == "100") {
        out.remove_prefix(answer.size);
        answer = fuzz::read_head_slowly(out, false);
        require(answer.good, "another head follows a 100");
    }
    require(answer.start[2] == "1.1", "an answer is HTTP/1.1");
    require((answer.start[0] == "101") == opened, "a connection is open after a 101");
    if (opened) {
        require(out.size() == answer.size, "a 101 has no body");
        require(may_open(request), "a 101 answers a request that meets all requirements");
        require(answer.values("sec-websocket-accept").size() == 1 &&
                    answer.values("sec-websocket-protocol").size() <= 1 &&
                    answer.values("upgrade") == strings{"websocket"},
                "a 101 has the fields of RFC 6455 4.2.2");
        return;
    }
    const bool is_head =
        request.good && request.start[0] == "HEAD"; // RFC 9110 9.3.2: the length of a body that is not there
    require(is_head ? out.size() == answer.size && answer.values("content-length").size() == 1
                    : answer.values("content-length") == strings{std::to_string(out.size() - answer.size)},
            "the length is that of the body");
    require(lists(elements_of(answer, "connection"), "close"), "any other response closes the connection");
}

void body(std::span<const std::byte> input)
{
    fuzz::decisions in{input};
    const unsigned choice = in.byte();
    const strings log = fuzz::same_log_in_every_way(in.rest(), [choice] { return subject{choice}; });
    const bool opened = log.back().starts_with("rest ");
    const std::string& out = log[log.size() - (opened ? 2 : 1)];
    if (!out.empty())
        check_answer(out, opened, fuzz::read_head_slowly(to_string(in.rest()), true));
    require(out.empty() == (log.size() == 1), "every decision is answered");
    fuzz::both_heads::compare_servers(in.rest(), choice);
}

const fuzz::target here{"server_handshake", body};

} // namespace
