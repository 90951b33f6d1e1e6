// A report: what a run found out about a platform. Plain data, and the source of every other form (terminal, JSON,
// ...).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "judge/verdict.hpp"
#include "language/history.hpp"
#include "language/print.hpp"
#include "model/costs.hpp"
#include "model/status.hpp"
#include "platform/fingerprint.hpp"
#include "platform/requirement.hpp"

namespace kipc {

/// What came of one fault that waited for a call of one actor.
struct FaultReport {
  std::string pointer;      // the fault's line in the case: "/script/2"
  std::string fault;        // as the trace prints it: "-- ENOSPC for a at the entry of write number 2 --"
  std::string actor;        // "writer[1]"
  std::string engine;       // that did it: "ptrace"
  std::int64_t struck = 0;  // how often
};

/// Of the reports that this kipc writes. Older ones are read, see upgrade.hpp.
constexpr int kReportFormatVersion = 2;

/// What happened, with the words for it.
struct ToldHistory {
  History history;
  Told told;
};

/// A requirement that is not met, with the assertions it is about (none: all of them).
struct UnmetNeed {
  Unmet unmet;
  std::vector<std::string> only_for;
};

/// What became of one variant, once: with `--repeat` there are several of the same variant.
struct VariantReport {
  std::string case_id;
  std::string variant_id;  // the case's id, and the parameters in brackets
  std::string title;
  std::string file;
  std::string case_hash;  // changes with what the case asks for, not with how it is laid out
  int repetition = 0;

  Verdict verdict;
  std::string enable;  // what would make a SKIP or MISS run, in one sentence; "" when that is not known

  std::int64_t duration_ns = 0;
  std::string isolation;                  // what kept it apart from the machine
  std::vector<Remaining> remaining;       // IPC objects it left behind
  std::vector<FaultReport> faults;        // that waited for calls, in the order in which they were armed
  std::vector<UnmetNeed> unmet;           // what it asks for and is not here
  std::optional<ToldHistory> history;     // what happened; of what went wrong, known or not, unless asked for all
  std::vector<std::string> history_text;  // the same in lines, of reports of version 1, which kept no more
};

/// The lines of its history, or none.
std::vector<std::string> history_of(const VariantReport& variant);

/// How the run was asked for.
struct RunSettings {
  std::vector<std::string> arguments;  // of the command line, without the program
  std::string isolation = "auto";
  int jobs = 1;
  int repeat = 1;
  int slow_percent = 100;            // every deadline is multiplied by this
  std::string saboteur;              // "" for none
  std::optional<std::int64_t> seed;  // of a shuffled run
};

struct Report {
  int format_version = kReportFormatVersion;
  std::string kipc_version;
  std::string started;  // UTC, ISO 8601: "2026-11-21T10:53:36Z"
  std::int64_t duration_ns = 0;
  Fingerprint platform;
  RunSettings settings;
  std::string case_set;   // digest of all cases that were at hand: equal digests, equal questions
  Provenances probes;     // what was counted, by what means; filled where a case measures something
  int selected = 0;       // runs that were to be done
  bool complete = false;  // false when it was stopped early
  std::vector<VariantReport> variants;
};

/// How many runs got each status, by the status's number.
using Counts = std::array<int, kStatuses.size()>;
Counts count_statuses(const std::vector<VariantReport>& variants);
/// "1 FAIL, 38 PASS, 2 SKIP"; "" when nothing was counted.
std::string counts_text(const Counts& counts);

/// "verified", "failed", "recorded", "not reached".
std::string_view outcome_name(AssertionOutcome::What what);
std::optional<AssertionOutcome::What> outcome_of(std::string_view name);

/// "kipc 1.2.3 on Linux 6.1.0 x86_64, Debian GNU/Linux 12 (bookworm), glibc 2.36 (static), KVM, uid 1000".
std::string platform_line(const Report& report);
/// The folder of a variant's case: the first part of its id.
std::string_view area_of(const VariantReport& variant);
/// The parameters of a variant as its id has them, "[size=1]"; "" for a case without any.
std::string_view parameters_of(const VariantReport& variant);
/// The variant's id, and which repetition it was when it is not the first.
std::string name_of(const VariantReport& variant);
/// The one shape every failure has: `case[variant] step: call: expected …, got …`.
std::string failure_line(const VariantReport& variant);

/// What a run's reports say of one folder of cases.
struct AreaSummary {
  std::string name;
  int variants = 0;
  Counts counts{};
  // Assertions, each counted once: failed anywhere, else verified anywhere, else recorded, else not reached.
  int failed = 0;
  int verified = 0;
  int recorded = 0;
  int not_reached = 0;
  /// The worst status in it.
  [[nodiscard]] Status status() const;
};
/// By folder (the first part of the case's id), alphabetical.
std::vector<AreaSummary> summarise_areas(const std::vector<VariantReport>& variants);

/// "812 ms", "1.24 s", "3 min 12 s".
std::string duration_text(std::int64_t nanoseconds);

}  // namespace kipc
