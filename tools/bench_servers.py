# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Measures echo servers of several libraries end to end, for `tools/bench --servers`; a module for the scripts of this folder.

A server runs on one processor and bench/servers/load_client.cpp on another one. Servers take turns in every group of rows.
"""
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from packages import ROOT, need
from report import can_plot, machine, markdown_table, plot, print_table

DOCS = ROOT / "docs"
SOURCES = ROOT / "bench" / "servers"
PYTHON = "/usr/bin/python3"  # Debian's, which finds Debian's packages
US = "sockless"
BUSY = 0.95  # of a processor

PACKAGES = "g++:g++ cmake:cmake ninja-build:ninja libbenchmark-dev libboost-dev libwebsocketpp-dev libwebsockets-dev zlib1g-dev " \
           "libssl-dev nodejs:node npm:npm python3-dev python3-websockets python3-uvloop python3-matplotlib"

# Connections, those that have messages outstanding at a time (0: all), whether the messages are compressed, rows of the load client.
PLAIN = ["text/16/1", "binary/16/1", "text/1024/1", "binary/1024/1", "text/65536/1", "binary/65536/1"]
GROUPS = [(10, 0, False, PLAIN + ["text/16/32", "binary/1024/32"]), (1000, 0, False, PLAIN), (10000, 100, False, PLAIN),
          (10, 0, True, ["text/1024/1"]), (1000, 0, True, ["text/1024/1"])]

PLOTS = [
    ("servers-rate-10", "Text, 10 connections", "10/text/{}/1", "messages", "messages per second"),
    ("servers-rate-10000", "Text, 10,000 connections, 100 active", "10000/text/{}/1", "messages", "messages per second"),
    ("servers-cpu-1000", "Text, 1,000 connections", "1000/text/{}/1", "server", "processor time per message of the server, µs"),
]


class Failure(Exception):
    pass


def row_name(connections, deflate, row):
    return f"{connections}/{row.replace('text', 'deflate') if deflate else row}"


def title(name):
    """"1000/text/16/1" in words."""
    connections, kind, size, depth = name.split("/")
    size = f"{int(size) // 1024} KiB" if int(size) >= 1024 else f"{size} B"
    kind = "text with deflate" if kind == "deflate" else kind
    return f"{grouped(int(connections))} × {kind}, {size}" + (f", {depth} outstanding" if depth != "1" else "")


# --- servers


class Server:
    """One kind of server: what starts it, and the processors that it may use."""

    def __init__(self, name, command, deflate=("--deflate",), processors=1):
        self.name, self.command, self.deflate, self.processors = name, [str(word) for word in command], list(deflate), processors


def available_servers(folder, smoke):
    """Prints what is missing."""
    echo_server = folder / "examples" / "echo_server"
    ours = [echo_server, "--port", "0", "--idle", "0", "--memory", str(1 << 36)]
    result = [Server(US, ours)]
    if smoke:
        return result
    text = subprocess.run([echo_server, "--help"], check=True, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL).stdout
    if "--threads" in text:
        result.append(Server(f"{US}, 2 threads", [*ours, "--threads", "2"], processors=2))
    for name, program, package in (("Beast", "beast", "libboost-dev"), ("websocketpp", "websocketpp", "libwebsocketpp-dev, libboost-dev or zlib1g-dev"),
                                   ("libwebsockets", "libwebsockets", "libwebsockets-dev")):
        file = folder / "bench" / "servers" / f"sockless_bench_{program}"
        if file.exists():
            result.append(Server(name, [file]))
        else:
            print(f"{name} is not measured: {package} was missing when the programs were built (Debian package)")
    npm = subprocess.run([ROOT / "tests" / "interop" / "prepare", folder / "servers", SOURCES], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, text=True)
    if (folder / "servers" / "node_modules" / "bufferutil").exists():
        # node looks for packages in the folder of the program.
        (folder / "servers" / "ws.js").write_text((SOURCES / "ws.js").read_text())
        result.append(Server("npm ws", ["node", folder / "servers" / "ws.js"]))
    else:
        print(f"npm ws is not measured: {npm.stdout.strip()}")
    speedups = folder / "bench" / "servers"
    if (speedups / "speedups.so").exists() and subprocess.run([PYTHON, "-c", "import websockets, uvloop"], stderr=subprocess.DEVNULL,
                                                              stdin=subprocess.DEVNULL).returncode == 0:
        result.append(Server("python3-websockets", [PYTHON, "-B", SOURCES / "python_websockets.py", speedups]))
    else:
        print("python3-websockets is not measured: python3-websockets, python3-uvloop or python3-dev is missing (Debian packages)")
    return result


class Running:
    """A server, from its first line of output until the end of the `with` block."""

    def __init__(self, server, deflate, processors):
        words = server.command + (server.deflate if deflate else [])
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(["taskset", "-c", processors, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True)
        line = self.process.stdout.readline()
        match = re.match(r"listening on ws://127\.0\.0\.1:(\d+)/", line)
        if not match:
            self.process.kill()
            raise Failure(f"{server.name} does not start: {line.strip()} {self.complaint()}")
        self.port = match.group(1)

    def complaint(self):
        self.process.wait()
        self.errors.seek(0)
        return " / ".join(self.errors.read()[-500:].splitlines())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()


# --- build and measure


def build(folder, run):
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    print("building the servers and the load client", flush=True)
    try:
        run(["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
             "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG", "-DCMAKE_C_FLAGS_RELEASE=-O2 -DNDEBUG", "-DSOCKLESS_BUILD_BENCH=ON",
             "-DSOCKLESS_BUILD_TESTS=OFF", "-DSOCKLESS_BUILD_FUZZ=OFF"], **quiet)
        run(["cmake", "--build", folder, "--target", "sockless_bench_servers"], **quiet)
    except subprocess.CalledProcessError as e:
        sys.exit(f"{e.stdout}\ntools/bench: the build failed")
    except FileNotFoundError as e:
        sys.exit(f"tools/bench: {e.filename} is missing")


def chosen_groups(options):
    if options.smoke:
        return [(3, 0, False, ["text/16/1", "binary/65536/1", "text/1024/8"])]
    groups = [group for group in GROUPS if not options.quick or group[0] <= 1000]
    if not options.only:
        return groups
    chosen = [(n, active, deflate, [row for row in rows if re.search(options.only, row_name(n, deflate, row))])
              for n, active, deflate, rows in groups]
    return [group for group in chosen if group[3]]


def allow_descriptors(count):
    """The limit is inherited by the servers and the client. Returns the number of connections that it allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return count if hard == resource.RLIM_INFINITY else hard - 100


def processors_of(server, processors):
    """The client has the first processor. A server with several threads shares it if there are no others."""
    own = processors[1:1 + server.processors]
    return ",".join(str(number) for number in (own if len(own) == server.processors else processors[:server.processors] or processors))


def measure(client, server, group, processors, times):
    """Returns the lines that the client prints, as objects; the first one is about the connections."""
    connections, active, deflate, rows = group
    seconds, warm_up = times
    with Running(server, deflate, processors_of(server, processors)) as running:
        command = ["taskset", "-c", str(processors[0]), client, "--port", running.port, "--pid", running.process.pid,
                   "--connections", connections, "--active", active, "--seconds", seconds, "--warm-up", warm_up,
                   *(["--deflate"] if deflate else []), *rows]
        try:
            done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, timeout=120 + len(rows) * (seconds + warm_up + 45))
        except subprocess.TimeoutExpired:
            raise Failure("the load client does not end") from None
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode != 0 and not (lines and "void" in lines[-1]):
            raise Failure(f"the load client fails: {done.stderr.strip()}")
        return lines


def run_all(folder, options):
    """Returns {"rows": {row: {server: [figures of each round]}}, "memory": {row: {server: [...]}}, "void": [...]}."""
    groups = chosen_groups(options)
    if not groups:
        sys.exit("tools/bench: no such row; --list prints the names")
    servers = available_servers(folder, options.smoke)
    allowed = allow_descriptors(max(group[0] for group in groups))
    for group in [group for group in groups if group[0] > allowed]:
        print(f"{group[0]} connections are not measured: at most {allowed + 100} open files (ulimit -Hn)")
        groups.remove(group)
    processors = sorted(os.sched_getaffinity(0))
    if len(processors) == 1:
        print("there is one processor: the servers share it with the load client")
    times = (options.sample_ms / 1000, options.sample_ms / 1000 * (.25 if options.quick or options.smoke else .4))
    client = folder / "bench" / "servers" / "sockless_load_client"
    figures = {"rows": {}, "memory": {}, "void": [], "servers": [server.name for server in servers]}
    # In addition to its rows, a group needs time to start servers and to open connections.
    steps = [(round_, group, server) for round_ in range(options.rounds) for group in groups for server in servers]
    cost = [len(group[3]) * sum(times) + 1 + group[0] / 4000 for _, group, _ in steps]
    begin = time.monotonic()
    for i, (round_, group, server) in enumerate(steps):
        connections, _, deflate, rows = group
        past = time.monotonic() - begin
        expected = past + sum(cost[i:])
        print(f"{past:4.0f} s of about {expected:.0f} s: round {round_ + 1} of {options.rounds}, {connections} connections"
              f"{' with deflate' if deflate else ''}, {len(rows)} rows: {server.name}", flush=True)
        try:
            first, *lines = measure(client, server, group, processors, times)
        except Failure as problem:
            figures["void"].append(f"{server.name}, {connections} connections: {problem}")
            continue
        for line in [first, *lines]:
            if "void" in line:
                figures["void"].append(f"{server.name}, {row_name(connections, deflate, line['row'])}: {line['void']}")
            elif "row" in line:
                name = row_name(connections, deflate, line["row"])
                figures["rows"].setdefault(name, {}).setdefault(server.name, []).append(figures_of(line))
                last = line
        if "connections" in first and lines and "memory" in lines[-1]:
            each = [(memory - first["memory_before"]) / connections for memory in (first["memory_open"], last["memory"])]
            figures["memory"].setdefault(f"{connections}/{'deflate' if deflate else 'plain'}", {}).setdefault(server.name, []).append(each)
    return figures


def figures_of(line):
    """Rates and shares of one row in one round."""
    count, seconds = line["messages"], line["seconds"]
    result = {"messages": count / seconds, "server": line["server"] / count * 1e6, "server_busy": line["server"] / seconds,
              "client_busy": line["client"] / seconds, "bytes": line["bytes"] / count}
    return result | {key: line[key] for key in ("median_us", "p999_us") if key in line}


# --- figures


def value_of(figures, row, server, key):
    """Returns the median over the rounds, or None."""
    rounds = [entry[key] for entry in figures["rows"][row].get(server, []) if key in entry]
    return statistics.median(rounds) if rounds else None


def is_limited(figures, row, server):
    """Whether the client was busy and the server was not."""
    client, own = (value_of(figures, row, server, key) for key in ("client_busy", "server_busy"))
    return client is not None and client > BUSY > own


def grouped(number):
    return f"{number:,.0f}".replace(",", " ")


def short(number):
    return grouped(number) if number >= 100 else f"{number:.3g}"


def table(figures, cell):
    """A table with a line for each row and a column for each server; `cell(row, server)` is a text or None."""
    servers = figures["servers"]
    lines = [[title(row), *[cell(row, server) or "" for server in servers]] for row in sorted(figures["rows"], key=row_order)]
    return ["connections × message", *servers], [line for line in lines if any(line[1:])]


def row_order(row):
    connections, kind, size, depth = row.split("/")
    return kind == "deflate", int(connections), int(depth), int(size), kind != "text"


def tables(figures):
    """(title, note, header, lines) of all figures."""

    def number(key, show=short):
        def cell(row, server):
            value = value_of(figures, row, server, key)
            return None if value is None else show(value)
        return cell

    def rate(row, server):
        value = value_of(figures, row, server, "messages")
        return None if value is None else grouped(value) + (" *" if is_limited(figures, row, server) else "")

    def delay(row, server):
        values = [value_of(figures, row, server, key) for key in ("median_us", "p999_us")]
        return None if None in values else " / ".join(short(value) for value in values)

    def busy(row, server):
        values = [value_of(figures, row, server, key) for key in ("client_busy", "server_busy")]
        return None if None in values else " / ".join(f"{value:.0%}" for value in values)

    yield "Messages per second", "With *: limited by the client, which used more than 95 % of its processor while the server did not.", \
        *table(figures, rate)
    yield "Processor time of the server per message, in µs", "User and system time.", *table(figures, number("server"))
    yield "Delay: median / 99.9 %, in µs", "From sending a message to the end of its echo, while all active connections have one message " \
        "outstanding: it contains the time in which the server processes the messages of the others.", *table(figures, delay)
    yield "Use of the processors: client / server", "Of one processor each.", *table(figures, busy)
    lines = []
    for name, servers in figures["memory"].items():
        connections, kind = name.split("/")
        if int(connections) < 1000:
            continue  # too few for the memory of each
        for i, when in enumerate(("open, before the first message", "after the last row")):
            lines.append([f"{grouped(int(connections))} connections{' with deflate' if kind == 'deflate' else ''}, {when}",
                          *[f"{statistics.median(each[i] for each in servers[s]):.1f}" if s in servers else "" for s in figures["servers"]]])
    if lines:
        yield "Memory per connection, in KiB", "Growth of the resident memory of the process divided by the number of connections. Buffers of " \
            "the system are not included. A server keeps memory after its rows, the last of which has messages of 64 KiB without deflate.", \
            ["connections", *figures["servers"]], lines
    if any(row.split("/")[1] == "deflate" for row in figures["rows"]):
        yield "Bytes of one echo with deflate", "Each server compresses as its library does by default, so that the work differs.", \
            *table(figures, lambda row, server: number("bytes", lambda v: f"{v:.0f}")(row, server) if "/deflate/" in row else None)


def disturbance(figures):
    """A sentence if other programs used the processors: in a closed loop a server of its own processor is idle rarely."""
    shares = [value_of(figures, row, server, "server_busy") for row in figures["rows"] for server in figures["rows"][row]]
    if not shares or statistics.median(shares) > .6:
        return []
    return ["**This run was disturbed**: other programs used the processors, of which the median server had "
            f"{statistics.median(shares):.0%}. Rates are too low and delays too long; measure again on an idle machine."]


def summary(figures):
    others = [server for server in figures["servers"] if not server.startswith(US)]
    first = {key: 0 for key in ("messages", "server")}
    for row in figures["rows"]:
        for key, better in (("messages", max), ("server", min)):
            values = {server: value_of(figures, row, server, key) for server in [US, *others]}
            values = {server: value for server, value in values.items() if value is not None}
            first[key] += bool(values) and better(values, key=values.get) == US
    limited = sum(is_limited(figures, row, server) for row in figures["rows"] for server in figures["servers"])
    return (f"{len(figures['rows'])} rows, {len(figures['servers'])} servers; {US} with one thread has the highest rate in {first['messages']} rows "
            f"and the least processor time in {first['server']}; {limited} of the figures are limited by the client, {len(figures['void'])} void")


def show(figures):
    for name, note, header, lines in tables(figures):
        print_table(name, header, lines)
        print(f"  {note}")
    print("".join("\n" + what for what in disturbance(figures)))
    for what in figures["void"]:
        print(f"VOID  {what}")


# --- documentation


def write_docs(figures):
    (DOCS / "performance").mkdir(parents=True, exist_ok=True)
    drawn = []
    plots = can_plot()
    for name, what, row, key, label in PLOTS:
        points = {}
        for size in (16, 1024, 65536):
            for server in figures["servers"]:
                value = value_of(figures, row.format(size), server, key) if row.format(size) in figures["rows"] else None
                if value is not None:
                    points.setdefault(server, []).append((size, value))
        file = DOCS / "performance" / f"{name}.svg"
        if plots and US in points:
            plot(file, what, points, US, xlabel="payload of one message", ylabel=label)
        if file.exists():
            drawn.append(f"![{what}: {label}](performance/{name}.svg)")

    def cost(depth):
        row = f"10/text/16/{depth}"
        return short(value_of(figures, row, US, "server")) if US in figures["rows"].get(row, {}) else "?"

    text = ["# Servers end to end", "<!-- Generated by tools/bench --servers; do not edit. -->",
            f"""Echo servers of several libraries on the loopback interface, each with the same load. [performance.md](performance.md) compares the
libraries without sockets.

- **System calls dominate here.** A message of 16 bytes costs `echo_server` {cost("1")} µs, almost all of it in the system: `epoll_wait`, `recv`,
  `send` and TCP itself. With 32 messages outstanding many share a call, and one costs {cost("32")} µs; the protocol is a part of that. What
  differs between servers written in C++ is mainly the number of system calls per message, allocations and copies.
- The servers are `examples/echo_server` and the files of [bench/servers](../bench/servers): Boost.Beast, websocketpp with Asio and libwebsockets with
  libuv as packaged by Debian, the npm package ws with bufferutil, python3-websockets with uvloop and with its functions in C. Each has one thread
  unless it says otherwise, `TCP_NODELAY`, no logging, `-O2`, and its library's defaults for everything else. Beast sends one frame per message.
- Text is validated, except by libwebsockets, whose default it is not to.
- The load client keeps a fixed number of messages outstanding on each active connection, one unless the row says otherwise, and sends the next one
  when an echo has arrived (closed loop). It compares type, length and every byte; a wrong echo makes the row void. Its frames are made before
  the row, masked and compressed.
- In rows with 10 000 connections, 100 connections are active at a time; all take turns. Each gets few messages in a row, so that these rows
  include what the first messages of a size cost: memory that is touched for the first time, and windows of TCP that grow.
- The server has a processor of its own, and so has the client. A server with two threads has two, one of which it shares with the client if the
  machine has no third one.
- Text is JSON of ASCII characters. With deflate the client offers what browsers offer; each server answers with the defaults of its library.
- Machine: {figures['machine']}; {figures['rounds']} round{'s' if figures['rounds'] > 1 else ''} of
  {figures['seconds']:g} s per row, the median of which is shown. Compare figures within
  a table, not between machines.

To measure on your machine: `tools/bench --servers` (less than 10 minutes) or `tools/bench --servers --quick` (less than two).""",
            *disturbance(figures), f"Summary: {summary(figures)}.", "## Plots", *drawn]
    for name, note, header, lines in tables(figures):
        text += [f"## {name}", note, markdown_table(header, lines)]
    text += [f"Void: {what}" for what in figures["void"]]
    (DOCS / "servers.md").write_text("\n\n".join(text) + "\n")


def main(options, run):
    """`run` starts a command and raises an exception if it fails."""
    folder = (options.build_dir or ROOT / "build" / "bench-servers").resolve()
    options.rounds = options.rounds or (1 if options.quick or options.smoke else 2)
    options.sample_ms = options.sample_ms or (100 if options.smoke else 400 if options.quick else 800)
    if options.docs:
        write_docs(json.loads(options.docs.read_text()))
        return 0
    if options.list:
        print("\n".join(row_name(n, deflate, row) for n, _, deflate, rows in chosen_groups(options) for row in rows))
        return 0
    if not options.no_build and not options.smoke:
        need("The benchmarks of servers", PACKAGES)
        build(folder, run)
    begin = time.monotonic()
    figures = run_all(folder, options)
    figures |= {"machine": machine(), "rounds": options.rounds, "seconds": options.sample_ms / 1000}
    show(figures)
    if not (options.quick or options.only or options.smoke):
        write_docs(figures)
    if not options.smoke:
        (folder / "servers.json").write_text(json.dumps(figures))
    print(f"\nbench --servers: {summary(figures)}, {options.rounds} round{'s' if options.rounds > 1 else ''}, {time.monotonic() - begin:.0f} s")
    return 1 if figures["void"] or not figures["rows"] else 0
