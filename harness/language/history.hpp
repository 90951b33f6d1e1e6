// What happened in one run of a variant: every call and return of every actor, in the order in which the conductor saw
// them settle, and the logs of what ran concurrently. The engine writes it; the judge reads it and touches no kernel.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/histogram.hpp"
#include "model/costs.hpp"
#include "values/frame.hpp"
#include "values/signal_types.hpp"

namespace kipc {

struct Event {
  enum class Kind : std::uint8_t {
    returned,       // a call, dispatched on its line, came back
    slept,          // a call, dispatched on its line, sleeps and everyone else is quiescent
    resumed,        // a call that slept came back on its `resumes` line
    not_resumed,    // … but it still sleeps
    still_blocked,  // a look: it sleeps
    elsewhere,      // a look: a program sleeps, but not in that call: `text`
    came_back,      // a call that slept came back where no line says so
    handled,        // signals handled since the last look
    stray_signal,   // signals handled that no line mentions
    died,           // on its line: by `status`
    stray_death,    // where no line says so
    alive,          // it should have died and did not
    started,        // a notification thread appeared, with `value`
    stray_start,
    not_started,
    armed,            // a fault waits for a call of the actor; `text`: by what engine
    fault,            // something was done to an actor; `text` and `value` (the number of the call) when it was armed
    fault_not_fired,  // the actor had finished, or never came to the call
    chosen,           // the member that an `any` line found
    standstill,       // nothing moves in `concurrently`
    counted,          // a loop's counter got `value`
    never,            // an `until` that had not come at the deadline; `value`: rounds
    error             // kipc or the case broke: `text`
  };
  Kind kind = Kind::returned;
  int step = -1;  // the line
  int call = -1;  // the line of the call, for resumed and came_back
  int actor = -1;
  std::int64_t round = -1;  // of the innermost loop
  CallResult result;
  std::vector<SigInfo> signals;
  int status = -1;  // wait status; -1 unknown
  std::int64_t value = 0;
  std::string text;
};

/// One tagged moment in `concurrently`. Plain: lies in shared memory.
struct Item {
  enum class What : std::uint8_t { put, take, enter, leave, torn, partial };
  What what = What::put;
  std::uint8_t channel = 0;
  std::uint16_t sender = 0;
  std::uint32_t number = 0;
  std::int64_t begin = 0;  // CLOCK_MONOTONIC
  std::int64_t end = 0;
  std::int64_t weight = 0;  // priority or type; torn: offset
};

struct Mismatch {
  int step = -1;
  std::int64_t round = -1;
  CallResult result;
  std::string why;
};

/// What one actor did in one `concurrently`.
struct BlockLog {
  int block = -1;
  int actor = -1;
  bool finished = false;
  bool overflow = false;
  std::int64_t calls = 0;
  std::vector<Item> items;
  std::vector<Mismatch> mismatches;
};

struct ActorRecord {
  int pid = 0;
  int tid = 0;
  int uid = -1;
  int gid = -1;
  int process = -1;  // the actor whose process this is (itself, unless a thread)
  int parent = -1;   // the actor that made it
  bool lived = false;
  bool killed = false;  // by a fault
};

/// Where an actor stands when time is up.
struct Standing {
  int actor = -1;
  int step = -1;
  std::string state;  // "asleep in read (pipe_read)", "running", "idle"
};

/// An IPC object that exists when all actors are gone.
struct Remaining {
  std::string kind;  // msg, sem, shm, mq, shm object, process; nameless: children that could not be ended
  std::string name;
  std::int64_t id = 0;
};

/// What came of a fault that was armed.
struct Injection {
  int step = -1;
  int actor = -1;
  std::string engine;
  std::int64_t struck = 0;  // how often
};

struct Snapshot;

/// One run of a block that is timed: all of its rounds, the actors beginning anew.
struct TimedPass {
  std::int64_t exchanges = 0;
  std::int64_t wall_ns = 0;
  std::int64_t typical_ps = 0;   // of an exchange: the median of the round trips, the mean one way; picoseconds
  std::int64_t cpu_ns = 0;       // of all actors
  std::int64_t switches = 0;     // voluntary context switches of all actors
  std::int64_t preemptions = 0;  // involuntary ones
  std::int64_t faults = 0;       // page faults
  std::int64_t start = 0;        // which start of the actors it is of, when they were started several times
};

/// What came of a block that was timed.
struct Measurement {
  int step = -1;
  bool one_way = false;
  /// A sample is the time of so many round trips, divided by them: more than one where the clock is too slow for one.
  std::int64_t batch = 1;
  std::shared_ptr<Histogram> times;  // round trips: nanoseconds of a sample (not divided); nullptr one way
  std::vector<TimedPass> passes;     // without warm-up
  std::int64_t warm_up_ns = 0;
  std::vector<int> cpus;  // that the actors were held to, in their order; empty: they were not
};

/// A global cell whose value was known at the start (a sysctl).
struct Fact {
  int cell = 0;
  std::int64_t value = 0;
};

struct History {
  enum class End : std::uint8_t {
    completed,   // to the last line
    diverged,    // to the first line that did not go as written
    deadline,    // somebody did not come to rest in time
    broken,      // kipc or the case broke
    no_sandbox,  // the sandbox could not be made as the case needs it
  };
  End end = End::broken;
  std::string end_text;
  std::vector<Event> events;
  std::vector<BlockLog> logs;
  std::vector<ActorRecord> actors;
  std::vector<Fact> facts;
  std::vector<Injection> injections;
  std::vector<int> measured;                         // steps, in the order in which they ended
  std::vector<CostRecord> costs;                     // of their actors, without those that cost nothing
  std::shared_ptr<std::vector<Snapshot>> snapshots;  // nothing unless they were asked for
  std::vector<Standing> standing;
  std::vector<Remaining> remaining;
  std::vector<Measurement> measurements;
  std::string isolation;
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
};

/// One result as bytes, for the way from an actor to the conductor.
std::string write_result(const CallResult& result);
/// The result owns its out bytes (CallResult::storage).
CallResult read_result(std::string_view bytes);

}  // namespace kipc
