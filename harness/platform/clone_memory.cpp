#include "platform/clone_memory.hpp"

#include <sched.h>

#include <array>
#include <atomic>

#include "platform/child.hpp"

namespace kipc {
namespace {

bool try_clone() {
  alignas(64) static std::array<char, 65536> stack;
  std::atomic<int> reached{0};
  const auto mark = [](void* argument) {
    static_cast<std::atomic<int>*>(argument)->store(1);
    return 0;
  };
  const pid_t pid = ::clone(mark, stack.data() + stack.size(), CLONE_VM | CLONE_VFORK | SIGCHLD, &reached);
  if (pid < 0) return true;
  static_cast<void>(wait_for(pid));
  return reached.load() == 1;
}

}  // namespace

bool clone_shares_memory() {
  static const bool shares = try_clone();
  return shares;
}

}  // namespace kipc
