// Walks an expected trace: dispatches one step at a time, waits until it has settled (returned, or asleep with everyone
// else quiescent), and writes down what happened. It decides where to go on, never what is right: the first line that
// does not go as written ends the script, and the judge says why.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/actor.hpp"
#include "engine/injector.hpp"
#include "engine/observe.hpp"

namespace kipc {

class Conductor {
 public:
  /// `deadline_ns` on CLOCK_MONOTONIC. `prepare` runs in each unrelated actor's process before its first step
  /// (user, limits, capabilities); false: it could not be made as the case asks.
  Conductor(const Stage& stage, History& history, std::int64_t deadline_ns,
            std::function<bool(const ActorProperties&, std::string&)> prepare);
  /// Runs the script to its end or to the first line that does not go as written.
  void run();

 private:
  enum class Life { absent, idle, busy, blocked, program, dead };
  struct Player {
    Life life = Life::absent;
    int step = -1;  // the call it is in
    Fd death;       // a pidfd: readable when the process is dead
    TaskView view;  // opened at the first look
    bool viewed = false;
    std::string run_statistics;  // when it was last seen asleep
    std::uint32_t handled = 0;   // signals looked at
    bool claimed_start = false;
    bool stopped = false;
    std::int64_t round = -1;
  };
  struct Diverged {};
  struct OutOfTime {};
  enum class Settled { returned, slept, died, replaced };
  /// How still others must be: asleep, maybe for a time; or asleep until somebody wakes them.
  enum class Rest { asleep, for_good };

  // conductor.cpp: the script
  void walk(const std::vector<Step>& steps, std::optional<int> member);
  std::size_t react(const std::vector<Step>& steps, std::size_t from, std::optional<int> member);
  void do_step(const Step& step, std::optional<int> member);
  void do_call(const Step& step, int actor);
  void do_block(const Step& step, std::optional<int> member);
  void do_rounds(const Step& block, std::optional<int> member);
  void late(const Step& block, int actor, std::int64_t rounds);
  void do_in_turn(const Step& block);
  void final_look();
  bool applies(const Step& step, int actor);
  std::vector<int> members(const Actors& actors, std::optional<int> member);
  void check_unclaimed(const Step* before);

  // conductor_react.cpp: lines that say what happens by itself
  void do_resumes(const Step& step, std::optional<int> member);
  void do_blocked(const Step& step, std::optional<int> member);
  void do_handled(const Step& step, std::optional<int> member);
  void do_dies(const Step& step, std::optional<int> member);
  void do_starts(const Step& step);
  void resume(const Step& step, int actor);

  // conductor_concurrent.cpp
  void do_concurrently(const Step& step);
  void collect_log(const Step& block, int actor, bool finished);

  // conductor_measure.cpp
  void measured(const Step& step, const std::function<void()>& body);

  // conductor_timed.cpp
  struct TimedPart {
    const Step* block;
    int actor;
    std::int64_t rounds;  // as the case says
  };
  void do_timed(const Step& step);
  void place(int actor, std::size_t position);
  bool timed_pass(const Step& step, const std::vector<TimedPart>& parts, std::int64_t factor, std::int64_t batch);
  TimedPass read_pass(const std::vector<TimedPart>& parts, std::int64_t factor, Measurement& into);

  // conductor_fault.cpp
  void do_fault(const Step& step);
  void strike_now(const Step& step, int actor);
  void mark_stopped(int actor, bool stopped);
  void arm(const Step& step, int actor);
  void set_limit(const Step& step);

  // conductor_program.cpp: actors that have become programs of their own
  void watch_image(const Step& step, int actor);
  [[nodiscard]] bool replaced(int actor);
  void become_program(int actor);
  bool programs_rest(int except, Rest rest);
  void look_at_program(const Step& step, int actor);
  void check_programs(const Step* before);

  // conductor_snapshot.cpp
  void look_before(const Step& step, bool top, std::optional<int> member);
  void take_snapshot(int line, const Moment& moment);
  void name_what_is_open(int actor, Snapshot& snapshot);

  // conductor_watch.cpp: actors as processes
  void make_roots();
  [[nodiscard]] bool freezes(int actor) const;
  void meet(int actor);  // a new actor lives: open its files
  void dispatch(int actor, Command command, const Step& step);
  Settled settle(int actor, const Step& step);
  bool settled_others(int except, Rest rest = Rest::for_good);
  bool asleep(int actor, bool first_look);
  const TaskView& view_of(int actor);
  bool returned(int actor) const;
  CallResult result_of(int actor) const;
  bool is_dead(int actor);
  void bury(int actor);
  int status_of(int actor);
  void kill_process(int actor, int signal);
  void await_thread_end(int actor);
  [[nodiscard]] bool synchronous(const Row& row) const;
  void pin(int actor, bool wide);
  std::set<int> seen_to_run();
  [[nodiscard]] bool sleeps_in_own_call(int step, long number) const;
  void stand();  // where is everyone
  Event& note(Event::Kind kind, const Step* step, int actor);
  [[noreturn]] void diverge(Event::Kind kind, const Step* step, int actor);
  [[noreturn]] void broken(const Step* step, int actor, std::string text);
  BoardEnv env(int actor) { return BoardEnv(program_, board_, actor); }

  const Stage& stage_;
  const Program& program_;
  const Board& board_;
  History& history_;
  std::int64_t deadline_ns_;
  std::function<bool(const ActorProperties&, std::string&)> prepare_;
  std::vector<Player> players_;
  Injector injector_;
  std::int64_t round_ = -1;
  CallResult last_;
  bool last_until_ = false;
  bool programs_ran_ = false;
  std::set<int> moving_;               // at the deadline: who went on with a block all the time
  int top_line_ = 0;                   // the line of the script that is being performed
  const Step* until_block_ = nullptr;  // the block whose last step is being performed
};

/// Wait status to words: "exited with 3", "killed by SIGPIPE".
std::string status_text(int status);

}  // namespace kipc
