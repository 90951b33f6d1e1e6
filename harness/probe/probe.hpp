// Counts what tasks cost the kernel: system calls, context switches, copies.
//
//   1) start() forks a process that loads the programs of bpf/ and keeps them; what cannot be loaded has its reason.
//      A figure counts as available when a known exchange was counted right.
//   2) attach(); tasks mark themselves with a slot (marks.hpp), and what they do is added up there by the kernel.
//   3) read() and clear() slots through shared memory, in this process and what it forked; detach().
//
// Attached programs cost every system call on the machine about 90 ns: attach only while counting. When this process
// ends, however it ends, the programs go.
#pragma once

#include <memory>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "model/costs.hpp"
#include "probe/server.hpp"

namespace kipc {

class Probe {
 public:
  /// `slots`: how many there shall be, at least 1; a slot takes 16 KiB. Takes up to a few hundred milliseconds. Needs a
  /// kernel with BTF and CAP_BPF + CAP_PERFMON or root; an error says what is missing, and what would enable it.
  static std::unique_ptr<Probe> start(int slots, Provenances& figures);

  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  /// Counts the wanted figures (system calls always); each has its price on every task of the machine. With times, each
  /// system call is timed, which makes counting twice as dear.
  Result<void> attach(FigureSet wanted, bool times = false);
  Result<void> detach();
  /// How often the kernel left out a program since attach() because one of the same processor was not done, as on
  /// kernels that preempt: what was counted meanwhile is too little. Only in the process that started the probe.
  Result<std::uint64_t> misses() { return server_.misses(); }

  [[nodiscard]] int slots() const { return slots_; }
  /// A run of slots that no other process of this run of kipc has; they come round when there are no more.
  int reserve(int count);
  [[nodiscard]] Costs read(int slot) const;
  void clear(int slot) const;
  /// What was counted and how; the same as start() gave.
  [[nodiscard]] const Provenances& figures() const { return figures_; }

 private:
  Probe() = default;
  void test_itself();

  ProbeServer server_;
  int slots_ = 0;
  Mapping costs_;
  Mapping next_slot_;
  Provenances figures_;
};

}  // namespace kipc
