// One variant from start to verdict, as a worker process does it: compile, ask the platform, run, judge, report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/run.hpp"
#include "model/catalogue.hpp"
#include "model/deviation.hpp"
#include "platform/missing.hpp"
#include "platform/requirement.hpp"
#include "report/report.hpp"

namespace kipc::cli {

struct WorkSettings {
  RunOptions options;
  const Catalogue* catalogue = nullptr;
  SandboxAbility sandbox;               // as it is for the chosen isolation
  std::vector<Deviation> deviations;    // known of this platform; none under a saboteur
  std::optional<Missing> blind;         // why it cannot be seen here that a call blocks
  std::optional<Missing> no_deaths;     // why it cannot be seen here how a process ended that is not our child
  std::optional<Missing> no_processes;  // why it cannot be seen here what becomes of processes
};

/// "auto", "namespaces", "user", "none"; nothing for anything else.
std::optional<Isolation> isolation_of(std::string_view text);

/// What the sandboxes of a run can do: less than the machine when another isolation was asked for.
SandboxAbility ability_for(Isolation isolation, SandboxAbility machine);

/// The report of a variant before anything is known of it.
VariantReport blank_report(const Job& job);

/// Does it all. Whatever goes wrong on the way is an ERROR in the report; nothing is thrown.
VariantReport run_one(const Job& job, const WorkSettings& settings);

/// Tries once what can be seen here of processes (about 1 ms): sets `blind`, `no_deaths` and `no_processes`.
void find_what_is_unseen(WorkSettings& settings);

/// Whether a script has a line at which a call has to be, or may be, seen asleep.
bool rests_on_blocking(const Program& program);

/// Whether a script has a line at which somebody dies, or strikes at somebody.
bool rests_on_deaths(const Program& program);

/// Whether a script has processes that are not the conductor's children, images to be found again by /proc/self/exe, or
/// lines that wait for handlers and deaths.
bool rests_on_processes(const Program& program);

/// When a whole variant cannot run (a need of all its assertions, or needs that together concern every one of them):
/// makes the report a SKIP and returns true.
bool skip_for(const std::vector<UnmetNeed>& needs, const std::vector<std::string>& asserts, VariantReport& report);
/// After a run: marks the assertions whose needs were not met as not reached. A failure that concerns only them is a
/// SKIP: the platform never had what it takes.
void excuse(const std::vector<UnmetNeed>& needs, VariantReport& report);

}  // namespace kipc::cli
