#include "cli/probes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "language/script.hpp"

namespace kipc::cli {
namespace {

/// Slots of each worker: for the actors of a variant, several times over, so that who is late writes where nobody
/// reads.
constexpr int kSlots = 64;

void tell(SandboxAbility& sandbox, const Provenances& figures) {
  for (const FigureRow& row : kipc::figures()) {
    const auto i = static_cast<std::size_t>(row.figure);
    sandbox.counted.set(i, !figures[i].how.empty());
    if (figures[i].how.empty())
      sandbox.missing.push_back(Missing{fmt::format("probe {}", row.name), figures[i].missing, figures[i].enable});
  }
}

}  // namespace

bool may_measure(const Job& job) { return job.source->text.find("\"measure\"") != std::string::npos; }

FigureSet figures_wanted(const std::vector<Job>& jobs) {
  FigureSet wanted;
  for (const Job& job : jobs) {
    if (!may_measure(job)) continue;
    try {
      wanted |= compile(*job.source, job.source->variants[job.variant])->measures;
    } catch (const CaseError&) {
      continue;  // said elsewhere
    }
  }
  return wanted;
}

void doubt(VariantReport& variant, std::uint64_t misses) {
  Verdict& verdict = variant.verdict;
  if (misses == 0 || verdict.status != Status::fail || verdict.costs.empty()) return;
  verdict.status = Status::miss;
  verdict.reason = fmt::format("the kernel left out {} runs of what counts costs, so that this may be too little: {}",
                               misses, verdict.reason);
  variant.enable = "Run it again, on a kernel that does not preempt its own code.";
  for (AssertionOutcome& outcome : verdict.assertions) outcome.what = AssertionOutcome::What::not_reached;
}

bool may_strike(const Job& job) { return job.source->text.find("\"bpf-") != std::string::npos; }

std::unique_ptr<Striker> start_strikes(int workers, SandboxAbility& sandbox) {
  StrikeMeans means;
  auto striker = Striker::start(kSlots * std::max(workers, 1), means);
  for (const auto& [name, one] : named(means))
    if (!one->how.empty())
      sandbox.loaded_engines.emplace(name);
    else
      sandbox.missing.push_back(Missing{fmt::format("fault {}", name), one->missing, one->enable});
  return striker;
}

void refuse_strikes(SandboxAbility& sandbox) {
  for (const char* name : {"fault bpf-errno", "fault bpf-override", "fault bpf-signal"})
    sandbox.missing.push_back(Missing{name, "eBPF was not wanted", "Run without --no-probes."});
}

std::unique_ptr<Probe> start_probes(int workers, SandboxAbility& sandbox, Provenances& figures) {
  auto probe = Probe::start(kSlots * std::max(workers, 1), figures);
  tell(sandbox, figures);
  return probe;
}

void leave_out(FigureSet wanted, Provenances& figures) {
  wanted.set(static_cast<std::size_t>(Figure::syscalls));
  for (std::size_t i = 0; i < kFigures; ++i)
    if (!wanted.test(i) && !figures[i].how.empty())
      figures[i] = Provenance{"", "no case that ran asks for it", "Run a case that measures it."};
}

void refuse_probes(SandboxAbility& sandbox, Provenances& figures) {
  figures.fill(Provenance{"", "probes were not wanted", "Run without --no-probes."});
  tell(sandbox, figures);
}

}  // namespace kipc::cli
