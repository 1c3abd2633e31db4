// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A connection with permessage-deflate, for the feeder and for round trips, over any backend.
#pragma once

#include "support/connection_subject.hpp"
#include "support/exact_block.hpp"
#include "support/hex.hpp"
#include "support/mask_keys.hpp"

#include <sockless/connection.hpp>
#include <sockless/deflate/permessage_deflate.hpp>
#include <sockless/with_heap.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace deflate_test {

using sockless::deflate_send_options;
using sockless::negotiated_deflate;
using sockless::role;
using support::byte_vector;
using support::promised;
using support::strings;

/// What was agreed, in the words of the field value: bits 0 is "not there".
[[nodiscard]] inline negotiated_deflate agreed(unsigned server_bits = 0, unsigned client_bits = 0,
                                               bool server_no_takeover = false, bool client_no_takeover = false)
{
    return sockless::detail::negotiated_from({static_cast<std::uint8_t>(server_bits),
                                              static_cast<std::uint8_t>(client_bits), server_no_takeover,
                                              client_no_takeover});
}

/// All that one end with permessage-deflate needs. `Backend` has `inflater` and `deflater`, which open themselves:
/// `make_inflater(bits)`, `make_deflater(bits)`.
template <class Backend, role Self>
class end_point {
public:
    using extension = sockless::permessage_deflate<typename Backend::inflater, typename Backend::deflater>;
    using connection =
        std::conditional_t<Self == role::server, sockless::connection<Self, sockless::no_mask_keys, extension>,
                           sockless::connection<Self, support::zero_keys, extension>>;

    explicit end_point(const negotiated_deflate& parameters, const sockless::limits& bounds = {},
                       std::size_t output = 4096,
                       const deflate_send_options& sending = {.when = sockless::deflate_when::always})
        : inflater_{Backend::make_inflater(parameters.received_by(Self).window_bits)},
          deflater_{Backend::make_deflater(parameters.sent_by(Self).window_bits)},
          output_{std::make_unique<support::exact_block>(byte_vector(output))},
          connection_{std::make_unique<connection>(sockless::connection_options<keys, extension>{
              .limits = bounds,
              .decoder = {*inflater_, output_->bytes(), parameters.received_by(Self)},
              .encoder = {*deflater_, parameters.sent_by(Self), sending}})}
    {
    }

    [[nodiscard]] connection& ws() noexcept { return *connection_; }
    [[nodiscard]] std::span<std::byte> output() const noexcept { return output_->bytes(); }
    [[nodiscard]] typename Backend::inflater& inflater() noexcept { return *inflater_; }
    /// Moves the connection elsewhere, and nothing that it points at.
    void relocate() { connection_ = std::make_unique<connection>(*std::exchange(connection_, nullptr)); }

private:
    using keys = std::conditional_t<Self == role::server, sockless::no_mask_keys, support::zero_keys>;

    std::unique_ptr<typename Backend::inflater> inflater_;
    std::unique_ptr<typename Backend::deflater> deflater_;
    std::unique_ptr<support::exact_block> output_;
    std::unique_ptr<connection> connection_;
};

/// For the feeder. Checks after every call what has to hold whatever the peer sends.
template <class Backend, role Self>
class subject {
public:
    explicit subject(const negotiated_deflate& parameters = agreed(), const sockless::limits& bounds = {},
                     std::size_t output = 4096)
        : end_{std::make_unique<end_point<Backend, Self>>(parameters, bounds, output)}, bounds_{bounds}
    {
    }

    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        while (true) {
            const std::size_t before = in.size();
            const sockless::event e = end_->ws().poll(in, *tx_);
            promised(in.size() <= before && in.data() + in.size() == chunk.data() + chunk.size(),
                     "the cursor goes forward");
            count(e);
            log_.add(e);
            out_.insert(out_.end(), tx_->data().begin(), tx_->data().end());
            tx_->clear();
            if (e.kind() == sockless::event_kind::need_input)
                break;
            if (e.kind() == sockless::event_kind::message)
                promised(support::within(e.payload(), chunk.data(), chunk.size()) ||
                             support::within(e.payload(), end_->output().data(), end_->output().size()),
                         "payload lies in the input, or where the program wanted it");
            end_->relocate();
        }
        promised(in.empty(), "after need_input the input is empty");
        for (std::byte& b : chunk)
            b = ~b;
    }

    [[nodiscard]] strings log() const
    {
        strings result = log_.lines();
        if (!out_.empty())
            result.push_back(support::out_line(out_));
        return result;
    }

private:
    void count(const sockless::event& e)
    {
        if (e.kind() != sockless::event_kind::message)
            return;
        in_message_ = (e.first() ? 0 : in_message_) + e.payload().size();
        promised(in_message_ <= bounds_.message_bytes, "no more is handed out than the limit allows");
    }

    std::unique_ptr<end_point<Backend, Self>> end_;
    std::unique_ptr<sockless::static_byte_queue<300>> tx_ = std::make_unique<sockless::static_byte_queue<300>>();
    sockless::limits bounds_;
    std::uint64_t in_message_ = 0;
    support::event_log log_;
    byte_vector out_;
};

/// The bytes of one frame that `ws` writes for `send(ws, tx)`.
template <class Connection, class Send>
[[nodiscard]] byte_vector written_by(Connection& ws, Send send)
{
    sockless::growing_byte_queue tx{std::size_t{1} << 28U};
    promised(send(ws, tx) == sockless::error::none, "what is sent can be sent");
    return {tx.data().begin(), tx.data().end()};
}

} // namespace deflate_test
