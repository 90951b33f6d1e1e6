#include "report/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

namespace kipc {
namespace {

double per_exchange(const Measured& measured, std::int64_t TimedPass::*figure) {
  double sum = 0;
  for (const TimedPass& pass : measured.numbers.passes) sum += static_cast<double>(pass.*figure);
  const auto exchanges = static_cast<double>(measured.exchanges());
  return exchanges > 0 ? sum / exchanges : 0;
}

/// Three digits that matter, and the unit that fits.
template <std::size_t N>
std::string scaled(double value, double step, const std::array<const char*, N>& units) {
  std::size_t unit = 0;
  while (unit + 1 < N && value >= 999.5) {
    value /= step;
    ++unit;
  }
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", value, decimals, units[unit]);
}

}  // namespace

void Measured::add_start(const Measurement& more) {
  const auto start = static_cast<std::int64_t>(starts());
  if (start == 0)
    numbers.passes.clear(), numbers.cpus = more.cpus, numbers.batch = more.batch, numbers.one_way = more.one_way;
  numbers.warm_up_ns += more.warm_up_ns;
  for (TimedPass pass : more.passes) {
    pass.start = start;
    numbers.passes.push_back(pass);
  }
  if (more.times == nullptr) return;
  if (numbers.times == nullptr) numbers.times = std::make_shared<Histogram>();
  numbers.times->add(*more.times);
}

std::size_t Measured::starts() const {
  std::set<std::int64_t> starts;
  for (const TimedPass& pass : numbers.passes) starts.insert(pass.start);
  return starts.size();
}

std::vector<double> Measured::samples_ns() const {
  std::map<std::int64_t, std::vector<double>> by_start;
  for (const TimedPass& pass : numbers.passes)
    by_start[pass.start].push_back(static_cast<double>(pass.typical_ps) / 1000);
  if (by_start.size() == 1) return by_start.begin()->second;
  std::vector<double> values;
  for (const auto& [start, passes] : by_start) values.push_back(median_interval(passes).median);
  return values;
}

double Measured::noise() const {
  std::vector<double> values = samples_ns();
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t left_out = values.size() / 4;  // at each end
  const double median = typical_ns().median;
  return median > 0 ? (values[values.size() - 1 - left_out] - values[left_out]) / median : 0;
}

MedianInterval Measured::typical_ns() const { return median_interval(samples_ns()); }

std::optional<double> Measured::quantile_ns(double q) const {
  if (numbers.times == nullptr || numbers.times->count() == 0) return std::nullopt;
  return numbers.times->quantile(q) / static_cast<double>(numbers.batch);
}

std::int64_t Measured::exchanges() const {
  std::int64_t sum = 0;
  for (const TimedPass& pass : numbers.passes) sum += pass.exchanges;
  return sum;
}

double Measured::messages_per_second() const {
  const double wall = per_exchange(*this, &TimedPass::wall_ns);
  if (wall <= 0) return 0;
  return (kind == kOneWay ? 1e9 : 2e9) / wall;
}

double Measured::bytes_per_second() const { return messages_per_second() * static_cast<double>(size); }
double Measured::cpu_ns() const { return per_exchange(*this, &TimedPass::cpu_ns); }
double Measured::switches() const { return per_exchange(*this, &TimedPass::switches); }
double Measured::preemptions() const { return per_exchange(*this, &TimedPass::preemptions); }

double Measured::outliers() const {
  if (numbers.times == nullptr) return 0;
  return numbers.times->share_above(static_cast<std::uint64_t>(numbers.times->quantile(0.5) * 3));
}

const Measured* MeasureReport::find(std::string_view mechanism, std::string_view kind, std::string_view placement,
                                    std::int64_t size) const {
  const Measured* best = nullptr;
  const auto distance = [size](const Measured& one) {
    return std::abs(std::log2(static_cast<double>(one.size + 1)) - std::log2(static_cast<double>(size + 1)));
  };
  for (const Measured& one : results) {
    if (one.mechanism != mechanism || one.kind != kind || one.placement != placement) continue;
    const bool better = best == nullptr || (one.there() && !best->there()) ||
                        (one.there() == best->there() && distance(one) < distance(*best));
    if (better) best = &one;
  }
  return best;
}

std::string time_text(double ns) { return scaled(ns, 1000, std::array<const char*, 4>{"ns", "µs", "ms", "s"}); }

std::string size_text(std::int64_t bytes) {
  for (const auto& [unit, name] : {std::pair<std::int64_t, const char*>{1 << 20, "MiB"}, {1 << 10, "KiB"}})
    if (bytes >= unit && bytes % unit == 0) return fmt::format("{} {}", bytes / unit, name);
  return fmt::format("{} B", bytes);
}

std::string rate_text(double bytes_per_second) {
  return scaled(bytes_per_second, 1000, std::array<const char*, 4>{"B/s", "kB/s", "MB/s", "GB/s"});
}

}  // namespace kipc
