// What all programs share that are loaded by libbpf. For counting_programs.cpp and striking_programs.cpp only.
#pragma once

#include <bpf/libbpf.h>

#include <string>
#include <vector>

#include "base/result.hpp"
#include "probe/server.hpp"

namespace kipc {

/// Keeps libbpf quiet, and RLIMIT_MEMLOCK out of the way. False when nothing can be loaded: the greeting says why.
bool prepare_loading(ProbeGreeting& greeting);
/// An error of libbpf in words, with what it said first and the reason of a verifier.
std::string why_not(int error);
/// Forgets what libbpf said: before each attempt.
void forget_warnings();

/// How often the kernel left out programs of this object.
std::uint64_t misses_of(bpf_object* object);

/// What helps when a program is refused.
extern const char* const kLoadEnable;

/// Links, attached until they go.
class Links {
 public:
  Links() = default;
  ~Links() { clear(); }
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;
  Result<void> keep(bpf_link* link, const char* what);
  Result<void> attach(bpf_program* program);
  void clear();

 private:
  std::vector<bpf_link*> links_;
};

}  // namespace kipc
