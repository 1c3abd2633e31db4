// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// `asio::ssl` of standalone Asio or of Boost.Asio.
#pragma once

#include "select_asio.hpp"

#ifdef SOCKLESS_EXAMPLE_BOOST_ASIO
#include <boost/asio/ssl.hpp>
#else
#include <asio/ssl.hpp>
#endif
