// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Two ends exchange messages over small queues and a transport that cuts anywhere: each receives what the other one sends.
#include "support/connection_subject.hpp"
#include "support/frames.hpp"
#include "support/print.hpp"
#include "support/random.hpp"
#include "support/run_length_extension.hpp"

#include <sockless/connection.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

namespace {

using namespace sockless;
using namespace support;

/// One end, its queue, and the messages that it has sent and received.
template <class Connection>
class end_of_wire {
public:
    end_of_wire(const Connection& connection, random_numbers& numbers) : connection_{connection}, numbers_{numbers} {}

    /// Does one thing that a program might do: sends a message or a part of one, or a ping.
    void say_something()
    {
        switch (numbers_.below(6)) {
        case 0: say_ping(); break;
        case 1:
        case 2: say_whole(); break;
        default: say_piece(); break;
        }
    }

    void close() { static_cast<void>(failed(connection_.close(tx_, close_code::normal, "done"))); }

    /// Removes some of the pending bytes, as a network does.
    byte_vector take()
    {
        const std::size_t count = numbers_.below(tx_.size() + 1);
        byte_vector bytes(tx_.data().begin(), tx_.data().begin() + static_cast<std::ptrdiff_t>(count));
        tx_.consume(count);
        return bytes;
    }

    void hear(byte_vector bytes)
    {
        std::span<std::byte> in{bytes};
        for (event e = connection_.poll(in, tx_); e.kind() != event_kind::need_input; e = connection_.poll(in, tx_)) {
            if (e.kind() != event_kind::pong && e.kind() != event_kind::ping)
                received_.add(e);
            pongs_ += e.kind() == event_kind::pong ? 1U : 0U;
        }
    }

    [[nodiscard]] const strings& sent() const noexcept { return sent_; }
    [[nodiscard]] const strings& received() const noexcept { return received_.lines(); }
    [[nodiscard]] std::size_t pings() const noexcept { return pings_; }
    [[nodiscard]] std::size_t pongs() const noexcept { return pongs_; }
    [[nodiscard]] const Connection& connection() const noexcept { return connection_; }
    [[nodiscard]] bool silent() const noexcept { return tx_.empty(); }

private:
    byte_vector words(std::size_t max_size)
    {
        byte_vector result(numbers_.below(max_size));
        const std::byte letter{static_cast<unsigned char>('a' + numbers_.below(26))};
        for (std::byte& b : result)
            b = numbers_.below(3) == 0 ? std::byte{'z'} : letter;
        return result;
    }

    void say_ping() { pings_ += connection_.ping(tx_, words(20)) == error::none ? 1U : 0U; }

    void say_whole()
    {
        const byte_vector payload = words(60);
        if (numbers_.below(2) == 0) {
            if (connection_.send_binary(tx_, payload) == error::none)
                sent_.push_back(binary_line(payload));
        } else if (connection_.send_text(tx_, as_text(payload)) == error::none) {
            sent_.push_back(text_line(payload));
        }
    }

    void say_piece()
    {
        const byte_vector payload = words(30);
        if (connection_.begin_message(opcode::text) == error::none)
            message_.clear();
        if (numbers_.below(3) == 0) {
            if (connection_.end_message(tx_, payload) != error::none)
                return;
            message_.insert(message_.end(), payload.begin(), payload.end());
            sent_.push_back(text_line(message_));
        } else if (connection_.send_fragment(tx_, payload) == error::none) {
            message_.insert(message_.end(), payload.begin(), payload.end());
        }
    }

    Connection connection_;
    random_numbers& numbers_;
    static_byte_queue<150> tx_;
    strings sent_;
    event_log received_;
    byte_vector message_;
    std::size_t pings_ = 0;
    std::size_t pongs_ = 0;
};

template <class Server, class Client>
void talk(std::uint64_t seed, const Client& a_client, std::size_t rounds)
{
    random_numbers numbers{seed};
    end_of_wire<Server> server{Server{}, numbers};
    end_of_wire<Client> client{a_client, numbers};
    for (std::size_t round = 0; round < rounds; ++round) {
        server.say_something();
        client.say_something();
        if (round == rounds - 10)
            (seed % 2 == 0 ? client.close() : server.close());
        client.hear(server.take());
        server.hear(client.take());
    }
    client.close();
    for (int i = 0; i < 1000 && !(server.connection().finished() && client.connection().finished()); ++i) {
        client.close();
        client.hear(server.take());
        server.hear(client.take());
    }
    INFO("seed " << seed);
    REQUIRE(server.connection().finished());
    REQUIRE(client.connection().finished());
    CHECK(client.connection().close_expected());
    CHECK(server.connection().failure() == error::none);
    CHECK(client.connection().failure() == error::none);
    // Messages are received in order, followed by the close frame; the end that has closed discards input after the peer's close frame.
    const auto all_but_close = [](strings lines) {
        if (!lines.empty() && lines.back().starts_with("close"))
            lines.pop_back();
        return lines;
    };
    CHECK(all_but_close(server.received()) == client.sent());
    CHECK(all_but_close(client.received()) == server.sent());
    CHECK(server.received().back().starts_with("close 1000"));
    CHECK(client.received().back().starts_with("close 1000"));
    CHECK(server.pongs() <= server.pings());
    CHECK(client.pongs() <= client.pings());
}

TEST_CASE(
    "6455 5, 6, 7: each endpoint receives what the other sends, in order, over small queues and a network that cuts",
    "[6455-5.4-05][6455-5.4-10][6455-6.1-07][6455-6.2-04][6455-2.1-02][6455-5.5.1-14][CTL-5]")
{
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        counted_keys keys;
        using client = client_connection<shared_mask_keys<counted_keys>>;
        talk<server_connection>(seed, client{shared_mask_keys<counted_keys>{keys}}, 100);
    }
}

TEST_CASE("7692 6: the same with an extension at both endpoints", "[6455-5.4-10][6455-5.5-04][CTL-4]")
{
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        counted_keys keys;
        using client = connection<role::client, shared_mask_keys<counted_keys>, run_length>;
        talk<connection<role::server, no_mask_keys, run_length>>(seed, client{shared_mask_keys<counted_keys>{keys}},
                                                                 100);
    }
}

} // namespace
