// The memory that a conductor and its actors share: who shall do what, who has done it, what came back. It is made
// before any actor and survives every actor's death. Synchronisation runs over futexes here and nowhere else, so it
// never touches what is under test.
//
// What nearly every step touches lies together, so that a process pays one page fault for it and not one for each part:
//
//   Header, ActorSlot × actors, cells, short results | blobs | created names | program text | per actor: handled
//   signals, long results, log
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "language/history.hpp"
#include "language/script.hpp"

namespace kipc {

/// What an actor is told to do.
enum class Command : std::int32_t { nothing, perform, evaluate, block, timed, arm, exit };

/// The actor's own part in arming a fault.
enum class ArmPart : std::int32_t { argument, filter_errno, filter_listener, freeze, mark };

struct alignas(64) ActorSlot {
  // Futex words. `seq` is bumped by the conductor; the actor copies it to `entered` before and to `done` after.
  std::atomic<std::uint32_t> seq;
  std::atomic<std::uint32_t> entered;
  std::atomic<std::uint32_t> done;
  std::atomic<std::uint32_t> sleeping;
  std::atomic<std::uint32_t> alive;  // 0 not yet, 1 lives, 2 ended as a thread
  std::atomic<std::uint32_t> result_size;
  Command command;
  ArmPart arm_part;
  std::int32_t listener;     // the number of a listener's descriptor to close
  std::int32_t strike_slot;  // what it marks itself with for faults by eBPF
  std::int32_t userfaultfd;  // its number in the actor; 0: none
  static constexpr std::size_t kFilters = 4;
  std::atomic<std::uint32_t> struck[kFilters];  // results that each filter's constant answer gave
  std::int32_t step;
  std::int32_t child;  // the actor that this step makes next
  std::int32_t pid;
  std::int32_t tid;
  std::int32_t uid;
  std::int32_t gid;
  std::int32_t process;  // the actor that owns the process
  std::int32_t parent;
  std::int32_t group_member;
  std::atomic<std::uint32_t> handled;  // signals logged so far
  std::atomic<std::uint32_t> started;  // a notification thread began here
  std::int64_t started_value;
  std::atomic<std::uint32_t> records[8];    // records sent, per channel
  std::atomic<std::int64_t> counted_calls;  // of the call a fault waits for
  std::atomic<std::uint64_t> log_size;      // items
  std::atomic<std::uint32_t> log_overflow;
  std::atomic<std::int64_t> calls;
  std::atomic<std::int64_t> round;
  std::uint64_t futex_address;  // of `seq`, as the actor sees it
  std::int32_t inner_step;      // in a block: the step being performed
  std::int32_t probe_slot;      // where probes count what it does, plus one; 0: they do not
  std::int32_t timed_batch;     // in a block that is timed: rounds that make a sample; 0: take no samples
  std::int64_t timed_rounds;    // and how many rounds it shall do
};

struct BoardHeader {
  std::atomic<std::uint32_t> bell;
  std::atomic<std::uint32_t> conductor_sleeping;
  std::int32_t counted_step_row;       // call-table index that faults count, -1: none
  std::atomic<std::int64_t> taken[8];  // per channel, over all actors
  std::atomic<std::uint32_t> created_count;
  std::atomic<std::uint32_t> stray_starts;
  std::int64_t stray_value;
  std::int64_t name_tag;       // makes object names unique where there is no namespace; 0: names are used as they are
  std::uint64_t program_at;    // where the program's text lies, for an exec'd image
  std::uint32_t program_size;  // of that text
};

/// An object that an actor made, so that it can be accounted for and swept.
struct Created {
  char kind[8];
  std::int64_t id;
  char name[64];
};

class Board {
 public:
  static constexpr std::size_t kHandledCapacity = 256;  // signals; a ring
  static constexpr std::size_t kShortResult = 1024;
  static constexpr std::size_t kResultBytes = std::size_t{4} << 20;
  static constexpr std::size_t kLogItems = std::size_t{1} << 20;
  static constexpr std::size_t kCreatedMax = 4096;
  static constexpr std::size_t kProgramBytes = std::size_t{1} << 20;
  static constexpr int kChannels = 8;

  Board() = default;
  /// Lays the board over a mapping of at least bytes_for(program).
  Board(void* memory, const Program& program);
  static std::size_t bytes_for(const Program& program);

  [[nodiscard]] BoardHeader& header() const { return *header_; }
  [[nodiscard]] ActorSlot& slot(int actor) const { return slots_[actor]; }
  [[nodiscard]] int actors() const { return actors_; }
  [[nodiscard]] Cell& cell(CellScope scope, int row, int index) const;
  [[nodiscard]] unsigned char* blob(std::size_t offset) const { return blobs_ + offset; }
  /// Leaves what a step gave; false when it is more than kResultBytes, and then nothing is left.
  bool put_result(int actor, std::string_view bytes) const;
  /// What the actor's last step left.
  [[nodiscard]] std::string_view result(int actor) const;
  /// The nth signal that the actor's handlers saw; the last kHandledCapacity are kept.
  [[nodiscard]] SigInfo& handled(int actor, std::uint32_t n) const;
  [[nodiscard]] Item* log(int actor) const;
  [[nodiscard]] Created& created(std::size_t i) const { return created_[i]; }
  [[nodiscard]] char* program_text() const { return program_text_; }
  [[nodiscard]] std::size_t process_cells() const { return process_cells_; }

  /// The actor is done: wakes the conductor if it sleeps.
  void ring() const;

 private:
  [[nodiscard]] char* result_area(int actor, std::size_t size) const;

  BoardHeader* header_ = nullptr;
  ActorSlot* slots_ = nullptr;
  Cell* global_ = nullptr;
  Cell* process_ = nullptr;
  Cell* actor_ = nullptr;
  unsigned char* blobs_ = nullptr;
  Created* created_ = nullptr;
  char* program_text_ = nullptr;
  char* short_results_ = nullptr;
  SigInfo* handled_ = nullptr;
  char* results_ = nullptr;
  char* logs_ = nullptr;
  std::size_t process_cells_ = 0;
  std::size_t actor_cells_ = 0;
  int actors_ = 0;
};

/// Sleeps until `word` is no longer `value`. `timeout_ns` negative: for ever. Wakes for nothing, too.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value, std::int64_t timeout_ns = -1);
void futex_wake(std::atomic<std::uint32_t>& word, int count = 1);
/// CLOCK_MONOTONIC in nanoseconds.
std::int64_t monotonic_ns();

}  // namespace kipc
