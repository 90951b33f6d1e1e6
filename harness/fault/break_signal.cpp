// Breakages of signals.
#include <signal.h>

#include <cstdlib>
#include <string>

#include "base/file.hpp"
#include "fault/break.hpp"

namespace kipc {
namespace {

/// The action that sigaction is given, or nullptr.
struct sigaction* action(const Row& row, Frame& f) {
  const Slot* act = argument(row, f, "act");
  if (act == nullptr || act->p == nullptr || act->p == f.buffers[1].guard()) return nullptr;
  return act->as<struct sigaction>();
}

bool alter_action_flags(const Row& row, Frame& f, int add, int remove) {
  if (struct sigaction* act = action(row, f); act != nullptr) act->sa_flags = (act->sa_flags | add) & ~remove;
  return false;
}

/// SA_RESTART is ignored: calls return EINTR.
bool sa_restart_ignored(const Row& row, Frame& f) { return alter_action_flags(row, f, 0, SA_RESTART); }

/// Every handler restarts calls.
bool sa_restart_always(const Row& row, Frame& f) { return alter_action_flags(row, f, SA_RESTART, 0); }

/// SA_RESETHAND is ignored.
bool sa_resethand_ignored(const Row& row, Frame& f) {
  return alter_action_flags(row, f, 0, static_cast<int>(SA_RESETHAND));
}

/// sa_mask is ignored: a handler is interrupted by the signals it holds back.
bool sa_mask_ignored(const Row& row, Frame& f) {
  if (struct sigaction* act = action(row, f); act != nullptr) ::sigemptyset(&act->sa_mask);
  return false;
}

/// A queued signal comes with the value 0.
bool sigqueue_loses_value(const Row& row, Frame& f) {
  if (Slot* value = argument(row, f, "value"); value != nullptr) value->i = 0;
  return false;
}

/// True when the process has that signal pending.
bool is_pending(std::int64_t pid, int signal) {
  const auto status = read_file("/proc/" + std::to_string(pid) + "/status");
  if (!status) return false;
  const std::string_view key = "ShdPnd:";
  const std::size_t at = status->find(key);
  if (at == std::string::npos) return false;
  return (std::strtoull(status->c_str() + at + key.size(), nullptr, 16) >> (signal - 1) & 1U) != 0;
}

/// A real-time signal that is pending already is not queued once more.
bool sigqueue_coalesces(const Row& row, Frame& f) {
  const auto signal = static_cast<int>(integer_argument(row, f, "sig"));
  if (signal < 1 || !is_pending(integer_argument(row, f, "pid"), signal)) return false;
  succeed(f);
  return true;
}

/// Masks do not hold signals back.
bool sigmask_ignored(const Row& row, Frame& f) {
  Slot* how = argument(row, f, "how");
  Slot* set = argument(row, f, "set");
  if (!is_any_of(row, {"sigprocmask", "pthread_sigmask"}) || how == nullptr || set == nullptr) return false;
  if (how->i == SIG_BLOCK) set->p = nullptr;
  return false;
}

/// sigsuspend takes the mask first and then waits: a signal in between is missed.
bool sigsuspend_in_two_steps(const Row& row, Frame& f) {
  const Slot* mask = argument(row, f, "mask");
  if (mask == nullptr || mask->p == nullptr || mask->p == f.buffers[1].guard()) return false;
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, mask->as<sigset_t>(), &before);
  row.perform(f);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return true;
}

/// A signal that sigwaitinfo takes stays pending.
bool sigwait_leaves_pending(const Row& row, Frame& f) {
  if (!is_any_of(row, {"sigwaitinfo", "sigtimedwait", "sigwait"})) return false;
  row.perform(f);
  const std::int64_t signal = row.name == "sigwait" ? 0 : f.result.ret;
  if (f.result.err == 0 && signal > 0) ::kill(::getpid(), static_cast<int>(signal));
  return true;
}

/// Signal 0 finds every process.
bool kill_finds_all(const Row& row, Frame& f) {
  row.perform(f);
  if (integer_argument(row, f, "sig") == 0 && f.result.err == ESRCH) succeed(f);
  return true;
}

}  // namespace

std::vector<Saboteur> signal_saboteurs() {
  return {
      {"kill-finds-all", "kill with signal 0 succeeds for processes that are gone.", "kill", kill_finds_all},
      {"sa-mask-ignored", "sa_mask is ignored: a handler is interrupted by what it holds back.", "sigaction",
       sa_mask_ignored},
      {"sa-resethand-ignored", "SA_RESETHAND is ignored: the handler stays.", "sigaction", sa_resethand_ignored},
      {"sa-restart-always", "Calls are restarted although SA_RESTART was not given.", "sigaction", sa_restart_always},
      {"sa-restart-ignored", "SA_RESTART is ignored: calls return EINTR.", "sigaction", sa_restart_ignored},
      {"sigmask-ignored", "Blocked signals are delivered at once.", "", sigmask_ignored},
      {"sigqueue-coalesces", "A real-time signal that is pending is not queued once more.", "sigqueue",
       sigqueue_coalesces},
      {"sigqueue-loses-value", "A queued signal comes with the value 0.", "sigqueue", sigqueue_loses_value},
      {"sigsuspend-in-two-steps", "sigsuspend changes the mask first and then waits.", "sigsuspend",
       sigsuspend_in_two_steps},
      {"sigwait-leaves-pending", "A signal that was waited for stays pending.", "", sigwait_leaves_pending},
  };
}

}  // namespace kipc
