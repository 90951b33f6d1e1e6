// By what means a fault strikes, and what is to be known of each.
#pragma once

#include <string_view>

#include "engine/board.hpp"

namespace kipc {

enum class Engine { bpf_errno, bpf_override, bpf_signal, fail_nth, ptrace, seccomp_errno, seccomp_notify, userfaultfd };

enum class Means {
  ebpf,    // a program in the kernel, for actors that are marked
  filter,  // seccomp, which the actor puts on itself
  memory,  // a page that is not there yet
  tracer,  // a stop of the thread before and after the call
};

struct EngineRow {
  Engine engine;
  std::string_view name;  // in cases and reports
  Means means;
  ArmPart part;  // what the actor itself has to do
};
/// Every engine has a row.
const EngineRow& row_of(Engine engine);

}  // namespace kipc
