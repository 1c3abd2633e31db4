// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The interface of an adapter, through which a library is measured. C++14, because not every peer compiles as C++20.
///
/// A new peer is one new file in peers/: derive from `peer`, override the functions that the library supports, and define one
/// `registration`. Functions that are not overridden return null, and their rows are not run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// The role of the measured library.
enum class end { server, client };
/// The form in which a message is delivered: in pieces as it arrives, or whole.
enum class delivery { pieces, assembled };

/// The destination of received messages. If `careful`, it hashes every byte and every end of a message; otherwise it counts and reads
/// one byte, and this form is used when peers are timed.
class sink {
public:
    explicit sink(bool careful = false) noexcept : careful_{careful} {}

    void take(const void* data, std::size_t size) noexcept
    {
        const auto* bytes = static_cast<const unsigned char*>(data);
        bytes_ += size;
        if (careful_)
            hash_all(bytes, size);
        else if (size != 0)
            hash_ += bytes[0];
    }
    void end_message() noexcept
    {
        ++messages_;
        if (careful_)
            mix(0x100);
    }

    std::uint64_t messages() const noexcept { return messages_; }
    std::uint64_t bytes() const noexcept { return bytes_; }
    std::uint64_t hash() const noexcept { return hash_; }

    bool operator==(const sink& other) const noexcept
    {
        return messages_ == other.messages_ && bytes_ == other.bytes_ && hash_ == other.hash_;
    }

private:
    void mix(std::uint64_t value) noexcept { hash_ = (hash_ ^ value) * 0x100000001B3U; }
    void hash_all(const unsigned char* bytes, std::size_t size) noexcept
    {
        for (std::size_t i = 0; i < size; ++i)
            mix(bytes[i]);
    }

    std::uint64_t messages_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t hash_ = 0xCBF29CE484222325U;
    bool careful_;
};

/// A view of bytes: `std::span` for C++14.
struct bytes {
    unsigned char* data = nullptr;
    std::size_t size = 0;
};

/// A simulated socket: bytes that arrive at once or in chunks.
class wire {
public:
    /// `chunk` of 0: all input is already in the program's memory, and a library that can process it there does not copy.
    wire(unsigned char* data, std::size_t size, std::size_t chunk) noexcept : data_{data}, left_{size}, chunk_{chunk} {}

    /// For libraries that read by themselves: copies at most `room` bytes that have arrived, as recv() does. Returns 0 at the end.
    std::size_t read(void* to, std::size_t room) noexcept
    {
        if (arrived_ == 0)
            arrived_ = chunk_ == 0 || chunk_ > left_ ? left_ : chunk_;
        const std::size_t size = room < arrived_ ? room : arrived_;
        std::memcpy(to, data_, size);
        advance(size);
        arrived_ -= size;
        return size;
    }

    /// For libraries that are given a buffer: returns the next chunk, copied to `buffer` as recv() does, or all input in place.
    /// Empty at the end. The caller may modify it.
    bytes next(std::vector<unsigned char>& buffer)
    {
        if (chunk_ == 0) {
            const bytes all{data_, left_};
            advance(left_);
            return all;
        }
        if (buffer.size() < chunk_)
            buffer.resize(chunk_);
        return {buffer.data(), read(buffer.data(), chunk_)};
    }

    bool done() const noexcept { return left_ == 0; }

private:
    void advance(std::size_t size) noexcept
    {
        data_ += size;
        left_ -= size;
    }

    unsigned char* data_;
    std::size_t left_;
    std::size_t chunk_;
    std::size_t arrived_ = 0; ///< of the chunk that is being read
};

/// One open connection that reads.
class receiver {
public:
    receiver() = default;
    receiver(const receiver&) = delete;
    receiver& operator=(const receiver&) = delete;
    virtual ~receiver() = default;
    /// Reads `in` to its end, which is the end of the last of `messages` messages, and delivers the payload to `out`.
    virtual void receive(wire& in, std::size_t messages, sink& out) = 0;
};

struct message {
    const unsigned char* data;
    std::size_t size;
};

/// One open connection that writes.
class sender {
public:
    sender() = default;
    sender(const sender&) = delete;
    sender& operator=(const sender&) = delete;
    virtual ~sender() = default;
    /// Writes each of `messages` as a binary message, one after the other, to the front of `out`, which has space for them.
    /// Returns the number of bytes.
    virtual std::size_t send(const message* messages, std::size_t count, bytes out) = 0;
};

/// The server's side of handshakes, each on a new connection.
class acceptor {
public:
    acceptor() = default;
    acceptor(const acceptor&) = delete;
    acceptor& operator=(const acceptor&) = delete;
    virtual ~acceptor() = default;
    /// Reads one whole request and writes the 101 to `out`. Returns the number of bytes, or 0 if the request is rejected.
    virtual std::size_t accept(bytes request, bytes out) = 0;
};

/// The server that a client connects to. Its time is not measured.
class answering_server {
public:
    answering_server() = default;
    answering_server(const answering_server&) = delete;
    answering_server& operator=(const answering_server&) = delete;
    virtual ~answering_server() = default;
    virtual bytes answer(bytes request) = 0;
};

/// The client's side of handshakes, each on a new connection and with a new key.
class connector {
public:
    connector() = default;
    connector(const connector&) = delete;
    connector& operator=(const connector&) = delete;
    virtual ~connector() = default;
    /// Writes a request for /chat at server.example.com, reads the response, and returns whether the connection is open.
    virtual bool connect(answering_server& server) = 0;
};

/// Masks in place, from the first byte of the key.
using mask_function = void (*)(unsigned char* data, std::size_t size, const unsigned char* key);
/// Whether the bytes are UTF-8 as a whole.
using utf8_function = bool (*)(const unsigned char* data, std::size_t size);
/// Generates `count` unpredictable masking keys and returns the bits that are set in any of them. Not their XOR, which is zero where a
/// generator repeats its output, as that of Beast 1.81 does: 80 of 1024 keys are different.
using keys_function = std::uint32_t (*)(std::size_t count);

/// Bytes of the heap in use.
std::size_t heap_bytes();

/// One library, or one way to use it.
class peer {
public:
    peer() = default;
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;
    virtual ~peer() = default;

    virtual std::string name() const = 0;
    /// Text is checked to be UTF-8 (RFC 6455 8.1). A peer that does not has no text rows.
    virtual bool checks_text() const { return true; }
    /// Not a library but a lower bound for the work: shown, and not compared.
    virtual bool is_baseline() const { return false; }

    virtual std::unique_ptr<receiver> make_receiver(end, delivery) const { return nullptr; }
    virtual std::unique_ptr<sender> make_sender(end) const { return nullptr; }
    /// With permessage-deflate: windows of 15 bits with context takeover, level 6, output in pieces of at most 16 KiB.
    virtual std::unique_ptr<receiver> make_inflating_receiver(end) const { return nullptr; }
    /// `takeover` a message may refer to those before it
    virtual std::unique_ptr<sender> make_deflating_sender(end, bool takeover) const
    {
        static_cast<void>(takeover);
        return nullptr;
    }
    virtual std::unique_ptr<acceptor> make_acceptor() const { return nullptr; }
    virtual std::unique_ptr<connector> make_connector() const { return nullptr; }
    virtual mask_function mask() const { return nullptr; }
    virtual utf8_function utf8() const { return nullptr; }
    /// There may be several sources, with one row each: `which` counts from 0; null after the last one.
    virtual std::pair<std::string, keys_function> keys(std::size_t which) const
    {
        static_cast<void>(which);
        return {};
    }
    /// Bytes of one idle open connection: `idle_bytes_of` the object that contains it; 0: unknown.
    virtual std::size_t idle_bytes(end) const { return 0; }
};

/// Returns the number of heap bytes of the object that `make()` returns as a std::unique_ptr, with everything that it owns.
template <class Make>
std::size_t idle_bytes_of(Make make)
{
    constexpr std::size_t count = 64;
    std::vector<decltype(make())> all;
    all.reserve(count);
    make(); // memory that is allocated once for all connections is not counted
    const std::size_t before = heap_bytes();
    for (std::size_t i = 0; i < count; ++i)
        all.push_back(make());
    return (heap_bytes() - before) / count;
}

/// Returns all peers: this library first, baselines last, the others by name.
const std::vector<const peer*>& peers();

/// `static const registration<my_peer> here;` registers a peer.
void add_peer(const peer& what);
template <class Peer>
class registration {
public:
    registration() { add_peer(peer_); }

private:
    Peer peer_{};
};

} // namespace bench
