// Rows: making processes and threads, ending them, and waiting for them.
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "calls/row.hpp"
#include "values/out_integer.hpp"
#include "values/program_types.hpp"
#include "values/signal_types.hpp"
#include "values/wait_status.hpp"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

namespace kipc {
namespace {

const std::vector<std::string_view> kProcess = {"process"};

const std::vector<long> kWaits = {
#ifdef SYS_wait4
    SYS_wait4,
#endif
#ifdef SYS_waitpid
    SYS_waitpid,
#endif
    SYS_waitid,
};

const Type& clone_flags() {
  static constexpr std::array kFlags = {
      KIPC_CONSTANT(CLONE_FILES),  KIPC_CONSTANT(CLONE_FS),      KIPC_CONSTANT(CLONE_IO),
      KIPC_CONSTANT(CLONE_NEWIPC), KIPC_CONSTANT(CLONE_NEWNET),  KIPC_CONSTANT(CLONE_NEWNS),
      KIPC_CONSTANT(CLONE_NEWPID), KIPC_CONSTANT(CLONE_NEWUSER), KIPC_CONSTANT(CLONE_NEWUTS),
      KIPC_CONSTANT(CLONE_PARENT), KIPC_CONSTANT(CLONE_SYSVSEM), KIPC_CONSTANT(SIGCHLD)};
  static const auto type = make_flags_type("clone flags", kFlags);
  return *type;
}

const Type& id_types() {
  static constexpr std::array kTypes = {KIPC_CONSTANT(P_ALL), KIPC_CONSTANT(P_PGID), KIPC_CONSTANT(P_PID),
                                        KIPC_CONSTANT(P_PIDFD)};
  static const auto type = make_enum_type("idtype", kTypes);
  return *type;
}

const Type& wait_options() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(WCONTINUED), KIPC_CONSTANT(WEXITED),  KIPC_CONSTANT(WNOHANG),
                                        KIPC_CONSTANT(WNOWAIT),    KIPC_CONSTANT(WSTOPPED), KIPC_CONSTANT(WUNTRACED)};
  static const auto type = make_flags_type("wait options", kFlags);
  return *type;
}

/// Reports the status of the child whose pid was returned (0: none).
void report_status(Frame& f, std::size_t param, const int* status) {
  if (f.result.err != 0 || f.result.ret <= 0 || status == nullptr) return;
  f.out_object(param, *status);
  f.bind(param, *status);
}

std::vector<Row> making_rows() {
  return {
      Row{.name = "clone",
          .areas = kProcess,
          .doc =
              "Makes a child that shares what the flags say; CLONE_VM, CLONE_THREAD and CLONE_VFORK are refused here.",
          .source = "clone(2)",
          .params = {in("flags", clone_flags())},
          .returns = Returns::value,
          .makes = Makes::child,
          .perform = [](Frame& f) { f.returns(f.host.clone_actor(static_cast<std::uint64_t>(f[0].i))); }},
      Row{.name = "execve",
          .areas = kProcess,
          .doc = "Replaces the actor's image by kipc's own, in which the actor goes on; or by the file at pathname, a "
                 "program that then goes its own way. argv is [pathname] and envp empty unless given.",
          .source = "POSIX.1-2024 exec, execve(2)",
          .params = {optional("pathname", image_path_type()), optional("argv", text_list_type()),
                     optional("envp", text_list_type())},
          .makes = Makes::image,
          .perform =
              [](Frame& f) {
                if (!f[0].given) {
                  f.returns(f.host.exec_self());
                  return;
                }
                std::array<char*, 2> alone = {f[0].as<char>(), nullptr};
                char** arguments = f[1].given ? f[1].as<char*>() : alone.data();
                char** environment = f[2].given ? f[2].as<char*>() : alone.data() + 1;
                f.returns(::execve(f[0].text(), arguments, environment));
              }},
      Row{.name = "_exit",
          .areas = kProcess,
          .doc = "Ends the process.",
          .source = "POSIX.1-2024 _exit(), _exit(2)",
          .params = {in("status", integer_type())},
          .returns = Returns::nothing,
          .never_returns = true,
          .perform = [](Frame& f) { ::_exit(f[0].as_int()); }},
      Row{.name = "fork",
          .areas = kProcess,
          .doc = "Makes a child that begins as a copy of the caller. Returns its pid.",
          .source = "POSIX.1-2024 fork(), fork(2)",
          .returns = Returns::value,
          .makes = Makes::child,
          .perform = [](Frame& f) { f.returns(f.host.fork_actor()); }},
      Row{.name = "pthread_create",
          .areas = kProcess,
          .doc = "Makes a thread of the caller's process.",
          .source = "POSIX.1-2024 pthread_create(), pthread_create(3)",
          .returns = Returns::error,
          .makes = Makes::thread,
          .perform = [](Frame& f) { f.returns_error(f.host.start_thread()); }},
      Row{.name = "pthread_exit",
          .areas = kProcess,
          .doc = "Ends the calling thread, which pthread_create made.",
          .source = "POSIX.1-2024 pthread_exit(), pthread_exit(3)",
          .returns = Returns::nothing,
          .never_returns = true,
          .perform = [](Frame& f) { f.host.end_thread(); }},
      Row{.name = "sched_yield",
          .areas = {},
          .doc = "Lets others run.",
          .source = "POSIX.1-2024 sched_yield(), sched_yield(2)",
          .perform = [](Frame& f) { f.returns(::sched_yield()); }},
      Row{.name = "unshare",
          .areas = kProcess,
          .doc = "Ends the sharing of what the flags say.",
          .source = "unshare(2)",
          .params = {in("flags", clone_flags())},
          .perform = [](Frame& f) { f.returns(::unshare(f[0].as_int())); }},
  };
}

std::vector<Row> waiting_rows() {
  return {
      Row{.name = "wait",
          .areas = kProcess,
          .doc = "Waits until a child has ended. Returns its pid.",
          .source = "POSIX.1-2024 wait(), wait(2)",
          .params = {out("status", wait_status_type())},
          .returns = Returns::value,
          .sleeps = kWaits,
          .perform =
              [](Frame& f) {
                int* status = out_place<int>(f, 0);
                f.returns(::wait(status));
                report_status(f, 0, status);
              }},
      Row{.name = "wait4",
          .areas = kProcess,
          .doc = "As waitpid, without asking for the resources used.",
          .source = "wait4(2)",
          .params = {in("pid", pid_type()), optional("options", wait_options(), "[]"),
                     out("status", wait_status_type())},
          .returns = Returns::value,
          .sleeps = kWaits,
          .perform =
              [](Frame& f) {
                int* status = out_place<int>(f, 2);
                f.returns(::wait4(f[0].as_int(), status, f[1].as_int(), nullptr));
                report_status(f, 2, status);
              }},
      Row{.name = "waitid",
          .areas = kProcess,
          .doc = "Waits until a child has changed as the options say. id may be a pid, a process group or a pidfd.",
          .source = "POSIX.1-2024 waitid(), waitid(2)",
          .params = {in("idtype", id_types()), optional("id", integer_type(), "0"), in("options", wait_options()),
                     out("infop", siginfo_type())},
          .sleeps = {SYS_waitid},
          .perform =
              [](Frame& f) {
                auto* info = out_place<siginfo_t>(f, 3);
                f.returns(
                    ::waitid(static_cast<idtype_t>(f[0].as_int()), static_cast<id_t>(f[1].i), info, f[2].as_int()));
                if (f.result.err == 0 && info != nullptr) f.out_object(3, flatten(*info));
              }},
      Row{.name = "waitpid",
          .areas = kProcess,
          .doc = "Waits until a child has ended (-1: any), or changed as the options say. Returns its pid.",
          .source = "POSIX.1-2024 waitpid(), waitpid(2)",
          .params = {in("pid", pid_type()), optional("options", wait_options(), "[]"),
                     out("status", wait_status_type())},
          .returns = Returns::value,
          .sleeps = kWaits,
          .perform =
              [](Frame& f) {
                int* status = out_place<int>(f, 2);
                f.returns(::waitpid(f[0].as_int(), status, f[1].as_int()));
                report_status(f, 2, status);
              }},
  };
}

}  // namespace

std::vector<Row> process_rows() {
  std::vector<Row> rows = making_rows();
  for (Row& row : waiting_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace kipc
