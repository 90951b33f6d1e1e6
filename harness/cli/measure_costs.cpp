// The second half of a measurement: what the exchanges cost the kernel.
#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "cli/interrupt.hpp"
#include "cli/measure.hpp"
#include "cli/probes.hpp"
#include "cli/work.hpp"
#include "engine/space.hpp"
#include "judge/verdict.hpp"
#include "language/script.hpp"

namespace kipc::cli {
namespace {

constexpr Figure kCounted[] = {Figure::syscalls, Figure::copies, Figure::bytes_copied};

/// The totals of one exchange of that variant by kCounted, and what copies and bytes can be inferred, each times 1000;
/// empty when it did not come to its end.
std::vector<std::int64_t> costs_of(const Case& source, const Variant& variant, const RunOptions& options) {
  const auto program = compile(source, variant);
  const History history = run_variant(*program, source, variant, options);
  const Verdict verdict = judge(*program, history, embedded_catalogue());
  if (history.end != History::End::completed || verdict.costs.empty()) return {};
  std::vector<std::int64_t> milli;
  const MeasuredCost& block = verdict.costs.front();
  const InferredCopies inferred = infer_copies(block.costs);
  for (const std::int64_t total : {block.costs.of(Figure::syscalls), block.costs.of(Figure::copies),
                                   block.costs.of(Figure::bytes_copied), inferred.copies, inferred.bytes})
    milli.push_back(total * 1000 / block.per);
  return milli;
}

/// "system calls by tracepoint, copies by fexit".
std::string source_text(const Provenances& figures) {
  std::string text;
  for (const auto& [figure, name] :
       {std::pair<Figure, const char*>{Figure::syscalls, "system calls"}, {Figure::copies, "copies"}}) {
    const std::string& how = figures[static_cast<std::size_t>(figure)].how;
    if (!how.empty()) text += fmt::format("{}{} by {}", text.empty() ? "" : ", ", name, how);
  }
  return text;
}

std::string missing_text(const Provenances& figures, Figure figure) {
  const Provenance& provenance = figures[static_cast<std::size_t>(figure)];
  return provenance.enable.empty() ? provenance.missing : provenance.missing + "; " + provenance.enable;
}

}  // namespace

void MeasurePlan::count(const RunOptions& options, MeasureReport& report) const {
  Provenances figures;
  SandboxAbility ability = ability_for(options.isolation, sandbox_ability());
  const std::unique_ptr<Probe> probe = start_probes(options.jobs, ability, figures);
  const auto counted = [&](Figure figure) { return !figures[static_cast<std::size_t>(figure)].how.empty(); };
  if (!counted(Figure::copies)) report.conditions.not_counted = missing_text(figures, Figure::copies);
  if (probe == nullptr) return;
  FigureSet wanted;
  for (const Figure figure : kCounted)
    if (counted(figure)) wanted.set(static_cast<std::size_t>(figure));
  if (const auto attached = probe->attach(wanted); !attached) {
    report.conditions.not_counted = attached.error().text;
    return;
  }
  std::vector<Job> jobs;  // each case and size once
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    const auto same = [&](const Job& job) { return job.source == jobs_[i].source && job.variant == jobs_[i].variant; };
    if (report.results[i].there() && std::none_of(jobs.begin(), jobs.end(), same)) jobs.push_back(jobs_[i]);
  }
  RunOptions with_probe = options;
  with_probe.probe = probe.get();
  run_jobs(
      jobs, with_probe,
      [&](const Job& job) {
        ByteWriter to;
        to.put_all(costs_of(*job.source, job.source->variants[job.variant], with_probe));
        return to.take();
      },
      [&](const JobResult& result) {
        const auto milli =
            result.crashed ? std::vector<std::int64_t>() : ByteReader(result.payload).get_all<std::int64_t>();
        if (milli.size() != std::size(kCounted) + 2) return;
        const auto figure = [&](std::size_t i) {
          return counted(kCounted[i]) ? std::optional(static_cast<double>(milli[i]) / 1000) : std::nullopt;
        };
        ExchangeCosts costs{figure(0), figure(1), figure(2), source_text(figures), false};
        const Job& job = jobs[result.job];
        std::vector<std::size_t> same;
        for (std::size_t i = 0; i < jobs_.size(); ++i)
          if (jobs_[i].source == job.source && jobs_[i].variant == job.variant) same.push_back(i);
        // A counter or a semaphore has no size: its few bytes are no message.
        const bool carries_data = !same.empty() && report.results[same.front()].size > 0;
        if (!costs.copies && carries_data) {
          costs.inferred = true;
          costs.copies = static_cast<double>(milli[std::size(kCounted)]) / 1000;
          costs.bytes_copied = static_cast<double>(milli[std::size(kCounted) + 1]) / 1000;
        }
        for (const std::size_t i : same) report.results[i].costs = costs;
      },
      [] { return Interrupt::asked(); });
}

}  // namespace kipc::cli
