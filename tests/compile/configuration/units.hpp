// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What the units of configuration/main.cpp tell about themselves.
#pragma once

#include <array>

/// Version and macros.
using configuration = std::array<int, 6>;

struct unit_facts {
    void (*function)(); ///< an inline function of sockless, as this unit sees it
    configuration with;
};

unit_facts usual() noexcept;
unit_facts usual_again() noexcept;
unit_facts with_poison() noexcept;
unit_facts without_vector_code() noexcept;
unit_facts small_code() noexcept;
unit_facts next_version() noexcept;
unit_facts at_O2() noexcept;
unit_facts at_Os() noexcept;
