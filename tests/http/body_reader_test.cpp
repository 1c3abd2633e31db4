// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "reference/response_body.hpp"
#include "support/catch.hpp"
#include "support/event_lines.hpp"
#include "support/feed.hpp"
#include "support/hex.hpp"
#include "support/random.hpp"

#include <sockless/http/body_reader.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sockless::body_reader;
using sockless::error;
using sockless::field;
using sockless::response_head;
using support::quoted;
using strings = std::vector<std::string>;

/// A reader up to the end of the transport.
class subject {
public:
    subject(const response_head& head, std::uint64_t max_size) : body_{head, max_size} {}

    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        for (auto piece = body_.poll(in); !piece.empty(); piece = body_.poll(in)) {
            content_ += sockless::as_text(piece);
            CHECK(piece.data() + piece.size() == in.data());
        }
        CHECK((in.empty() || (body_.finished() && !failed(body_.failure()))));
        rest_ += sockless::as_text(in);
    }
    [[nodiscard]] strings log()
    {
        const bool ended = body_.finished();
        const error e = body_.end_of_input();
        CHECK(body_.failure() == e);
        CHECK(body_.finished());
        strings result{quoted(content_)};
        if (failed(e))
            result.push_back(support::error_line(e));
        else
            result.push_back((ended ? "ended before " : "ended by the transport ") + quoted(rest_));
        return result;
    }

private:
    body_reader body_;
    std::string content_;
    std::string rest_;
};

strings read(std::uint16_t status, const std::vector<field>& fields, std::string_view bytes,
             std::uint64_t max_size = 100)
{
    const response_head head{.status = status, .fields = fields};
    const support::byte_vector input = support::text(bytes);
    strings log = support::feed_every_way(input, [&] { return subject{head, max_size}; });
    const reference::response_body slow{head, std::string{bytes}, static_cast<std::size_t>(max_size)};
    CHECK(log.front() == quoted(slow.content()));
    if (failed(slow.failure()))
        CHECK(log.back() == support::error_line(slow.failure()));
    else
        CHECK(log.back().ends_with(' ' + quoted(slow.rest())));
    return log;
}
strings read(const std::vector<field>& fields, std::string_view bytes, std::uint64_t max_size = 100)
{
    return read(401, fields, bytes, max_size);
}
const std::vector<field> chunked{{"Transfer-Encoding", "chunked"}};

TEST_CASE("A18, 9112 6.3: a body ends by its Content-Length, and what follows is left",
          "[9112-6.3-05][9112-8-01][HS-21]")
{
    CHECK(read({{"Content-Length", "4"}}, "bodymore") == strings{"\"body\"", "ended before \"more\""});
    CHECK(read({{"content-length", "004"}}, "body") == strings{"\"body\"", "ended before \"\""});
    CHECK(read({{"Content-Length", "0"}}, "more") == strings{"\"\"", "ended before \"more\""});
    CHECK(read({{"Content-Length", "4"}}, "bod") == strings{"\"bod\"", "error body_incomplete"});
    CHECK(read({{"Content-Length", "4"}}, "") == strings{"\"\"", "error body_incomplete"});
    CHECK(read({{"Content-Length", "18446744073709551615"}}, "b") == strings{"\"b\"", "error body_incomplete"});
}

TEST_CASE("A18, 9112 6.3: a list of the same Content-Length is that length, anything else is an error",
          "[9112-6.3-03][HS-21]")
{
    CHECK(read({{"Content-Length", "4, 4"}, {"Content-Length", "04"}}, "body") ==
          strings{"\"body\"", "ended before \"\""});
    for (const std::string_view value : {"", " ", ",", "4, 5", "5, 4", "+4", "-1", "4.", "0x4", "4 4", "4;", "a"})
        CHECK(read({{"Content-Length", value}}, "body") == strings{"\"\"", "error content_length_invalid"});
    CHECK(read({{"Content-Length", "4"}, {"Content-Length", "5"}}, "body") ==
          strings{"\"\"", "error content_length_invalid"});
    const std::vector<field> none{{"Content-Length", "x"}};
    const body_reader reader{response_head{.status = 200, .fields = none}};
    CHECK(reader.finished());
    CHECK(reader.failure() == error::content_length_invalid);
}

TEST_CASE("A18, 9112 6.3: without a length a body ends with the transport", "[9112-6.3-05][HS-21]")
{
    CHECK(read({}, "body") == strings{"\"body\"", "ended by the transport \"\""});
    CHECK(read({}, "") == strings{"\"\"", "ended by the transport \"\""});
    CHECK(read({{"Transfer-Encoding", "gzip"}}, "body") == strings{"\"body\"", "ended by the transport \"\""});
    CHECK(read({{"Transfer-Encoding", "chunked, gzip"}, {"Content-Length", "2"}}, "body") ==
          strings{"\"body\"", "ended by the transport \"\""});
}

TEST_CASE("A18, 9112 6.3: 204 and 304 have no body, nor has a response that does not exist", "[HS-21]")
{
    for (const unsigned status : {0U, 101U, 204U, 304U})
        CHECK(read(static_cast<std::uint16_t>(status), {{"Content-Length", "4"}}, "body") ==
              strings{"\"\"", "ended before \"body\""});
    CHECK(body_reader{}.finished());
    CHECK(body_reader{}.failure() == error::none);
}

TEST_CASE("A18, 9112 7.1: chunks are decoded, without extensions and trailers", "[9112-7.1-01][HS-21]")
{
    const strings body{"\"body\"", "ended before \"\""};
    for (const std::string_view bytes : {"4\r\nbody\r\n0\r\n\r\n", "1\r\nb\r\n003\r\nody\r\n000\r\n\r\n",
                                         "4;a=b; c=\"d;e\"\r\nbody\r\n0;x\r\nTrailer: x\r\n y\r\nB:\t\xFF\r\n\r\n",
                                         "4 \t\r\nbody\r\n0  \r\n\r\n", "4 ; a b\r\nbody\r\n0\t;\r\n\r\n"})
        CHECK(read(chunked, bytes) == body);
    CHECK(read({{"transfer-encoding", "gzip"}, {"Transfer-Encoding", "Chunked"}, {"Content-Length", "2"}},
               "4\r\nbody\r\n0\r\n\r\n") == body);
    CHECK(read(chunked, "a\r\n0123456789\r\nB\r\n0123456789A\r\n0\r\n\r\nmore") ==
          strings{"\"01234567890123456789A\"", "ended before \"more\""});
}

TEST_CASE("A18, 9112 7.1: a malformed chunk is an error, after what came before it", "[9112-7.1-01][HS-21]")
{
    for (const std::string_view bytes :
         {"x",       "\r\n",    " 4\r\n",   ";\r\n",       "-4\r\n",    "4x\r\n",          "4\n",
          "4\rx",    "4;\n",    "4;\x01",   "4;\x7F",      "4\v\r\n",   "4 4\r\n",         "4\t4;\r\n",
          "4 x\r\n", "0\r\n\n", "0\r\n\rx", "0\r\nT: x\n", "0\r\nT\rx", "0\r\nT: \x1F\r\n"})
        CHECK(read(chunked, bytes) == strings{"\"\"", "error chunk_invalid"});
    for (const std::string_view bytes : {"4\r\nbodyx", "4\r\nbody\n", "4\r\nbody\rx", "4\r\nbody\r\n\r\n"})
        CHECK(read(chunked, bytes) == strings{"\"body\"", "error chunk_invalid"});
}

TEST_CASE("A18, 9112 8: a body in chunks is whole once its last chunk has come", "[9112-8-01][HS-21]")
{
    const std::string_view bytes = "4\r\nbody\r\n0\r\nT: x\r\n\r\n";
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const strings log = read(chunked, bytes.substr(0, size));
        if (size < std::string_view{"4\r\nbody\r\n0\r\n"}.size())
            CHECK(log.back() == "error body_incomplete");
        else
            CHECK(log == strings{"\"body\"", "ended by the transport \"\""});
    }
}

TEST_CASE("A18, 6455 10.4: a body up to its limit is delivered, and a larger one is an error", "[LIM-9]")
{
    const strings cut{"\"bod\"", "error body_too_large"};
    const strings whole{"\"body\"", "ended before \"\""};
    CHECK(read({{"Content-Length", "4"}}, "body", 4) == whole);
    CHECK(read({{"Content-Length", "4"}}, "body", 3) == cut);
    CHECK(read({}, "body", 4) == strings{"\"body\"", "ended by the transport \"\""});
    CHECK(read({}, "body", 3) == cut);
    CHECK(read(chunked, "2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n", 4) == whole);
    CHECK(read(chunked, "2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n", 3) == cut);
    CHECK(read({{"Content-Length", "18446744073709551616"}}, "body", 3) == cut);
    CHECK(read(chunked, "10000000000000000\r\n", 3) == strings{"\"\"", "error body_too_large"});
    CHECK(read({}, "b", 0) == strings{"\"\"", "error body_too_large"});
    // The default.
    std::string large(65537, 'x');
    support::byte_vector bytes = support::text(large);
    std::span<const std::byte> in{bytes};
    body_reader reader{response_head{.status = 200}};
    CHECK(reader.poll(in).size() == 65536);
    CHECK(in.size() == 1);
    CHECK(reader.poll(in).empty());
    CHECK(reader.failure() == error::body_too_large);
}

TEST_CASE("A18, 9112 7.1.1: what is no content of a body in chunks is limited, too", "[9112-7.1.1-01][LIM-9]")
{
    const std::string room(sockless::limits::head_bytes, 'x');
    const std::string zeros(sockless::limits::head_bytes, '0');
    const std::string most = room.substr(2);
    const auto end_of = [](const std::string& bytes) { return read(chunked, bytes).back(); };
    CHECK(end_of("0;" + most + "\r\n\r\n") == "ended before \"\"");
    CHECK(end_of("0;x" + most + "\r\n\r\n") == "error body_too_large");
    CHECK(end_of(zeros + "\r\n\r\n") == "ended before \"\"");
    CHECK(end_of(zeros + "0\r\n\r\n") == "error body_too_large");
    CHECK(end_of("0\r\nT" + most + "\r\n\r\n") == "ended before \"\"");
    CHECK(end_of("0\r\nTx" + most + "\r\n\r\n") == "error body_too_large");
    // The smallest framing of the smallest chunks does not count.
    std::string small;
    for (std::size_t i = 0; i < 20000; ++i)
        small += "1\r\nx\r\n";
    support::byte_vector bytes = support::text(small + "0\r\n\r\n");
    std::span<const std::byte> in{bytes};
    body_reader reader{response_head{.status = 200, .fields = chunked}, 20000};
    std::size_t size = 0;
    for (auto piece = reader.poll(in); !piece.empty(); piece = reader.poll(in))
        size += piece.size();
    CHECK(size == 20000);
    CHECK(reader.finished());
    CHECK(reader.failure() == error::none);
}

TEST_CASE("A18: pseudo-random bodies in chunks are read as by the slow reader", "[HS-21]")
{
    support::random_numbers numbers{18};
    constexpr std::string_view parts[] = {"0", "1", "2", "a", "\r\n", "\r\n", "\r\n", "\r", "\n", ";", "x", " "};
    for (int i = 0; i < 300; ++i) {
        std::string bytes = numbers.below(2) == 0 ? "3\r\nabc\r\n" : "";
        for (std::size_t size = numbers.below(12); size > 0; --size)
            bytes += parts[numbers.below(std::size(parts))];
        read(chunked, bytes, 5);
    }
}

} // namespace
