// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Handshakes. Names: handshake/<server or client>/<size of the head that is read>
#include "rows.hpp"

#include <sockless/handshake/accept_key.hpp>

#include <string>

namespace bench {
namespace {

constexpr std::size_t batch = 64; ///< handshakes in one pass

void pad(std::string& head, std::size_t size)
{
    const std::string filler = "k=v9uP3xQ; theme=dark; visits=42; last=2026-01-01; ";
    for (std::size_t i = 0; head.size() < size; ++i)
        head += filler[i % filler.size()];
}

/// Returns a request like those of programs or of browsers, in exactly `size` bytes.
std::string make_request(std::size_t size)
{
    const std::string end = "\r\n\r\n";
    std::string head = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                       "Sec-WebSocket-Version: 13";
    if (size > 400)
        head += "\r\nPragma: no-cache\r\nCache-Control: no-cache\r\nOrigin: https://www.example.com\r\n"
                "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
                "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nCookie: ";
    else
        head.replace(4, 5, "/chat" + std::string(size - head.size() - end.size(), 'x'));
    pad(head, size - end.size());
    return head + end;
}

std::string accept_for(const std::string& key)
{
    return std::string{sockless::make_accept(key).view()};
}

measurement prepare_server(const peer& who, std::size_t size)
{
    const std::shared_ptr<acceptor> server = who.make_acceptor();
    const auto request = std::make_shared<std::string>(make_request(size));
    const auto answer = std::make_shared<std::vector<unsigned char>>(4096);
    const auto accept = [=] {
        return server->accept({reinterpret_cast<unsigned char*>(request->data()), request->size()},
                              {answer->data(), answer->size()});
    };
    const std::string head(reinterpret_cast<const char*>(answer->data()), accept());
    if (request->size() != size || head.substr(0, 12) != "HTTP/1.1 101" ||
        head.find(accept_for("dGhlIHNhbXBsZSBub25jZQ==")) == std::string::npos)
        throw void_row{"did not accept"};
    return {[=] {
                const stopwatch watch;
                for (std::size_t i = 0; i < batch; ++i) {
                    if (accept() == 0)
                        throw void_row{"did not accept"};
                }
                return watch.seconds();
            },
            static_cast<double>(batch), 0};
}

/// Writes responses of exactly the given size, and measures its own time.
class patient_server final : public answering_server {
public:
    explicit patient_server(std::size_t size)
    {
        const std::string end = "\r\n\r\n";
        answer_ = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Accept: ";
        accept_at_ = answer_.size();
        answer_ += std::string(28, 'x');
        if (size > 400)
            answer_ += "\r\nServer: example/1.0\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                       "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n"
                       "X-Frame-Options: SAMEORIGIN\r\nVia: 1.1 proxy.example.com\r\nAlt-Svc: clear\r\nSet-Cookie: ";
        else
            answer_ += "\r\nServer: ";
        pad(answer_, size - end.size());
        answer_ += end;
    }

    bytes answer(bytes request) override
    {
        const stopwatch watch;
        const std::string head(reinterpret_cast<const char*>(request.data), request.size);
        const std::string field = "Sec-WebSocket-Key: ";
        const std::size_t at = head.find(field);
        if (at != std::string::npos)
            answer_.replace(accept_at_, 28, accept_for(head.substr(at + field.size(), 24)));
        seconds_ += watch.seconds();
        return {reinterpret_cast<unsigned char*>(answer_.data()), answer_.size()};
    }

    double take_seconds()
    {
        const double result = seconds_;
        seconds_ = 0;
        return result;
    }
    std::size_t size() const { return answer_.size(); }

private:
    std::string answer_;
    std::size_t accept_at_ = 0;
    double seconds_ = 0;
};

measurement prepare_client(const peer& who, std::size_t size)
{
    const std::shared_ptr<connector> client = who.make_connector();
    const auto server = std::make_shared<patient_server>(size);
    if (server->size() != size || !client->connect(*server))
        throw void_row{"did not connect"};
    return {[=] {
                server->take_seconds();
                const stopwatch watch;
                for (std::size_t i = 0; i < batch; ++i) {
                    if (!client->connect(*server))
                        throw void_row{"did not connect"};
                }
                return watch.seconds() - server->take_seconds();
            },
            static_cast<double>(batch), 0};
}

} // namespace

void add_handshake_rows(std::vector<row>& rows)
{
    for (const std::size_t size : {std::size_t{161}, std::size_t{623}}) {
        row result{"handshake/server/" + std::to_string(size)};
        for (const peer* who : peers()) {
            if (who->make_acceptor())
                result.entries.push_back({who->name(), [=] { return prepare_server(*who, size); }});
        }
        rows.push_back(result);
    }
    for (const std::size_t size : {std::size_t{161}, std::size_t{623}}) {
        row result{"handshake/client/" + std::to_string(size)};
        for (const peer* who : peers()) {
            if (who->make_connector())
                result.entries.push_back({who->name(), [=] { return prepare_client(*who, size); }});
        }
        rows.push_back(result);
    }
}

} // namespace bench
