// Tells the address sanitizer that execution moves to another stack and back, so that it knows the bounds; nothing
// without it.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace kipc {

/// Made on the old stack, before the switch; told there when execution is back.
class StackSwitch {
 public:
  StackSwitch([[maybe_unused]] const void* bottom, [[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&fake_stack_, bottom, bytes);
#endif
  }
  /// First thing on the new stack.
  void arrive() {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &old_bottom_, &old_bytes_);
#endif
  }
  /// Last thing on the new stack.
  void leave() {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(nullptr, old_bottom_, old_bytes_);
#endif
  }
  /// First thing back on the old stack.
  void back() {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_stack_, nullptr, nullptr);
#endif
  }

#if defined(__SANITIZE_ADDRESS__)
 private:
  void* fake_stack_ = nullptr;
  const void* old_bottom_ = nullptr;
  std::size_t old_bytes_ = 0;
#endif
};

}  // namespace kipc
