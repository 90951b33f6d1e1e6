#include "engine/actor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/text.hpp"
#include "engine/actor_host.hpp"
#include "fault/filter.hpp"
#include "language/match.hpp"
#include "platform/fault_engines.hpp"
#include "probe/marks.hpp"
#include "probe/striker.hpp"

namespace kipc {
namespace {

/// Time-outs of sockets are counted in ticks, from the kernel's last one on (schedule_timeout()), and a machine that is
/// not given its processor may be late with them: what is held to SO_RCVTIMEO or SO_SNDTIMEO is held to the ticks.
bool lasts_ticks(const Step& step) {
  const auto timed = [](const Outcome& outcome) { return outcome.lasts_ns > 0; };
  const auto socket_call = [](long number) {
    return number == SYS_recvfrom || number == SYS_recvmsg || number == SYS_sendto || number == SYS_sendmsg;
  };
  return std::any_of(step.expect.outcomes.begin(), step.expect.outcomes.end(), timed) &&
         std::any_of(step.row->sleeps.begin(), step.row->sleeps.end(), socket_call);
}

/// When the kernel's last tick was, on CLOCK_MONOTONIC.
std::int64_t last_tick_ns() {
  timespec ts{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
  return static_cast<std::int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec;
}

}  // namespace

Cell& BoardEnv::cell(CellScope scope, int actor, int index) {
  const int who = actor < 0 ? actor_ : actor;
  switch (scope) {
    case CellScope::global: return board_.cell(scope, 0, index);
    case CellScope::process: return board_.cell(scope, board_.slot(who).process, index);
    case CellScope::actor: {
      // A counter is the actor's own inside `concurrently`; elsewhere the conductor writes it for everyone.
      return board_.cell(scope, who, index);
    }
  }
  return board_.cell(scope, 0, index);
}

std::int64_t BoardEnv::fact(int actor, ActorFact fact) {
  const ActorSlot& slot = board_.slot(actor < 0 ? actor_ : actor);
  if (slot.alive.load() == 0) throw EvalError{"'" + program_.actor_name(actor) + "' does not live yet"};
  switch (fact) {
    case ActorFact::pid: return slot.pid;
    case ActorFact::tid: return slot.tid;
    case ActorFact::uid: return slot.uid;
    case ActorFact::gid: return slot.gid;
  }
  return -1;
}

void BoardEnv::peek(std::uint64_t address, void* into, std::size_t length) {
  if (!may_peek_) throw EvalError{"memory can be read by the acting process only"};
  const auto* from = reinterpret_cast<const volatile unsigned char*>(static_cast<std::uintptr_t>(address));
  switch (length) {
    case 4: {
      const std::uint32_t value = *reinterpret_cast<const volatile std::uint32_t*>(from);
      std::memcpy(into, &value, sizeof value);
      break;
    }
    case 8: {
      const std::uint64_t value = *reinterpret_cast<const volatile std::uint64_t*>(from);
      std::memcpy(into, &value, sizeof value);
      break;
    }
    default:
      for (std::size_t i = 0; i < length; ++i) static_cast<unsigned char*>(into)[i] = from[i];
  }
}

Performer::Performer(const Stage& stage, int actor)
    : stage_(stage), actor_(actor), slot_(stage.board.slot(actor)), env_(*stage.program, stage.board, actor) {
  env_.allow_peek();
  // Mapped now: later it could take the place of what the script has unmapped and expects a fault at.
  buffers_[0].guard();
}

void Performer::marshal(const Step& step, Frame& frame) {
  const Row& row = *step.row;
  step_ = &step;
  scratch_.reset();
  record_made_ = 0;
  try {
    for (std::size_t i = 0; i < step.args.size(); ++i) {
      if (!step.args[i]) continue;
      Slot& slot = frame.slots[i];
      slot.given = true;
      slot.arg = &*step.args[i];
      if (!row.params[i].type->binds()) row.params[i].type->marshal(*step.args[i], frame, slot);
    }
  } catch (const EvalError& error) {
    frame.result.error = error.text;
  }
}

CallResult Performer::call(const Step& step) {
  Frame frame(env_, *this, scratch_, buffers_);
  marshal(step, frame);
  if (!frame.result.error.empty()) return std::move(frame.result);
  const Row& row = *step.row;
  if (freeze_ != nullptr && freeze_->call == &row) {
    lay_for_freeze(row, frame);
    if (!frame.result.error.empty()) return std::move(frame.result);
  }
  frame.result.subject = frame.slots[0].i;
  const Saboteur* saboteur = stage_.saboteur;
  const bool meddles = saboteur != nullptr && (saboteur->call.empty() || saboteur->call == row.name);
  const bool in_ticks = lasts_ticks(step);
  slot_.entered.store(slot_.seq.load(std::memory_order_relaxed), std::memory_order_release);
  frame.result.begin_ns = in_ticks ? last_tick_ns() : monotonic_ns();
  const bool marks = slot_.probe_slot != 0 && !in_block_;
  if (marks) mark_task(slot_.probe_slot - 1);
  try {
    if (!meddles || !saboteur->perform(row, frame)) row.perform(frame);
  } catch (const EvalError& error) {
    frame.result.error = error.text;
  }
  if (marks) unmark_task();
  frame.result.end_ns = monotonic_ns();
  for (std::size_t i = 0; i < constant_errors_.size() && i < ActorSlot::kFilters; ++i)
    if (constant_errors_[i] == std::pair(&row, frame.result.err)) slot_.struck[i].fetch_add(1);
  if (frame.result.has_deadline) {
    timespec ts{};
    ::clock_gettime(frame.deadline_clock, &ts);
    frame.result.after_ns = static_cast<std::int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec;
  }
  if (step.puts >= 0 || step.takes >= 0) describe_item(step, frame);
  bind_results(step, frame);
  return std::move(frame.result);
}

void Performer::describe_item(const Step& step, Frame& frame) {
  const Row& row = *step.row;
  CallResult& result = frame.result;
  result.sender = static_cast<std::uint16_t>(actor_);
  result.record = record_made_;
  if (record_made_ == 0 && step.puts >= 0) {  // a value put into memory is an item by itself
    const int value = row.param("value");
    if (value >= 0) {
      result.record = static_cast<std::uint32_t>(frame.slots[static_cast<std::size_t>(value)].i) + 1;
      result.sender = 0;
    }
  }
  const int weight = row.weight.empty() ? -1 : row.param(row.weight);
  if (weight < 0) return;
  if (const Out* out = result.out(weight); out != nullptr && out->bytes.size() == sizeof result.weight)
    std::memcpy(&result.weight, out->bytes.data(), sizeof result.weight);
  else if (frame.slots[static_cast<std::size_t>(weight)].given)
    result.weight = frame.slots[static_cast<std::size_t>(weight)].i;
}

void Performer::bind_results(const Step& step, Frame& frame) {
  CallResult& result = frame.result;
  if (step.into && result.err == 0 && result.error.empty() && result.signal == 0) {
    try {
      const int cell = step.into->eval_cell(env_);
      env_.cell(step.into->scope, -1, cell) = Cell{result.ret, 1, 0};
      result.bindings.push_back(Binding{step.into->scope, cell, result.ret});
    } catch (const EvalError& error) {
      result.error = error.text;
    }
  } else if (step.into && step.row->returns == Returns::error && result.error.empty()) {
    // An error number is a value as well: `into` shall tell EOWNERDEAD from 0.
    const int cell = step.into->eval_cell(env_);
    env_.cell(step.into->scope, -1, cell) = Cell{result.ret, 1, 0};
    result.bindings.push_back(Binding{step.into->scope, cell, result.ret});
  }
  for (const Out& out : result.outs) {
    const auto& arg = step.args[static_cast<std::size_t>(out.param)];
    if (!arg || !arg->name || arg->name->name < 0) continue;
    const Name& name = stage_.program->scope.names[static_cast<std::size_t>(arg->name->name)];
    if (name.structure != nullptr && out.bytes.size() >= name.structure->size)
      std::memcpy(env_.blob(name.blob), out.bytes.data(), name.structure->size);
  }
}

void Performer::perform_scripted() {
  const Step& step = *stage_.program->steps[static_cast<std::size_t>(slot_.step)];
  if (stage_.board.put_result(actor_, write_result(call(step)))) return;
  CallResult too_much;
  too_much.error = "more data came back than a step can report";
  stage_.board.put_result(actor_, write_result(too_much));
}

void Performer::arm_fault() {
  const Fault& fault = *stage_.program->steps[static_cast<std::size_t>(slot_.step)]->fault;
  CallResult result;
  try {
    result = prepare_fault(fault);
  } catch (const EvalError& error) {
    result.error = error.text;
  }
  stage_.board.put_result(actor_, write_result(result));
}

CallResult Performer::prepare_fault(const Fault& fault) {
  CallResult result;
  if (slot_.listener != 0) {
    ::close(slot_.listener);
    return result;
  }
  Selection selection{fault.system_calls, std::nullopt};
  if (fault.where) {
    Frame frame(env_, *this, scratch_, buffers_);
    scratch_.reset();
    frame.slots[0].given = true;
    frame.slots[0].arg = &*fault.where;
    fault.call->params[0].type->marshal(*fault.where, frame, frame.slots[0]);
    result.subject = frame.slots[0].i;
    selection.first_argument = static_cast<std::uint64_t>(result.subject);
  }
  switch (slot_.arm_part) {
    case ArmPart::argument: break;
    case ArmPart::mark: mark_for_strikes(slot_.strike_slot); break;
    case ArmPart::filter_errno:
      if (auto done = install_errno(selection, fault.error); !done) result.error = done.error().text();
      result.ret = static_cast<std::int64_t>(constant_errors_.size());
      constant_errors_.emplace_back(fault.call, fault.error);
      break;
    case ArmPart::filter_listener:
      if (auto listener = install_listener(selection))
        result.ret = listener->release();
      else
        result.error = listener.error().text();
      break;
    case ArmPart::freeze:
      ::close(slot_.userfaultfd);
      freeze_ = &fault;
      if (auto made = freeze_area_.make(kFreezeBytes); !made) result.error = made.error().text();
      result.ret = static_cast<std::int64_t>(freeze_area_.boundary());
      result.subject = static_cast<std::int64_t>(freeze_area_.rest());
      break;
  }
  return result;
}

/// The data of the next call of that name crosses into pages that are withheld.
void Performer::lay_for_freeze(const Row& row, Frame& frame) {
  Slot& data = frame.slots[static_cast<std::size_t>(row.param("data"))];
  void* laid = freeze_area_.lay(data.p, data.n, static_cast<std::size_t>(freeze_->offset));
  if (laid == nullptr) {
    frame.result.error = fmt::format("at most {} bytes can be frozen", kFreezeBytes);
    return;
  }
  data.p = laid;
  freeze_ = nullptr;
}

void Performer::evaluate_condition() {
  const Step& step = *stage_.program->steps[static_cast<std::size_t>(slot_.step)];
  CallResult result;
  try {
    result.ret = step.condition.eval(env_);
  } catch (const EvalError& error) {
    result.error = error.text;
  }
  stage_.board.put_result(actor_, write_result(result));
}

// --- Host
// --------------------------------------------------------------------------------------------------------------

std::uint32_t Performer::next_record() {
  const int channel = step_->puts >= 0 ? step_->puts : 0;
  const std::uint32_t number = slot_.records[channel].fetch_add(1);
  record_made_ = number + 1;
  return number;
}

namespace {

thread_local Performer* this_actor = nullptr;
Performer* process_actor = nullptr;  // the actor whose process this is

/// Async-signal-safe: a fixed log on the board, nothing else.
void log_signal(int /*signal*/, siginfo_t* info, void* /*context*/) {
  const int saved = errno;
  Performer* performer = this_actor != nullptr ? this_actor : process_actor;
  if (performer != nullptr) performer->log_signal(flatten(*info));
  errno = saved;
}

struct Registered {
  std::int64_t value = 0;
  int actor = -1;
  std::atomic<std::uint32_t> pending{0};  // or 1; riscv64 has no exchange of a byte without libatomic
};
std::array<Registered, 16> registered;
const Stage* process_stage = nullptr;

/// Runs in a thread that the libc made for a SIGEV_THREAD notification.
void on_notified(sigval value) {
  for (Registered& entry : registered) {
    std::uint32_t pending = 1;
    if (entry.value != value.sival_int || !entry.pending.compare_exchange_strong(pending, 0)) continue;
    ActorSlot& slot = process_stage->board.slot(entry.actor);
    slot.started_value = value.sival_int;
    slot.process = process_actor->actor();
    slot.started.store(1);
    run_actor_loop(*process_stage, entry.actor);
    return;
  }
  process_stage->board.header().stray_value = value.sival_int;
  process_stage->board.header().stray_starts.fetch_add(1);
  process_stage->board.ring();
}

struct ThreadStart {
  const Stage* stage;
  int actor;
};

void* thread_main(void* argument) {
  const std::unique_ptr<ThreadStart> start(static_cast<ThreadStart*>(argument));
  run_actor_loop(*start->stage, start->actor);
  return nullptr;
}

}  // namespace

void Performer::log_signal(const SigInfo& info) {
  const std::uint32_t n = slot_.handled.load();
  stage_.board.handled(actor_, n) = info;
  slot_.handled.store(n + 1);
  stage_.board.ring();
}

void Performer::inherit(int child) {
  ActorSlot& slot = stage_.board.slot(child);
  slot.process = child;
  slot.parent = actor_;
  const int from = slot_.process;
  for (std::size_t i = 0; i < stage_.board.process_cells(); ++i) {
    const Cell& cell = stage_.board.cell(CellScope::process, from, static_cast<int>(i));
    if (cell.bound != 0) stage_.board.cell(CellScope::process, child, static_cast<int>(i)) = cell;
  }
}

std::int64_t Performer::fork_actor() {
  const int child = slot_.child;
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  inherit(child);
  be_actor(stage_, child);
}

std::int64_t Performer::clone_actor(std::uint64_t flags) {
  const int child = slot_.child;
  if ((flags & (CLONE_VM | CLONE_THREAD | CLONE_VFORK)) != 0) {
    errno = ENOTSUP;  // an actor needs a stack of its own: pthread_create makes those
    return -1;
  }
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr));
  if (pid != 0) return pid;
  inherit(child);
  be_actor(stage_, child);
}

int Performer::start_thread() {
  const int child = slot_.child;
  ActorSlot& slot = stage_.board.slot(child);
  slot.process = slot_.process;
  slot.parent = actor_;
  pthread_t thread;
  auto start = std::make_unique<ThreadStart>(ThreadStart{&stage_, child});
  const int error = ::pthread_create(&thread, nullptr, thread_main, start.get());
  if (error == 0) {
    (void)start.release();  // the thread owns it now
    ::pthread_detach(thread);
  }
  return error;
}

void Performer::end_thread() {
  slot_.alive.store(2);
  slot_.done.store(slot_.seq.load());
  stage_.board.ring();
  ::pthread_exit(nullptr);
}

int Performer::exec_self() {
  if (stage_.board_path.empty() || stage_.image.empty()) {
    errno = ENOEXEC;
    return -1;
  }
  const std::string number = std::to_string(actor_);
  std::string image = stage_.image;
  std::string mark = "--kipc-actor";
  std::string path = stage_.board_path;
  std::string index = number;
  std::string saboteur = stage_.saboteur_name;
  std::array<char*, 6> arguments = {image.data(), mark.data(), path.data(), index.data(), saboteur.data(), nullptr};
  std::array<char*, 1> environment = {nullptr};
  return ::execve(image.c_str(), arguments.data(), environment.data());
}

std::string Performer::program_path(std::string_view name) {
  const auto found = stage_.programs->find(name);
  if (found == stage_.programs->end()) throw EvalError{fmt::format("no program '{}' was given", name)};
  return found->second;
}

void* Performer::notify_function() { return reinterpret_cast<void*>(&on_notified); }

void Performer::expect_thread(std::int64_t value, int actor) {
  for (Registered& entry : registered) {
    if (entry.pending.load() == 1) continue;
    entry.value = value;
    entry.actor = actor;
    entry.pending.store(1);
    return;
  }
}

void Performer::install_handler(int signal, int /*runs*/) {
  struct sigaction act = {};
  act.sa_sigaction = &kipc::log_signal;
  act.sa_flags = SA_SIGINFO;
  ::sigaction(signal, &act, nullptr);
}

void* Performer::handler_function() { return reinterpret_cast<void*>(&kipc::log_signal); }

std::string Performer::object_name(std::string_view name) {
  const std::int64_t tag = stage_.board.header().name_tag;
  std::string shown(name);
  if (tag != 0 && name.size() > 1 && name[0] == '/' && name.find('/', 1) == std::string_view::npos && name.size() < 64)
    shown = "/kipc." + std::to_string(tag) + "." + std::string(name.substr(1));
  remember("name", 0, shown);
  return shown;
}

std::int64_t Performer::object_key(std::string_view name) {
  std::uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  hash ^= static_cast<std::uint32_t>(stage_.board.header().name_tag) * 2654435761U;
  return static_cast<std::int64_t>(hash & 0x7FFFFFFFU) | 1;
}

void Performer::created(std::string_view kind, std::int64_t id) { remember(kind, id, ""); }

void Performer::remember(std::string_view kind, std::int64_t id, std::string_view name) {
  BoardHeader& header = stage_.board.header();
  const std::uint32_t known = header.created_count.load();
  for (std::uint32_t i = 0; i < known && i < 64; ++i) {
    const Created& entry = stage_.board.created(i);
    if (kind == entry.kind && id == entry.id && name == entry.name) return;
  }
  const std::uint32_t at = header.created_count.fetch_add(1);
  if (at >= Board::kCreatedMax) return;
  Created& entry = stage_.board.created(at);
  std::strncpy(entry.kind, std::string(kind).c_str(), sizeof entry.kind - 1);
  entry.id = id;
  std::strncpy(entry.name, std::string(name).c_str(), sizeof entry.name - 1);
}

// --- the loop
// ----------------------------------------------------------------------------------------------------------

void run_actor_loop(const Stage& stage, int actor, bool resumed_by_exec) {
  Performer performer(stage, actor);
  this_actor = &performer;
  ActorSlot& slot = stage.board.slot(actor);
  if (slot.process == actor) {
    process_actor = &performer;
    process_stage = &stage;
  }
  slot.pid = ::getpid();
  slot.tid = static_cast<std::int32_t>(::syscall(SYS_gettid));
  slot.uid = static_cast<std::int32_t>(::geteuid());
  slot.gid = static_cast<std::int32_t>(::getegid());
  slot.futex_address = reinterpret_cast<std::uintptr_t>(&slot.seq);
  slot.alive.store(1);
  std::uint32_t seen = slot.done.load();
  if (resumed_by_exec) {
    if (slot.probe_slot != 0) unmark_task();
    stage.board.put_result(actor, write_result(CallResult{}));
    seen = slot.seq.load();
    slot.done.store(seen);
  }
  stage.board.ring();
  for (;;) {
    slot.sleeping.store(1);
    while (slot.seq.load() == seen) futex_wait(slot.seq, seen);
    slot.sleeping.store(0);
    seen = slot.seq.load();
    switch (slot.command) {
      case Command::perform: performer.perform_scripted(); break;
      case Command::evaluate: performer.evaluate_condition(); break;
      case Command::arm: performer.arm_fault(); break;
      case Command::block: performer.run_block(*stage.program->steps[static_cast<std::size_t>(slot.step)]); break;
      case Command::timed: performer.run_timed(*stage.program->steps[static_cast<std::size_t>(slot.step)]); break;
      case Command::exit:
        if (slot.process == actor) ::_exit(0);
        slot.alive.store(2);
        slot.done.store(seen);
        stage.board.ring();
        return;
      case Command::nothing: break;
    }
    slot.done.store(seen);
    stage.board.ring();
  }
}

void be_actor(const Stage& stage, int actor) {
  run_actor_loop(stage, actor, false);
  ::_exit(0);
}

}  // namespace kipc
