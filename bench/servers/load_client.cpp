// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Measures a WebSocket echo server from outside: opens connections, keeps a fixed number of messages outstanding, compares every byte
/// that is echoed, and prints one line of JSON per row. `tools/bench --servers` runs it.
///
/// It costs less than a server, so that the server is measured and not the client: frames are made before a row, with their masks and
/// compressed, a row only sends slices of them. Every row reports how much processor time the client has used.

#include "../../examples/support/arguments.hpp"
#include "../../examples/support/deflate.hpp"
#include "../../examples/support/server_loop.hpp"
#include "../../examples/support/socket.hpp"

#include <sockless/connection.hpp>
#include <sockless/core/error_string.hpp>
#include <sockless/handshake/client_handshake.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_os_random.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>
#include <fstream>
#include <memory>
#include <new>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

constexpr const char* help = R"(usage: load_client --port NUMBER --pid NUMBER [options] ROW...

Opens connections to a WebSocket echo server and measures each ROW in turn. A row is KIND/SIZE/DEPTH: text or binary, the bytes of a
message, and the messages that a connection has outstanding; for example text/1024/1. When a message has come back, the next one is sent.
Every byte that comes back is compared. The output is one line of JSON for the connections and one per row; a row with a wrong echo is
void, and ends the program with status 1.

  --host NAME        address of the server (127.0.0.1)
  --port NUMBER      its port
  --pid NUMBER       its process, whose processor time and memory are measured
  --connections N    number of connections (10)
  --active N         connections that have messages outstanding at a time; they take turns. 0: all (0)
  --seconds S        duration of a row (2); longer if the server is slow, so that no row is without messages
  --warm-up S        time before that, which is not measured (0.3)
  --deflate          offer permessage-deflate; a server that declines it is an error
  --help
)";

using clock = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;
using extension = example::command_line_deflate;
using connection = sockless::connection<sockless::role::client, sockless::os_mask_keys, extension>;

constexpr std::size_t max_handshakes = 64; ///< at a time: fewer than any server's backlog
constexpr std::chrono::seconds patience{15};
/// Small enough for the window of every server, and larger than the messages that are compressed.
constexpr std::uint8_t window_bits = 11;

/// The server's fault: the row has no figures.
struct void_row : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct row {
    bool is_text = false;
    std::size_t size = 0;
    unsigned depth = 0;
    std::string_view name;
};

row parse_row(std::string_view name)
{
    const std::size_t first = name.find('/');
    const std::size_t second = name.find('/', first + 1);
    const std::string_view kind = name.substr(0, first);
    if (second == std::string_view::npos || (kind != "text" && kind != "binary"))
        throw example::usage_error{"not a row: " + std::string{name}};
    const row result{kind == "text",
                     example::parse_number(name.substr(first + 1, second - first - 1), "size", std::size_t{1} << 24U),
                     example::parse_number(name.substr(second + 1), "depth", 1U << 16U), name};
    if (result.size == 0 || result.depth == 0)
        throw example::usage_error{"not a row, because of a 0: " + std::string{name}};
    return result;
}

struct options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    int pid = 0;
    std::size_t connections = 10;
    std::size_t active = 0;
    std::chrono::milliseconds duration{2000};
    std::chrono::milliseconds warm_up{300};
    example::deflate_options deflate;
    std::vector<row> rows;

    /// @return false if the program should end with status 0
    bool read(int count, char** values)
    {
        example::arguments words{count, values};
        while (words.next()) {
            if (words.name() == "--help" || words.name() == "-h") {
                std::fputs(help, stdout);
                return false;
            }
            if (words.name() == "--host")
                host = words.value();
            else if (words.name() == "--port")
                port = words.number<std::uint16_t>();
            else if (words.name() == "--pid")
                pid = words.number<int>();
            else if (words.name() == "--connections")
                connections = words.number<std::size_t>(1'000'000);
            else if (words.name() == "--active")
                active = words.number<std::size_t>();
            else if (words.name() == "--seconds")
                duration = words.seconds();
            else if (words.name() == "--warm-up")
                warm_up = words.seconds();
            else if (!words.is_option())
                rows.push_back(parse_row(words.name()));
            else if (!read_deflate_option(words, sockless::role::client, deflate))
                words.unknown();
        }
        if (port == 0 || pid == 0 || connections == 0 || rows.empty())
            throw example::usage_error{"--port, --pid, connections and rows are needed"};
        active = active == 0 ? connections : std::min(active, connections);
        return true;
    }
};

// --- what is sent

/// The messages of a row, which every connection sends in turn, and their frames one after the other.
struct messages {
    std::vector<std::string> payloads;
    std::vector<std::size_t> begins; ///< of the frames
    std::vector<std::byte> wire;

    [[nodiscard]] std::size_t frame_size(std::size_t index) const noexcept
    {
        return (index + 1 < begins.size() ? begins[index + 1] : wire.size()) - begins[index];
    }
};

/// JSON as in many protocols, or random bytes. The first bytes differ between messages.
std::string make_payload(const row& which, std::size_t index)
{
    std::string result;
    std::minstd_rand random{static_cast<unsigned>(index) + 1};
    while (result.size() < which.size) {
        if (which.is_text)
            result += std::to_string(random()) + R"(,{"type":"trade","product":"BTC-EUR","price":)" +
                      std::to_string(random() % 100'000) + R"(,"size":)" + std::to_string(random() % 10'000) + "},";
        else
            result += static_cast<char>(random() >> 8U);
    }
    result.resize(which.size);
    return result;
}

messages make_messages(const row& which, connection& encoder, bool compressed)
{
    const std::size_t count = std::clamp<std::size_t>((std::size_t{256} << 10U) / which.size, 4, 64);
    messages result;
    sockless::growing_byte_queue frame{which.size * 2 + 1024};
    for (std::size_t i = 0; i < count; ++i) {
        result.payloads.push_back(make_payload(which, i));
        const std::string& payload = result.payloads.back();
        const sockless::error e =
            which.is_text ? encoder.send_text(frame, payload)
                          : encoder.send_binary(frame, std::as_bytes(std::span{payload.data(), payload.size()}));
        if (failed(e))
            throw std::runtime_error{std::string{to_string(e)}};
        if (compressed && (frame.data()[0] & std::byte{0x40}) == std::byte{0})
            throw std::runtime_error{"a message is too small to be compressed"};
        result.begins.push_back(result.wire.size());
        result.wire.insert(result.wire.end(), frame.data().begin(), frame.data().end());
        frame.consume(frame.size());
    }
    return result;
}

// --- what is measured

double seconds_of(clockid_t which)
{
    timespec now{};
    if (::clock_gettime(which, &now) != 0)
        throw void_row{"the server has ended"};
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// The process of the server.
class process {
public:
    explicit process(int pid) : status_{"/proc/" + std::to_string(pid) + "/status"}
    {
        // /proc/PID/stat has the same time in steps of 10 ms, which are too long for short rows.
        if (::clock_getcpuclockid(pid, &clock_) != 0)
            throw std::runtime_error{"--pid: there is no such process"};
    }

    /// Returns user and system time of all threads.
    [[nodiscard]] double processor_seconds() const { return seconds_of(clock_); }
    /// Returns the resident memory in kibibytes.
    [[nodiscard]] long memory() const
    {
        std::ifstream file{status_};
        for (std::string line; std::getline(file, line);) {
            long result = 0;
            if (std::sscanf(line.c_str(), "VmRSS: %ld", &result) == 1)
                return result;
        }
        return 0;
    }

private:
    std::string status_;
    clockid_t clock_{};
};

/// The counts at one moment.
struct snapshot {
    clock::time_point time;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    double server = 0;
    double client = 0;
};

double percentile(std::vector<std::uint32_t>& values, double part)
{
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(values.size() - 1) * part);
    std::nth_element(values.begin(), at, values.end());
    return *at / 1000.0;
}

// --- the connections

struct opening {
    sockless::head_storage<> head;
    sockless::client_handshake handshake{head};
};

struct peer {
    explicit peer(const example::deflate_options& deflate) : codec{&deflate} {}

    example::descriptor socket;
    std::unique_ptr<opening> handshake = std::make_unique<opening>(); ///< null: the connection is open
    extension codec;
    connection ws;
    sockless::growing_byte_queue control{4096}; ///< the request, then pongs

    std::size_t next = 0;    ///< message to send
    std::size_t at = 0;      ///< offset in `messages::wire`
    std::size_t pending = 0; ///< bytes to send from there
    unsigned outstanding = 0;
    clock::time_point sent;

    std::size_t expected = 0; ///< message to receive
    std::size_t received = 0; ///< bytes of it
};

class load {
public:
    explicit load(const options& chosen)
        : options_{chosen}, server_{chosen.pid}, epoll_{example::check(::epoll_create1(EPOLL_CLOEXEC), "epoll")}
    {
        if (!options_.deflate.wanted())
            return;
        if (!compressor_.open(window_bits))
            throw std::bad_alloc{};
        // No message refers to an earlier one, so that all connections can send the same frames.
        options_.deflate.codec.shared = &compressor_;
    }

    /// Opens all connections.
    void open()
    {
        const long before = server_.memory();
        const auto begin = clock::now();
        while (opened_ != options_.connections) {
            if (peers_.size() != options_.connections && peers_.size() - opened_ < max_handshakes)
                connect();
            else
                wait();
        }
        std::printf(R"({"connections": %zu, "seconds": %.3f, "memory_before": %ld, "memory_open": %ld})"
                    "\n",
                    opened_, seconds{clock::now() - begin}.count(), before, server_.memory());
        std::fflush(stdout);
    }

    void measure(const row& which)
    {
        row_ = which;
        messages_ = make_messages(which, peers_.front()->ws, options_.deflate.wanted());
        delays_.clear();
        waiting_.clear();
        sending_ = true;
        now_ = clock::now();
        for (std::size_t i = 0; i < peers_.size(); ++i) {
            peer& one = *peers_[i];
            one.next = one.expected = i % messages_.payloads.size();
            one.at = messages_.begins[one.next];
            if (i < options_.active)
                start(one, which.depth);
            else
                waiting_.push_back(&one);
        }
        run_for(options_.warm_up, 3 * outstanding_); // until most connections have buffers of this size
        delays_.clear();
        const snapshot begin = take_snapshot();
        run_for(options_.duration, outstanding_);
        const snapshot end = take_snapshot();
        const std::size_t delays = delays_.size();
        sending_ = false;
        while (outstanding_ != 0)
            wait();
        std::printf(
            R"({"row": "%s", "messages": %llu, "bytes": %llu, "seconds": %.4f, "server": %.6f, "client": %.6f, "memory": %ld)",
            std::string{which.name}.c_str(), static_cast<unsigned long long>(end.messages - begin.messages),
            static_cast<unsigned long long>(end.bytes - begin.bytes), seconds{end.time - begin.time}.count(),
            end.server - begin.server, end.client - begin.client, server_.memory());
        delays_.resize(delays);
        if (!delays_.empty())
            std::printf(R"(, "median_us": %.1f, "p999_us": %.1f)", percentile(delays_, .5), percentile(delays_, .999));
        std::printf("}\n");
        std::fflush(stdout);
    }

private:
    [[nodiscard]] snapshot take_snapshot() const
    {
        return {clock::now(), completed_, bytes_, server_.processor_seconds(), seconds_of(CLOCK_PROCESS_CPUTIME_ID)};
    }
    /// Runs for a time, and longer if a server is so slow that fewer messages than @p min_messages have come back.
    void run_for(std::chrono::milliseconds duration, std::size_t min_messages)
    {
        const auto begin = clock::now();
        const std::uint64_t first = completed_;
        const auto is_late = [&] { return clock::now() - begin > duration + patience; };
        while (clock::now() - begin < duration || (completed_ - first < min_messages && !is_late()))
            wait();
        if (completed_ == first)
            throw void_row{"no message has come back within 15 seconds"};
    }
    /// Processes what is ready; waits for it.
    void wait()
    {
        const int count = ::epoll_wait(epoll_.get(), ready_.data(), static_cast<int>(ready_.size()),
                                       static_cast<int>(std::chrono::milliseconds{patience}.count()));
        if (count == 0)
            throw void_row{"the server has sent nothing for 15 seconds"};
        for (const epoll_event& one : std::span{ready_}.first(static_cast<std::size_t>(std::max(count, 0)))) {
            peer& who = *static_cast<peer*>(one.data.ptr);
            if ((one.events & EPOLLOUT) != 0)
                flush(who);
            if ((one.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0)
                receive(who);
        }
    }

    void connect()
    {
        peers_.push_back(std::make_unique<peer>(options_.deflate));
        peer& one = *peers_.back();
        one.socket = example::connect_to(options_.host, options_.port, patience);
        sockless::os_random random;
        const sockless::uri where{.host = options_.host, .port = options_.port};
        const sockless::error e = one.handshake->handshake.start(
            one.control, {.where = where, .extensions = options_.deflate.offers}, random);
        if (failed(e))
            throw std::runtime_error{std::string{to_string(e)}};
        // Edge-triggered, so that no row changes the set.
        epoll_event events{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = &one}};
        example::check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, one.socket.get(), &events), "epoll_ctl");
    }
    /// @return whether the connection is open
    bool open_peer(peer& who, std::span<std::byte>& in)
    {
        switch (who.handshake->handshake.poll(in)) {
        case sockless::client_handshake_result::need_input: return false;
        case sockless::client_handshake_result::open: break;
        case sockless::client_handshake_result::refused:
        case sockless::client_handshake_result::failed:
            throw void_row{std::string{to_string(who.handshake->handshake.failure())}};
        }
        sockless::connection_options<sockless::os_mask_keys, extension> chosen;
        const auto answer = who.handshake->handshake.response().extensions();
        if (const sockless::error e = who.codec.check_answer(answer, chosen.decoder, chosen.encoder); failed(e))
            throw void_row{std::string{to_string(e)}};
        who.ws = connection{std::move(chosen)};
        if (options_.deflate.wanted() && who.ws.extension_encoder().reserved_bits() == 0)
            throw void_row{"the server declines permessage-deflate"};
        who.handshake.reset();
        ++opened_;
        return true;
    }

    void receive(peer& who)
    {
        while (true) {
            const example::io_result got = example::receive(who.socket, buffer_);
            if (got.status == example::io_status::would_block)
                break;
            if (got.status != example::io_status::done)
                throw void_row{"the server has closed a connection"};
            bytes_ += got.count;
            now_ = clock::now();
            process_input(who, std::span{buffer_}.first(got.count));
            if (got.count < buffer_.size())
                break; // nothing is left: what arrives later is another event (epoll(7))
        }
        flush(who);
    }
    void process_input(peer& who, std::span<std::byte> in)
    {
        if (who.handshake && !open_peer(who, in))
            return;
        while (true) {
            const sockless::event e = who.ws.poll(in, who.control);
            switch (e.kind()) {
            case sockless::event_kind::need_input: return;
            case sockless::event_kind::message: compare(who, e); break;
            case sockless::event_kind::close: throw void_row{"the server has sent a close frame"};
            case sockless::event_kind::error: throw void_row{std::string{to_string(e.failure())}};
            default: break;
            }
        }
    }
    void compare(peer& who, const sockless::event& fragment)
    {
        if (who.outstanding == 0)
            throw void_row{"the server has sent a message that is no echo"};
        const std::string& wanted = messages_.payloads[who.expected];
        const std::span<const std::byte> payload = fragment.payload();
        if (fragment.is_text() != row_.is_text)
            throw void_row{"an echo has another type"};
        if (payload.size() > wanted.size() - who.received ||
            (fragment.last() && who.received + payload.size() != wanted.size()))
            throw void_row{"an echo has another length"};
        if (!payload.empty() && std::memcmp(payload.data(), wanted.data() + who.received, payload.size()) != 0)
            throw void_row{"an echo has other bytes"};
        who.received += payload.size();
        if (fragment.last())
            complete(who);
    }
    /// A message has come back; the next one is sent.
    void complete(peer& who)
    {
        who.received = 0;
        who.expected = (who.expected + 1) % messages_.payloads.size();
        --who.outstanding;
        --outstanding_;
        ++completed_;
        if (row_.depth == 1)
            delays_.push_back(static_cast<std::uint32_t>(
                std::chrono::duration_cast<std::chrono::nanoseconds>(now_ - who.sent).count()));
        if (!sending_)
            return;
        if (waiting_.empty())
            return enqueue(who, 1); // the caller flushes
        if (who.outstanding != 0)
            return;
        waiting_.push_back(&who);
        start(*waiting_.front(), row_.depth);
        waiting_.pop_front();
    }

    void start(peer& who, unsigned count)
    {
        enqueue(who, count);
        flush(who);
    }
    void enqueue(peer& who, unsigned count)
    {
        who.sent = now_;
        who.outstanding += count;
        outstanding_ += count;
        for (; count != 0; --count) {
            who.pending += messages_.frame_size(who.next);
            who.next = (who.next + 1) % messages_.payloads.size();
        }
    }
    void flush(peer& who)
    {
        // A control frame is sent between two frames.
        if (!who.control.empty() && (who.pending == 0 || std::ranges::binary_search(messages_.begins, who.at)) &&
            !send_control(who))
            return;
        while (who.pending != 0) {
            const std::size_t size = std::min(who.pending, messages_.wire.size() - who.at);
            const std::size_t sent = send(who, std::span{messages_.wire}.subspan(who.at, size));
            who.at = (who.at + sent) % messages_.wire.size();
            who.pending -= sent;
            if (sent != size)
                return;
        }
        send_control(who);
    }
    bool send_control(peer& who)
    {
        if (!who.control.empty())
            who.control.consume(send(who, who.control.data()));
        return who.control.empty();
    }
    static std::size_t send(peer& who, std::span<const std::byte> bytes)
    {
        const example::io_result sent = example::send(who.socket, bytes);
        if (sent.status != example::io_status::done && sent.status != example::io_status::would_block)
            throw void_row{"the server has closed a connection"};
        return sent.count;
    }

    options options_;
    process server_;
    example::descriptor epoll_;
    example::compression_library::deflater compressor_{{6, 8}};
    std::vector<std::unique_ptr<peer>> peers_;
    std::size_t opened_ = 0;
    std::array<epoll_event, 256> ready_{};
    std::vector<std::byte> buffer_ = std::vector<std::byte>(std::size_t{256} << 10U);

    row row_;
    messages messages_;
    std::deque<peer*> waiting_; ///< connections whose turn comes later
    bool sending_ = false;
    std::size_t outstanding_ = 0;
    clock::time_point now_; ///< of the last input
    std::uint64_t completed_ = 0;
    std::uint64_t bytes_ = 0;
    std::vector<std::uint32_t> delays_; ///< in nanoseconds
};

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("load_client", [&] {
        options chosen;
        if (!chosen.read(count, values))
            return 0;
        example::raise_descriptor_limit();
        load all{chosen};
        std::string name = "open";
        try {
            all.open();
            for (const row& one : chosen.rows) {
                name = one.name;
                all.measure(one);
            }
        } catch (const void_row& problem) {
            std::printf(R"({"row": "%s", "void": "%s"})"
                        "\n",
                        name.c_str(), problem.what());
            return 1;
        }
        return 0;
    });
}
