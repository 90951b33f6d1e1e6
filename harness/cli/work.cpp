#include "cli/work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "base/text.hpp"
#include "cli/console.hpp"
#include "engine/sandbox.hpp"
#include "judge/known.hpp"
#include "judge/verdict.hpp"
#include "language/print.hpp"
#include "language/script.hpp"
#include "platform/observe_probe.hpp"

namespace kipc::cli {
namespace {

using What = AssertionOutcome::What;

std::vector<UnmetNeed> unmet_needs(const Program& program, const SandboxAbility& sandbox) {
  std::vector<UnmetNeed> needs;
  for (const Requirement& need : program.needs)
    if (auto missing = unmet(need, sandbox)) needs.push_back(UnmetNeed{std::move(*missing), need.only_for});
  // The C library keeps POSIX objects in this folder, and has nowhere else to go (shm_overview(7), sem_overview(7)).
  if (uses_call(program, "shm_") || uses_call(program, "sem_open"))
    if (auto missing = unmet(Requirement{"file", "/dev/shm", 0, {}}, sandbox))
      needs.push_back(UnmetNeed{std::move(*missing), {}});
  return needs;
}

/// The need that keeps an assertion from being reached, or nullptr.
const UnmetNeed* need_of(const std::vector<UnmetNeed>& needs, const std::string& assertion) {
  for (const UnmetNeed& need : needs)
    if (need.only_for.empty() ||
        std::find(need.only_for.begin(), need.only_for.end(), assertion) != need.only_for.end())
      return &need;
  return nullptr;
}

bool has_blocking_answer(const Question& question) {
  return std::any_of(question.answers.begin(), question.answers.end(),
                     [](const auto& answer) { return answer.second.blocks; });
}

void miss_for(const char* what, const Missing& missing, const std::vector<std::string>& asserts,
              VariantReport& report) {
  report.verdict.status = Status::miss;
  report.verdict.reason = fmt::format("{}: {}", what, missing.reason);
  report.enable = missing.enable;
  for (const std::string& id : asserts) report.verdict.assertions.push_back({id, What::not_reached, missing.reason});
}

std::vector<FaultReport> fault_reports(const Program& program, const History& history) {
  std::vector<FaultReport> reports;
  for (const Injection& injection : history.injections) {
    const Step& step = *program.steps[static_cast<std::size_t>(injection.step)];
    reports.push_back(FaultReport{step.pointer, step_line(program, step), program.actor_name(injection.actor),
                                  injection.engine, injection.struck});
  }
  return reports;
}

void run_and_judge(const Job& job, const WorkSettings& settings, VariantReport& report) {
  const Variant& variant = job.source->variants[job.variant];
  const auto program = compile(*job.source, variant);
  report.unmet = unmet_needs(*program, settings.sandbox);
  if (skip_for(report.unmet, program->asserts, report)) return;
  if (settings.blind && rests_on_blocking(*program))
    return miss_for("it cannot be seen here that a call blocks", *settings.blind, program->asserts, report);
  if (settings.no_deaths && rests_on_deaths(*program))
    return miss_for("it cannot be seen here how a process ended", *settings.no_deaths, program->asserts, report);
  if (settings.no_processes && rests_on_processes(*program))
    return miss_for("it cannot be seen here what becomes of processes", *settings.no_processes, program->asserts,
                    report);

  History history = run_variant(*program, *job.source, variant, settings.options);
  report.isolation = history.isolation;
  report.verdict = judge(*program, history, *settings.catalogue);
  excuse(report.unmet, report);
  apply_deviations(report.verdict, report.variant_id, settings.deviations);
  report.faults = fault_reports(*program, history);
  report.remaining = history.remaining;
  const Status status = report.verdict.status;
  if (!settings.options.keep_history && row_of(status).exit_code == 0 && status != Status::xfail) return;
  Told told = tell(*program, history);
  report.history = ToldHistory{std::move(history), std::move(told)};
}

}  // namespace

std::optional<Isolation> isolation_of(std::string_view text) {
  if (text == "auto") return Isolation::automatic;
  if (text == "namespaces") return Isolation::namespaces;
  if (text == "user") return Isolation::user;
  if (text == "none") return Isolation::none;
  return std::nullopt;
}

SandboxAbility ability_for(Isolation isolation, SandboxAbility machine) {
  // A sandbox in a user namespace has one uid: kipc's own.
  const bool one_uid = isolation == Isolation::user || (isolation == Isolation::automatic && machine.with_user);
  if (one_uid && machine.can_map_many_uids) {
    machine.can_map_many_uids = false;
    machine.missing.push_back(Missing{"many uids", "the sandbox is a user namespace with one uid",
                                      "Run kipc as root, without --isolation user."});
  }
  if (isolation == Isolation::user) machine.with_user = true;
  // What plan_sandbox() needs at least for any isolation: without one of them actors get none of the others either.
  const char* lacking = !machine.ipc ? "ipc namespace" : !machine.mount ? "mount namespace" : "tmpfs mount";
  const bool isolated = machine.ipc && machine.mount && machine.tmpfs_mount;
  if (isolation != Isolation::none && (isolated || isolation != Isolation::automatic)) return machine;
  SandboxAbility none;
  none.can_map_many_uids = machine.can_map_many_uids && !machine.with_user;
  if (!none.can_map_many_uids)
    none.missing.push_back(Missing{"many uids", "actors can have no other uid here", "Run kipc as root."});
  for (const char* what : {"user namespace", "pid namespace", "ipc namespace", "mount namespace", "net namespace",
                           "proc mount", "mqueue mount", "tmpfs mount", "private sysctl"})
    if (isolation == Isolation::none)
      none.missing.push_back(Missing{what, "isolation was not wanted", "Run without --isolation none."});
    else if (const Missing* missing = machine.why_not(what))
      none.missing.push_back(*missing);
    else
      none.missing.push_back(Missing{what, fmt::format("actors get none without {}", lacking),
                                     fmt::format("See kipc doctor on {}.", lacking)});
  return none;
}

void find_what_is_unseen(WorkSettings& settings) {
  const ObserveAbility ability = probe_observation();
  const auto first_of = [&](std::initializer_list<const char*> needed) -> std::optional<Missing> {
    for (const char* what : needed)
      if (const Missing* missing = ability.why_not(what)) return *missing;
    return std::nullopt;
  };
  settings.blind = first_of({"syscall", "stat state", "schedstat"});
  settings.no_deaths = first_of({"exit status"});
  settings.no_processes = first_of({"stat state"});
}

bool rests_on_deaths(const Program& program) {
  const auto dies = [](const Outcome& outcome) { return outcome.dies != 0; };
  return std::any_of(program.steps.begin(), program.steps.end(), [&](const Step* step) {
    return step->kind == Step::Kind::dies || step->fault ||
           std::any_of(step->expect.outcomes.begin(), step->expect.outcomes.end(), dies);
  });
}

bool rests_on_processes(const Program& program) {
  return program.scope.actor_count > 1 || program.uses_exec || program.runs_programs ||
         std::any_of(program.steps.begin(), program.steps.end(), [](const Step* step) {
           return step->kind == Step::Kind::handled || step->kind == Step::Kind::dies ||
                  step->kind == Step::Kind::fault;
         });
}

bool rests_on_blocking(const Program& program) {
  return std::any_of(program.steps.begin(), program.steps.end(), [](const Step* step) {
    return step->kind == Step::Kind::blocked || step->kind == Step::Kind::resumes || step->expect.may_block() ||
           (step->until && step->until->blocks) || (step->question && has_blocking_answer(*step->question));
  });
}

VariantReport blank_report(const Job& job) {
  VariantReport report;
  report.case_id = job.source->id;
  report.variant_id = job.source->variants[job.variant].id;
  report.title = job.source->title;
  report.file = job.source->file;
  report.case_hash = job.source->hash;
  report.repetition = job.repetition;
  return report;
}

bool skip_for(const std::vector<UnmetNeed>& needs, const std::vector<std::string>& asserts, VariantReport& report) {
  const auto whole = std::find_if(needs.begin(), needs.end(), [](const UnmetNeed& n) { return n.only_for.empty(); });
  const auto concerned = [&](const std::string& id) { return need_of(needs, id) != nullptr; };
  if (whole == needs.end() && !(!needs.empty() && std::all_of(asserts.begin(), asserts.end(), concerned))) return false;
  const Unmet& unmet = whole != needs.end() ? whole->unmet : needs.front().unmet;
  report.verdict = Verdict{};
  report.verdict.status = Status::skip;
  report.verdict.reason = unmet.what;
  report.enable = unmet.enable;
  for (const std::string& id : asserts) {
    const UnmetNeed* need = need_of(needs, id);
    report.verdict.assertions.push_back({id, What::not_reached, (need == nullptr ? unmet : need->unmet).what});
  }
  return true;
}

void excuse(const std::vector<UnmetNeed>& needs, VariantReport& report) {
  if (needs.empty()) return;
  bool failed = false;
  const UnmetNeed* excused = nullptr;
  for (AssertionOutcome& outcome : report.verdict.assertions) {
    const UnmetNeed* need = need_of(needs, outcome.id);
    if (need == nullptr) {
      failed = failed || outcome.what == What::failed;
      continue;
    }
    if (outcome.what == What::failed) excused = need;
    outcome.what = What::not_reached;
    outcome.note = need->unmet.what;
  }
  if (report.verdict.status != Status::fail || failed || excused == nullptr) return;
  Verdict verdict;
  verdict.status = Status::skip;
  verdict.reason = excused->unmet.what;
  verdict.assertions = std::move(report.verdict.assertions);
  verdict.answers = std::move(report.verdict.answers);
  report.verdict = std::move(verdict);
  report.enable = excused->unmet.enable;
}

VariantReport run_one(const Job& job, const WorkSettings& settings) {
  VariantReport report = blank_report(job);
  const std::int64_t begin = now_ns();
  const auto broke = [&](std::string why) {
    report.verdict = Verdict{};
    report.verdict.status = Status::error;
    report.verdict.reason = std::move(why);
  };
  try {
    run_and_judge(job, settings, report);
  } catch (const CaseError& error) {
    broke(error.problem.text());
  } catch (const ConductorLost&) {
    throw;  // this process is to end
  } catch (const std::exception& error) {
    broke(fmt::format("kipc: {}", error.what()));
  }
  report.duration_ns = now_ns() - begin;
  return report;
}

}  // namespace kipc::cli
