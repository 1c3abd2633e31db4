// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A program of its own: a million connections in memory, without sockets. Prints for each configuration the bytes per connection,
/// counted by an allocator and by the system, and the time to open, ping and broadcast; then what a message to a room costs while
/// more and more other connections are idle. Fails if a figure is above its bar. See docs/scaling.md.
#include <sockless/connection.hpp>
#include <sockless/handshake/server_handshake.hpp>
#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>
#ifdef SOCKLESS_CONNECTIONS_ZLIB
#include <sockless/with_zlib.hpp>
#endif

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <initializer_list>
#include <malloc.h>
#include <memory>
#include <new>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

/// Bytes of all allocated blocks, with malloc's own word for each: deterministic.
std::size_t allocated = 0;

// Not inlined: otherwise g++ warns about malloc in an operator new.
[[gnu::noinline]] void* take(std::size_t size) noexcept
{
    void* const block = std::malloc(size);
    if (block != nullptr)
        allocated += malloc_usable_size(block) + sizeof(std::size_t);
    return block;
}

[[gnu::noinline]] void give(void* block) noexcept
{
    if (block != nullptr)
        allocated -= malloc_usable_size(block) + sizeof(std::size_t);
    std::free(block);
}

} // namespace

void* operator new(std::size_t size)
{
    void* const block = take(size);
    if (block == nullptr)
        throw std::bad_alloc{};
    return block;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    return take(size);
}
void operator delete(void* block) noexcept
{
    give(block);
}
void operator delete(void* block, std::size_t) noexcept
{
    give(block);
}

namespace {

using clock_value = std::uint32_t;

constexpr std::size_t broadcast_size = 100;
constexpr std::size_t message_size = 16384;
constexpr clock_value ping_interval = 20'000;
/// Number of connections that receive a message of `message_size`, and whose memory is measured before they have released it.
constexpr std::size_t max_sample = 1000;
constexpr std::size_t room_size = 100;

[[noreturn]] void give_up(const char* why)
{
    std::fprintf(stderr, "sockless_connections: %s\n", why);
    std::exit(2);
}

void expect(bool condition, const char* why)
{
    if (!condition)
        give_up(why);
}

double cpu_seconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <class Run>
double seconds_of(const Run& run)
{
    const double begin = cpu_seconds();
    run();
    return cpu_seconds() - begin;
}

/// Returns the memory that the system has given to this process, after what is free has been returned.
std::size_t resident_bytes()
{
    ::malloc_trim(0);
    std::size_t size = 0;
    std::size_t resident = 0;
    std::ifstream{"/proc/self/statm"} >> size >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t available_bytes()
{
    std::ifstream file{"/proc/meminfo"};
    for (std::string name; file >> name;) {
        std::size_t kibibytes = 0;
        if (name == "MemAvailable:" && file >> kibibytes)
            return kibibytes * 1024;
    }
    give_up("/proc/meminfo does not have the available memory");
}

constexpr std::string_view request = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n"
                                     "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                     "Origin: http://example.com\r\nSec-WebSocket-Version: 13\r\n"
                                     "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";

/// Returns a client's frame. The masking key is 0, so that masking does not change the payload.
std::string masked_frame(unsigned first, std::string_view payload)
{
    std::string frame{static_cast<char>(first)};
    if (payload.size() < 126) {
        frame += static_cast<char>(0x80U | payload.size());
    } else {
        frame += static_cast<char>(0x80U | 126U);
        frame += static_cast<char>(payload.size() >> 8U);
        frame += static_cast<char>(payload.size() & 0xFFU);
    }
    frame.append(4, '\0');
    return frame.append(payload);
}

/// Bytes as a transport delivers them: a buffer that all connections share.
std::span<std::byte> deliver(std::string_view bytes)
{
    static std::array<std::byte, message_size + 64> buffer;
    std::memcpy(buffer.data(), bytes.data(), bytes.size());
    return std::span{buffer}.first(bytes.size());
}

std::string_view as_text(std::span<const std::byte> bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A connection of level 2. The queues belong to the program, and are needed while bytes are processed only: all share them.
struct level2_peer {
    static constexpr std::size_t piece = 1460;
    static sockless::byte_queue& output()
    {
        static sockless::static_byte_queue<2 * message_size> queue;
        return queue;
    }

    void open()
    {
        static sockless::head_storage<> head;
        sockless::server_handshake handshake{head};
        std::span<std::byte> in = deliver(request);
        expect(handshake.poll(in, output()) == sockless::server_handshake_result::request, "no request");
        expect(!failed(handshake.accept(output())), "the request is not accepted");
        expect(as_text(output().data()).starts_with("HTTP/1.1 101 "), "the response is not 101");
        output().clear();
    }
    void ping(clock_value)
    {
        expect(!failed(ws.ping(output(), std::as_bytes(std::span{"pingping", 8}))), "no ping");
        const std::string pong = masked_frame(0x8A, as_text(output().data()).substr(2));
        output().clear();
        std::span<std::byte> in = deliver(pong);
        expect(ws.poll(in, output()).kind() == sockless::event_kind::pong, "no pong");
        expect(ws.poll(in, output()).kind() == sockless::event_kind::need_input, "more than a pong");
    }
    std::size_t broadcast(sockless::prepared_message& message, clock_value)
    {
        std::span<const std::byte> frame;
        expect(!failed(ws.prepared_frame(message, frame)), "a message is not sent");
        return frame.size();
    }
    /// The message is in the storage of the assembler while it is incomplete, and the program frees that afterwards.
    void receive(std::string_view frame, clock_value)
    {
        sockless::growing_byte_queue fragments{message_size};
        sockless::message_assembler messages{fragments};
        std::size_t whole = 0;
        for (; !frame.empty(); frame.remove_prefix(std::min(piece, frame.size()))) {
            std::span<std::byte> in = deliver(frame.substr(0, piece));
            for (sockless::event e = ws.poll(in, output(), messages); e.kind() != sockless::event_kind::need_input;
                 e = ws.poll(in, output(), messages))
                if (e.kind() == sockless::event_kind::message && !failed(ws.send_binary(output(), e.payload())))
                    whole += e.payload().size();
        }
        expect(whole == message_size && output().size() > message_size, "the message is not echoed");
        output().clear();
    }

    sockless::server_connection ws;
};

/// A connection of level 1.
///
/// @tparam Settings  has the types `storage` and `extension`, functions `make_storage` and `make_extension`, and whether a message is
///                   received as a whole and echoed, or in pieces without an echo
template <class Settings>
struct level1_peer {
    using websocket = sockless::websocket<sockless::role::server, sockless::no_mask_keys, typename Settings::extension>;
    using options = typename websocket::options;

    static options make_options()
    {
        options choice{.ping_interval = ping_interval, .whole_messages = Settings::whole};
        if constexpr (requires { Settings::make_extension(); })
            choice.deflate = Settings::make_extension();
        return choice;
    }

    /// Passes all output to a transport that accepts everything, after each change.
    std::size_t write(clock_value now)
    {
        expect(!ws.needs(now).close, "a connection has ended");
        std::size_t count = 0;
        while (ws.unwritten() != 0) {
            const std::size_t size = ws.write_buffer().size();
            ws.written(size, now);
            count += size;
        }
        return count;
    }
    void open()
    {
        ws.receive(deliver(request), 0);
        bool opened = false;
        for (sockless::event e = ws.poll(); e.kind() != sockless::event_kind::need_input; e = ws.poll()) {
            expect(e.kind() != sockless::event_kind::request || !failed(ws.accept()), "the request is not accepted");
            opened = opened || e.kind() == sockless::event_kind::open;
        }
        const std::string_view response = as_text(ws.write_buffer());
        expect(opened && response.starts_with("HTTP/1.1 101 "), "the response is not 101");
        expect(response.find("permessage-deflate") != response.npos || !Settings::deflates, "no permessage-deflate");
        write(0);
    }
    void ping(clock_value now)
    {
        expect(!ws.needs(now).close && ws.unwritten() == 10, "no ping");
        const std::string pong = masked_frame(0x8A, as_text(ws.write_buffer()).substr(2));
        write(now);
        ws.receive(deliver(pong), now);
        while (ws.poll().kind() != sockless::event_kind::need_input) {
        }
    }
    std::size_t broadcast(sockless::prepared_message& message, clock_value now)
    {
        expect(!failed(ws.send(message)), "a message is not sent");
        return write(now);
    }
    void receive(std::string_view frame, clock_value now)
    {
        std::size_t size = 0;
        for (; !frame.empty(); frame.remove_prefix(std::min(Settings::piece, frame.size()))) {
            ws.receive(deliver(frame.substr(0, Settings::piece)), now);
            for (sockless::event e = ws.poll(); e.kind() != sockless::event_kind::need_input; e = ws.poll()) {
                expect(e.kind() == sockless::event_kind::message, "another event than a message");
                size += e.payload().size();
                expect(!Settings::whole || !failed(ws.send(e.payload())), "no echo");
            }
        }
        expect(size == message_size && (ws.unwritten() != 0) == Settings::whole, "the message is not received");
        write(now);
    }

    typename Settings::storage storage = Settings::make_storage();
    websocket ws{storage, make_options()};
};

struct growing {
    using storage = sockless::growing_websocket_storage;
    using extension = sockless::no_extension;
    static constexpr bool whole = true;
    static constexpr bool deflates = false;
    static constexpr std::size_t piece = 1460;
    static storage make_storage() { return storage{{.message = std::size_t{1} << 20}}; }
};

struct fixed {
    using storage = sockless::static_websocket_storage<sockless::websocket_sizes{
        .message = 1024, .output = 2048, .input = 1024, .head = 1024, .fields = 24}>;
    using extension = sockless::no_extension;
    static constexpr bool whole = false;
    static constexpr bool deflates = false;
    static constexpr std::size_t piece = 1024;
    static storage make_storage() { return storage{}; }
};

#ifdef SOCKLESS_CONNECTIONS_ZLIB
constexpr sockless::zlib_memory counted{
    [](void*, unsigned items, unsigned size) -> void* { return take(std::size_t{items} * size); },
    [](void*, void* block) { give(block); }, nullptr};

struct small_windows : growing {
    using extension = sockless::zlib_deflate;
    static constexpr bool deflates = true;
    static extension::options make_extension()
    {
        extension::options choice = extension::low_memory();
        choice.memory = counted;
        return choice;
    }
};

struct shared_compressor : growing {
    using extension = sockless::zlib_deflate;
    static constexpr bool deflates = true;
    static extension::options make_extension()
    {
        static sockless::zlib_deflater compressor;
        expect(compressor.is_open() || compressor.open(sockless::max_window_bits), "zlib has no memory");
        extension::options choice = extension::shared_compressor(compressor);
        choice.memory = counted;
        return choice;
    }
};
#endif

struct settings {
    std::size_t count = 1'000'000;
    std::size_t reserve = std::size_t{6} << 30; ///< bytes that remain available to other programs
    std::string_view only;
    bool json = false;
    bool bytes_only = false; ///< the figures of time do not count
};

/// Prints the figures of a configuration on one line, and compares some of them with a bar.
class report {
public:
    report(const settings& all, const char* name) : json_{all.json}
    {
        std::printf(json_ ? "{\"name\": \"%s\"" : "%-18s", name);
    }
    void add(const char* name, double value, const char* unit)
    {
        if (json_)
            std::printf(", \"%s\": %.6g", name, value);
        else
            std::printf("  %s %.4g%s%s", name, value, *unit == '\0' ? "" : " ", unit);
    }
    void check(const char* what, double value, double bar)
    {
        if (value <= bar)
            return;
        std::fprintf(stderr, "%s: %.6g is above its bar, %.6g\n", what, value, bar);
        met_ = false;
    }
    /// @return the exit status of the process
    int end()
    {
        std::puts(json_ ? "}" : "");
        return met_ ? 0 : 1;
    }

private:
    bool json_;
    bool met_ = true;
};

/// Returns how many connections there is memory for.
template <class Peer>
std::size_t possible_count(const settings& all)
{
    const std::size_t sample = std::min(all.count, max_sample);
    const std::size_t before = allocated;
    std::vector<Peer> peers(sample);
    for (Peer& one : peers)
        one.open();
    const std::size_t each = (allocated - before) / sample + 64;
    const std::size_t available = available_bytes();
    return std::min(all.count, available > all.reserve ? (available - all.reserve) / each : 0);
}

/// @param bar  bytes of an idle connection; 0: none
template <class Peer>
int measure(const settings& all, const char* name, double bar)
{
    const std::size_t count = possible_count<Peer>(all);
    expect(count != 0, "there is not enough memory");
    const double each = 1.0 / static_cast<double>(count);
    report figures{all, name};
    figures.add("connections", static_cast<double>(count), "");

    const std::size_t resident_before = resident_bytes();
    const std::size_t before = allocated;
    const auto bytes = [&] { return static_cast<double>(allocated - before); };
    std::unique_ptr<std::vector<Peer>> peers;
    const double opening = seconds_of([&] {
        peers = std::make_unique<std::vector<Peer>>(count);
        for (Peer& one : *peers)
            one.open();
    });
    figures.add("opened", bytes() * each, "B");

    // After the second ping without anything else a `websocket` has released its memory.
    clock_value now = 0;
    const auto ping_all = [&](std::span<Peer> some) {
        now += ping_interval;
        for (Peer& one : some)
            one.ping(now);
    };
    ping_all(*peers);
    ping_all(*peers);
    const double pinging = seconds_of([&] { ping_all(*peers); });
    const std::string text(broadcast_size, 'x');
    sockless::shared_prepared_message message;
    expect(!failed(message.assign_text(text)), "a message is not prepared");
    std::size_t sent = 0;
    const double broadcasting = seconds_of([&] {
        for (Peer& one : *peers)
            sent += one.broadcast(*message, now);
    });
    expect(sent != 0 && sent % count == 0 && sent <= count * (broadcast_size + 2), "another size was sent");
    message = {};

    ping_all(*peers);
    ping_all(*peers);
    const double idle = (bytes() - static_cast<double>(text.capacity())) * each;
    const double resident = static_cast<double>(resident_bytes() - resident_before) * each;
    figures.add("idle", idle, "B");
    figures.add("resident", resident, "B");
    const std::span sample = std::span{*peers}.first(std::min(count, max_sample));
    const std::string frame = masked_frame(0x82, std::string(message_size, 'm'));
    const double before_message = bytes();
    for (Peer& one : sample)
        one.receive(frame, now);
    const auto of_message = [&] { return idle + (bytes() - before_message) / static_cast<double>(sample.size()); };
    figures.add("after_message", of_message(), "B");
    ping_all(*peers);
    ping_all(*peers);
    figures.add("released", of_message(), "B");
    figures.add("open_ns", opening * each * 1e9, "ns");
    figures.add("ping_ns", pinging * each * 1e9, "ns");
    figures.add("broadcast_ns", broadcasting * each * 1e9, "ns");

    figures.check("bytes of an idle connection", idle, bar != 0 ? bar : idle);
    figures.check("bytes that a message leaves behind", of_message(), idle);
    if (bar != 0 && count >= 100'000) // pages and malloc's reserves do not matter
        figures.check("resident bytes of an idle connection", resident, bar);
    return figures.end();
}

/// A server with rooms: its connections by descriptor, and the members of each room.
class rooms_server {
public:
    using peer = level1_peer<growing>;

    explicit rooms_server(std::size_t count, std::mt19937& random) : peers_(count)
    {
        std::vector<std::size_t> order(count);
        for (std::size_t i = 0; i < count; ++i) {
            peers_[i].open();
            peers_[i].ws.shrink();
            by_descriptor_.emplace(static_cast<int>(i), &peers_[i]);
            order[i] = i;
        }
        std::ranges::shuffle(order, random); // members of a room are anywhere in memory
        for (std::size_t i = 0; i < count; ++i)
            members_[i / room_size].push_back({static_cast<int>(order[i]), &peers_[order[i]]});
    }
    [[nodiscard]] std::size_t rooms() const noexcept { return members_.size(); }

    /// A member of a room, whose descriptor is ready, sends a message of 100 bytes to all of its members.
    void serve(std::size_t room, std::size_t member)
    {
        static const std::string frame = masked_frame(0x81, std::string(broadcast_size, 'x'));
        const std::vector<room_member>& members = members_.find(room)->second;
        peer& sender = *by_descriptor_.find(members[member].descriptor)->second;
        sender.ws.receive(deliver(frame), 0);
        std::size_t sent = 0;
        for (sockless::event e = sender.ws.poll(); e.kind() != sockless::event_kind::need_input; e = sender.ws.poll()) {
            sockless::shared_prepared_message message;
            expect(e.kind() == sockless::event_kind::message && !failed(message.assign_text(e.text())), "no message");
            for (const room_member& one : members)
                sent += one.connection->broadcast(*message, 0);
        }
        expect(sent == members.size() * (broadcast_size + 2), "another size was sent");
    }

private:
    struct room_member {
        int descriptor;
        peer* connection;
    };

    std::vector<peer> peers_;
    std::unordered_map<int, peer*> by_descriptor_;
    std::unordered_map<std::size_t, std::vector<room_member>> members_;
};

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

/// The cost of a message to a room of 100 members, while 1,000 to a million connections exist: of an active room, and of any room.
int measure_rooms(const settings& all)
{
    std::vector<std::size_t> sizes;
    for (std::size_t size = 1000; size <= all.count; size *= 10)
        sizes.push_back(size);
    expect(!sizes.empty(), "rooms need at least 1000 connections");
    std::mt19937 random{1};
    std::vector<std::unique_ptr<rooms_server>> servers;
    servers.reserve(sizes.size());
    for (const std::size_t size : sizes)
        servers.push_back(std::make_unique<rooms_server>(size, random));

    constexpr int rounds = 101;
    constexpr std::size_t messages = 20;
    std::vector<std::vector<double>> active(sizes.size());
    std::vector<std::vector<double>> any(sizes.size());
    // The sizes take turns, so that other programs disturb all of them.
    for (int round = 0; round < rounds; ++round)
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            rooms_server& server = *servers[i];
            const auto serve_active = [&] {
                for (std::size_t member = 0; member < messages; ++member)
                    server.serve(0, member);
            };
            serve_active(); // into the caches
            active[i].push_back(seconds_of(serve_active));
            std::array<std::size_t, messages> which{};
            for (std::size_t& room : which)
                room = random() % server.rooms();
            any[i].push_back(seconds_of([&] {
                for (const std::size_t room : which)
                    server.serve(room, 0);
            }));
        }

    int status = 0;
    double first = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        constexpr double scale = 1e9 / messages / room_size;
        report figures{all, "room"};
        const double cost = median(active[i]) * scale;
        first = i == 0 ? cost : first;
        figures.add("connections", static_cast<double>(sizes[i]), "");
        figures.add("active_ns", cost, "ns");
        figures.add("ratio", cost / first, "");
        figures.add("any_ns", median(any[i]) * scale, "ns");
        if (!all.bytes_only)
            figures.check("cost of a message against the cost with 1,000 connections", cost / first, 1.2);
        status |= figures.end();
    }
    return status;
}

/// Runs a measurement in a process of its own, so that none finds the memory of another one.
template <class Run>
int run_apart(const settings& all, std::string_view name, const Run& run)
{
    if (!all.only.empty() && all.only != name)
        return 0;
    std::fflush(stdout);
    const pid_t child = ::fork();
    expect(child >= 0, "there is no second process");
    if (child == 0) {
        const int status = run();
        std::fflush(stdout);
        std::_Exit(status); // without destructors: a million of them take a while
    }
    int status = 0;
    expect(::waitpid(child, &status, 0) == child, "a process is lost");
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    std::fprintf(stderr, "%.*s: ended by signal %d\n", static_cast<int>(name.size()), name.data(), WTERMSIG(status));
    return 2;
}

constexpr const char* help =
    R"(usage: sockless_connections [options]

Opens many connections in memory, without sockets, in each configuration, and prints bytes and processor time for each connection.
Ends with status 1 if a figure is above its bar.

  --count N        connections; fewer if there is not enough memory (1000000)
  --reserve MIB    memory that remains available to other programs (6144)
  --only NAME      one configuration: level2 growing fixed small_windows shared_compressor rooms
  --bytes-only     the bars for time do not count
  --json           one object on each line
  --help
)";

std::size_t read_number(const char* text)
{
    std::size_t value = 0;
    const auto [end, failure] = std::from_chars(text, text + std::strlen(text), value);
    if (failure != std::errc{} || *end != '\0' || value == 0 || value > 100'000'000)
        give_up("a number is not in its range (--help)");
    return value;
}

} // namespace

int main(int argc, char** argv)
{
    settings all;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const bool has_value = i + 1 < argc;
        if (word == "--help") {
            std::fputs(help, stdout);
            return 0;
        }
        if (word == "--count" && has_value)
            all.count = read_number(argv[++i]);
        else if (word == "--reserve" && has_value)
            all.reserve = read_number(argv[++i]) << 20U;
        else if (word == "--only" && has_value)
            all.only = argv[++i];
        else if (word == "--bytes-only")
            all.bytes_only = true;
        else if (word == "--json")
            all.json = true;
        else
            give_up("unknown option, or one without its value (--help)");
    }
    int status = 0;
    const auto run = [&](const char* name, const auto& measurement) {
        status = std::max(status, run_apart(all, name, measurement));
    };
    run("level2", [&] { return measure<level2_peer>(all, "level2", 330); });
    run("growing", [&] { return measure<level1_peer<growing>>(all, "growing", 1500); });
    run("fixed", [&] { return measure<level1_peer<fixed>>(all, "fixed", 0); });
#ifdef SOCKLESS_CONNECTIONS_ZLIB
    run("small_windows", [&] { return measure<level1_peer<small_windows>>(all, "small_windows", 0); });
    run("shared_compressor", [&] { return measure<level1_peer<shared_compressor>>(all, "shared_compressor", 0); });
#endif
    run("rooms", [&] { return measure_rooms(all); });
    if (!all.json)
        std::printf("connections: %zu in memory, %s\n", all.count,
                    status == 0 ? "all bars met" : "a figure is above its bar");
    return status;
}
