#include "engine/injector.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/pidfd.hpp"
#include "engine/observe.hpp"
#include "platform/fault_engines.hpp"

namespace kipc {

namespace {

bool by_ebpf(Engine engine) { return row_of(engine).means == Means::ebpf; }
bool by_tracer(Engine engine) { return row_of(engine).means == Means::tracer; }

}  // namespace

Injector::Injector(const Board& board, History& history, Striker* striker, Note note)
    : board_(board), history_(history), striker_(striker), note_(std::move(note)) {}

Result<Engine> Injector::choose(const Fault& fault, int actor) const {
  if (fault.kind == Fault::Kind::freeze) return Engine::userfaultfd;
  for (const Engine engine : {Engine::bpf_errno, Engine::bpf_override, Engine::bpf_signal}) {
    if (fault.engine != row_of(engine).name) continue;
    if (striker_ == nullptr) return fail("no eBPF programs were loaded for it");
    return engine;
  }
  for (const Engine engine : {Engine::seccomp_errno, Engine::seccomp_notify, Engine::ptrace})
    if (fault.engine == row_of(engine).name) return engine;
  const auto used = [&](auto&& is_it) {
    return std::any_of(armed_.begin(), armed_.end(),
                       [&](const Armed& armed) { return armed.actor == actor && is_it(armed.engine); });
  };
  const bool traced = used(by_tracer);
  // Measured: an answer by the filter itself costs nothing, a notification 4 us, a stop by ptrace 16 us for every call.
  const bool may_notify = !used([](Engine one) { return one == Engine::seccomp_notify; }) && !traced &&
                          !fault_engine_missing("seccomp-notify");
  switch (fault.kind) {
    case Fault::Kind::error:
      // What a filter answers by itself is counted by the actor, and a program does not count.
      if (fault.nth.all() && !fault.outside && !fault_engine_missing("seccomp-errno")) return Engine::seccomp_errno;
      if (may_notify) return Engine::seccomp_notify;
      break;
    case Fault::Kind::delay:
      if (may_notify) return Engine::seccomp_notify;
      return fail("a delay needs the one listener that an actor can have");
    case Fault::Kind::kill:
      if (fault.moment == Fault::Moment::entry && may_notify) return Engine::seccomp_notify;
      break;
    default: break;
  }
  if (traced) return fail("a second fault by ptrace for the same actor");
  return fault.kind == Fault::Kind::fail_nth ? Engine::fail_nth : Engine::ptrace;
}

bool Injector::needs_actor(const Fault& fault, Engine engine) { return !by_tracer(engine) || fault.where.has_value(); }

ErrnoOr<Fd> Injector::fetch(int actor, int fd) const {
  return fetch_descriptor(board_.slot(board_.slot(actor).process).pid, fd);
}

void Injector::adopt_userfaultfd(int actor) {
  if (auto fetched = fetch(actor, board_.slot(actor).userfaultfd))
    userfaultfds_.emplace_back(actor, std::move(*fetched));
}

Result<void> Injector::arm(const Step& step, int actor, Engine engine, const CallResult& prepared) {
  const Fault& fault = *step.fault;
  Armed armed;
  armed.step = &step;
  armed.actor = actor;
  armed.engine = engine;
  armed.selection.system_calls = fault.system_calls;
  if (fault.where) armed.selection.first_argument = static_cast<std::uint64_t>(prepared.subject);
  if (engine == Engine::seccomp_errno) {
    armed.filter = static_cast<std::size_t>(prepared.ret);
    if (armed.filter >= ActorSlot::kFilters) return fail("an actor can have four faults with a constant answer");
  } else if (engine == Engine::seccomp_notify) {
    auto listener = fetch(actor, static_cast<int>(prepared.ret));
    if (!listener) return fail(listener.error().text());
    armed.listener = Listener(std::move(*listener));
  } else if (engine == Engine::userfaultfd) {
    const auto mine = std::find_if(userfaultfds_.begin(), userfaultfds_.end(),
                                   [&](const auto& entry) { return entry.first == actor && entry.second; });
    if (mine == userfaultfds_.end()) return fail("the actor has no userfaultfd, or none left");
    auto freezer =
        Freezer::withhold(std::move(mine->second), board_.slot(actor).pid, static_cast<std::uint64_t>(prepared.ret),
                          static_cast<std::uint64_t>(prepared.subject), kFreezeBytes);
    if (!freezer) return fail(freezer.error().text());
    armed.freezer = std::move(*freezer);
  } else if (by_ebpf(engine)) {
    armed.strike = board_.slot(actor).strike_slot;
    Striker::Order order;
    order.system_calls = fault.system_calls;
    order.has_first_argument = fault.where.has_value();
    order.first_argument = armed.selection.first_argument.value_or(0);
    order.first = static_cast<std::uint64_t>(fault.nth.first);
    order.last = static_cast<std::uint64_t>(fault.nth.last);
    order.step = static_cast<std::uint64_t>(fault.nth.step);
    order.at_exit = fault.moment == Fault::Moment::exit;
    order.error = fault.error;
    order.whole_call = engine == Engine::bpf_override;
    order.signal = fault.kind == Fault::Kind::error ? 0 : fault.kind == Fault::Kind::kill ? SIGKILL : fault.signal;
    if (auto done = striker_->arm(armed.strike, order); !done) return done;
  } else if (by_tracer(engine)) {
    // A notice of each stop would be memory that the kernel takes for the actor, and so a place that can fail.
    struct sigaction quiet {};
    quiet.sa_handler = SIG_DFL;
    quiet.sa_flags = SA_NOCLDSTOP;
    if (engine == Engine::fail_nth) (void)::sigaction(SIGCHLD, &quiet, nullptr);
    armed.tracer = Tracer(board_.slot(actor).tid);
    if (auto attached = armed.tracer.attach(); !attached) return fail(attached.error().text());
  }
  armed_.push_back(std::move(armed));
  return {};
}

void Injector::go_live() {
  for (Armed& armed : armed_) armed.live = true;
}

void Injector::serve() {
  for (Armed& armed : armed_) {
    switch (armed.engine) {
      case Engine::bpf_errno:
      case Engine::bpf_override:
      case Engine::bpf_signal: serve_striker(armed); break;
      case Engine::seccomp_errno: armed.struck = board_.slot(armed.actor).struck[armed.filter].load(); break;
      case Engine::seccomp_notify: serve_listener(armed); break;
      case Engine::fail_nth:
      case Engine::ptrace: serve_tracer(armed); break;
      case Engine::userfaultfd:
        if (armed.struck == 0 && armed.freezer.frozen()) strike(armed);
        break;
    }
  }
}

bool Injector::pending(int actor) const {
  return std::any_of(armed_.begin(), armed_.end(), [&](const Armed& armed) {
    return armed.actor == actor && (armed.delayed || armed.listener.pending());
  });
}

bool Injector::holds(int actor) const {
  return std::any_of(armed_.begin(), armed_.end(),
                     [&](const Armed& armed) { return armed.actor == actor && armed.held; });
}

void Injector::release(int actor) {
  for (Armed& armed : armed_)
    if (armed.actor == actor && armed.held) {
      armed.held = false;
      proceed(armed);
    }
}

bool Injector::frozen(int actor) const {
  return std::any_of(armed_.begin(), armed_.end(), [&](const Armed& armed) {
    return armed.actor == actor && armed.engine == Engine::userfaultfd && armed.struck > 0 && !armed.thawed;
  });
}

Result<void> Injector::thaw(int actor) {
  for (Armed& armed : armed_) {
    if (armed.actor != actor || armed.engine != Engine::userfaultfd || armed.struck == 0) continue;
    if (auto done = armed.freezer.thaw(); !done) return fail(done.error().text());
    armed.thawed = true;
    return {};
  }
  return fail("no call of the actor is frozen");
}

/// It is done, or begins; what the call returns for it is up to the engine.
void Injector::strike(Armed& armed) {
  ++armed.struck;
  const Fault& fault = fault_of(armed);
  Event& event = note_(Event::Kind::fault, armed.step, armed.actor);
  event.value = armed.calls;
  event.text = armed.engine == Engine::userfaultfd
                   ? fmt::format("{} is frozen", fault.call->name)
                   : fmt::format("it strikes at {} number {}", fault.call->name, armed.calls);
  if (fault.kind == Fault::Kind::kill) history_.actors[static_cast<std::size_t>(armed.actor)].killed = true;
}

void Injector::send_signal(const Armed& armed) {
  const ActorSlot& slot = board_.slot(armed.actor);
  const Fault& fault = fault_of(armed);
  if (fault.kind == Fault::Kind::kill) (void)::kill(board_.slot(slot.process).pid, SIGKILL);
  if (fault.kind == Fault::Kind::signal)
    (void)::syscall(SYS_tgkill, board_.slot(slot.process).pid, slot.tid, fault.signal);
}

void Injector::serve_striker(Armed& armed) {
  const auto struck = static_cast<std::int64_t>(striker_->struck(armed.strike));
  armed.calls = static_cast<std::int64_t>(striker_->calls(armed.strike));
  while (armed.struck < struck) strike(armed);
}

void Injector::serve_listener(Armed& armed) {
  const Fault& fault = fault_of(armed);
  if (armed.delayed && monotonic_ns() >= armed.delayed_until) {
    armed.listener.let_run(*armed.delayed);
    armed.delayed.reset();
  }
  while (const auto call = armed.listener.receive()) {
    // What the actor forks has its filter: the count is of the actor alone.
    if (!armed.live || call->tid != board_.slot(armed.actor).tid || !fault.nth.hits(++armed.calls)) {
      armed.listener.let_run(*call);
      continue;
    }
    strike(armed);
    switch (fault.kind) {
      case Fault::Kind::error: armed.listener.refuse(*call, fault.error); break;
      case Fault::Kind::delay:
        armed.delayed = *call;
        armed.delayed_until = monotonic_ns() + fault.lasts_ns;
        break;
      case Fault::Kind::kill: send_signal(armed); break;
      default: armed.listener.let_run(*call); break;
    }
  }
}

void Injector::proceed(Armed& armed, int signal) {
  const Fault& fault = fault_of(armed);
  const bool over = armed.calls >= fault.nth.last && !armed.in_call;
  if (over)
    armed.tracer.detach(signal);
  else
    armed.tracer.go_on(signal);
}

/// False when the actor is held there, or dies.
bool Injector::at_entry(Armed& armed, const TraceStop& stop) {
  const Fault& fault = fault_of(armed);
  if (!armed.selection.matches(stop.number, stop.first_argument)) return true;
  armed.in_call = true;
  if (!fault.nth.hits(++armed.calls)) return true;
  if (fault.kind == Fault::Kind::fail_nth) {
    armed.strike_at_exit = write_existing(fail_nth_path(armed), std::to_string(fault.site)).has_value();
    return true;
  }
  if (fault.moment == Fault::Moment::exit) {
    armed.strike_at_exit = true;
    return true;
  }
  strike(armed);
  if (fault.kind == Fault::Kind::error) armed.skipping = armed.tracer.skip_call().has_value();
  send_signal(armed);
  armed.held = fault.kind == Fault::Kind::stop;
  return !armed.held && fault.kind != Fault::Kind::kill;
}

bool Injector::at_exit(Armed& armed) {
  const Fault& fault = fault_of(armed);
  armed.in_call = false;
  if (armed.skipping) (void)armed.tracer.give_back(-fault.error);
  armed.skipping = false;
  if (!armed.strike_at_exit) return true;
  armed.strike_at_exit = false;
  if (fault.kind == Fault::Kind::fail_nth) {
    // 0: it was that place's turn. Else the call had fewer, and the rest must not befall the next call.
    const auto left = read_file(fail_nth_path(armed));
    (void)write_existing(fail_nth_path(armed), "0");
    if (left && *left == "0\n") strike(armed);
    return true;
  }
  strike(armed);
  send_signal(armed);
  armed.held = fault.kind == Fault::Kind::stop;
  return !armed.held && fault.kind != Fault::Kind::kill;
}

/// Documentation/fault-injection/fault-injection.rst.
std::string Injector::fail_nth_path(const Armed& armed) const {
  const ActorSlot& slot = board_.slot(armed.actor);
  return fmt::format("/proc/{}/task/{}/fail-nth", board_.slot(slot.process).pid, slot.tid);
}

void Injector::serve_tracer(Armed& armed) {
  const ActorSlot& slot = board_.slot(armed.actor);
  while (const auto stop = armed.tracer.next()) {
    switch (stop->kind) {
      case TraceStop::Kind::entry:
        if (at_entry(armed, *stop)) proceed(armed);
        break;
      case TraceStop::Kind::exit:
        if (!armed.in_call || at_exit(armed)) proceed(armed);
        break;
      case TraceStop::Kind::signal: armed.tracer.go_on(stop->signal); break;
      case TraceStop::Kind::group: armed.tracer.stay_stopped(); break;
      case TraceStop::Kind::other: armed.tracer.go_on(); break;
    }
  }
  // A dead tracee that is not the conductor's child is its parent's to reap once its tracer has taken notice.
  if (armed.tracer.attached() && (slot.parent >= 0 || slot.tid != slot.pid)) {
    siginfo_t info{};
    const auto tid = static_cast<id_t>(slot.tid);
    // A look first: a stop would be reported, too, and be lost.
    if (::waitid(P_PID, tid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 && info.si_pid != 0 && is_end(info))
      (void)::waitid(P_PID, tid, &info, WEXITED | WNOHANG | __WALL);
  }
}

void Injector::finish(bool to_the_end) {
  // After the line that went wrong nothing more is noted: what is still to be served is lost.
  if (to_the_end) serve();
  for (Armed& armed : armed_) {
    if (armed.engine == Engine::seccomp_errno) armed.struck = board_.slot(armed.actor).struck[armed.filter].load();
    if (by_ebpf(armed.engine)) striker_->disarm(armed.strike);
    if (armed.struck == 0 && to_the_end) note_(Event::Kind::fault_not_fired, armed.step, armed.actor);
    history_.injections.push_back(
        Injection{armed.step->id, armed.actor, std::string(row_of(armed.engine).name), armed.struck});
  }
  armed_.clear();
  userfaultfds_.clear();
}

}  // namespace kipc
