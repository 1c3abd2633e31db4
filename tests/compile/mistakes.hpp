// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The program around the entries of mistakes.txt.
#pragma once

#include <sockless/deflate/negotiation.hpp>
#include <sockless/sockless.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

using namespace sockless;

struct zero_keys {
    bool next(mask_key& key) noexcept
    {
        key = {};
        return true;
    }
};

using server = websocket<role::server>;
using client = websocket<role::client, zero_keys>;

/// Declared only: nothing of a mistake runs.
extern static_websocket_storage<> storage;
extern server ws;
extern client peer;
extern byte_queue& tx;
extern std::array<std::byte, 100> storage_of_message;
extern prepared_message prepared;

/// A default constructor that is not explicit: an aggregate may have the parts as members.
struct session {
    server_connection connection;
    message_reader<role::server> messages;
};
inline session make_session()
{
    return {};
}

struct no_random {
    bool fill(std::span<std::byte>) noexcept { return false; }
};
extern no_random randomness;

/// Discards what has to be looked at.
inline void use(error) {}
inline void use(const event&) {}
inline void use(const websocket_needs&) {}

struct right_handler {
    void on_message(auto&, const event&) {}
};
struct wrong_parameters {
    void on_open(auto&) {}
    void on_message(int) {}
};
struct wrong_parameters_of_body : right_handler {
    void on_body(auto&, std::string_view) {}
};
struct misspelt {
    void on_mesage(auto&, const event&) {}
};
struct without_on_message {
    void on_open(auto&) {}
};
struct misspelt_beside {
    void on_open(auto&) {}
    void on_mesage(auto&, const event&) {}
};
struct with_on_text {
    void on_message(auto&, const event&) {}
    void on_text(auto&, const event&) {}
};
struct from_a_browser {
    void on_message(auto&, const event&) {}
    void onclose(auto&, const event&) {}
};
struct cannot_be_const {
    void on_message(auto&, const event&) const {}
    void on_close(auto&, const event&) {}
};
