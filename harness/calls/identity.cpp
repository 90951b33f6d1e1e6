// Rows: what a process is and may do: ids, groups, limits, and settings of its own.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "calls/row.hpp"
#include "values/out_integer.hpp"

namespace kipc {
namespace {

const std::vector<std::string_view> kProcess = {"process"};

const Type& resources() {
  static constexpr std::array kResources = {
      KIPC_CONSTANT(RLIMIT_AS),       KIPC_CONSTANT(RLIMIT_CORE),   KIPC_CONSTANT(RLIMIT_CPU),
      KIPC_CONSTANT(RLIMIT_DATA),     KIPC_CONSTANT(RLIMIT_FSIZE),  KIPC_CONSTANT(RLIMIT_MEMLOCK),
      KIPC_CONSTANT(RLIMIT_MSGQUEUE), KIPC_CONSTANT(RLIMIT_NICE),   KIPC_CONSTANT(RLIMIT_NOFILE),
      KIPC_CONSTANT(RLIMIT_NPROC),    KIPC_CONSTANT(RLIMIT_RTPRIO), KIPC_CONSTANT(RLIMIT_SIGPENDING),
      KIPC_CONSTANT(RLIMIT_STACK)};
  static const auto type = make_enum_type("resource", kResources);
  return *type;
}

const Type& rlimit_type() {
  static constexpr std::array kNames = {KIPC_CONSTANT(RLIM_INFINITY)};
  static const std::array kFields = [] {
    std::array fields = {KIPC_FIELD(rlimit, rlim_cur), KIPC_FIELD(rlimit, rlim_max)};
    for (StructField& field : fields) field.names = kNames;
    return fields;
  }();
  static const StructType kType = {"struct rlimit", sizeof(rlimit), kFields};
  static const auto type = make_struct_type(kType);
  return *type;
}

const Type& prctl_options() {
  static constexpr std::array kOptions = {KIPC_CONSTANT(PR_GET_DUMPABLE),  KIPC_CONSTANT(PR_SET_CHILD_SUBREAPER),
                                          KIPC_CONSTANT(PR_SET_DUMPABLE),  KIPC_CONSTANT(PR_SET_NO_NEW_PRIVS),
                                          KIPC_CONSTANT(PR_SET_PDEATHSIG), KIPC_CONSTANT(PR_SET_PTRACER)};
  static const auto type = make_enum_type("prctl option", kOptions);
  return *type;
}

/// A call without arguments that cannot fail.
template <auto Function>
void ask(Frame& f) {
  f.result.ret = static_cast<std::int64_t>(Function());
}

/// A call with one id that may be refused.
template <auto Function>
void take_id(Frame& f) {
  f.returns(Function(static_cast<uid_t>(f[0].i)));
}

/// The libcs disagree on the type of the resource.
template <typename Resource>
int limit_of(int (*call)(pid_t, Resource, const rlimit*, rlimit*), Frame& f, rlimit* old) {
  return call(f[0].as_int(), static_cast<Resource>(f[1].as_int()), f[2].as<rlimit>(), old);
}

std::vector<Row> id_rows() {
  const auto question = [](std::string_view name, std::string_view doc, std::string_view source,
                           void (*perform)(Frame&)) {
    return Row{
        .name = name, .areas = kProcess, .doc = doc, .source = source, .returns = Returns::value, .perform = perform};
  };
  const auto change = [](std::string_view name, std::string_view param, std::string_view doc, std::string_view source,
                         void (*perform)(Frame&)) {
    return Row{.name = name,
               .areas = kProcess,
               .doc = doc,
               .source = source,
               .params = {in(param, integer_type())},
               .perform = perform};
  };
  return {
      question("getegid", "Returns the effective group id.", "POSIX.1-2024 getegid(), getgid(2)", ask<::getegid>),
      question("geteuid", "Returns the effective user id.", "POSIX.1-2024 geteuid(), getuid(2)", ask<::geteuid>),
      question("getgid", "Returns the real group id.", "POSIX.1-2024 getgid(), getgid(2)", ask<::getgid>),
      question("getpgrp", "Returns the process group.", "POSIX.1-2024 getpgrp(), getpgid(2)", ask<::getpgrp>),
      question("getpid", "Returns the process id.", "POSIX.1-2024 getpid(), getpid(2)", ask<::getpid>),
      question("getppid", "Returns the parent's process id.", "POSIX.1-2024 getppid(), getpid(2)", ask<::getppid>),
      question("gettid", "Returns the thread id.", "gettid(2)", ask<::gettid>),
      question("getuid", "Returns the real user id.", "POSIX.1-2024 getuid(), getuid(2)", ask<::getuid>),
      change("setegid", "egid", "Sets the effective group id.", "POSIX.1-2024 setegid(), setegid(2)",
             take_id<::setegid>),
      change("seteuid", "euid", "Sets the effective user id.", "POSIX.1-2024 seteuid(), seteuid(2)",
             take_id<::seteuid>),
      change("setgid", "gid", "Sets the group ids.", "POSIX.1-2024 setgid(), setgid(2)", take_id<::setgid>),
      change("setuid", "uid", "Sets the user ids.", "POSIX.1-2024 setuid(), setuid(2)", take_id<::setuid>),
      Row{.name = "getpgid",
          .areas = kProcess,
          .doc = "Returns the process group of a process.",
          .source = "POSIX.1-2024 getpgid(), getpgid(2)",
          .params = {in("pid", pid_type())},
          .returns = Returns::value,
          .perform = [](Frame& f) { f.returns(::getpgid(f[0].as_int())); }},
      Row{.name = "getsid",
          .areas = kProcess,
          .doc = "Returns the session of a process.",
          .source = "POSIX.1-2024 getsid(), getsid(2)",
          .params = {in("pid", pid_type())},
          .returns = Returns::value,
          .perform = [](Frame& f) { f.returns(::getsid(f[0].as_int())); }},
      Row{.name = "setpgid",
          .areas = kProcess,
          .doc = "Puts a process into a process group; 0 means the caller, and a group of the process's own.",
          .source = "POSIX.1-2024 setpgid(), setpgid(2)",
          .params = {in("pid", pid_type()), in("pgid", pid_type())},
          .perform = [](Frame& f) { f.returns(::setpgid(f[0].as_int(), f[1].as_int())); }},
      Row{.name = "setsid",
          .areas = kProcess,
          .doc = "Makes a session with the caller as its leader.",
          .source = "POSIX.1-2024 setsid(), setsid(2)",
          .returns = Returns::value,
          .perform = [](Frame& f) { f.returns(::setsid()); }},
  };
}

std::vector<Row> setting_rows() {
  return {
      Row{.name = "chdir",
          .areas = kProcess,
          .doc = "Changes the working directory, to which paths are relative.",
          .source = "POSIX.1-2024 chdir(), chdir(2)",
          .params = {in("path", path_type())},
          .perform = [](Frame& f) { f.returns(::chdir(f[0].text())); }},
      Row{.name = "getrlimit",
          .areas = kProcess,
          .doc = "Reads a resource limit.",
          .source = "POSIX.1-2024 getrlimit(), getrlimit(2)",
          .params = {in("resource", resources()), out("rlim", rlimit_type())},
          .perform =
              [](Frame& f) {
                auto* limit = out_place<rlimit>(f, 1);
                f.returns(::getrlimit(f[0].as_int(), limit));
                report_structure(f, 1, limit);
              }},
      Row{.name = "prctl",
          .areas = kProcess,
          .doc = "Changes a property of the process.",
          .source = "prctl(2)",
          .params = {selector("option", prctl_options()), only_for(in("arg2", signal_type()), {"PR_SET_PDEATHSIG"}),
                     only_for(in("arg2", integer_type()),
                              {"PR_SET_CHILD_SUBREAPER", "PR_SET_DUMPABLE", "PR_SET_NO_NEW_PRIVS", "PR_SET_PTRACER"})},
          .returns = Returns::integer,
          .perform =
              [](Frame& f) {
                const std::int64_t argument = f[1].given ? f[1].i : f[2].i;
                f.returns(::prctl(f[0].as_int(), static_cast<unsigned long>(argument), 0UL, 0UL, 0UL));
              }},
      Row{.name = "prlimit",
          .areas = kProcess,
          .doc = "Reads or changes a resource limit of another process (0: the caller).",
          .source = "prlimit(2)",
          .params = {in("pid", pid_type()), in("resource", resources()), optional("new_limit", rlimit_type()),
                     out("old_limit", rlimit_type())},
          .perform =
              [](Frame& f) {
                auto* old = out_place<rlimit>(f, 3);
                f.returns(limit_of(::prlimit, f, old));
                report_structure(f, 3, old);
              }},
      Row{.name = "setrlimit",
          .areas = kProcess,
          .doc = "Sets a resource limit; a field that is left out is 0.",
          .source = "POSIX.1-2024 setrlimit(), setrlimit(2)",
          .params = {in("resource", resources()), in("rlim", rlimit_type())},
          .perform = [](Frame& f) { f.returns(::setrlimit(f[0].as_int(), f[1].as<rlimit>())); }},
      Row{.name = "umask",
          .areas = kProcess,
          .doc = "Sets the file mode creation mask. Returns the one before.",
          .source = "POSIX.1-2024 umask(), umask(2)",
          .params = {in("mask", mode_type())},
          .returns = Returns::value,
          .perform = [](Frame& f) { f.returns(static_cast<std::int64_t>(::umask(static_cast<mode_t>(f[0].i)))); }},
  };
}

}  // namespace

std::vector<Row> identity_rows() {
  std::vector<Row> rows = id_rows();
  for (Row& row : setting_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace kipc
