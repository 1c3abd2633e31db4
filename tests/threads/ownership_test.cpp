// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// R9 under ThreadSanitizer: one thread reads while another one writes, and a connection may change its thread.
#include "support/frames.hpp"
#include "support/mask_keys.hpp"
#include "support/print.hpp"

#include <sockless/connection.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>

namespace {

using namespace sockless;
using namespace support;

/// Passes values from one thread to another.
template <class Value>
class channel {
public:
    void send(Value value)
    {
        const std::lock_guard lock{mutex_};
        values_.push_back(std::move(value));
        changed_.notify_one();
    }
    Value receive()
    {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return !values_.empty(); });
        Value value = std::move(values_.front());
        values_.pop_front();
        return value;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Value> values_;
};

/// A value that the reading thread passes to the writing one.
struct crossing {
    event_kind kind;
    byte_vector payload{};
};

constexpr std::size_t rounds = 2000;

/// One end with two threads: a reader and a writer without shared state, and the values that are passed between them.
template <role Role, class Keys>
struct two_threaded_end {
    message_reader<Role> reader;
    message_writer<Role, Keys> writer;
    channel<crossing> crossings;

    /// Reads until the peer's close frame and returns the number of messages.
    std::size_t read(channel<byte_vector>& from)
    {
        std::size_t messages = 0;
        while (true) {
            byte_vector bytes = from.receive();
            std::span<std::byte> in{bytes};
            for (event e = reader.poll(in); e.kind() != event_kind::need_input; e = reader.poll(in)) {
                messages += e.kind() == event_kind::message && e.last() ? 1U : 0U;
                if (e.kind() == event_kind::ping)
                    crossings.send({e.kind(), byte_vector(e.payload().begin(), e.payload().end())});
                if (e.kind() == event_kind::close || e.kind() == event_kind::error) {
                    crossings.send({e.kind()});
                    return e.kind() == event_kind::close ? messages : 0;
                }
            }
        }
    }

    /// Writes messages and pings, then replies to received values, and finally a close frame. Returns the number of pongs.
    std::size_t write(channel<byte_vector>& to)
    {
        static_byte_queue<300> tx;
        const auto flush = [&] {
            to.send(byte_vector(tx.data().begin(), tx.data().end()));
            tx.clear();
        };
        bool good = true;
        for (std::size_t i = 0; i < rounds; ++i) {
            good = good && !failed(writer.send_text(tx, "message " + std::to_string(i)));
            if (i % 10 == 0)
                good = good && !failed(writer.ping(tx, text("ping")));
            flush();
        }
        good = good && !failed(writer.close(tx, close_code::normal));
        flush();
        std::size_t pongs = 0;
        while (true) {
            const crossing one = crossings.receive();
            if (one.kind != event_kind::ping)
                return good && one.kind == event_kind::close ? pongs : 0;
            good = good && !failed(writer.pong(tx, one.payload));
            ++pongs;
            flush();
        }
    }
};

TEST_CASE("R9: a message_reader in one thread and a message_writer in another share nothing", "[LIFE-3]")
{
    two_threaded_end<role::server, no_mask_keys> server;
    two_threaded_end<role::client, zero_keys> client;
    channel<byte_vector> to_server;
    channel<byte_vector> to_client;
    std::size_t server_got = 0;
    std::size_t client_got = 0;
    std::size_t server_pongs = 0;
    std::size_t client_pongs = 0;
    std::thread threads[] = {
        std::thread{[&] { server_got = server.read(to_server); }},
        std::thread{[&] { client_got = client.read(to_client); }},
        std::thread{[&] { server_pongs = server.write(to_client); }},
        std::thread{[&] { client_pongs = client.write(to_server); }},
    };
    for (std::thread& thread : threads)
        thread.join();
    CHECK(server_got == rounds);
    CHECK(client_got == rounds);
    CHECK(server_pongs == rounds / 10);
    CHECK(client_pongs == rounds / 10);
}

TEST_CASE("CVE-2022-25762: a connection is used by one thread at a time, which may change between two calls",
          "[LIFE-3]")
{
    server_connection connection;
    static_byte_queue<200> tx;
    std::mutex mutex;
    const std::string pong = to_hex(frame_from(role::server, 0x8A, "p"));
    std::size_t sent = 0;
    std::size_t heard = 0;
    std::size_t answered = 0;
    std::thread reading{[&] {
        for (std::size_t i = 0; i < rounds; ++i) {
            byte_vector bytes = join({masked_frame(0x81, text("hello")), masked_frame(0x89, text("p"))});
            const std::lock_guard lock{mutex};
            std::span<std::byte> in{bytes};
            while (connection.poll(in, tx).kind() != event_kind::need_input)
                ++heard;
            answered += to_hex(tx.data()) == pong ? 1U : 0U;
            tx.clear();
        }
    }};
    std::thread writing{[&] {
        for (std::size_t i = 0; i < rounds; ++i) {
            const std::lock_guard lock{mutex};
            sent += failed(connection.send_text(tx, "hello")) ? 0U : 1U;
            tx.clear();
        }
    }};
    reading.join();
    writing.join();
    CHECK(heard == 2 * rounds);
    CHECK(answered == rounds);
    CHECK(sent == rounds);
    CHECK(connection.is_open());
}

TEST_CASE("R9: connections of different threads share no state", "[LIFE-3]")
{
    std::atomic<std::size_t> heard{0};
    const auto work = [&] {
        server_connection connection;
        static_byte_queue<200> tx;
        for (std::size_t i = 0; i < rounds; ++i) {
            byte_vector bytes = join({masked_frame(0x81, text("hello")), masked_frame(0x89, text("p"))});
            std::span<std::byte> in{bytes};
            while (connection.poll(in, tx).kind() != event_kind::need_input)
                ++heard;
            tx.clear();
        }
    };
    std::thread one{work};
    std::thread other{work};
    one.join();
    other.join();
    CHECK(heard == 4 * rounds);
}

} // namespace
