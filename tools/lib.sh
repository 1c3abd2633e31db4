# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# Functions shared by the scripts of this folder; for bash.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }
in_ci() { [ "${CI:-}" = true ] || [ "${CI:-}" = 1 ]; }
jobs() { nproc 2>/dev/null || echo 2; }

# Prints the comment at the beginning of a script: its help.
show_help() { sed -n '/^# Copyright/,/^[^#]/{/^# Copyright/,/^#$/d;s/^# \{0,1\}//p}' "$1"; }

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# need "what for" package[:command] ...
#
# Ensures that Debian packages are installed. A package that is named with a command counts as installed if the command exists. Missing
# packages are installed as root, or with sudo if it needs no password. Otherwise the function prints the necessary command and returns 2.
need() {
    local purpose=$1 missing=() entry package tool as_root=() updated log
    shift
    for entry in "$@"; do
        package=${entry%%:*}
        tool=
        [ "$entry" = "$package" ] || tool=${entry#*:}
        if [ -n "$tool" ] && have "$tool"; then continue; fi
        if is_installed "$package"; then continue; fi
        missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    if ! have apt-get || ! have dpkg-query; then
        say "$purpose: missing Debian packages: ${missing[*]}"
        say "This machine has no apt-get; install the equivalent packages and run this again."
        return 2
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if have sudo && sudo -n true 2>/dev/null; then
            as_root=(sudo -n env DEBIAN_FRONTEND=noninteractive)
        else
            say "$purpose: packages are missing. This command installs them:"
            say "    sudo apt-get install --no-install-recommends ${missing[*]}"
            return 2
        fi
    else
        as_root=(env DEBIAN_FRONTEND=noninteractive)
    fi
    say "$purpose: installing Debian packages: ${missing[*]}"
    log=$(mktemp)
    for updated in no yes; do
        if [ $updated = yes ]; then
            "${as_root[@]}" apt-get -q update </dev/null >"$log" 2>&1 || break
        fi
        # With missing or old package lists the first attempt fails; the second one runs after an update.
        if "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "${missing[@]}" \
            </dev/null >"$log" 2>&1; then
            rm -f "$log"
            return 0
        fi
    done
    tail -n 15 "$log"
    rm -f "$log"
    say "$purpose: could not install: ${missing[*]}"
    return 2
}

# Reads the output of ninja and prints a line every 15 seconds and at the end: steps, time, and an estimate of the remaining time.
build_progress() {
    local line began=$SECONDS last=$SECONDS spent
    while IFS= read -r line; do
        [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
        if [ $((SECONDS - last)) -ge 15 ] || [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]; then
            last=$SECONDS spent=$((SECONDS - began))
            say "  ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]} steps, $spent s, about $((spent * (BASH_REMATCH[2] - BASH_REMATCH[1]) / BASH_REMATCH[1])) s left"
        fi
    done
}

# Adds up the results that ctest printed to files: `ctest_figures passed failed skipped file...` sets the three variables.
ctest_figures() {
    local -n passed_=$1 failed_=$2 skipped_=$3
    shift 3
    # shellcheck disable=SC2034
    read -r passed_ failed_ skipped_ < <(cat "$@" 2>/dev/null | awk '
        /[0-9]+% tests passed, [0-9]+ tests failed out of [0-9]+/ {
            match($0, /[0-9]+ tests failed/); failed += substr($0, RSTART) + 0
            match($0, /out of [0-9]+/); all += substr($0, RSTART + 7) + 0
        }
        /^[\t ]+[0-9]+ - .* \(Skipped\)$/ { skipped++ }
        END { printf "%d %d %d\n", all - failed - skipped, failed, skipped }')
}
