// The part of an actor: a process or thread that waits for its next step, performs it, and says what came back.
// Workflow of a step: 1) evaluate and marshal the arguments, 2) `entered`, 3) perform the call, 4) store the result,
// 5) `done`. Nothing between 2 and 3 may sleep, or a look at the system call would mislead.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "engine/board.hpp"
#include "fault/saboteur.hpp"
#include "language/snapshot.hpp"
#include "values/record.hpp"

namespace kipc {

class ActorGroups;
class Probe;
class Striker;

/// Files of images by the names that cases give them.
using ProgramFiles = std::map<std::string, std::string, std::less<>>;

/// What all actors of a variant know; set by the conductor before it makes the first.
struct Stage {
  const Program* program = nullptr;
  Board board;
  const Saboteur* saboteur = nullptr;
  std::string image;       // kipc's own executable, for execve
  std::string board_path;  // the board as a file, for an exec'd image; "" when there is none
  std::string saboteur_name;
  const ProgramFiles* programs = nullptr;
  const ActorGroups* groups = nullptr;  // of those made unrelated
  bool snapshots = false;
  Striker* striker = nullptr;                    // nullptr: no faults by eBPF
  Probe* probe = nullptr;                        // attached; nullptr: nothing is measured
  const struct Timing* timing = nullptr;         // measured blocks are timed
  const std::vector<Moment>* moments = nullptr;  // where else a snapshot is taken
};

/// Becomes that actor: waits for steps until told to exit or killed. Does not return.
[[noreturn]] void be_actor(const Stage& stage, int actor);

/// Evaluates names on the board, as seen by one actor.
class BoardEnv : public Env {
 public:
  BoardEnv(const Program& program, const Board& board, int actor) : program_(program), board_(board), actor_(actor) {}
  Cell& cell(CellScope scope, int actor, int index) override;
  std::int64_t fact(int actor, ActorFact fact) override;
  std::int64_t member_index() override { return program_.member_index(actor_); }
  unsigned char* blob(std::size_t offset) override { return board_.blob(offset); }
  void peek(std::uint64_t address, void* into, std::size_t length) override;
  void allow_peek() { may_peek_ = true; }

 private:
  const Program& program_;
  const Board& board_;
  int actor_;
  bool may_peek_ = false;
};

}  // namespace kipc
