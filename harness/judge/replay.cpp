#include "judge/replay.hpp"

#include <cstring>

namespace kipc {

ReplayEnv::ReplayEnv(const Program& program, const History& history)
    : program_(program), history_(history), blobs_(program.scope.blob_bytes + 16) {
  for (const Fact& fact : history.facts) set_global(fact.cell, fact.value);
}

int ReplayEnv::process_of(int actor) const {
  const int who = actor < 0 ? actor_ : actor;
  if (who < 0 || static_cast<std::size_t>(who) >= history_.actors.size()) return who;
  return history_.actors[static_cast<std::size_t>(who)].process;
}

void ReplayEnv::set_global(int index, std::int64_t value) { cells_[{CellScope::global, 0, index}] = Cell{value, 1, 0}; }

void ReplayEnv::bind(const Step& call, int actor, const CallResult& result) {
  for (const Binding& binding : result.bindings) {
    const int row = binding.scope == CellScope::global    ? 0
                    : binding.scope == CellScope::process ? process_of(actor)
                                                          : actor;
    cells_[{binding.scope, row, binding.cell}] = Cell{binding.value, 1, 0};
  }
  for (const Out& out : result.outs) {
    const auto& arg = call.args[static_cast<std::size_t>(out.param)];
    if (!arg || !arg->name || arg->name->name < 0) continue;
    const Name& name = program_.scope.names[static_cast<std::size_t>(arg->name->name)];
    if (name.structure != nullptr && out.bytes.size() >= name.structure->size)
      std::memcpy(blob(name.blob), out.bytes.data(), name.structure->size);
  }
}

void ReplayEnv::fork(int parent, int child) {
  const int from = process_of(parent);
  const int to = process_of(child);
  if (from == to) return;
  std::vector<std::pair<int, Cell>> copied;
  for (const auto& [key, value] : cells_)
    if (std::get<0>(key) == CellScope::process && std::get<1>(key) == from)
      copied.emplace_back(std::get<2>(key), value);
  for (const auto& [index, value] : copied) cells_[{CellScope::process, to, index}] = value;
}

void ReplayEnv::exec(int actor) {
  for (const Name& name : program_.scope.names) {
    if (name.kind != NameKind::address && name.kind != NameKind::semaphore) continue;
    for (int i = 0; i < name.capacity; ++i) cells_.erase({CellScope::process, process_of(actor), name.cell + i});
  }
}

Cell& ReplayEnv::cell(CellScope scope, int actor, int index) {
  const int row = scope == CellScope::global    ? 0
                  : scope == CellScope::process ? process_of(actor)
                  : actor < 0                   ? actor_
                                                : actor;
  return cells_[{scope, row, index}];
}

std::int64_t ReplayEnv::fact(int actor, ActorFact fact) {
  const int who = actor < 0 ? actor_ : actor;
  if (static_cast<std::size_t>(who) >= history_.actors.size()) throw EvalError{"no such actor"};
  const ActorRecord& record = history_.actors[static_cast<std::size_t>(who)];
  switch (fact) {
    case ActorFact::pid: return record.pid;
    case ActorFact::tid: return record.tid;
    case ActorFact::uid: return record.uid;
    case ActorFact::gid: return record.gid;
  }
  return -1;
}

std::int64_t ReplayEnv::member_index() { return program_.member_index(actor_); }

unsigned char* ReplayEnv::blob(std::size_t offset) { return blobs_.data() + offset; }

void ReplayEnv::peek(std::uint64_t /*address*/, void* /*into*/, std::size_t /*length*/) {
  throw EvalError{"memory cannot be read when judging"};
}

}  // namespace kipc
