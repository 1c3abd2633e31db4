// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The C interface: its constants and errors are those of the library, and its functions check what they are given. vectors.c plays the
/// vectors through it.
#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/hex.hpp"

#include <sockless/core/error_string.hpp>
#include <sockless/sockless.h>
#include <sockless/websocket/websocket_options.hpp>
#include <sockless/websocket/websocket_storage.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using strings = std::vector<std::string>;

std::string string_of(sockless_text text)
{
    return {text.data == nullptr ? "" : text.data, text.size};
}

bool fill_zeros(void* calls, void* bytes, std::size_t size)
{
    if (calls != nullptr)
        ++*static_cast<int*>(calls);
    std::memset(bytes, 0, size);
    return true;
}
bool fill_nothing(void*, void*, std::size_t)
{
    return false;
}

constexpr sockless_sizes small_sizes{.message = 1000, .output = 2000, .input = 1000, .head = 1000, .fields = 20};

sockless_options small_options()
{
    sockless_options options = sockless_default_options();
    options.sizes = small_sizes;
    return options;
}

/// An object in memory that is exactly as large as it has to be.
class end {
public:
    explicit end(bool is_client, const sockless_options& options = small_options(),
                 sockless_random random = {&fill_zeros, nullptr})
        : size_{sockless_memory_size(&options.sizes)}, memory_{new sockless_unit[size_ / sizeof(sockless_unit) + 1]}
    {
        if (is_client)
            REQUIRE(sockless_client_init(&ws_, memory_.get(), size_, &options, random) == SOCKLESS_ERROR_NONE);
        else
            REQUIRE(sockless_server_init(&ws_, memory_.get(), size_, &options) == SOCKLESS_ERROR_NONE);
    }
    ~end() { sockless_destroy(ws_); }
    end(const end&) = delete;
    end& operator=(const end&) = delete;

    operator sockless_websocket*() const { return ws_; } // NOLINT: as a C program has it

    /// Called with each event after it was logged.
    std::function<void(const sockless_event&)> on_event;
    strings log;
    sockless_needs needs{};

    void poll()
    {
        sockless_event event;
        while (sockless_poll(ws_, now, &event, &needs)) {
            log.push_back(describe(event));
            if (on_event)
                on_event(event);
        }
    }
    void receive(std::string_view bytes)
    {
        std::vector<char> copy{bytes.begin(), bytes.end()};
        sockless_receive(ws_, copy.data(), copy.size(), now);
        poll();
        std::fill(copy.begin(), copy.end(), '#');
    }
    std::string written()
    {
        std::string result;
        std::size_t size = 0;
        while (const void* bytes = sockless_write_buffer(ws_, &size)) {
            result.append(static_cast<const char*>(bytes), size);
            sockless_written(ws_, size, now);
        }
        return result;
    }

    std::uint64_t now = 1;

private:
    static std::string describe(const sockless_event& event)
    {
        const std::string text{reinterpret_cast<const char*>(event.data), event.size};
        switch (event.kind) {
        case SOCKLESS_EVENT_NONE: return "none";
        case SOCKLESS_EVENT_REQUEST: return "request";
        case SOCKLESS_EVENT_PLAIN_REQUEST: return "plain request";
        case SOCKLESS_EVENT_OPEN: return "open";
        case SOCKLESS_EVENT_MESSAGE:
            return (event.text ? "text " : "binary ") + text + (event.first ? " first" : "") +
                   (event.last ? " last" : "");
        case SOCKLESS_EVENT_PING: return "ping " + text;
        case SOCKLESS_EVENT_PONG: return "pong " + text;
        case SOCKLESS_EVENT_CLOSE:
            return "close " + std::to_string(event.code) + (event.clean ? " clean " : " broken ") + text;
        case SOCKLESS_EVENT_ERROR:
            return "error " + string_of(sockless_error_name(event.error)) + " " + std::to_string(event.code);
        case SOCKLESS_EVENT_BODY: return "body " + text;
        }
        return "?";
    }

    std::size_t size_;
    std::unique_ptr<sockless_unit[]> memory_;
    sockless_websocket* ws_ = nullptr;
};

/// Moves bytes both ways until there are none.
void exchange(end& client, end& server)
{
    client.poll();
    server.poll();
    for (bool moved = true; moved;) {
        const std::string to_server = client.written();
        const std::string to_client = server.written();
        moved = !to_server.empty() || !to_client.empty();
        if (!to_server.empty())
            server.receive(to_server);
        if (!to_client.empty())
            client.receive(to_client);
        client.poll();
        server.poll();
    }
}

void accept_every_request(end& server)
{
    server.on_event = [&server](const sockless_event& event) {
        if (event.kind == SOCKLESS_EVENT_REQUEST)
            REQUIRE(sockless_accept(server, nullptr, nullptr, 0) == SOCKLESS_ERROR_NONE);
    };
}

// --- constants

TEST_CASE("C: sockless_error has every enumerator of sockless::error, with its value and its name")
{
    std::ifstream file{SOCKLESS_C_ERROR_FILE};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const std::regex enumerator{"\\bSOCKLESS_ERROR_(\\w+) = (\\d+)"};
    std::size_t count = 0;
    for (std::sregex_iterator it{text.begin(), text.end(), enumerator}; it != std::sregex_iterator{}; ++it, ++count) {
        std::string name = (*it)[1];
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        CHECK(std::stoul((*it)[2]) == count);
        const auto value = static_cast<sockless::error>(count);
        CHECK(name == name_of(value));
        CHECK(string_of(sockless_error_name(static_cast<sockless_error>(count))) == name_of(value));
        const char* const sentence = sockless_error_string(static_cast<sockless_error>(count));
        CHECK(std::string_view{sentence} == to_string(value)); // it ends with a NUL
    }
    CHECK(count == static_cast<std::size_t>(sockless::error::extension_not_requested) + 1);
    CHECK(SOCKLESS_ERROR_EXTENSION_NOT_REQUESTED + 1 == static_cast<int>(count));
}

/// What a program in C may pass: a value that is no enumerator.
__attribute__((no_sanitize("enum"))) std::pair<const char*, sockless_text> texts_of(unsigned value)
{
    sockless_error e{};
    std::memcpy(&e, &value, sizeof e);
    return {sockless_error_string(e), sockless_error_name(e)};
}

TEST_CASE("C: a value that is no error has the sentence and the name of an unknown one, however large it is")
{
    const unsigned first = SOCKLESS_ERROR_EXTENSION_NOT_REQUESTED + 1;
    for (const unsigned value : {first, 255U, 256U + SOCKLESS_ERROR_TIMED_OUT, 9999U, 0xFFFFFFFFU}) {
        const auto [sentence, name] = texts_of(value);
        CHECK(std::string_view{sentence} == "unknown error");
        CHECK(string_of(name) == "unknown");
    }
}

TEST_CASE("C: the default options are those of the library")
{
    const sockless::websocket_options<> usual;
    const sockless_options options = sockless_default_options();
    CHECK(options.frame_bytes == usual.limits.frame_bytes);
    CHECK(options.message_bytes == usual.limits.message_bytes);
    CHECK(options.fragments == usual.limits.fragments);
    CHECK(options.body_bytes == usual.body_bytes);
    CHECK(options.handshake_timeout == usual.handshake_timeout);
    CHECK(options.answer_timeout == usual.answer_timeout);
    CHECK(options.ping_interval == usual.ping_interval);
    CHECK(options.pong_timeout == usual.pong_timeout);
    CHECK(options.closing_timeout == usual.closing_timeout);
    CHECK(options.read_size == usual.read_size);
    CHECK(options.whole_messages);
    CHECK(options.sizes.message + options.sizes.output + options.high_water + options.low_water == 0);
    CHECK_FALSE((options.receive_while_closing || options.browser_close_codes || options.fail_when_full));
}

TEST_CASE("C: the size of the memory is a constant, a function, and enough; it is not much more than that")
{
    static const sockless_unit array[SOCKLESS_MEMORY_UNITS(1000, 2000, 1000, 1000, 20)]{};
    CHECK(sockless_memory_size(&small_sizes) == SOCKLESS_MEMORY_SIZE(1000, 2000, 1000, 1000, 20));
    CHECK(sizeof array >= sockless_memory_size(&small_sizes));
    CHECK(sizeof array < sockless_memory_size(&small_sizes) + sizeof(sockless_unit));
    const sockless_sizes zeros{};
    CHECK(sockless_memory_size(nullptr) == sockless_memory_size(&zeros));
    CHECK(sockless_memory_size(&zeros) ==
          SOCKLESS_MEMORY_SIZE(65536, sockless::websocket_sizes{}.output_memory(), 16384, 8192, 100));
    const sockless_sizes fields{.message = 1, .output = 1, .input = 1, .head = 1, .fields = SIZE_MAX / 8};
    CHECK(sockless_memory_size(&fields) == SIZE_MAX);
    const sockless_sizes large{.message = SIZE_MAX, .output = SIZE_MAX, .input = 1, .head = 1, .fields = 1};
    CHECK(sockless_memory_size(&large) == SIZE_MAX);
    for (const std::size_t message : {SIZE_MAX / 2 - 200, SIZE_MAX / 2 - 10, SIZE_MAX / 2 + 10, SIZE_MAX - 1}) {
        const sockless_sizes with_default_output{.message = message, .output = 0, .input = 0, .head = 0, .fields = 0};
        CHECK(sockless_memory_size(&with_default_output) == SIZE_MAX);
    }
}

TEST_CASE("C: an object is made in memory that is large enough and aligned, and nowhere else", "[6455-10.3-01]")
{
    std::vector<sockless_unit> memory(sockless_memory_size(&small_sizes) / sizeof(sockless_unit) + 2);
    const std::size_t size = sockless_memory_size(&small_sizes);
    const sockless_options options = small_options();
    const sockless_random random{&fill_zeros, nullptr};
    auto* ws = reinterpret_cast<sockless_websocket*>(memory.data());
    CHECK(sockless_server_init(&ws, memory.data(), size - 1, &options) == SOCKLESS_ERROR_NO_MEMORY);
    CHECK(ws == nullptr);
    CHECK(sockless_server_init(&ws, nullptr, size, &options) == SOCKLESS_ERROR_NO_MEMORY);
    CHECK(sockless_server_init(&ws, reinterpret_cast<char*>(memory.data()) + 1, size, &options) ==
          SOCKLESS_ERROR_NO_MEMORY);
    CHECK(sockless_server_init(nullptr, memory.data(), size, &options) == SOCKLESS_ERROR_COUNT_INVALID);
    CHECK(sockless_server_init(&ws, memory.data(), size, nullptr) == SOCKLESS_ERROR_NO_MEMORY); // larger sizes
    CHECK(sockless_client_init(&ws, memory.data(), size, &options, {nullptr, nullptr}) == SOCKLESS_ERROR_NO_RANDOM);
    CHECK(ws == nullptr);
    sockless_options narrow = options;
    narrow.sizes.output = 255;
    CHECK(sockless_server_init(&ws, memory.data(), size, &narrow) == SOCKLESS_ERROR_EXCEEDS_CAPACITY);
    narrow.sizes.output = 256;
    CHECK(sockless_server_init(&ws, memory.data(), size, &narrow) == SOCKLESS_ERROR_NONE);
    CHECK(static_cast<void*>(ws) == memory.data());
    sockless_destroy(ws);
    sockless_destroy(nullptr);
    CHECK(sockless_client_init(&ws, memory.data(), size, &options, random) == SOCKLESS_ERROR_NONE);
    sockless_destroy(ws);
}

// --- a conversation

TEST_CASE("C: a client and a server exchange messages of every kind, and close", "[6455-12-01][6455-4.1-41]")
{
    end client{true};
    end server{false};
    const char* const offered[] = {"chat", "superchat"};
    const sockless_field cookie{"Cookie", "a=b"};
    const sockless_connect_options offer{
        .subprotocols = offered,
        .subprotocol_count = 2,
        .subprotocol_required = true,
        .origin = "http://example.com",
        .fields = &cookie,
        .field_count = 1,
    };
    client.on_event = [&client](const sockless_event& event) {
        if (event.kind == SOCKLESS_EVENT_OPEN) {
            CHECK(sockless_response_status(client) == 101);
            CHECK(string_of(sockless_response_reason(client)) == "Switching Protocols");
            sockless_text server_name{};
            CHECK(sockless_find_field(client, "SERVER", &server_name));
            CHECK(string_of(server_name) == "test");
            CHECK(sockless_send_text(client, "Hello", 5) == SOCKLESS_ERROR_NONE);
            CHECK(sockless_send_binary(client, "\1\2", 2) == SOCKLESS_ERROR_NONE);
            CHECK(sockless_send_binary(client, nullptr, 0) == SOCKLESS_ERROR_NONE);
            CHECK(sockless_begin_message(client, true) == SOCKLESS_ERROR_NONE);
            CHECK(sockless_begin_message(client, true) == SOCKLESS_ERROR_MESSAGE_OPEN);
            CHECK(sockless_send_fragment(client, "frag", 4) == SOCKLESS_ERROR_NONE);
            CHECK(sockless_ping(client, "p", 1) == SOCKLESS_ERROR_NONE);
            CHECK(sockless_end_message(client, "ments", 5) == SOCKLESS_ERROR_NONE);
            CHECK(sockless_end_message(client, nullptr, 0) == SOCKLESS_ERROR_NO_MESSAGE_OPEN);
            CHECK(sockless_buffered_amount(client) == 5 + 2 + 9);
        }
        if (event.kind == SOCKLESS_EVENT_MESSAGE)
            CHECK(sockless_close(client, 1000, "bye") == SOCKLESS_ERROR_NONE);
    };
    server.on_event = [&server, &offered](const sockless_event& event) {
        if (event.kind == SOCKLESS_EVENT_REQUEST) {
            CHECK(sockless_request_pending(server));
            sockless_request request;
            REQUIRE(sockless_request_of(server, &request));
            CHECK(string_of(request.method) == "GET");
            CHECK(string_of(request.target) == "/a?b=c");
            CHECK(string_of(request.path) == "/a");
            CHECK(string_of(request.query) == "b=c");
            CHECK(string_of(request.host) == "example.com");
            CHECK(string_of(request.origin) == "http://example.com");
            CHECK((request.port == 81 && request.has_origin));
            sockless_text value{};
            CHECK(sockless_find_field(server, "cookie", &value));
            CHECK(string_of(value) == "a=b");
            CHECK_FALSE(sockless_find_field(server, "Absent", &value));
            CHECK(sockless_field_count(server) == 8);
            CHECK(string_of(sockless_field_name(server, 0)) == "Host");
            CHECK(string_of(sockless_field_value(server, 0)) == "example.com:81");
            CHECK(string_of(sockless_field_name(server, 8)).empty());
            CHECK(string_of(sockless_field_value(server, 8)).empty());
            const char* const supported[] = {"other", "superchat"};
            CHECK(sockless_choose_subprotocol(server, offered, 0) == nullptr);
            CHECK(sockless_choose_subprotocol(server, nullptr, 0) == nullptr);
            const char* const chosen = sockless_choose_subprotocol(server, supported, 2);
            CHECK(chosen == supported[1]);
            const sockless_field name{"Server", "test"};
            CHECK(sockless_accept(server, "foreign", nullptr, 0) == SOCKLESS_ERROR_SUBPROTOCOL_NOT_REQUESTED);
            CHECK(sockless_accept(server, chosen, &name, 1) == SOCKLESS_ERROR_NONE);
            CHECK(sockless_accept(server, chosen, &name, 1) == SOCKLESS_ERROR_NOT_OPEN);
            CHECK_FALSE(sockless_request_pending(server));
        }
        if (event.kind == SOCKLESS_EVENT_MESSAGE && event.size == 9)
            CHECK(sockless_send_text(server, "answer", 6) == SOCKLESS_ERROR_NONE);
    };
    CHECK(sockless_state(client) == SOCKLESS_CONNECTING);
    CHECK(sockless_send_text(client, "early", 5) == SOCKLESS_ERROR_NOT_OPEN);
    REQUIRE(sockless_connect(client, "ws://example.com:81/a?b=c", &offer) == SOCKLESS_ERROR_NONE);
    CHECK(sockless_connect(client, "ws://example.com:81/a?b=c", &offer) == SOCKLESS_ERROR_NOT_OPEN);
    CHECK(sockless_unwritten(client) > 100);
    exchange(client, server);
    CHECK(string_of(sockless_subprotocol(client)) == "superchat");
    CHECK(string_of(sockless_subprotocol(server)) == "superchat");
    CHECK(sockless_state(client) == SOCKLESS_CLOSING);
    CHECK(sockless_close_expected(client));
    CHECK(sockless_finished(server));
    CHECK(server.needs.shut_down_write);
    CHECK_FALSE(server.needs.close);
    sockless_input_ended(client, client.now);
    client.poll();
    CHECK(client.needs.close);
    sockless_input_ended(server, server.now);
    server.poll();
    CHECK(sockless_state(server) == SOCKLESS_CLOSED);
    CHECK(client.log == strings{"open", "pong p", "text answer first last", "close 1000 clean "});
    CHECK(server.log == strings{"request", "open", "text Hello first last", "binary \1\2 first last",
                                "binary  first last", "ping p", "text fragments first last", "close 1000 clean bye"});
    CHECK(sockless_failure(client) == SOCKLESS_ERROR_NONE);
    sockless_request request;
    CHECK_FALSE(sockless_request_of(server, &request));
    CHECK(sockless_response_status(client) == 0);
    CHECK(sockless_send_text(client, "late", 4) == SOCKLESS_ERROR_NOT_OPEN);
    CHECK(sockless_buffered_amount(client) == 4);
}

TEST_CASE("C: after sockless_reset the object begins again, for another peer")
{
    end client{true};
    end server{false};
    accept_every_request(server);
    for (int i = 0; i < 2; ++i) {
        REQUIRE(sockless_connect(client, "ws://example.com", nullptr) == SOCKLESS_ERROR_NONE);
        exchange(client, server);
        CHECK(sockless_state(client) == SOCKLESS_OPEN);
        CHECK(sockless_send_text(client, "old", 3) == SOCKLESS_ERROR_NONE);
        sockless_reset(client);
        sockless_reset(server);
        CHECK(sockless_state(client) == SOCKLESS_CONNECTING);
        CHECK(sockless_unwritten(client) == 0);
        CHECK(sockless_field_count(client) == 0);
    }
    CHECK(server.log == strings{"request", "open", "request", "open"});
}

TEST_CASE("C: a request can be rejected, refused, or left; the client sees status, fields and body", "[6455-4.2.2-03]")
{
    end client{true};
    end server{false};
    server.on_event = [&server](const sockless_event&) {
        const sockless_field field{"WWW-Authenticate", "Basic"};
        std::array<sockless_field, SOCKLESS_MAX_FIELDS + 1> many;
        many.fill(field);
        CHECK(sockless_reject(server, 101, nullptr, 0, nullptr, 0) == SOCKLESS_ERROR_STATUS_NOT_SENDABLE);
        CHECK(sockless_reject(server, 0, nullptr, 0, nullptr, 0) == SOCKLESS_ERROR_STATUS_NOT_SENDABLE);
        CHECK(sockless_reject(server, 401, many.data(), many.size(), nullptr, 0) == SOCKLESS_ERROR_TOO_MANY_FIELDS);
        CHECK(sockless_accept(server, nullptr, many.data(), many.size()) == SOCKLESS_ERROR_TOO_MANY_FIELDS);
        CHECK(sockless_reject(server, 401, nullptr, 1, nullptr, 0) == SOCKLESS_ERROR_COUNT_INVALID);
        CHECK(sockless_reject(server, 401, nullptr, 0, nullptr, 1) == SOCKLESS_ERROR_COUNT_INVALID);
        CHECK(sockless_reject(server, 401, &field, 1, "who?", 4) == SOCKLESS_ERROR_NONE);
        CHECK(sockless_refuse(server) == SOCKLESS_ERROR_NOT_OPEN);
    };
    REQUIRE(sockless_connect(client, "ws://example.com", nullptr) == SOCKLESS_ERROR_NONE);
    const std::string request = client.written();
    server.receive(request);
    const std::string response = server.written();
    client.receive(response.substr(0, 20)); // a part of the head is none
    CHECK(sockless_response_status(client) == 0);
    CHECK(sockless_field_count(client) == 0);
    client.receive(response.substr(20));
    CHECK(client.log == strings{"error status_not_101 1006", "body who?", "close 1006 broken "});
    CHECK(sockless_response_status(client) == 401);
    sockless_text value{};
    CHECK(sockless_find_field(client, "www-authenticate", &value));
    CHECK(string_of(value) == "Basic");
    CHECK(sockless_failure(client) == SOCKLESS_ERROR_STATUS_NOT_101);
    CHECK(server.log == strings{"request"});

    end refusing{false};
    refusing.receive(request.substr(0, 30)); // a part of the head is none
    sockless_request partial;
    CHECK_FALSE(sockless_request_of(refusing, &partial));
    CHECK(partial.method.size == 0);
    CHECK(sockless_choose_subprotocol(refusing, nullptr, 0) == nullptr);
    CHECK(sockless_refuse(refusing) == SOCKLESS_ERROR_NOT_OPEN);
    refusing.receive(request.substr(30));
    CHECK(sockless_refuse(refusing) == SOCKLESS_ERROR_NONE);
    CHECK(refusing.written().starts_with("HTTP/1.1 400 "));

    end slow{false};
    slow.receive(request);
    CHECK_FALSE(slow.needs.read);
    CHECK(slow.needs.wake_after == sockless_default_options().answer_timeout);
    slow.now += 30'000;
    slow.poll();
    CHECK(slow.log == strings{"request", "error request_unanswered 1006"});
    CHECK(slow.written().starts_with("HTTP/1.1 503 "));

    end page{false};
    page.receive("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(page.log == strings{"plain request"});
    CHECK(sockless_accept(page, nullptr, nullptr, 0) == SOCKLESS_ERROR_NOT_OPEN);
    CHECK(sockless_refuse(page) == SOCKLESS_ERROR_NONE);
    CHECK(page.written().starts_with("HTTP/1.1 426 "));
}

TEST_CASE("C: what a client cannot send is an error, and nothing is written")
{
    int calls = 0;
    end client{true, small_options(), {&fill_zeros, &calls}};
    std::array<const char*, SOCKLESS_MAX_SUBPROTOCOLS + 1> names;
    names.fill("chat");
    std::array<sockless_field, SOCKLESS_MAX_FIELDS + 1> fields;
    fields.fill({"A", "b"});
    const char* const url = "ws://example.com";
    sockless_connect_options offer{};
    const auto connect = [&] { return sockless_connect(client, url, &offer); };
    const auto with_names = [&](const char* const* list, std::size_t count) {
        offer = {};
        offer.subprotocols = list;
        offer.subprotocol_count = count;
        return connect();
    };
    const auto with_fields = [&](const sockless_field* list, std::size_t count) {
        offer = {};
        offer.fields = list;
        offer.field_count = count;
        return connect();
    };
    CHECK(sockless_connect(client, nullptr, nullptr) == SOCKLESS_ERROR_COUNT_INVALID);
    CHECK(sockless_connect(client, "ftp://example.com", nullptr) == SOCKLESS_ERROR_URI_SCHEME_INVALID);
    CHECK(with_names(names.data(), names.size()) == SOCKLESS_ERROR_TOO_MANY_FIELDS);
    CHECK(with_names(names.data(), 2) == SOCKLESS_ERROR_SUBPROTOCOL_NOT_SENDABLE);
    CHECK(with_names(nullptr, 1) == SOCKLESS_ERROR_COUNT_INVALID);
    CHECK(with_fields(fields.data(), fields.size()) == SOCKLESS_ERROR_TOO_MANY_FIELDS);
    CHECK(with_fields(nullptr, 1) == SOCKLESS_ERROR_COUNT_INVALID);
    fields[0] = {"", ""};
    CHECK(with_fields(fields.data(), 1) == SOCKLESS_ERROR_FIELD_NOT_SENDABLE);
    offer = {};
    offer.origin = "a\nb";
    CHECK(connect() == SOCKLESS_ERROR_FIELD_NOT_SENDABLE);
    CHECK(sockless_unwritten(client) == 0);
    CHECK(calls == 0);
    CHECK(sockless_accept(client, nullptr, nullptr, 0) == SOCKLESS_ERROR_NOT_OPEN);
    CHECK(sockless_reject(client, 404, nullptr, 0, nullptr, 0) == SOCKLESS_ERROR_NOT_OPEN);
    CHECK(sockless_refuse(client) == SOCKLESS_ERROR_NOT_OPEN);
    CHECK_FALSE(sockless_request_pending(client));
    names[1] = "superchat";
    CHECK(with_names(names.data(), 2) == SOCKLESS_ERROR_NONE);
    CHECK(calls == 1);
    CHECK(client.written().starts_with("GET / HTTP/1.1\r\nHost: example.com\r\n"));

    end server{false};
    CHECK(sockless_connect(server, url, nullptr) == SOCKLESS_ERROR_NOT_OPEN);
    CHECK(sockless_response_status(server) == 0);
    CHECK(string_of(sockless_response_reason(server)).empty());
    end mute{true, small_options(), {&fill_nothing, nullptr}};
    CHECK(sockless_connect(mute, url, nullptr) == SOCKLESS_ERROR_NO_RANDOM);
    CHECK(sockless_start_open(mute, "chat", nullptr, 0) == SOCKLESS_ERROR_NONE);
    CHECK(sockless_start_open(mute, nullptr, nullptr, 0) == SOCKLESS_ERROR_NOT_OPEN);
    CHECK(string_of(sockless_subprotocol(mute)) == "chat");
    CHECK(sockless_send_text(mute, "a", 1) == SOCKLESS_ERROR_NO_RANDOM);
}

TEST_CASE("C: a null string that the function does not permit is an error, and nothing is written")
{
    end client{true};
    end server{false};
    server.receive("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    REQUIRE(server.log == strings{"request"});
    for (const sockless_field& field : {sockless_field{"X", nullptr}, {nullptr, "x"}, {nullptr, nullptr}}) {
        const sockless_field fields[] = {{"X", "x"}, field};
        const sockless_field other_order[] = {field, {"X", "x"}};
        sockless_connect_options offer{};
        offer.field_count = 2;
        for (const sockless_field* list : {fields, other_order}) {
            offer.fields = list;
            CHECK(sockless_connect(client, "ws://example.com", &offer) == SOCKLESS_ERROR_COUNT_INVALID);
        }
        CHECK(sockless_accept(server, nullptr, fields, 2) == SOCKLESS_ERROR_COUNT_INVALID);
        CHECK(sockless_reject(server, 404, fields, 2, nullptr, 0) == SOCKLESS_ERROR_COUNT_INVALID);
    }
    const char* const names[] = {"chat", nullptr};
    sockless_connect_options offer{};
    offer.subprotocols = names;
    offer.subprotocol_count = 2;
    CHECK(sockless_connect(client, "ws://example.com", &offer) == SOCKLESS_ERROR_COUNT_INVALID);
    CHECK(sockless_unwritten(client) + sockless_unwritten(server) == 0);
    const sockless_field empty{"X", ""};
    CHECK(sockless_accept(server, nullptr, &empty, 1) == SOCKLESS_ERROR_NONE);
}

TEST_CASE("C: a client masks with keys of the program's source, one for each frame", "[6455-5.3-01][6455-10.3-01]")
{
    struct counter {
        static bool fill(void* context, void* bytes, std::size_t size)
        {
            std::memset(bytes, ++*static_cast<unsigned char*>(context), size);
            return true;
        }
    };
    unsigned char count = 0;
    end client{true, small_options(), {&counter::fill, &count}};
    REQUIRE(sockless_start_open(client, nullptr, nullptr, 0) == SOCKLESS_ERROR_NONE);
    client.poll();
    CHECK(sockless_send_text(client, "\x61", 1) == SOCKLESS_ERROR_NONE);
    CHECK(sockless_send_text(client, "\x61", 1) == SOCKLESS_ERROR_NONE);
    CHECK(client.written() == "\x81\x81\1\1\1\1\x60\x81\x81\2\2\2\2\x63");
}

TEST_CASE("C: a URL is taken apart for the program that connects", "[6455-3-01]")
{
    sockless_url url{};
    REQUIRE(sockless_parse_url("ws://[::1]:81/a", &url) == SOCKLESS_ERROR_NONE);
    CHECK(string_of(url.host) == "::1");
    CHECK((url.port == 81 && !url.secure));
    REQUIRE(sockless_parse_url("https://example.com", &url) == SOCKLESS_ERROR_NONE);
    CHECK(string_of(url.host) == "example.com");
    CHECK((url.port == 443 && url.secure));
    CHECK(sockless_parse_url("ws://a/#b", &url) == SOCKLESS_ERROR_URI_HAS_FRAGMENT);
    CHECK(sockless_parse_url(nullptr, &url) == SOCKLESS_ERROR_COUNT_INVALID);
    CHECK(sockless_parse_url("ws://a", nullptr) == SOCKLESS_ERROR_COUNT_INVALID);
    CHECK(string_of(url.host) == "example.com");
}

// --- time, back-pressure and the end

/// A server that is open, without a handshake.
struct open_server : end {
    explicit open_server(const sockless_options& options = small_options()) : end{false, options}
    {
        REQUIRE(sockless_start_open(*this, nullptr, "101", 3) == SOCKLESS_ERROR_NONE);
        poll();
        CHECK(written() == "101");
        log.clear();
    }
};

const std::string hello = support::to_string(support::bytes_of("818537fa213d7f9f4d5158"));

TEST_CASE("C: keep-alive and time-outs work by sockless_poll alone", "[6455-5.5.2-02][6455-7.1.1-05]")
{
    open_server server;
    CHECK(server.needs.wake_after == 20'000);
    CHECK(sockless_poll_timeout(&server.needs) == 20'000);
    server.now += 20'000;
    server.poll();
    CHECK(server.needs.write);
    CHECK(server.written().substr(0, 1) == "\x89");
    server.now += 20'000;
    server.poll();
    CHECK(server.log == strings{"error timed_out 1006", "close 1006 broken "});
    CHECK(server.needs.close);
    CHECK(server.needs.wake_after == SOCKLESS_NEVER);
    CHECK(sockless_poll_timeout(&server.needs) == -1);
    const sockless_needs large{
        .read = false, .write = false, .shut_down_write = false, .close = false, .wake_after = 0x80000000};
    CHECK(sockless_poll_timeout(&large) == 0x7FFFFFFF);
}

TEST_CASE("C: reading pauses while much waits to be written, and while the program says so")
{
    sockless_options options = small_options();
    options.high_water = 20;
    options.low_water = 10;
    open_server server{options};
    server.on_event = [&server](const sockless_event& event) {
        CHECK(sockless_send_binary(server, event.data, event.size) == SOCKLESS_ERROR_NONE);
    };
    std::string many;
    for (int i = 0; i < 10; ++i)
        many += hello;
    server.receive(many); // which is overwritten afterwards
    CHECK(server.log.size() == 3);
    CHECK_FALSE(server.needs.read);
    while (!server.written().empty())
        server.poll();
    CHECK(server.log.size() == 10);
    CHECK(server.needs.read);
    for (const std::string& line : server.log)
        CHECK(line == "text Hello first last");
    sockless_pause(server);
    server.poll();
    CHECK_FALSE(server.needs.read);
    server.receive(hello);
    CHECK(server.log.size() == 10);
    sockless_resume(server);
    server.poll();
    CHECK(server.log.size() == 11);
}

TEST_CASE("C: a program that stops polling keeps the input")
{
    open_server server;
    std::string twice = hello + hello;
    sockless_receive(server, twice.data(), twice.size(), server.now);
    sockless_event event;
    REQUIRE(sockless_poll(server, server.now, &event, &server.needs));
    sockless_keep_input(server);
    std::fill(twice.begin(), twice.end(), '#');
    server.poll();
    CHECK(server.log == strings{"text Hello first last"});
}

TEST_CASE("C: it reads into its own buffer, which is as large as `read_size`")
{
    sockless_options options = small_options();
    options.read_size = 100;
    options.whole_messages = false;
    open_server server{options};
    std::size_t size = 0;
    void* const buffer = sockless_read_buffer(server, &size);
    REQUIRE(size == 100);
    std::memcpy(buffer, hello.data(), hello.size());
    sockless_received(server, 8, server.now);
    server.poll();
    REQUIRE(sockless_read_buffer(server, &size) != nullptr);
    std::memcpy(sockless_read_buffer(server, &size), hello.data() + 8, hello.size() - 8);
    sockless_received(server, hello.size() - 8, server.now);
    server.poll();
    CHECK(server.log == strings{"text He first", "text llo last"});
    sockless_received(server, static_cast<std::size_t>(-1), server.now);
    server.poll();
    CHECK(server.log.back() == "close 1006 broken ");
    CHECK(sockless_failure(server) == SOCKLESS_ERROR_COUNT_INVALID);
    CHECK(sockless_read_buffer(server, &size) == nullptr);
    CHECK(size == 0);
}

TEST_CASE("C: a count that cannot be, more bytes than fit, and a lost transport fail the connection")
{
    open_server counting;
    sockless_written(counting, static_cast<std::size_t>(-1), counting.now);
    counting.poll();
    CHECK(counting.log == strings{"error count_invalid 1006", "close 1006 broken "});
    open_server flooded;
    flooded.receive(std::string(1001, 'x'));
    CHECK(flooded.log == strings{"error exceeds_capacity 1006", "close 1006 broken "});
    open_server lost;
    sockless_transport_failed(lost, lost.now);
    lost.poll();
    CHECK(lost.log == strings{"error connection_lost 1006", "close 1006 broken "});
    CHECK(sockless_unwritten(lost) == 0);
    open_server full;
    CHECK(sockless_has_room(full, 1900));
    CHECK_FALSE(sockless_has_room(full, 2000));
    const std::string large(1500, 'x');
    CHECK(sockless_send_binary(full, large.data(), large.size()) == SOCKLESS_ERROR_NONE);
    CHECK(sockless_send_binary(full, large.data(), large.size()) == SOCKLESS_ERROR_NO_SPACE);
    CHECK(sockless_send_text(full, "\xFF", 1) == SOCKLESS_ERROR_PAYLOAD_NOT_UTF8);
}

TEST_CASE("C: a close frame has a code or none, and a reason only with a code", "[6455-5.5.1-01]")
{
    open_server empty;
    CHECK(sockless_close(empty, 0, "reason") == SOCKLESS_ERROR_CLOSE_CODE_NOT_SENDABLE);
    CHECK(sockless_close(empty, 1005, nullptr) == SOCKLESS_ERROR_CLOSE_CODE_NOT_SENDABLE);
    CHECK(sockless_close(empty, 1000, std::string(124, 'x').c_str()) == SOCKLESS_ERROR_REASON_TOO_LONG);
    CHECK(sockless_close(empty, 0, nullptr) == SOCKLESS_ERROR_NONE);
    empty.poll();
    CHECK(empty.written() == std::string("\x88\0", 2));
    open_server coded;
    CHECK(sockless_close(coded, 1001, nullptr) == SOCKLESS_ERROR_NONE);
    coded.poll();
    CHECK(coded.written() == "\x88\x02\x03\xE9");
}

TEST_CASE("C: a binary message is sent in fragments", "[6455-5.4-02]")
{
    open_server server;
    CHECK(sockless_begin_message(server, false) == SOCKLESS_ERROR_NONE);
    CHECK(sockless_send_fragment(server, "a", 1) == SOCKLESS_ERROR_NONE);
    CHECK(sockless_end_message(server, "b", 1) == SOCKLESS_ERROR_NONE);
    CHECK(server.written() == std::string("\x02\x01"
                                          "a"
                                          "\x80\x01"
                                          "b"));
}

// --- misuse

TEST_CASE("C: without an object every function that returns an error returns one")
{
    sockless_options options = small_options();
    std::vector<sockless_unit> memory(sockless_memory_size(&small_sizes) / sizeof(sockless_unit) + 1);
    sockless_websocket* destroyed = nullptr;
    REQUIRE(sockless_server_init(&destroyed, memory.data(), memory.size() * sizeof(sockless_unit), &options) ==
            SOCKLESS_ERROR_NONE);
    sockless_destroy(destroyed);
    for (sockless_websocket* ws : {static_cast<sockless_websocket*>(nullptr), destroyed}) {
        CHECK(sockless_connect(ws, "ws://a", nullptr) == SOCKLESS_ERROR_NOT_OPEN);
        CHECK(sockless_accept(ws, nullptr, nullptr, 0) == SOCKLESS_ERROR_NOT_OPEN);
        CHECK(sockless_reject(ws, 404, nullptr, 0, nullptr, 0) == SOCKLESS_ERROR_NOT_OPEN);
        CHECK(sockless_refuse(ws) == SOCKLESS_ERROR_NOT_OPEN);
        CHECK(sockless_start_open(ws, nullptr, nullptr, 0) == SOCKLESS_ERROR_NOT_OPEN);
        CHECK(sockless_send_text(ws, "", 0) == SOCKLESS_ERROR_NOT_OPEN);
        CHECK(sockless_send_binary(ws, "", 0) == SOCKLESS_ERROR_NOT_OPEN);
        CHECK(sockless_begin_message(ws, true) == SOCKLESS_ERROR_NOT_OPEN);
        CHECK(sockless_send_fragment(ws, "", 0) == SOCKLESS_ERROR_NOT_OPEN);
        CHECK(sockless_end_message(ws, "", 0) == SOCKLESS_ERROR_NOT_OPEN);
        CHECK(sockless_ping(ws, "", 0) == SOCKLESS_ERROR_NOT_OPEN);
        CHECK(sockless_close(ws, 1000, nullptr) == SOCKLESS_ERROR_NOT_OPEN);
    }
    open_server server;
    CHECK(sockless_send_text(server, nullptr, 1) == SOCKLESS_ERROR_COUNT_INVALID);
    CHECK(sockless_ping(server, nullptr, 1) == SOCKLESS_ERROR_COUNT_INVALID);
    end fresh{false};
    CHECK(sockless_start_open(fresh, nullptr, nullptr, 1) == SOCKLESS_ERROR_COUNT_INVALID);
}

} // namespace
