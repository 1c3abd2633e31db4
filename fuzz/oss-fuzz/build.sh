#!/bin/bash -eu
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# Builds the targets of fuzz/targets.txt for OSS-Fuzz, in a checkout of this repository:
#
#   build.sh            every target
#   build.sh NAME...    these; for a test outside the service
#
# The service sets CXX, CXXFLAGS, LIB_FUZZING_ENGINE, OUT and SANITIZER. For each target OUT gets the program, its seeds, its dictionary
# and its options.

seeds() { # target: writes the archive of its seeds
    tools/corpus unpack --to "$work/seeds" "$1" >/dev/null
    zip -jqr "$OUT/$1_fuzz_seed_corpus.zip" "$work/seeds/$1"
}

can_build() { # target
    case ${SANITIZER:-address}/$1 in
    */wslay) return 1 ;; # a shared library, which the machines that run the targets do not have
    memory/beast | memory/deflate*) return 1 ;; # zlib and the asynchronous parts of Boost are not built with MemorySanitizer
    esac
}

compile() { # source...: with the flags of the service
    # shellcheck disable=SC2086
    $CXX $CXXFLAGS -std=c++20 -D_GLIBCXX_ASSERTIONS -I include -I tests "$@"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shared=()
for source in fuzz/watch.cpp fuzz/libfuzzer.cpp tests/support/feed_ways.cpp; do
    compile -c "$source" -o "$work/$(basename "$source").o"
    shared+=("$work/$(basename "$source").o")
done

while read -r name dictionary longest _; do
    case $name in '' | '#'* | *_small) continue ;; esac
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
    can_build "$name" || continue
    libraries=()
    [[ $name != deflate* ]] || libraries=(-l:libz.a)
    # shellcheck disable=SC2086
    compile "fuzz/${name}_fuzz.cpp" "${shared[@]}" -o "$OUT/${name}_fuzz" $LIB_FUZZING_ENGINE "${libraries[@]}" -pthread
    seeds "$name"
    [ "$dictionary" = - ] || cp "fuzz/dictionaries/$dictionary.dict" "$OUT/${name}_fuzz.dict"
    printf '[libfuzzer]\nmax_len = %s\n' "$longest" >"$OUT/${name}_fuzz.options"
done <fuzz/targets.txt
