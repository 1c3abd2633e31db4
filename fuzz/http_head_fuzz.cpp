// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Feeds any bytes to a request_reader or response_reader with storage of several sizes, and compares with a reader that first searches the
/// end of the head and then divides it into lines.
///
/// The first byte selects the reader and its storage.
#include "cuts.hpp"
#include "slow_head.hpp"
#include "watch.hpp"

#include "support/error_names.hpp"
#include "support/hex.hpp"

#include <sockless/http/head_reader.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using fuzz::require;
using support::to_string;

template <class Reader, std::size_t Characters, std::size_t Fields>
class subject {
public:
    void feed(std::span<std::byte> chunk)
    {
        const std::string before = to_string(chunk);
        // Both overloads in turn: for bytes that can be written and for those that cannot.
        std::span<std::byte> in{chunk};
        std::span<const std::byte> constant{chunk};
        const std::size_t consumed = reader_.size();
        const sockless::detail::head_result status =
            fuzz::core([&] { return chunk.size() % 2 == 0 ? reader_.poll(in) : reader_.poll(constant); });
        if (chunk.size() % 2 != 0)
            in = in.last(constant.size());
        require(to_string(chunk) == before, "a head reader does not write to the input");
        require(in.empty() || in.data() + in.size() == chunk.data() + chunk.size(),
                "the remaining input is at the end");
        require(reader_.fields().size() <= Fields && reader_.size() <= Characters, "the storage is the limit");
        switch (status) {
        case sockless::detail::head_result::need_input:
            require(in.empty() && !complete_, "need_input means that all input was consumed");
            require(failed_ || reader_.size() == consumed + chunk.size(), "consumed bytes are counted");
            break;
        case sockless::detail::head_result::complete:
            require(!failed_, "a failed head is not complete");
            require(reader_.size() - consumed + in.size() == chunk.size(), "no byte after the head is consumed");
            if (!complete_)
                describe();
            complete_ = true;
            break;
        case sockless::detail::head_result::failed:
            require(in.empty() && !failed_ && !complete_, "a failure is returned once");
            require(failed(reader_.failure()), "a failure has a reason");
            require(reader_.failure_offset() <= reader_.size() || reader_.failure_offset() <= Characters,
                    "a failure has an offset");
            failed_ = true;
            lines_.push_back("failed " + std::string{support::spelling_of(reader_.failure())} + " at " +
                             std::to_string(reader_.failure_offset()));
            break;
        }
        rest_ += to_string(in);
    }
    [[nodiscard]] std::vector<std::string> log() const
    {
        std::vector<std::string> result = lines_;
        if (complete_)
            result.push_back("rest " + rest_);
        return result;
    }

private:
    void describe()
    {
        const auto head = reader_.head();
        const std::string_view all{storage_->space().characters.data(), reader_.size()};
        fuzz::slow_head read;
        if constexpr (requires { head.method; })
            read.start = {std::string{head.method}, std::string{head.target}};
        else
            read.start = {std::to_string(head.status), std::string{head.reason}};
        read.start.push_back(std::to_string(head.version.major_digit) + '.' + std::to_string(head.version.minor_digit));
        for (const sockless::field& each : head.fields) {
            require(fuzz::lies_in(each.name, all) && fuzz::lies_in(each.value, all), "fields are inside the storage");
            read.fields.emplace_back(each.name, each.value);
        }
        lines_ = read.lines();
    }

    std::unique_ptr<sockless::head_storage<Characters, Fields>> storage_ =
        std::make_unique<sockless::head_storage<Characters, Fields>>();
    Reader reader_{storage_->space()};
    std::vector<std::string> lines_;
    std::string rest_;
    bool complete_ = false;
    bool failed_ = false;
};

template <class Reader, std::size_t Characters, std::size_t Fields>
void check(std::span<const std::byte> bytes)
{
    constexpr bool request = std::is_same_v<Reader, sockless::detail::request_reader>;
    const std::vector<std::string> log =
        fuzz::same_log_in_every_way(bytes, [] { return subject<Reader, Characters, Fields>{}; });
    const fuzz::slow_head slow = fuzz::read_head_slowly(to_string(bytes), request);
    const bool complete = !log.empty() && log.back().starts_with("rest ");
    const bool fits = slow.size <= Characters && slow.fields.size() <= Fields;
    require(complete == (slow.good && fits), "a head is read if it is well formed and fits");
    if (!complete)
        return;
    std::vector<std::string> wanted = slow.lines();
    wanted.push_back("rest " + to_string(bytes.subspan(slow.size)));
    fuzz::require_equal(log, wanted, "split into lines");
}

template <class Reader>
void check(unsigned choice, std::span<const std::byte> bytes)
{
    switch (choice & 3U) {
    case 0: check<Reader, 8192, 64>(bytes); break;
    case 1: check<Reader, 256, 4>(bytes); break;
    case 2: check<Reader, 64, 2>(bytes); break;
    default: check<Reader, 40, 1>(bytes); break;
    }
}

void body(std::span<const std::byte> input)
{
    fuzz::decisions in{input};
    const unsigned choice = in.byte();
    if (choice % 2 == 0)
        check<sockless::detail::request_reader>(choice >> 1U, in.rest());
    else
        check<sockless::detail::response_reader>(choice >> 1U, in.rest());
}

const fuzz::target here{"http_head", body};

} // namespace
