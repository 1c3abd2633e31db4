// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Counts instructions on an emulated Cortex-M3. Each instruction advances the emulator's clock by 32 ns (-icount shift=5), and
/// SysTick counts units of 40 ns.
#include "../../examples/firmware/board/board.hpp"
#include "../../examples/firmware/board/chip.hpp"
#include "../../examples/firmware/board/semihosting.hpp"

#include <sockless/sockless.hpp>

using namespace sockless;

namespace {

constexpr std::uint32_t batch = 64;

std::byte bytes[20000];
std::byte storage[20000];

volatile std::uint32_t& systick_value() noexcept
{
    return chip::reg(0xE000'E018);
}

struct counting_keys {
    std::uint8_t last = 0;
    bool next(mask_key& key) noexcept
    {
        for (std::byte& each : key.bytes)
            each = static_cast<std::byte>(++last);
        return true;
    }
};

std::uint32_t measured(auto&& work) noexcept
{
    const std::uint32_t begin = systick_value();
    work();
    const std::uint32_t end = systick_value();
    return (begin - end) & 0xFF'FFFF;
}

void print(const char* what, std::uint32_t size, std::uint32_t ticks, std::uint32_t count) noexcept
{
    char line[80];
    std::size_t at = 0;
    const auto text = [&](const char* from) {
        while (*from != 0)
            line[at++] = *from++;
    };
    const auto number = [&](std::uint32_t value) {
        char digits[10];
        std::size_t begin = sizeof digits;
        do {
            digits[--begin] = static_cast<char>('0' + value % 10);
            value /= 10;
        } while (value != 0);
        while (begin < sizeof digits)
            line[at++] = digits[begin++];
    };
    text("instructions\t");
    text(what);
    text("\t");
    number(size);
    text("\t");
    number(ticks * 5 / 4 / count);
    text("\n");
    line[at] = 0;
    semihosting::write(line);
}

/// Returns a masked frame; the payload of a text frame is ASCII.
std::size_t make_frame(std::span<std::byte> out, opcode type, std::size_t size) noexcept
{
    byte_queue queue{out};
    message_writer<role::client, counting_keys> writer;
    for (std::size_t i = 0; i < size; ++i)
        storage[i] = static_cast<std::byte>('a' + i % 26);
    const std::span<const std::byte> payload = std::span{storage}.first(size);
    const error e =
        type == opcode::text ? writer.send_text(queue, as_text(payload)) : writer.send_binary(queue, payload);
    return failed(e) ? 0 : queue.size();
}

void read_frames(const char* what, opcode type, std::size_t size) noexcept
{
    const std::size_t frame = make_frame(bytes, type, size);
    std::byte* copy = storage;
    std::uint32_t ticks = 0;
    for (std::uint32_t i = 0; i < batch; ++i) {
        detail::copy_bytes(std::span{bytes}.first(frame), std::span{copy, frame});
        static server_connection connection;
        static static_byte_queue<64> tx;
        std::span<std::byte> in{copy, frame};
        ticks += measured([&] {
            const event e = connection.poll(in, tx);
            if (e.kind() != event_kind::message || !e.last() || e.payload().size() != size)
                board::disconnect(1);
        });
    }
    print(what, size, ticks, batch);
}

void write_frames(const char* what, auto& connection, std::size_t size) noexcept
{
    std::uint32_t ticks = 0;
    for (std::uint32_t i = 0; i < batch; ++i) {
        byte_queue tx{storage};
        ticks += measured([&] {
            if (failed(connection.send_binary(tx, std::span{bytes}.first(size))))
                board::disconnect(1);
        });
    }
    print(what, size, ticks, batch);
}

void accept() noexcept
{
    constexpr std::string_view request =
        "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\nSec-WebSocket-Version: 13\r\n\r\n";
    static head_storage<1024, 16> head;
    static static_byte_queue<512> tx;
    static server_handshake handshake{head};
    std::span<const std::byte> in = as_bytes(request);
    const std::uint32_t ticks = measured([&] {
        if (handshake.poll(in, tx) != server_handshake_result::request || failed(handshake.accept(tx)))
            board::disconnect(1);
    });
    print("server: opening handshake", request.size(), ticks, 1);
}

} // namespace

const std::size_t chip::uart_interrupt = chip::interrupts;
const std::size_t chip::timer_interrupt = chip::interrupts;

void chip::start() noexcept
{
    reg(0xE000'E014) = 0xFF'FFFF; // reload
    systick_value() = 0;
    reg(0xE000'E010) = 0x05; // the processor's clock, no interrupt
}

extern "C" void on_interrupt() {}

void board::disconnect(std::uint32_t status) noexcept
{
    semihosting::exit(status);
}

std::uint32_t run()
{
    for (const std::size_t size : {16U, 125U, 1000U, 16000U})
        read_frames("server: read binary", opcode::binary, size);
    for (const std::size_t size : {16U, 125U, 1000U, 16000U})
        read_frames("server: read text", opcode::text, size);
    static server_connection server;
    for (const std::size_t size : {16U, 125U, 1000U, 16000U})
        write_frames("server: write binary", server, size);
    static client_connection<counting_keys> client{counting_keys{}};
    for (const std::size_t size : {16U, 125U, 1000U, 16000U})
        write_frames("client: write binary", client, size);
    accept();
    return 0;
}
