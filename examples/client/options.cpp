// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "options.hpp"

#include "../support/arguments.hpp"

#include <sockless/core/error_string.hpp>
#include <sockless/http/character_class.hpp>
#include <sockless/proxy/http_proxy.hpp>

#include <cstdio>
#include <limits>
#include <utility>

namespace example {

namespace {

constexpr const char* help = R"(usage: client URL [options and actions]

Opens a WebSocket, performs the actions in order, prints the events, and closes. After each message or ping it waits for a
reply, as an echo server sends one. Without actions, each line of the standard input is sent as a text message.

actions:
  --send TEXT         a text message
  --binary-size N     a binary message of N bytes; byte i is i modulo 251
  --binary-hex HEX    a binary message
  --fragments N       send the following messages in N frames each
  --ping TEXT         a ping
  --close CODE[:REASON]  a close frame; "none": without a code. Without this action 1000 is sent at the end. A REASON of more
                      than 123 bytes is cut between characters

options:
  --subprotocol NAME  offered to the server; may be repeated, in order of preference
  --header "Name: value"  additional field of the request; may be repeated
  --origin ORIGIN     value of the Origin field
  --proxy http://HOST:PORT  connect through an HTTP proxy with CONNECT
  --proxy-user NAME:PASSWORD  credentials for the proxy
  --ca FILE           wss: PEM file with certificate authorities, instead of those of the system
  --insecure          wss: accept any certificate; for tests
  --max-message BYTES maximum size of a message; larger ones cause close code 1009 (16777216)
  --deflate[=PARAMETERS]  offer permessage-deflate (RFC 7692); may be repeated, in order of preference
  --wait SECONDS      timeout for the connection, each reply and the close (5); 0: do not wait for replies
  --echo              echo every message; ends when the server closes or sends nothing for the time of --wait
  --explain           print each frame, sent (->) and received (<-)
  --help

output, one line each:
  open protocol=NAME extensions=LIST
  text SIZE "..."  or, above 1000 bytes,  text SIZE sha1=DIGEST
  binary SIZE sha1=DIGEST
  ping SIZE "..."     pong SIZE "..."
  close CODE "REASON" clean        content of the server's close frame; "unclean" with 1006 if there was none
  timeout WHAT                     the server did not respond in time
  refused STATUS PHRASE            response status other than 101
  body SIZE "..."                  of such a response; above 1000 bytes its begin
  error NAME: EXPLANATION

The exit status is 0 after a clean close, 1 otherwise, 2 if the command line is wrong.
)";

unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f')
        return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F')
        return static_cast<unsigned>(c - 'A' + 10);
    throw usage_error{"--binary-hex: not a hexadecimal digit"};
}

std::string from_hex(std::string_view text)
{
    if (text.size() % 2 != 0)
        throw usage_error{"--binary-hex: an odd number of digits"};
    std::string result;
    for (std::size_t i = 0; i < text.size(); i += 2)
        result += static_cast<char>(hex_digit(text[i]) << 4U | hex_digit(text[i + 1]));
    return result;
}

std::string counted_bytes(std::size_t size)
{
    std::string result(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        result[i] = static_cast<char>(i % 251);
    return result;
}

action close_action(std::string_view text)
{
    const std::string_view code = text.substr(0, text.find(':'));
    action result{action::kind::close, {}, 1, {}};
    if (code != "none")
        result.code = sockless::close_code{parse_number<std::uint16_t>(code, "--close", 0xFFFF)};
    if (code.size() < text.size())
        result.payload = text.substr(code.size() + 1);
    return result;
}

sockless::field header_field(std::string_view text)
{
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos)
        throw usage_error{"--header: not \"Name: value\""};
    const std::size_t value = text.find_first_not_of(" \t", colon + 1);
    const std::size_t end = text.find_last_not_of(" \t") + 1;
    return {text.substr(0, colon), value < end ? text.substr(value, end - value) : std::string_view{}};
}

/// @return whether the argument was an action or belongs to one
bool read_action(arguments& words, options& result, std::size_t& fragments)
{
    const std::string_view name = words.name();
    const auto message = [&](action::kind what, std::string payload) {
        result.actions.push_back({what, std::move(payload), fragments, {}});
        return true;
    };
    if (name == "--send")
        return message(action::kind::text, std::string{words.value()});
    if (name == "--binary-size")
        return message(action::kind::binary, counted_bytes(words.number(std::size_t{1} << 30)));
    if (name == "--binary-hex")
        return message(action::kind::binary, from_hex(words.value()));
    if (name == "--ping")
        return message(action::kind::ping, std::string{words.value()});
    if (name == "--close") {
        result.actions.push_back(close_action(words.value()));
        return true;
    }
    if (name != "--fragments")
        return false;
    fragments = words.number<std::size_t>();
    if (fragments == 0)
        throw usage_error{"--fragments: at least 1"};
    return true;
}

[[noreturn]] void refuse_url(std::string_view text, sockless::error e)
{
    throw usage_error{std::string{text} + ": " + std::string{name_of(e)} + ": " + std::string{to_string(e)}};
}

/// Takes a URL as browsers do; name and password become an Authorization field.
void read_url(std::string_view text, options& result)
{
    result.url_storage.resize(4 * text.size() + 64);
    sockless::url parsed;
    if (const sockless::error e = parse_url(text, result.url_storage, parsed); failed(e))
        refuse_url(text, e);
    result.where = parsed.where;
    result.host = parsed.host;
    if (parsed.user.empty() && parsed.password.empty())
        return;
    result.credentials.resize(result.url_storage.size()); // base64 is a third longer
    const std::string_view value = sockless::basic_credentials(parsed.user, parsed.password, result.credentials);
    if (value.empty())
        throw usage_error{std::string{text} + ": the name has a colon, or name or password a control character"};
    result.fields.push_back({"Authorization", value});
}

sockless::uri read_proxy(std::string_view text)
{
    sockless::uri result;
    if (const sockless::error e = parse_uri(text, result, sockless::uri::schemes::http); failed(e))
        refuse_url(text, e);
    if (result.secure)
        throw usage_error{"--proxy: only http, not https"};
    return result;
}

void read_credentials(std::string_view text, options& result)
{
    const std::size_t colon = text.find(':');
    if (colon == 0 || colon == std::string_view::npos)
        throw usage_error{"--proxy-user: not NAME:PASSWORD"};
    result.proxy_user = text.substr(0, colon);
    result.proxy_password = text.substr(colon + 1);
}

bool read_option(arguments& words, options& result)
{
    const std::string_view name = words.name();
    if (name == "--subprotocol")
        result.subprotocols.push_back(words.value());
    else if (name == "--header")
        result.fields.push_back(header_field(words.value()));
    else if (name == "--origin")
        result.origin = words.value();
    else if (name == "--proxy")
        result.proxy = read_proxy(words.value());
    else if (name == "--proxy-user")
        read_credentials(words.value(), result);
    else if (name == "--ca")
        result.trust.authorities = words.value();
    else if (name == "--insecure")
        result.trust.verify = false;
    else if (name == "--max-message")
        result.max_message = words.number(std::numeric_limits<std::size_t>::max() / 4);
    else if (name == "--wait")
        result.wait = words.seconds();
    else if (name == "--echo")
        result.echo = true;
    else if (name == "--explain")
        result.explain = true;
    else
        return read_deflate_option(words, sockless::role::client, result.deflate);
    return true;
}

} // namespace

bool read_options(int count, char** values, options& result)
{
    std::string_view url;
    std::size_t fragments = 1;
    arguments words{count, values};
    while (words.next()) {
        if (words.name() == "--help" || words.name() == "-h") {
            std::fputs(help, stdout);
            std::fputs(deflate_help, stdout);
            return false;
        }
        if (!words.is_option() && url.empty())
            url = words.name();
        else if (!read_action(words, result, fragments) && !read_option(words, result))
            words.unknown();
    }
    if (url.empty())
        throw usage_error{"the URL is missing"};
    read_url(url, result);
    result.from_input = result.actions.empty() && !result.echo;
    return true;
}

} // namespace example
