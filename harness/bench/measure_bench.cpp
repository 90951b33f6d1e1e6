// How far kipc's times are from those of loops written by hand: both are run in turn, again and again, on the same
// processors, and their ratio is taken pair by pair, so that what else the machine does falls upon both.
//
//   kipc_measure_bench [--check] [--rounds N] [--two-cores] [MECHANISM...]
//
// With --check the exit code is 1 when a ratio of medians is above 1.03 beyond doubt: its whole 95 % interval.
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/median.hpp"
#include "base/text.hpp"
#include "bench/hand_loops.hpp"
#include "cli/library.hpp"
#include "cli/measure.hpp"
#include "engine/space.hpp"

namespace kipc::bench {
namespace {

constexpr double kBudget = 1.03;
constexpr std::int64_t kPassNs = 20'000'000;
constexpr int kPasses = 3;

struct Options {
  bool check = false;
  bool two_cores = false;
  int rounds = 15;
  std::vector<std::string> mechanisms;
};

struct Comparison {
  std::vector<double> hand50, hand99, kipc50, kipc99;
};

Case with_size(const Case& source, std::size_t size) {
  Case made = source;
  made.variants.resize(1);
  for (auto& [name, value] : made.variants[0].parameters)
    if (name == "size") value = Node::integer(static_cast<std::int64_t>(size));
  return made;
}

/// One line of the table; the ratio's interval.
MedianInterval compare(const HandLoop& hand, const Case& source, const std::vector<int>& cpus, int rounds) {
  Timing timing;
  timing.cpus = cpus;
  timing.pass_ns = kPassNs;
  timing.passes = kPasses;
  RunOptions options;
  options.timing = &timing;
  Comparison c;
  const auto by_hand = [&] {
    const HandRun run = hand.run(cpus, kPassNs * kPasses);
    c.hand50.push_back(run.p50);
    c.hand99.push_back(run.p99);
  };
  const auto by_kipc = [&] {
    Measured measured = cli::measure_variant(source, source.variants[0], options);
    if (!measured.there()) {
      fmt::print("{}: {}\n", source.id, measured.not_measured);
      std::exit(3);
    }
    c.kipc50.push_back(*measured.quantile_ns(0.5));
    c.kipc99.push_back(*measured.quantile_ns(0.99));
  };
  for (int round = 0; round < rounds; ++round) {
    if (round % 2 == 0) by_hand();
    by_kipc();
    if (round % 2 != 0) by_hand();
  }
  const MedianInterval p50 = median_ratio(c.kipc50, c.hand50);
  const MedianInterval p99 = median_ratio(c.kipc99, c.hand99);
  fmt::print(
      "{:<12} {:>7} {:>9.2f} {:>9.2f}   {:.3f} ({:.3f} to {:.3f}) {:>9.2f} {:>9.2f}   {:.3f} ({:.3f} to {:.3f})\n",
      hand.mechanism, hand.size, median_interval(c.hand50).median / 1000, median_interval(c.kipc50).median / 1000,
      p50.median, p50.low, p50.high, median_interval(c.hand99).median / 1000, median_interval(c.kipc99).median / 1000,
      p99.median, p99.low, p99.high);
  (void)std::fflush(stdout);
  return p50;
}

int run(const Options& options) {
  const cli::Library library = cli::load_library();
  standard_signals();
  std::vector<int> cpus = cli::processors_to_measure_on();
  if (!options.two_cores) cpus.resize(1);
  fmt::print("Round trips in µs, {} rounds in turn, {} of {} ms each, processor {}{}\n", options.rounds, kPasses,
             kPassNs / 1'000'000, cpus.front(), cpus.size() > 1 ? fmt::format(" and {}", cpus[1]) : "");
  fmt::print("{:<12} {:>7} {:>9} {:>9}   {:<24} {:>9} {:>9}   {}\n", "", "bytes", "hand p50", "kipc p50",
             "ratio (95 % interval)", "hand p99", "kipc p99", "ratio");
  bool over = false;
  for (const HandLoop& hand : hand_loops()) {
    const auto& wanted = options.mechanisms;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), hand.mechanism) == wanted.end()) continue;
    const Case* source = library.find("measure." + hand.mechanism + ".round-trip");
    if (source == nullptr) {
      fmt::print("{}: no case measures it\n", hand.mechanism);
      return 3;
    }
    over = compare(hand, with_size(*source, hand.size), cpus, options.rounds).low > kBudget || over;
  }
  close_run_space();
  fmt::print("budget: {:.2f} at p50{}\n", kBudget, over ? ": MISSED" : "");
  return over && options.check ? 1 : 0;
}

}  // namespace
}  // namespace kipc::bench

int main(int argc, char** argv) {
  kipc::bench::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--check")
      options.check = true;
    else if (word == "--two-cores")
      options.two_cores = true;
    else if (word == "--rounds" && i + 1 < argc)
      options.rounds = std::max(6, std::atoi(argv[++i]));
    else if (word.rfind("--", 0) == 0)
      return fmt::print(stderr, "usage: kipc_measure_bench [--check] [--rounds N] [--two-cores] [MECHANISM...]\n"), 2;
    else
      options.mechanisms.push_back(word);
  }
  return kipc::bench::run(options);
}
