// What an expression may look at when it is evaluated: the names bound so far, facts about actors, memory. The engine
// gives one to every actor; the judge has one that it replays from a history.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace kipc {

/// One bound name. Lives in shared memory, hence plain.
struct Cell {
  std::int64_t value = 0;
  std::uint32_t bound = 0;
  std::uint32_t spare = 0;
};

enum class ActorFact { pid, tid, uid, gid };

/// Where a cell is kept: one for the whole case, one per process, one per actor (loop counters).
enum class CellScope { global, process, actor };

/// Evaluation failed: an unbound name, an overflow, a division by zero. An ERROR of the case, never a FAIL.
struct EvalError {
  std::string text;
};

class Env {
 public:
  Env() = default;
  Env(const Env&) = delete;
  Env& operator=(const Env&) = delete;
  virtual ~Env() = default;
  /// The cell; `actor` is an actor's index, or -1 for the acting one. Never null.
  virtual Cell& cell(CellScope scope, int actor, int index) = 0;
  virtual std::int64_t fact(int actor, ActorFact fact) = 0;
  /// The acting member's index in its group.
  virtual std::int64_t member_index() = 0;
  /// Storage of a bound structure (msqid_ds, stat, …), at its offset in the blob area.
  virtual unsigned char* blob(std::size_t offset) = 0;
  /// Reads memory of the acting process. Throws EvalError where there is none to read (the judge).
  virtual void peek(std::uint64_t address, void* into, std::size_t length) = 0;
};

}  // namespace kipc
