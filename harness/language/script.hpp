// A variant in compiled form: the expected trace as steps whose arguments, expectations and actors are resolved. Made
// by compile(), performed by the engine, held against a history by the judge.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calls/row.hpp"
#include "language/case.hpp"
#include "model/costs.hpp"
#include "platform/requirement.hpp"

namespace kipc {

/// Who takes part in a step.
struct Actors {
  enum class Kind { members, any, except };
  Kind kind = Kind::members;
  int base = 0;  // the group
  int count = 1;
  std::optional<ActorRef> one;  // a single member, chosen by an expression or an alias
  int alias_cell = -1;          // any: where the chosen one is kept; except: who is left out
  std::string text;             // as written
};

/// One thing a call may do. Only what is given is compared.
struct Outcome {
  bool blocks = false;
  std::optional<Arg> ret;
  std::vector<int> errors;
  int signal = 0;
  std::optional<int> si_code;
  std::optional<Place> access_address;
  int dies = 0;                           // signal number
  std::vector<std::pair<int, Arg>> outs;  // by parameter
  bool rest_untouched = false;
  bool not_before = false;
  std::int64_t lasts_ns = 0;
  std::optional<Expr> taken;  // until only
  std::string text;           // all but what it returns, in the words of a trace: "\"hello\", attr={...}"
};

/// What is allowed: any of these outcomes; none listed and not `anything`: the call must succeed.
struct Expectation {
  bool anything = false;
  std::vector<Outcome> outcomes;
  // if/then/else: `condition` chooses between `outcomes` and `otherwise`.
  std::optional<Expr> condition;
  std::vector<Outcome> otherwise;
  bool otherwise_anything = false;
  [[nodiscard]] bool may_block() const;
  [[nodiscard]] bool only_blocks() const;
};

/// A question the standard leaves open, with the answers a platform may give.
struct Question {
  std::string text;
  std::vector<std::pair<std::string, Outcome>> answers;
  int cell = 0;  // global cell: the index of the answer
};

/// A condition of a step: an expression, and answers that must have been given.
struct Condition {
  std::optional<Expr> expression;
  std::vector<std::pair<int, int>> answers;  // question's cell, answer's index
  bool constant = true;                      // parameters compared at compile time
};

/// Which of an actor's calls a fault strikes: "3", "2..", "1..9+2", counted from 1 from where the fault stands.
struct Nth {
  std::int64_t first = 1;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
  std::int64_t step = 1;
  [[nodiscard]] bool hits(std::int64_t n) const { return n >= first && n <= last && (n - first) % step == 0; }
  [[nodiscard]] bool all() const { return first == 1 && step == 1 && last == std::numeric_limits<std::int64_t>::max(); }
  [[nodiscard]] std::string text() const;
};

struct Fault {
  enum class Kind { kill, stop, resume, signal, error, fail_nth, delay, freeze, thaw, limit };
  enum class Moment { entry, exit };
  Kind kind = Kind::kill;
  Actors actor;
  int signal = 0;
  // Inside `concurrently`: after that many calls of that name by the actor.
  std::string after_call;
  std::int64_t after_times = 0;
  // Armed: it strikes when the actor comes to that call.
  const Row* call = nullptr;
  std::vector<long> system_calls;
  Nth nth;
  Moment moment = Moment::entry;
  std::optional<Arg> where;  // only when the call's first argument is this
  std::string engine;        // "": the best there is
  int error = 0;
  std::int64_t site = 0;  // fail_nth: which place of the call, from 1, fails
  std::int64_t lasts_ns = 0;
  std::int64_t offset = 0;  // freeze: how many bytes of the data are copied before
  // limit: of the actor, of its control group, or of the sandbox
  std::string rlimit;
  std::string cgroup;
  std::string sysctl;
  std::optional<Expr> value;
  bool outside = false;  // its actor becomes a program: kipc is not there to do or count anything

  /// True when it waits for a call of the actor; else it happens at once.
  [[nodiscard]] bool armed() const { return call != nullptr; }
};

/// What a block shall cost: `measure`.
struct Measure {
  struct Expected {
    Figure figure = Figure::syscalls;
    std::string call;  // of syscalls: this one; "": all together
    Arg value;         // an integer matcher, of the total divided by `per`
  };
  std::string name;  // what is measured: "round trip"
  Expr per;          // how many of them the block makes
  std::vector<Expected> expected;
  bool all_calls_named = false;  // the named system calls are all there may be
};

struct Step {
  enum class Kind { call, resumes, blocked, handled, dies, starts, fault, block, concurrently };
  enum class Loop { once, repeat, until, condition };

  Kind kind = Kind::call;
  int id = 0;  // position in Program::steps
  int line = 0;
  std::string pointer;
  Actors as;
  bool inherits = false;  // `as` comes from the enclosing block: its current member acts
  Condition when;
  std::vector<std::string> asserts;  // its own; empty: none of its own
  std::string why;
  Node node;  // as written, after substitution; for the trace

  // call, resumes, blocked
  const Row* row = nullptr;
  std::vector<std::optional<Arg>> args;  // by the row's parameter
  std::optional<NameRef> into;
  int made_base = -1;  // actors that the call makes
  int made_count = 0;
  bool finite_time = false;  // returns by itself after a while
  bool may_be_held = false;  // an armed `stop` may hold it
  bool guards_access = false;
  bool starts_program = false;  // execve of another image than kipc's, which may succeed
  Expectation expect;
  std::optional<Question> question;
  int puts = -1;  // channel
  int takes = -1;
  int enters = -1;  // section
  int leaves = -1;

  // handled
  std::vector<Arg> handled;
  bool any_order = false;
  // dies
  int dies_signal = 0;
  int dies_status = -1;
  // starts
  std::optional<Arg> starts_value;

  std::optional<Fault> fault;

  // block and concurrently
  Loop loop = Loop::once;
  Expr repeat;
  Expr condition;
  std::optional<Outcome> until;
  Expr at_most;  // until: rounds; empty: no bound but the deadline
  std::optional<NameRef> counter;
  bool in_turn = false;
  std::vector<Step> steps;
  std::optional<Measure> measure;  // block and concurrently
  // concurrently: what `kipc measure` takes the time of, each round of the first block or all of them together
  enum class Timed { no, round_trip, one_way };
  Timed timed = Timed::no;
};

struct Check {
  std::string checker;  // "exactly-once"
  int channel = -1;     // or section for mutual-exclusion
  std::string channel_name;
  std::string per;
  std::vector<std::string> asserts;
  int line = 0;
  std::string pointer;
};

/// What must be set before the actors start.
struct SandboxNeeds {
  std::vector<std::pair<std::string, std::string>> sysctls;
  std::vector<std::pair<std::string, std::string>> mounts;  // mount point, size option ("1M")
  bool network = false;                                     // loopback sockets are used
};

struct ActorProperties {
  int base = 0;
  int count = 1;
  std::int64_t uid = -1;
  std::int64_t gid = -1;
  std::vector<std::pair<std::string, std::int64_t>> rlimits;
  std::vector<std::pair<std::string, std::int64_t>> cgroup;  // limits of a control group of its own
  std::vector<std::string> capabilities;
};

struct Channel {
  std::string name;
  Expr small_size;  // of its records, when they are smaller than their header
};

/// A compiled variant.
struct Program {
  explicit Program(const std::string& file) : scope(file) {}
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  std::string case_id;
  std::string variant_id;
  std::vector<std::string> asserts;
  Scope scope;
  std::vector<ActorProperties> roots;  // the unrelated processes
  std::vector<Step> script;
  std::vector<const Step*> steps;  // all, by id
  std::vector<Check> checks;
  std::vector<Channel> channels;
  std::vector<std::string> sections;
  std::vector<Requirement> needs;
  SandboxNeeds sandbox;
  bool uses_exec = false;
  bool runs_programs = false;  // images that are not kipc's
  bool uses_users = false;
  FigureSet measures;  // what probes have to count

  /// "writer[2]" for an actor's index.
  [[nodiscard]] std::string actor_name(int actor) const;
  /// The index within its group.
  [[nodiscard]] int member_index(int actor) const;
};

/// Compiles one variant. Throws CaseError.
std::unique_ptr<Program> compile(const Case& source, const Variant& variant);

}  // namespace kipc
