// Blocks that are timed. 1) The actors are put where they shall run. 2) Passes of growing length warm up
// caches, predictors and the clock's rate, and tell how many rounds make a pass. 3) Passes of equal length
// are taken. How often all of this is done anew is for whoever measures: see MeasurePlan::run().
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/conductor.hpp"
#include "engine/timing.hpp"

namespace kipc {
namespace {

constexpr std::int64_t kLookNs = 50'000'000;  // between two looks whether everybody still lives
constexpr double kLeastSampleNs = 2000;       // shorter exchanges are timed several at a time

/// What lies at the end of a result, `behind` bytes before its last one.
template <typename T>
T at_end(std::string_view bytes, std::size_t behind = 0) {
  T value{};
  if (bytes.size() >= sizeof value + behind)
    std::memcpy(static_cast<void*>(&value), bytes.data() + bytes.size() - behind - sizeof value, sizeof value);
  return value;
}

}  // namespace

void Conductor::place(int actor, std::size_t position) {
  const Timing& timing = *stage_.timing;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (std::size_t i = 0; i < timing.cpus.size(); ++i)
    if (!timing.pinned || i == position % timing.cpus.size()) CPU_SET(timing.cpus[i], &set);
  if (::sched_setaffinity(board_.slot(actor).tid, sizeof set, &set) != 0)
    broken(nullptr, actor, "it cannot be put on its processor: " + Errno::last("sched_setaffinity").text());
}

/// Everybody does its rounds once; the first part takes the samples. Returns false when somebody did not come through.
bool Conductor::timed_pass(const Step& step, const std::vector<TimedPart>& parts, std::int64_t factor,
                           std::int64_t batch) {
  BoardHeader& header = board_.header();
  for (std::size_t i = parts.size(); i-- > 0;) {  // the first one last: it finds the others waiting for it
    ActorSlot& slot = board_.slot(parts[i].actor);
    slot.timed_rounds = parts[i].rounds * factor;
    slot.timed_batch = i == 0 && step.timed == Step::Timed::round_trip ? static_cast<std::int32_t>(batch) : 0;
    dispatch(parts[i].actor, Command::timed, *parts[i].block);
  }
  for (;;) {
    header.conductor_sleeping.store(1);
    const std::uint32_t bell = header.bell.load();
    bool all = true;
    for (const TimedPart& part : parts) {
      if (!returned(part.actor)) {
        all = false;
        continue;
      }
      players_[static_cast<std::size_t>(part.actor)].life = Life::idle;
      if (board_.result(part.actor).empty() || board_.result(part.actor)[0] == 0) return false;
    }
    if (all) break;
    futex_wait(header.bell, bell, kLookNs);
    for (const TimedPart& part : parts)
      if (!returned(part.actor) && is_dead(part.actor)) diverge(Event::Kind::stray_death, part.block, part.actor);
    if (monotonic_ns() > deadline_ns_) throw OutOfTime{};
  }
  header.conductor_sleeping.store(0);
  return true;
}

TimedPass Conductor::read_pass(const std::vector<TimedPart>& parts, std::int64_t factor, Measurement& into) {
  TimedPass pass;
  pass.exchanges = parts.front().rounds * factor;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto figures = at_end<PassFigures>(board_.result(parts[i].actor));
    begin = i == 0 ? figures.begin_ns : std::min(begin, figures.begin_ns);
    end = std::max(end, figures.end_ns);
    pass.cpu_ns += figures.cpu_ns;
    pass.switches += figures.switches;
    pass.preemptions += figures.preemptions;
    pass.faults += figures.faults;
  }
  pass.wall_ns = end - begin;
  double typical = static_cast<double>(pass.wall_ns) / static_cast<double>(pass.exchanges);
  if (!into.one_way) {
    const auto times =
        std::make_unique<Histogram>(at_end<Histogram>(board_.result(parts.front().actor), sizeof(PassFigures)));
    typical = times->quantile(0.5) / static_cast<double>(into.batch);
    into.times->add(*times);
  }
  pass.typical_ps = static_cast<std::int64_t>(typical * 1000);
  return pass;
}

void Conductor::do_timed(const Step& step) {
  const Timing& timing = *stage_.timing;
  std::vector<TimedPart> parts;
  for (const Step& block : step.steps) {
    if (!applies(block, std::max(block.as.base, 0))) continue;
    for (const int actor : members(block.as, std::nullopt)) {
      BoardEnv here = env(actor);
      parts.push_back(TimedPart{&block, actor, block.repeat.eval(here)});
    }
  }
  if (parts.empty() || parts.front().rounds <= 0) broken(&step, -1, "nothing is repeated: there is nothing to time");
  for (std::size_t i = 0; i < parts.size(); ++i) place(parts[i].actor, i);

  const auto failed = [&] {
    for (const TimedPart& part : parts) collect_log(*part.block, part.actor, returned(part.actor));
    throw Diverged{};
  };
  Measurement measured;
  measured.step = step.id;
  measured.one_way = step.timed == Step::Timed::one_way;
  if (timing.pinned)
    for (std::size_t i = 0; i < parts.size(); ++i) measured.cpus.push_back(timing.cpus[i % timing.cpus.size()]);
  if (!measured.one_way) measured.times = std::make_shared<Histogram>();

  // Warm up: as the case says, then a quarter of a pass and a whole one, each reckoned from the one before.
  const std::int64_t begin = monotonic_ns();
  std::int64_t factor = 1;
  for (const std::int64_t wanted_ns : {timing.pass_ns / 4, timing.pass_ns, timing.pass_ns}) {
    if (!timed_pass(step, parts, factor, measured.batch)) failed();
    if (!measured.one_way) measured.times->clear();
    const TimedPass pass = read_pass(parts, factor, measured);
    const double each = std::max(1.0, static_cast<double>(pass.wall_ns) / static_cast<double>(pass.exchanges));
    measured.batch = measured.one_way   ? 1
                     : timing.batch > 0 ? timing.batch
                                        : std::max(1L, std::lround(kLeastSampleNs / each));
    const double wanted = static_cast<double>(wanted_ns) / (each * static_cast<double>(parts.front().rounds));
    factor = std::max<std::int64_t>(1, static_cast<std::int64_t>(wanted));
    factor = (factor + measured.batch - 1) / measured.batch * measured.batch;  // whole samples
  }
  if (!measured.one_way) measured.times->clear();
  measured.warm_up_ns = monotonic_ns() - begin;

  for (int pass = 0; pass < timing.passes; ++pass) {
    if (!timed_pass(step, parts, factor, measured.batch)) failed();
    measured.passes.push_back(read_pass(parts, factor, measured));
  }
  for (const TimedPart& part : parts) {
    pin(part.actor, false);
    collect_log(*part.block, part.actor, true);
  }
  history_.measurements.push_back(std::move(measured));
}

}  // namespace kipc
