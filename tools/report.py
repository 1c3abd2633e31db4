# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Tables, plots and the description of the machine for the benchmarks; a module for the scripts of this folder."""
import os
import re
import subprocess
from pathlib import Path

SIZES = {16: "16 B", 128: "128 B", 1024: "1 KiB", 8192: "8 KiB", 65536: "64 KiB", 1048576: "1 MiB"}


def machine():
    try:
        model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text()).group(1)
    except (OSError, AttributeError):
        model = "unknown processor"
    return f"{model}, {os.cpu_count()} virtual processors"


def version_of(compiler):
    done = subprocess.run([compiler, "--version"], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    return re.sub(r" ?[(].*?[)]", "", done.stdout.splitlines()[0])


def markdown_table(header, lines):
    return "\n".join(["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"] +
                     ["| " + " | ".join(line) + " |" for line in lines])


def print_table(title, header, lines):
    widths = [max(len(line[i]) for line in [header] + lines) for i in range(len(header))]
    print(f"\n{title}")
    for line in [header] + lines:
        print("  " + "  ".join(cell.ljust(w) if i == 0 else cell.rjust(w)
                               for i, (cell, w) in enumerate(zip(line, widths))).rstrip())


def can_plot():
    try:
        import matplotlib
    except ImportError:
        print("no plots: python3-matplotlib is missing")
        return False
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "sockless", "svg.fonttype": "none", "font.family": "sans-serif"})
    return True


def plot(file, title, points, ours, baselines=frozenset(), xlabel="", ylabel=""):
    """Draws a line for each name of `points`, which are lists of (size, value); the line of `ours` is prominent. After `can_plot`."""
    import matplotlib
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(7.2, 4.2))
    for name in [ours] + sorted(points.keys() - baselines - {ours}) + sorted(points.keys() & baselines):
        sizes, values = zip(*sorted(points[name]))
        style = {"linewidth": 2.4, "color": "black"} if name == ours else {"linewidth": 1.2}
        if name in baselines:
            style.update({"linestyle": ":", "color": "grey"})
        axes.plot(sizes, values, marker="o", markersize=3, label=name, **style)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    largest = max(size for values in points.values() for size, _ in values)
    ticks = [size for size in SIZES if size <= largest]
    axes.set_xticks(ticks, [SIZES[size] for size in ticks])
    axes.yaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.set_title(title)
    axes.grid(True, which="major", linewidth=0.4)
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


def plot_lines(file, title, series, xlabel, ylabel):
    """Draws {label: [(x, y)]} over a logarithmic axis whose ticks are the points, with the legend beside the axes. After `can_plot`."""
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(8.2, 3.8))
    for (label, points), marker in zip(series.items(), "osD^vP*"):
        axes.plot(*zip(*sorted(points)), marker=marker, markersize=5, linewidth=1.6, label=label)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    ticks = sorted({x for points in series.values() for x, _ in points})
    axes.set_xticks(ticks, [f"{x:,}" for x in ticks], fontsize=8)
    axes.minorticks_off()
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.set_title(title)
    axes.grid(True, which="major", linewidth=0.4)
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
