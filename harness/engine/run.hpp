// Runs variants: each in its own sandbox, several side by side in worker processes, results handed over as they come.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "language/case.hpp"
#include "language/history.hpp"
#include "language/snapshot.hpp"

namespace kipc {

class Probe;

/// How a sandbox keeps a variant apart from the machine.
enum class Isolation {
  automatic,   // the best that works here
  namespaces,  // IPC, PID and mount namespaces, made with privilege
  user,        // the same inside a user namespace
  none,        // unique names and a sweep of what was recorded
};

struct RunOptions {
  int jobs = 2;       // worker processes, at least 1
  double slow = 1.0;  // multiplies every deadline
  Isolation isolation = Isolation::automatic;
  std::string saboteur;                                      // "" or the name of a deliberate breakage
  std::map<std::string, std::string, std::less<>> programs;  // absolute paths by the names that cases give them
  bool keep_history = false;                                 // also of what passed
  bool snapshots = false;                 // what is there between the lines of the script goes into the history
  std::vector<Moment> moments;            // with snapshots: and at these places within its blocks
  Probe* probe = nullptr;                 // attached while the run lasts; nullptr: nothing is measured
  const struct Timing* timing = nullptr;  // what is `timed` is timed like this, not done once
  std::int64_t job_ns = 0;  // how long a worker may take for a job before it counts as stuck; 0: as for one variant
};

/// How long a variant may take, in nanoseconds, before RunOptions::slow.
constexpr std::int64_t kVariantDeadline = 10'000'000'000;

/// A variant to run: a case (which outlives the run) and the index of its variant.
struct Job {
  const Case* source = nullptr;
  std::size_t variant = 0;
  int repetition = 0;
};

/// What a worker sends back. `payload` is what the callback given to the pool made of the history, in the worker.
struct JobResult {
  std::size_t job = 0;
  bool crashed = false;    // the worker died: one ERROR
  std::string crash_text;  // "worker killed by SIGSEGV"
  std::string payload;
  std::int64_t duration_ns = 0;
};

/// Gives every signal its default action and blocks none, once in this process and what it forks: a case shall not
/// depend on what kipc's caller ignores.
void standard_signals();

/// The conductor was killed. What it held of this process's memory, locks of the allocator among them, stays held: this
/// process is to end, and another to take its place.
struct ConductorLost : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Runs one variant here, in a sandbox made for it. What goes wrong in the sandbox is in the
/// history. Throws ConductorLost.
History run_variant(const struct Program& program, const Case& source, const Variant& variant,
                    const RunOptions& options);

/// Runs all jobs. `work` is called in a worker process for each job and its text is handed to `done` in this process,
/// in the order of completion. `stop` is polled: true ends the run early (SIGINT); what is done stays done.
/// Returns false when it was stopped early.
bool run_jobs(const std::vector<Job>& jobs, const RunOptions& options,
              const std::function<std::string(const Job&)>& work, const std::function<void(const JobResult&)>& done,
              const std::function<bool()>& stop);

}  // namespace kipc
