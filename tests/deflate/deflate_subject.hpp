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

/// Negotiated parameters as in the field value; 0 bits: the parameter is absent.
[[nodiscard]] inline negotiated_deflate agreed(unsigned server_bits = 0, unsigned client_bits = 0,
                                               bool server_no_takeover = false, bool client_no_takeover = false)
{
    return sockless::detail::negotiated_from({static_cast<std::uint8_t>(server_bits),
                                              static_cast<std::uint8_t>(client_bits), server_no_takeover,
                                              client_no_takeover});
}

/// An endpoint with permessage-deflate. `Backend` has the types `inflater` and `deflater`, and the functions `make_inflater(bits)` and
/// `make_deflater(bits)`, which return open objects.
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
    /// Moves the connection to other memory, but not the objects that it refers to.
    void relocate() { connection_ = std::make_unique<connection>(*std::exchange(connection_, nullptr)); }

private:
    using keys = std::conditional_t<Self == role::server, sockless::no_mask_keys, support::zero_keys>;

    std::unique_ptr<typename Backend::inflater> inflater_;
    std::unique_ptr<typename Backend::deflater> deflater_;
    std::unique_ptr<support::exact_block> output_;
    std::unique_ptr<connection> connection_;
};

/// A receiver for the feeder. Checks after every call what is guaranteed for any input.
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
        support::poll_all(chunk, [&](std::span<std::byte>& in) {
            const std::size_t before = in.size();
            const sockless::event e = end_->ws().poll(in, *tx_);
            promised(in.size() <= before && in.data() + in.size() == chunk.data() + chunk.size(),
                     "the cursor moves forward");
            count(e);
            log_.add(e, *tx_);
            if (e.kind() == sockless::event_kind::message)
                promised(support::within(e.payload(), chunk.data(), chunk.size()) ||
                             support::within(e.payload(), end_->output().data(), end_->output().size()),
                         "payload is in the input or in the decoder's output");
            if (e.kind() != sockless::event_kind::need_input)
                end_->relocate();
            return e;
        });
    }

    [[nodiscard]] strings log() const { return log_.lines(); }

private:
    void count(const sockless::event& e)
    {
        if (e.kind() != sockless::event_kind::message)
            return;
        in_message_ = (e.first() ? 0 : in_message_) + e.payload().size();
        promised(in_message_ <= bounds_.message_bytes, "a message is not longer than its limit");
    }

    std::unique_ptr<end_point<Backend, Self>> end_;
    std::unique_ptr<sockless::static_byte_queue<300>> tx_ = std::make_unique<sockless::static_byte_queue<300>>();
    sockless::limits bounds_;
    std::uint64_t in_message_ = 0;
    support::endpoint_log log_;
};

/// The bytes of one frame that `ws` writes for `send(ws, tx)`.
template <class Connection, class Send>
[[nodiscard]] byte_vector written_by(Connection& ws, Send send)
{
    sockless::growing_byte_queue tx{std::size_t{1} << 28U};
    promised(send(ws, tx) == sockless::error::none, "the message can be sent");
    return {tx.data().begin(), tx.data().end()};
}

} // namespace deflate_test
