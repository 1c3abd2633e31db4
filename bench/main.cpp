// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Runs the rows on Google Benchmark: round by round, row by row, and within a row one peer after another, so that other load on the
/// machine affects all of them. One run of Google Benchmark is one sample: the lower quartile of as many passes as fit into
/// --sample_ms. Names: <row>/<peer>/<round>.
///
///     --rounds=N  --sample_ms=MS  --only=REGEX  --list=rows     all other options are those of Google Benchmark
#include "rows.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <map>
#include <memory>
#include <regex>
#include <sys/resource.h>

namespace bench {
namespace {

std::vector<const peer*>& peer_list()
{
    static std::vector<const peer*> list;
    return list;
}

int rank(const peer& who)
{
    return who.name() == "sockless" ? 0 : who.is_baseline() ? 2 : 1;
}

struct prepared {
    measurement work{};
    std::string failure{};
    bool done = false;
};

void prepare(prepared& p, const entry& what)
{
    p.done = true;
    try {
        p.work = what.prepare();
        if (p.work.pass)
            p.work.pass();
    } catch (const void_row& why) {
        p.failure = why.reason;
    }
}

/// Returns the number of involuntary context switches of this thread.
long interruptions()
{
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nivcsw;
}

/// @throws void_row if a pass has a wrong result
void take_sample(benchmark::State& state, const prepared& p, double sample_seconds)
{
    constexpr std::size_t fewest = 3;
    std::vector<double> passes;
    for (auto _ : state) {
        if (!p.work.pass) {
            state.SetIterationTime(1e-9);
            state.counters["value"] = p.work.fixed;
            continue;
        }
        // A pass that another process interrupted is not counted, unless almost all passes were interrupted.
        double total = 0;
        double spent = 0;
        while ((passes.size() < fewest || total < sample_seconds) && spent < 4 * sample_seconds) {
            const long before = interruptions();
            const double seconds = p.work.pass();
            spent += seconds;
            if (interruptions() != before)
                continue;
            passes.push_back(seconds);
            total += seconds;
        }
        while (passes.size() < fewest)
            passes.push_back(p.work.pass());
        const auto quartile = passes.begin() + static_cast<std::ptrdiff_t>(passes.size() / 4);
        std::nth_element(passes.begin(), quartile, passes.end());
        state.SetIterationTime(*quartile);
        state.counters["value"] = *quartile * 1e9 / p.work.items;
        if (p.work.bytes != 0)
            state.counters["GB/s"] = p.work.bytes / *quartile * 1e-9;
    }
}

void run_sample(benchmark::State& state, prepared& p, const entry& what, double sample_seconds)
{
    if (!p.done)
        prepare(p, what);
    try {
        if (p.failure.empty())
            take_sample(state, p, sample_seconds);
    } catch (const void_row& why) {
        p.failure = why.reason;
    }
    if (!p.failure.empty())
        state.SkipWithError(p.failure.c_str());
}

bool take_option(int& argc, char** argv, const char* name, std::string& value)
{
    const std::string prefix = std::string{"--"} + name + "=";
    for (int i = 1; i < argc; ++i) {
        if (std::strncmp(argv[i], prefix.c_str(), prefix.size()) != 0)
            continue;
        value = argv[i] + prefix.size();
        std::copy(argv + i + 1, argv + argc, argv + i);
        --argc;
        return true;
    }
    return false;
}

} // namespace

void add_peer(const peer& what)
{
    std::vector<const peer*>& list = peer_list();
    list.push_back(&what);
    std::sort(list.begin(), list.end(), [](const peer* a, const peer* b) {
        return rank(*a) != rank(*b) ? rank(*a) < rank(*b) : a->name() < b->name();
    });
}

const std::vector<const peer*>& peers()
{
    return peer_list();
}

std::size_t heap_bytes()
{
    const struct mallinfo2 now = mallinfo2();
    return now.uordblks + now.hblkhd;
}

unsigned char* shared_memory(std::size_t size)
{
    constexpr std::size_t max_size = std::size_t{4} << 20;
    alignas(4096) static unsigned char memory[max_size];
    if (size > max_size)
        throw void_row{"too large"};
    return memory;
}

} // namespace bench

int main(int argc, char** argv)
{
    std::string rounds = "5";
    std::string sample_ms = "10";
    bench::take_option(argc, argv, "rounds", rounds);
    bench::take_option(argc, argv, "sample_ms", sample_ms);
    std::string only = ".*";
    bench::take_option(argc, argv, "only", only);
    const std::regex wanted{only};

    std::vector<bench::row> rows;
    bench::add_receive_rows(rows);
    bench::add_send_rows(rows);
    bench::add_primitive_rows(rows);
    bench::add_handshake_rows(rows);
#if SOCKLESS_BENCH_ZLIB
    bench::add_deflate_rows(rows);
#endif

    if (std::string ignored; bench::take_option(argc, argv, "list", ignored)) {
        for (const bench::row& r : rows)
            std::puts(r.name.c_str());
        return 0;
    }
    std::map<std::string, bench::prepared> work;
    for (int round = 0; round < std::stoi(rounds); ++round) {
        for (const bench::row& r : rows) {
            if (!std::regex_search(r.name, wanted))
                continue;
            for (const bench::entry& e : r.entries) {
                const std::string name = r.name + "/" + e.peer;
                bench::prepared& p = work[name];
                const double seconds = std::stod(sample_ms) * 1e-3;
                benchmark::RegisterBenchmark(
                    (name + "/" + std::to_string(round)).c_str(),
                    [&p, e, seconds](benchmark::State& state) { bench::run_sample(state, p, e, seconds); })
                    ->UseManualTime()
                    ->Iterations(1);
            }
        }
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 1;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
