// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Two versions, and units that were configured in different ways, in one program: they share a function exactly if they were
/// configured alike. Otherwise the linker would keep one of the two, and a unit would run code that was compiled for other
/// types than its own.
#include "units.hpp"

#include <cstdio>

int main()
{
    const unit_facts units[] = {usual(),        usual_again(), with_poison(), without_vector_code(),
                                next_version(), small_code(),  at_O2(),       at_Os()};
    int wrong = 0;
    for (const unit_facts& one : units) {
        for (const unit_facts& two : units) {
            if ((one.function == two.function) != (one.with == two.with)) {
                std::printf("units %td and %td\n", &one - units, &two - units);
                ++wrong;
            }
        }
    }
    const bool alike = units[0].with == units[1].with;
    const bool newer = units[4].with[1] == units[0].with[1] + 1;
    const bool any_level = units[6].with == units[0].with && units[7].with == units[0].with;
    return alike && newer && any_level && wrong == 0 ? 0 : 1;
}
