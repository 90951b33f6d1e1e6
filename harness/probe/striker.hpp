// Faults that eBPF makes at the nth call of a task, without stopping anyone: signals, and errors of security hooks.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "probe/server.hpp"

struct kipc_strike;

namespace kipc {

/// How each can be had here, or why not.
struct StrikeMeans {
  Provenance signal;
  Provenance error;     // of security hooks
  Provenance override;  // of whole system calls
};

/// The means by the engine's name, for lists of them.
std::vector<std::pair<const char*, const Provenance*>> named(const StrikeMeans& means);

class Striker {
 public:
  /// What shall strike, and when. The calls are counted from arm() on.
  struct Order {
    std::vector<long> system_calls;  // at most 8
    bool has_first_argument = false;
    std::uint64_t first_argument = 0;
    std::uint64_t first = 1;
    std::uint64_t last = 1;
    std::uint64_t step = 1;
    bool at_exit = false;     // the signal is sent as the call returns
    int signal = 0;           // 0: none
    int error = 0;            // 0: none
    bool whole_call = false;  // the error is the system call's, not that of a hook it asks
  };

  /// Loads and attaches. Null when neither can be had; `means` says why.
  static std::unique_ptr<Striker> start(int slots, StrikeMeans& means);

  [[nodiscard]] int slots() const { return slots_; }
  /// A slot that no other process of this run of kipc has; they come round.
  int reserve();
  /// From now on the task that marked itself with this slot (mark_for_strikes()) is under it. Fails when the order
  /// names more calls than there is room for.
  Result<void> arm(int slot, const Order& order) const;
  void disarm(int slot) const;
  [[nodiscard]] std::uint64_t calls(int slot) const;
  [[nodiscard]] std::uint64_t struck(int slot) const;

 private:
  Striker() = default;
  [[nodiscard]] kipc_strike& at(int slot) const;

  ProbeServer server_;
  Mapping strikes_;
  Mapping next_slot_;
  int slots_ = 0;
};

/// What this thread calls counts for the slot. Async-signal-safe, keeps errno.
void mark_for_strikes(int slot);

}  // namespace kipc
