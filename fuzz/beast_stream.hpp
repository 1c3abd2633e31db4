// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The stream of Boost.Beast in the targets that compare with it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/role.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <span>
#include <vector>

namespace fuzz {

namespace net = boost::asio;
namespace beast = boost::beast;

/// Beast's requirements on a synchronous stream.
class memory_stream {
public:
    using executor_type = net::io_context::executor_type;

    executor_type get_executor() noexcept
    {
        static net::io_context context;
        return context.get_executor();
    }

    template <class Buffers>
    std::size_t read_some(const Buffers& buffers, boost::system::error_code& ec)
    {
        std::size_t total = 0;
        for (const net::mutable_buffer buffer : beast::buffers_range_ref(buffers)) {
            const std::size_t size = std::min(buffer.size(), in.size());
            if (size != 0)
                std::memcpy(buffer.data(), in.data(), size);
            in = in.subspan(size);
            total += size;
        }
        ec = total == 0 ? boost::system::error_code{net::error::eof} : boost::system::error_code{};
        return total;
    }
    template <class Buffers>
    std::size_t read_some(const Buffers& buffers)
    {
        boost::system::error_code ec;
        const std::size_t size = read_some(buffers, ec);
        if (ec)
            throw boost::system::system_error{ec};
        return size;
    }

    template <class Buffers>
    std::size_t write_some(const Buffers& buffers, boost::system::error_code& ec)
    {
        ec = {};
        std::size_t total = 0;
        for (const net::const_buffer buffer : beast::buffers_range_ref(buffers)) {
            const auto bytes = std::as_bytes(std::span{static_cast<const char*>(buffer.data()), buffer.size()});
            out.insert(out.end(), bytes.begin(), bytes.end());
            total += bytes.size();
        }
        if (answer) {
            answered_ = answer(out);
            in = answered_;
        }
        return total;
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers)
    {
        boost::system::error_code ec;
        return write_some(buffers, ec);
    }

    friend void teardown(beast::role_type, memory_stream&, boost::system::error_code& ec) { ec = {}; }

    std::span<const std::byte> in;
    std::vector<std::byte> out;
    /// The output is a request, which this object answers as the server; or it is ignored.
    std::function<std::vector<std::byte>(std::span<const std::byte> request)> answer;

private:
    std::vector<std::byte> answered_;
};

} // namespace fuzz
