// The names of a case as they were bound in a history, so that expectations can be evaluated again without a kernel.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "language/history.hpp"
#include "language/script.hpp"

namespace kipc {

class ReplayEnv : public Env {
 public:
  ReplayEnv(const Program& program, const History& history);
  /// Whose names `-1` means.
  void act_as(int actor) { actor_ = actor; }
  /// What a call that came back bound, for the actor's process.
  void bind(const Step& call, int actor, const CallResult& result);
  void set_global(int cell, std::int64_t value);
  /// A new process begins with its parent's handles; an exec'd one forgets its addresses.
  void fork(int parent, int child);
  void exec(int actor);

  Cell& cell(CellScope scope, int actor, int index) override;
  std::int64_t fact(int actor, ActorFact fact) override;
  std::int64_t member_index() override;
  unsigned char* blob(std::size_t offset) override;
  void peek(std::uint64_t address, void* into, std::size_t length) override;

 private:
  int process_of(int actor) const;
  const Program& program_;
  const History& history_;
  int actor_ = 0;
  std::map<std::tuple<CellScope, int, int>, Cell> cells_;
  std::vector<unsigned char> blobs_;
};

}  // namespace kipc
