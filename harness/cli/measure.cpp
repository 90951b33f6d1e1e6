#include "cli/measure.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "cli/console.hpp"
#include "cli/interrupt.hpp"
#include "cli/work.hpp"
#include "engine/board.hpp"
#include "engine/space.hpp"
#include "judge/verdict.hpp"
#include "language/script.hpp"
#include "platform/cpus.hpp"
#include "platform/machine_load.hpp"
#include "platform/proc_text.hpp"
#include "report/measure_json.hpp"

namespace kipc::cli {
namespace {

constexpr std::string_view kFolder = "measure.";
const std::vector<std::int64_t> kTripSizes = {1, 4096, 65536};
const std::vector<std::int64_t> kOneWaySizes = {4096, 65536};

const Step* timed_step(const Program& program) {
  for (const Step* step : program.steps)
    if (step->timed != Step::Timed::no) return step;
  return nullptr;
}

std::string mechanism_of(const Case& source) {
  const std::string rest = source.id.substr(kFolder.size());
  return rest.substr(0, rest.find('.'));
}

bool wanted(const std::vector<std::string>& list, std::string_view what) {
  return list.empty() ||
         std::any_of(list.begin(), list.end(), [&](const std::string& pattern) { return glob_match(pattern, what); });
}

/// The first variant of the case with another size.
Variant with_size(const Case& source, std::int64_t size) {
  Variant variant = source.variants.front();
  for (auto& [name, value] : variant.parameters)
    if (name == "size") value = Node::integer(size);
  variant.id = fmt::format("{}[size={}]", source.id, size);
  return variant;
}

bool has_size(const Case& source) {
  const auto& parameters = source.variants.front().parameters;
  return std::any_of(parameters.begin(), parameters.end(), [](const auto& p) { return p.first == "size"; });
}

std::int64_t clock_cost_ps() {
  constexpr int kReads = 20000;
  const std::int64_t begin = monotonic_ns();
  for (int i = 0; i < kReads; ++i) (void)monotonic_ns();
  return (monotonic_ns() - begin) * 1000 / kReads;
}

std::int64_t pipe_capacity() {
  int ends[2];
  if (::pipe(ends) != 0) return -1;
  const Fd read_end(ends[0]);
  const Fd write_end(ends[1]);
  return ::fcntl(write_end.get(), F_GETPIPE_SZ);
}

// Everybody is started anew for every few passes, and what is measured takes turns: so a figure's samples hold what
// differs from start to start and what the machine does over the whole time, as those of another measurement will.
constexpr std::size_t kStarts = 12;  // of each that are wished for
constexpr int kPasses = 3;           // of a start
constexpr int kWarmUp = 2;           // passes; what the warm-up takes, and the start itself
constexpr double kSure = 0.02;       // of the median, the width of its interval: enough
constexpr std::size_t kMostStarts = 200;

bool is_settled(const Measured& one) {
  if (!one.there()) return true;
  const std::size_t starts = one.starts();
  return starts >= kMostStarts || (starts >= kStarts && one.typical_ns().width() <= kSure);
}

/// How a placement is timed; nothing where there are too few processors.
std::optional<Timing> timing_for(std::string_view placement, const std::vector<int>& pair, double seconds_each) {
  Timing timing;
  timing.pass_ns = static_cast<std::int64_t>(seconds_each * 1e9 / static_cast<double>(kStarts * (kPasses + kWarmUp)));
  timing.pass_ns = std::clamp<std::int64_t>(timing.pass_ns, 1'000'000, 20'000'000);
  timing.passes = kPasses;
  timing.cpus = pair;
  if (placement == "one-core") timing.cpus.resize(1);
  if (placement == "two-cores" && pair.size() < 2) return std::nullopt;
  if (placement == "unpinned") {
    timing.cpus = usable_cpus();
    timing.pinned = false;
  }
  return timing;
}

}  // namespace

Result<std::int64_t> parse_size(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit.ends_with("iB")) unit.remove_suffix(2);
  const std::int64_t factor = unit.empty() || unit == "B"  ? 1
                              : unit == "K" || unit == "k" ? 1024
                              : unit == "M"                ? 1 << 20
                                                           : 0;
  constexpr std::int64_t kMost = 16 << 20;
  if (error != std::errc() || factor == 0 || value < 1 || value > kMost / factor)
    return fail(fmt::format("'{}': expected a size from 1 to 16M, such as 64, 4K or 1M", text));
  return value * factor;
}

std::vector<int> processors_to_measure_on() {
  const std::vector<int>& usable = usable_cpus();
  const auto siblings = [](int cpu) {
    return read_line(fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
  };
  std::vector<int> chosen = {usable.back()};  // the first one is where interrupts and idle work tend to be
  const std::string mine = siblings(chosen[0]);
  for (auto cpu = usable.rbegin() + 1; cpu != usable.rend() && chosen.size() < 2; ++cpu)
    if (mine.empty() || siblings(*cpu) != mine) chosen.push_back(*cpu);
  if (chosen.size() < 2 && usable.size() > 1) chosen.push_back(usable.front());
  return chosen;
}

Measured measure_variant(const Case& source, const Variant& variant, const RunOptions& options) {
  Measured measured;
  try {
    const auto program = compile(source, variant);
    for (const Requirement& need : program->needs) {
      if (need.kind == "cpus" && options.timing->cpus.size() < static_cast<std::size_t>(need.at_least)) {
        measured.not_measured = "who waits looks again and again, so it needs a processor of its own";
        return measured;
      }
      const auto missing = unmet(need, ability_for(options.isolation, sandbox_ability()));
      if (!missing) continue;
      measured.not_measured = missing->what + "; " + missing->enable;
      return measured;
    }
    History history = run_variant(*program, source, variant, options);
    const Verdict verdict = judge(*program, history, embedded_catalogue());
    if (history.end != History::End::completed || history.measurements.empty())
      measured.not_measured = verdict.reason.empty() ? history.end_text : verdict.reason;
    else
      measured.numbers = std::move(history.measurements.front());
  } catch (const CaseError& error) {
    measured.not_measured = error.problem.text();
  }
  return measured;
}

Result<MeasurePlan> MeasurePlan::make(const Library& library, const MeasureWish& wish) {
  MeasurePlan plan;
  std::vector<std::string> known;
  for (const Case& source : library.cases) {
    if (!source.id.starts_with(kFolder)) continue;
    const std::string mechanism = mechanism_of(source);
    known.push_back(mechanism);
    if (!wanted(wish.mechanisms, mechanism)) continue;
    const auto program = compile(source, source.variants.front());
    const Step* step = timed_step(*program);
    if (step == nullptr) continue;
    const std::string kind(step->timed == Step::Timed::one_way ? kOneWay : kRoundTrip);
    if (!wanted(wish.kinds, kind)) continue;
    Case copy = source;
    copy.variants.clear();
    std::vector<std::int64_t> sizes = {0};
    if (has_size(source)) sizes = !wish.sizes.empty() ? wish.sizes : kind == kOneWay ? kOneWaySizes : kTripSizes;
    for (const std::int64_t size : sizes)
      copy.variants.push_back(size == 0 ? source.variants.front() : with_size(source, size));
    plan.cases_.push_back(std::move(copy));
    for (std::size_t placement = 0; placement < std::size(kPlacements); ++placement) {
      if (!wanted(wish.placements, kPlacements[placement])) continue;
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        plan.jobs_.push_back(Job{&plan.cases_.back(), i, static_cast<int>(placement)});
        Measured cell;
        cell.case_id = source.id;
        cell.mechanism = mechanism;
        cell.kind = kind;
        cell.size = sizes[i];
        cell.placement = kPlacements[placement];
        plan.expected_.push_back(std::move(cell));
      }
    }
  }
  if (!plan.jobs_.empty()) return Result<MeasurePlan>(std::move(plan));
  const std::vector<std::string_view> names(known.begin(), known.end());
  const std::string asked = wish.mechanisms.empty() ? "" : wish.mechanisms.front();
  return fail(
      fmt::format("no measurement fits{}{}", asked.empty() ? "" : " '" + asked + "'", did_you_mean(asked, names)));
}

MeasureReport MeasurePlan::run(const MeasureWish& wish, const std::function<void(const std::string&)>& say) const {
  const Interrupt interrupt;
  MeasureReport report;
  report.started = utc_now();
  report.platform = take_fingerprint();
  report.kipc_version = report.platform.kipc_version;
  const std::vector<int> pair = processors_to_measure_on();
  report.conditions.clock_ps = clock_cost_ps();
  report.conditions.load_percent = load_percent();
  report.conditions.pipe_capacity = pipe_capacity();
  report.conditions.caveats = processor_caveats(pair);
  if (report.platform.virtualisation != "none" && !report.platform.virtualisation.empty())
    report.conditions.caveats.push_back(
        fmt::format("A virtual machine ({}): waking another processor takes several times as long as without one, and "
                    "its host may take processors away at any time.",
                    report.platform.virtualisation));
  report.results = expected_;
  for (Measured& one : report.results) one.not_measured = "stopped before it";

  RunOptions options;
  options.jobs = 1;
  options.isolation = wish.isolation;
  options.job_ns = 600'000'000'000;
  const ProcessorTime before = processor_time();
  const std::int64_t begin = now_ns();
  const double each = wish.seconds / static_cast<double>(jobs_.size());
  report.complete = true;
  for (std::size_t round = 1; report.complete; ++round) {
    std::vector<Job> todo;
    std::vector<std::size_t> which;  // in jobs_
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (round > 1 && is_settled(report.results[i])) continue;
      todo.push_back(jobs_[i]);
      which.push_back(i);
    }
    if (todo.empty() || (round > 1 && static_cast<double>(now_ns() - begin) >= wish.seconds * 1e9)) break;
    report.complete = run_jobs(
        todo, options,
        [&](const Job& job) {
          const std::size_t at = which[static_cast<std::size_t>(&job - todo.data())];
          auto timing = timing_for(kPlacements[job.repetition], pair, each);
          Measured measured = expected_[at];
          if (timing) {
            RunOptions timed = options;
            if (round > 1) timing->batch = report.results[at].numbers.batch;
            timed.timing = &*timing;
            Measured made = measure_variant(*job.source, job.source->variants[job.variant], timed);
            measured.numbers = std::move(made.numbers);
            measured.not_measured = std::move(made.not_measured);
          } else {
            measured.not_measured = "it needs two processors, kipc may use one";
          }
          return measured_to_json(measured);
        },
        [&](const JobResult& result) {
          Measured& measured = report.results[which[result.job]];
          const Measured made = result.crashed ? Measured() : measured_from_json(result.payload, "worker");
          measured.not_measured = result.crashed ? result.crash_text : made.not_measured;
          if (measured.there()) measured.add_start(made.numbers);
          say(fmt::format("start {} of {} or more: {} {} {}", round, kStarts, measured.mechanism, measured.kind,
                          measured.placement));
        },
        [] { return Interrupt::asked(); });
  }
  if (report.complete) count(options, report);
  report.duration_ns = now_ns() - begin;
  const ProcessorShares shares = shares_between(before, processor_time());
  report.conditions.steal_permille = shares.steal_permille;
  report.conditions.others_permille = shares.others_permille;
  return report;
}

}  // namespace kipc::cli
