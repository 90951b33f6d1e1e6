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

std::unique_ptr<Probe> start_probes(int workers, SandboxAbility& sandbox, Provenances& figures) {
  auto probe = Probe::start(kSlots * std::max(workers, 1), figures);
  tell(sandbox, figures);
  return probe;
}

void refuse_probes(SandboxAbility& sandbox, Provenances& figures) {
  figures.fill(Provenance{"", "probes were not wanted", "Run without --no-probes."});
  tell(sandbox, figures);
}

}  // namespace kipc::cli
