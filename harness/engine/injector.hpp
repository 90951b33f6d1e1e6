// Faults that wait for an actor's call: chooses the engine, counts the actor's calls, strikes at the right ones. The
// conductor lets it serve whatever waits for it between two looks.
#pragma once

#include <functional>
#include <list>
#include <string>

#include "engine/board.hpp"
#include "engine/fault_engine.hpp"
#include "fault/filter.hpp"
#include "fault/freezer.hpp"
#include "fault/listener.hpp"
#include "fault/tracer.hpp"
#include "probe/striker.hpp"

namespace kipc {

class Injector {
 public:
  using Note = std::function<Event&(Event::Kind, const Step*, int)>;
  /// `striker` may be null: then nothing strikes by eBPF.
  Injector(const Board& board, History& history, Striker* striker, Note note);

  /// The best engine for the fault here and now. Words instead when there is none left.
  Result<Engine> choose(const Fault& fault, int actor) const;
  /// For a fault by eBPF: what the actor has to mark itself with.
  int reserve_strike() { return striker_->reserve(); }
  /// True when the actor itself has to do its part first (Command::arm).
  static bool needs_actor(const Fault& fault, Engine engine);
  /// `prepared` is what the actor's part gave: the listener's descriptor, or the boundary; and its first argument.
  Result<void> arm(const Step& step, int actor, Engine engine, const CallResult& prepared);
  /// The descriptor that an actor of a case with `freeze` opened before it gave up its privileges.
  void adopt_userfaultfd(int actor);

  /// From now on the actor's calls count. Before, it does its part in arming.
  void go_live();
  [[nodiscard]] bool active() const { return !armed_.empty(); }
  /// Handles what waits; never sleeps.
  void serve();
  /// True when a call of the actor waits for an answer: it is not asleep in it.
  [[nodiscard]] bool pending(int actor) const;
  /// True when the actor is held before a call has an effect, until release().
  [[nodiscard]] bool holds(int actor) const;
  void release(int actor);
  /// True when a call of the actor stands still in its copy: no signal but SIGKILL reaches it there.
  [[nodiscard]] bool frozen(int actor) const;
  /// Lets a frozen copy go on.
  Result<void> thaw(int actor);
  /// Ends all of it: the history has what each fault came to. Of a script that was done `to_the_end` a fault that
  /// never struck is noted.
  void finish(bool to_the_end);

 private:
  struct Armed {
    const Step* step = nullptr;
    int actor = -1;
    Engine engine = Engine::ptrace;
    Selection selection;
    bool live = false;
    std::int64_t calls = 0;
    std::int64_t struck = 0;
    int strike = 0;          // eBPF: its slot
    std::size_t filter = 0;  // seccomp-errno: its place in ActorSlot::struck
    Listener listener;
    // seccomp notification: a delayed call
    std::optional<HeldCall> delayed;
    std::int64_t delayed_until = 0;
    // ptrace
    Tracer tracer;
    bool in_call = false;  // between the entry and the exit of a selected call
    bool strike_at_exit = false;
    bool skipping = false;
    bool held = false;
    Freezer freezer;
    bool thawed = false;
  };

  [[nodiscard]] const Fault& fault_of(const Armed& armed) const { return *armed.step->fault; }
  void strike(Armed& armed);
  void send_signal(const Armed& armed);
  void serve_listener(Armed& armed);
  void serve_striker(Armed& armed);
  void serve_tracer(Armed& armed);
  bool at_entry(Armed& armed, const TraceStop& stop);
  bool at_exit(Armed& armed);
  [[nodiscard]] std::string fail_nth_path(const Armed& armed) const;
  void proceed(Armed& armed, int signal = 0);
  ErrnoOr<Fd> fetch(int actor, int fd) const;

  const Board& board_;
  History& history_;
  Striker* striker_;
  Note note_;
  std::list<Armed> armed_;
  std::vector<std::pair<int, Fd>> userfaultfds_;
};

}  // namespace kipc
