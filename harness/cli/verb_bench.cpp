#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <memory>

#include "cli/bench_probes.hpp"
#include "cli/console.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "engine/board.hpp"
#include "engine/floor.hpp"
#include "engine/space.hpp"
#include "judge/verdict.hpp"

namespace kipc::cli {
namespace {

constexpr const char* kTrivial = R"({
  "id": "bench.trivial", "title": "Two processes make one call each", "asserts": ["bench.trivial"],
  "actors": {"a": {}, "b": {}},
  "script": [{"as": "a", "call": "getpid"}, {"as": "b", "call": "getpid"}]})";

double at(std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

std::string distribution(const char* name, std::vector<double>& us) {
  std::sort(us.begin(), us.end());
  return fmt::format("  {:<44} {:>8.0f} {:>8.0f} {:>8.0f}\n", name, at(us, 0.1), at(us, 0.5), at(us, 0.9));
}

/// Everything on one core, as a worker of `kipc run` is.
void pin_here() {
  cpu_set_t one;
  CPU_ZERO(&one);
  const int cpu = ::sched_getcpu();
  CPU_SET(cpu < 0 ? 0 : cpu, &one);
  ::sched_setaffinity(0, sizeof one, &one);
}

std::string ratios(const char* name, const std::vector<double>& of, const std::vector<double>& to) {
  std::vector<double> ratio;
  for (std::size_t i = 0; i < of.size(); ++i) ratio.push_back(of[i] / to[i]);
  std::sort(ratio.begin(), ratio.end());
  return fmt::format("  {:<44} {:>8.2f} {:>8.2f} {:>8.2f}\n", name, at(ratio, 0.1), at(ratio, 0.5), at(ratio, 0.9));
}

std::string probes_text(int rounds) {
  auto price = price_of_probes(rounds);
  if (!price) return fmt::format("no probes here: {}\n", price.error().text);
  std::string out = fmt::format("{:<46} {:>8} {:>8} {:>8}\n", "ns, in turn", "10 %", "median", "90 %");
  const std::string beside = ratios("probes attached, others counted: ratio", price->beside_ns, price->off_ns);
  const std::string on = ratios("its system calls counted: ratio", price->on_ns, price->off_ns);
  return out + distribution("a pipe round trip without probes", price->off_ns) + beside + on;
}

int bench(int rounds) {
  const Case source = load_case(kTrivial, "bench");
  const Variant& variant = source.variants[0];
  const RunOptions options;
  pin_here();
  standard_signals();
  std::vector<double> floor;
  std::vector<double> whole;
  const auto program = compile(source, variant);
  for (int round = -10; round < rounds; ++round) {  // the first ten warm up
    const std::int64_t begin = monotonic_ns();
    if (!run_floor(*program, options)) {
      complain("The sandbox could not be made; kipc doctor says why.");
      return 3;
    }
    const std::int64_t middle = monotonic_ns();
    const auto compiled = compile(source, variant);
    const History history = run_variant(*compiled, source, variant, options);
    (void)judge(*compiled, history, embedded_catalogue());
    const std::int64_t end = monotonic_ns();
    if (history.end != History::End::completed) {
      complain("The trivial variant did not come to its end: " + history.end_text);
      return 3;
    }
    if (round < 0) continue;
    floor.push_back(static_cast<double>(middle - begin) / 1000);
    whole.push_back(static_cast<double>(end - middle) / 1000);
  }
  std::string out = fmt::format("{:<46} {:>8} {:>8} {:>8}\n", "µs, one core, in turn", "10 %", "median", "90 %");
  const std::string ratio = ratios("ratio, pair by pair", whole, floor);
  out += distribution("floor: the same processes, namespaces, mounts", floor);
  out += distribution("a two-process variant: compile, run, judge", whole);
  out += ratio;
  out += probes_text(rounds);
  print(out + fmt::format("{} rounds\n", rounds));
  close_run_space();
  return 0;
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("bench", "What a variant costs beside the processes and namespaces it needs");
  const auto rounds = std::make_shared<int>(300);
  verb->add_option("--rounds", *rounds, "How many pairs are measured")
      ->check(CLI::Range(10, 100000))
      ->capture_default_str();
  verb->footer("Examples:\n  kipc bench\n  kipc bench --rounds 2000");
  verb->callback([&action, rounds] { action = [rounds] { return bench(*rounds); }; });
}

}  // namespace kipc::cli
