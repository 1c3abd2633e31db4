// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Used if hiredis was not found.

#include "../../support/arguments.hpp"
#include "../backplane.hpp"

namespace example {

std::unique_ptr<backplane> make_backplane(server_loop&, const backplane_options&, chat_state&)
{
    throw usage_error{"--backplane: this program was built without hiredis (Debian package libhiredis-dev)"};
}

} // namespace example
