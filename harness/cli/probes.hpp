// Probes for a run: started when a chosen case measures something.
#pragma once

#include <memory>
#include <vector>

#include "engine/run.hpp"
#include "platform/sandbox_probe.hpp"
#include "probe/probe.hpp"
#include "probe/striker.hpp"
#include "report/report.hpp"

namespace kipc::cli {

/// What the cases of these jobs measure. Compiles them; those that do not compile measure nothing.
FigureSet figures_wanted(const std::vector<Job>& jobs);
/// True when a variant of the job's case measures something: so it does in its text.
bool may_measure(const Job& job);

/// Starts probes for that many workers. Null when nothing can be counted. What can be, and why not the rest, goes into
/// `sandbox` for the requirement {"probe": FIGURE} and into `figures`.
std::unique_ptr<Probe> start_probes(int workers, SandboxAbility& sandbox, Provenances& figures);
/// True when a fault of the job's case asks for eBPF.
bool may_strike(const Job& job);
/// The same for faults by eBPF: {"fault": "bpf-errno"} and {"fault": "bpf-signal"}.
std::unique_ptr<Striker> start_strikes(int workers, SandboxAbility& sandbox);
void refuse_strikes(SandboxAbility& sandbox);

/// A cost that is not as expected says nothing when programs were left out while it was counted: a MISS.
void doubt(VariantReport& variant, std::uint64_t misses);

/// Figures that can be counted but were not attached have no provenance: a 0 of them would say something.
void leave_out(FigureSet wanted, Provenances& figures);

/// Says that nothing is counted because it was not wanted.
void refuse_probes(SandboxAbility& sandbox, Provenances& figures);

}  // namespace kipc::cli
