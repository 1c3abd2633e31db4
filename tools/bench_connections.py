# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""`tools/bench --connections`: many connections, in memory and over loopback; writes docs/scaling.md. A module of tools/bench."""
import contextlib
import json
import os
import re
import resource
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from packages import ROOT, need
from report import can_plot, machine, markdown_table, plot_lines

sys.path.append(str(ROOT / "tests" / "examples"))
sys.dont_write_bytecode = True
import wire  # noqa: E402

PACKAGES = "g++:g++ cmake:cmake ninja-build:ninja libbenchmark-dev libssl-dev zlib1g-dev python3-matplotlib"
FOLDER = ROOT / "docs" / "scaling"
NAMES = {"level2": "`server_connection` (level 2)", "growing": "`websocket`, growing storage", "fixed": "`websocket`, fixed storage",
         "small_windows": "growing, `low_memory`", "shared_compressor": "growing, `shared_compressor`"}
COMPRESSED = ("small_windows", "shared_compressor")  # with a tenth of the connections: a million need 34 and 12 GB
RESERVE = 6 << 30
SPARE_DESCRIPTORS = 300
PER_SOURCE = 5000  # connections from one address of 127/8: the search for a free port is slow when half of them are in use
ACTIVE = 10
PASSES, ROUND_TRIPS = 7, 1000
STEPS = (1000, 5000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)


def build(folder, run):
    run(["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DSOCKLESS_BUILD_BENCH=ON",
               "-DSOCKLESS_BUILD_TESTS=OFF", "-DSOCKLESS_BUILD_FUZZ=OFF"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run(["cmake", "--build", folder, "--target", "sockless_connections", "echo_server"], stdout=subprocess.DEVNULL)


# --- in memory


def in_memory(folder, count):
    """Runs the program; a missed bar does not end the measurement. Returns its lines, and whether all bars are met."""
    rows, met = [], True
    for name in (*NAMES, "rooms"):
        here = count // 10 if name in COMPRESSED else count
        command = [folder / "bench" / "sockless_connections", "--json", "--count", str(here), "--reserve", str(RESERVE >> 20),
                   "--only", name]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as process:
            for line in process.stdout:
                rows.append(json.loads(line))
                print(f"  {line.strip()}", flush=True)
        if process.returncode > 1:
            sys.exit("tools/bench: sockless_connections failed")
        met = met and process.returncode == 0
    return rows, met


# --- over loopback


def kernel():
    """Bytes: the system's caches of objects (Slab), the buffers of TCP, and what is available."""
    text = Path("/proc/meminfo").read_text()
    memory = {name: int(size) * 1024 for name, size in re.findall(r"^(\w+): +(\d+) kB", text, re.M)}
    pages = int(re.search(r"TCP:.* mem (\d+)", Path("/proc/net/sockstat").read_text()).group(1))
    return {"slab": memory["Slab"], "tcp": pages * os.sysconf("SC_PAGE_SIZE"), "available": memory["MemAvailable"]}


def raise_limit():
    """Raises the limit of descriptors as far as the system allows it; returns the limit of a process."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = int(Path("/proc/sys/fs/nr_open").read_text())
    with contextlib.suppress(ValueError, PermissionError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
        return wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def open_connections(address, first, count, sink):
    """Opens connections whose sources are addresses of 127/8, in batches."""
    opened = []
    while len(opened) < count:
        batch = []
        for _ in range(min(200, count - len(opened))):
            one = socket.socket()
            one.settimeout(20)
            with contextlib.suppress(AttributeError):
                one.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24), 1)
            number = (first + len(opened) + len(batch)) // PER_SOURCE
            one.bind((f"127.1.{number // 200}.{number % 200 + 1}", 0))
            one.connect(address)
            one.sendall(wire.REQUEST)
            batch.append(one)
        for one in batch:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                data = one.recv(4096)
                if not data:
                    raise ConnectionError(f"the server closed a connection after {head[:60]}")
                head += data
            if not head.startswith(b"HTTP/1.1 101 "):
                raise ConnectionError(f"no 101: {head[:60]}")
        opened += batch
        sink(len(opened))
    return opened


class Holder:
    """A process that holds idle connections: a process has a limit of descriptors. It ends with this one, which holds its pipe."""

    def __init__(self, address, first, count):
        commands, self.commands = os.pipe()
        self.results, results = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.commands)
            status = 1
            try:
                held = open_connections(address, first, count, lambda _: None)
                os.write(results, b"+")
                os.read(commands, 1)  # until the end of the pipe
                status = 0 if held else 1
            except (OSError, ConnectionError) as e:
                os.write(results, str(e).encode()[:200])
            finally:
                os._exit(status)
        os.close(commands)
        os.close(results)

    def wait_until_open(self):
        result = os.read(self.results, 200)
        if result != b"+":
            raise ConnectionError(result.decode() or "a process that holds connections has ended")

    def close(self):
        for pipe in (self.commands, self.results):
            os.close(pipe)
        os.waitpid(self.pid, 0)


def round_trips(clients):
    """Median and 99th percentile in microseconds: the medians of some passes, because other programs may disturb one."""
    frame, echo = wire.frame(wire.BINARY, bytes(100)), 102
    medians, tails = [], []
    for _ in range(PASSES):
        times = []
        for i in range(ROUND_TRIPS):
            one = clients[i % len(clients)].socket
            begin = time.perf_counter()
            one.sendall(frame)
            size = 0
            while size < echo:
                size += len(one.recv(4096))
            times.append((time.perf_counter() - begin) * 1e6)
        times.sort()
        medians.append(times[len(times) // 2])
        tails.append(times[len(times) * 99 // 100])
    return statistics.median(medians), statistics.median(tails)


def loopback(folder, maximum):
    """Returns one row for each number of connections. A server and a process that holds its clients' ends, for as many as the limit of
    descriptors allows; then the next ones."""
    program = folder / "examples" / "echo_server"
    limit = raise_limit() - SPARE_DESCRIPTORS
    options = ("--ping", "0", "--idle", "0", "--memory", str(8 << 30))
    rows, servers, holders = [], [], []
    print(f"  at most {limit:,} connections for one process", flush=True)
    before = kernel()
    with contextlib.ExitStack() as cleanup:
        total = 0
        for step in STEPS:
            if step > maximum:
                break
            need_each = 1.5 * (rows[-1]["user"] + rows[-1]["slab"]) if rows else 20_000
            if kernel()["available"] - (step - total) * need_each < RESERVE:
                print(f"  {step:,} connections would leave less than {RESERVE >> 30} GiB of memory", flush=True)
                break
            try:
                while total < step:
                    in_last = total - limit * (len(servers) - 1) if servers else limit
                    if in_last >= limit:
                        servers.append(cleanup.enter_context(wire.Server(program, *options)))
                        if len(servers) == 1:
                            clients = [servers[0].client() for _ in range(ACTIVE)]
                            base = servers[0].memory()
                            total += ACTIVE
                        continue
                    count = min(step - total, limit - in_last)
                    holders.append(Holder(servers[-1].address, total, count))
                    cleanup.callback(holders[-1].close)
                    holders[-1].wait_until_open()
                    total += count
            except (OSError, ConnectionError, AssertionError) as e:
                print(f"  {step:,} connections are not possible here: {e}", flush=True)
                break
            time.sleep(1.5)  # a session without input for a second releases memory
            after = kernel()
            resident = sum(server.memory() for server in servers) - len(servers) * base
            cpu = [server.cpu_seconds() for server in servers]
            time.sleep(2)
            idle = max(server.cpu_seconds() - value for server, value in zip(servers, cpu)) / 2
            median, tail = round_trips(clients)
            row = {"connections": total, "servers": len(servers), "user": resident / total,
                   "slab": (after["slab"] - before["slab"]) / total, "tcp": max(0, after["tcp"] - before["tcp"]) / total,
                   "idle_cpu": idle, "median": median, "p99": tail}
            rows.append(row)
            print(f"  {total:,} connections, {len(servers)} server(s): user {row['user']:.0f} B, kernel {row['slab']:.0f} B for both ends; "
                  f"round trip {median:.0f} us, 99 % {tail:.0f} us; processor while idle {idle:.1%}", flush=True)
        for one in clients if servers else []:
            one.socket.close()
    return rows, limit


# --- documentation

TEMPLATE = ROOT / "tools" / "scaling.md.in"


def size(value):
    return f"{value:,.0f} B".replace(",", " ")


def write_docs(figures):
    memory = [row for row in figures["memory"] if row["name"] != "room"]
    rooms = [row for row in figures["memory"] if row["name"] == "room"]
    real = figures["loopback"]
    nodes_file = FOLDER / "nodes.json"
    nodes = json.loads(nodes_file.read_text()) if nodes_file.exists() else None

    FOLDER.mkdir(exist_ok=True)
    if can_plot():
        plot_lines(FOLDER / "memory.svg", "Memory of an idle connection over loopback",
                   {"echo_server (user space)": [(r["connections"], r["user"]) for r in real],
                    "kernel, both ends": [(r["connections"], r["slab"]) for r in real]}, "connections", "bytes per connection")
        plot_lines(FOLDER / "delay.svg", "Round trip of an active connection",
                   {"median": [(r["connections"], r["median"]) for r in real],
                    "99th percentile": [(r["connections"], r["p99"]) for r in real]},
                   f"connections, of which {ACTIVE} are active", "microseconds")
        plot_lines(FOLDER / "room.svg", "A message to a room of 100 members, in memory",
                   {"an active room": [(int(r["connections"]), r["active_ns"]) for r in rooms],
                    "a room in no cache": [(int(r["connections"]), r["any_ns"]) for r in rooms]}, "connections", "nanoseconds per member")

    tables = {
        "machine": figures["machine"],
        "note": figures.get("note", "The 99th percentile contains the time of other programs on the machine."),
        "limit": f"{figures['limit']:,}".replace(",", " "),
        "memory": markdown_table(
            ["configuration", "connections", "just opened", "idle", "resident", "after 16 KiB", "idle again"],
            [[NAMES[r["name"]], f"{r['connections']:,.0f}".replace(",", " ")] + [size(r[k]) for k in
             ("opened", "idle", "resident", "after_message", "released")] for r in memory]),
        "times": markdown_table(
            ["configuration", "open", "ping and pong", "broadcast of 100 B", "all of them: open", "ping", "broadcast"],
            [[NAMES[r["name"]]] + [f"{r[k]:.0f} ns" for k in ("open_ns", "ping_ns", "broadcast_ns")] +
             [f"{r[k] * r['connections'] * 1e-9:.2f} s" for k in ("open_ns", "ping_ns", "broadcast_ns")] for r in memory]),
        "rooms": markdown_table(
            ["connections", "an active room", "ratio", "a room that is in no cache"],
            [[f"{r['connections']:,.0f}".replace(",", " "), f"{r['active_ns']:.1f} ns", f"{r['ratio']:.2f}", f"{r['any_ns']:.0f} ns"]
             for r in rooms]),
        "loopback": markdown_table(
            ["connections", "servers", "user space", "kernel, both ends", "TCP buffers", "round trip, median", "99 %", "processor while idle"],
            [[f"{r['connections']:,}".replace(",", " "), str(r["servers"]), size(r["user"]), size(r["slab"]), size(r["tcp"]),
              f"{r['median']:.0f} us", f"{r['p99']:.0f} us", f"{r['idle_cpu']:.1%}"] for r in real]),
        "nodes": nodes_text(nodes),
    }
    text = TEMPLATE.read_text()
    for name, value in tables.items():
        text = text.replace(f"@{name}@", value)
    (ROOT / "docs" / "scaling.md").write_text(text)
    lines = ",\n".join(f"  {json.dumps(key)}: [\n    " + ",\n    ".join(json.dumps(row) for row in value) + "\n  ]"
                       if isinstance(value, list) else f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in figures.items())
    (FOLDER / "figures.json").write_text("{\n" + lines + "\n}\n")


def nodes_text(nodes):
    """The figures of several nodes: {"machine", "rows": [{"nodes", "members", "messages", "median_ms", "p99_ms", "note"}]}."""
    if nodes is None:
        return "No figures of several nodes have been recorded."
    rows = nodes["rows"]
    columns = {"nodes": "nodes", "members": "members", "messages": "messages delivered", "memory_mb": "MB of all nodes",
               "median_ms": "delay, median", "p99_ms": "99 %", "note": ""}
    used = [key for key in columns if any(key in row for row in rows)]
    table = markdown_table([columns[key] for key in used], [[str(row.get(key, "")) for key in used] for row in rows])
    drawn = len({row["nodes"] for row in rows}) > 1 and can_plot()
    if drawn:
        series = {label: [(row["nodes"], row[key]) for row in rows if key in row]
                  for label, key in (("median", "median_ms"), ("99th percentile", "p99_ms"))}
        plot_lines(FOLDER / "nodes.svg", "Delay of a message over several nodes", {k: v for k, v in series.items() if v},
                   "nodes", "milliseconds")
    return "\n\n".join([f"Machine: {nodes['machine']}. Delays are in milliseconds.", table] +
                       (["![Delay of a message over several nodes](scaling/nodes.svg)"] if drawn else []))


def main(options, run):
    """Returns the exit status; `run` starts a command and raises an exception if it fails."""
    if options.docs:
        write_docs(json.loads(options.docs.read_text()))
        return 0
    folder = (options.build_dir or ROOT / "build" / "connections").resolve()
    start = time.monotonic()
    if not options.no_build:
        need("The benchmarks of connections", PACKAGES)
        print("builds sockless_connections and echo_server", flush=True)
        build(folder, run)
    count = 100_000 if options.quick else 1_000_000
    print(f"{count:,} connections in memory", flush=True)
    memory, met = in_memory(folder, count)
    print("connections over loopback", flush=True)
    real, limit = loopback(folder, 20_000 if options.quick else STEPS[-1])
    figures = {"machine": machine(), "limit": limit, "bars_met": met, "memory": memory, "loopback": real}
    if not options.quick:
        write_docs(figures)
    idle = {row["name"]: row["idle"] for row in memory if row["name"] != "room"}
    print(f"\nconnections: {count:,} in memory, level 2 {idle['level2']:.0f} B, growing {idle['growing']:.0f} B; "
          f"{real[-1]['connections'] if real else 0:,} over loopback; bars {'met' if met else 'NOT met'}; {time.monotonic() - start:.0f} s")
    return 0 if met else 1
