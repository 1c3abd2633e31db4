// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Standalone Asio, or Boost.Asio if SOCKLESS_EXAMPLE_BOOST_ASIO is defined: `asio` is one of them.
#pragma once

#ifdef SOCKLESS_EXAMPLE_BOOST_ASIO
#include <boost/asio.hpp>
namespace asio = boost::asio;
#else
#include <asio.hpp>
#endif

namespace example {

using asio_error = decltype(make_error_code(asio::error::eof)); ///< std::error_code or boost::system::error_code

} // namespace example
