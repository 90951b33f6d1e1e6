#include "explore/world.hpp"

#include <fcntl.h>

#include <algorithm>

namespace kipc {
namespace {

using Open = Snapshot::Open;

const Open* with_number(const Snapshot& snapshot, int process, int fd) {
  const auto open = std::find_if(snapshot.open.begin(), snapshot.open.end(),
                                 [&](const Open& entry) { return entry.actor == process && entry.fd == fd; });
  return open == snapshot.open.end() ? nullptr : &*open;
}

const Open* find_in(const Snapshot& snapshot, int actor, int process, const std::string& name) {
  const auto named = std::find_if(snapshot.names.begin(), snapshot.names.end(),
                                  [&](const auto& entry) { return entry.actor == actor && entry.name == name; });
  return named == snapshot.names.end() ? nullptr : with_number(snapshot, process, named->fd);
}

bool reads(const Open& open) { return (open.flags & O_ACCMODE) != O_WRONLY; }
bool writes(const Open& open) { return (open.flags & O_ACCMODE) != O_RDONLY; }

}  // namespace

std::optional<MemoryPlace> place_in(const Snapshot& snapshot, int process, std::uint64_t address) {
  for (const Snapshot::Shared& one : snapshot.shared)
    if (one.actor == process && address >= one.start && address < one.end)
      return MemoryPlace{one.object, one.offset + (address - one.start)};
  return std::nullopt;
}

World::World(const Program& program, const History& history, const Snapshot& snapshot, const std::set<int>& dead)
    : program_(program), history_(history), snapshot_(snapshot) {
  for (const int actor : dead) dead_.insert(process_of(actor));
  find_pairs();
}

int World::process_of(int actor) const { return history_.actors[static_cast<std::size_t>(actor)].process; }

bool World::lives(int actor) const {
  return dead_.count(process_of(actor)) == 0 &&
         std::any_of(snapshot_.living.begin(), snapshot_.living.end(),
                     [&](const Snapshot::Living& living) { return living.actor == actor; });
}

std::vector<Snapshot::Living> World::survivors() const {
  std::vector<Snapshot::Living> found;
  std::copy_if(snapshot_.living.begin(), snapshot_.living.end(), std::back_inserter(found),
               [&](const auto& living) { return dead_.count(process_of(living.actor)) == 0; });
  return found;
}

const Open* World::find(int actor, const std::string& name) const {
  return find_in(snapshot_, actor, process_of(actor), name);
}

std::optional<std::vector<const Open*>> World::find_all(int actor, const Node& name) const {
  std::vector<const Open*> found;
  if (name.is_integer()) {
    if (name.number < 0) return found;
    found.push_back(with_number(snapshot_, process_of(actor), static_cast<int>(name.number)));
  } else if (const std::size_t star = name.text.find("[*]"); star != std::string::npos) {
    const std::string start = name.text.substr(0, star + 1);
    for (const Snapshot::Named& named : snapshot_.names)
      if (named.actor == actor && named.name.rfind(start, 0) == 0) found.push_back(find(actor, named.name));
  } else {
    found.push_back(find(actor, name.text));
  }
  if (std::find(found.begin(), found.end(), nullptr) != found.end()) return std::nullopt;
  return found;
}

int World::readers(const std::string& object) const {
  return static_cast<int>(std::count_if(snapshot_.open.begin(), snapshot_.open.end(), [&](const Open& open) {
    return dead_.count(open.actor) == 0 && open.object == object && reads(open);
  }));
}

int World::writers(const std::string& object) const {
  return static_cast<int>(std::count_if(snapshot_.open.begin(), snapshot_.open.end(), [&](const Open& open) {
    return dead_.count(open.actor) == 0 && open.object == object && writes(open);
  }));
}

int World::holders(const std::string& object) const {
  return static_cast<int>(std::count_if(snapshot_.open.begin(), snapshot_.open.end(), [&](const Open& open) {
    return dead_.count(open.actor) == 0 && open.object == object;
  }));
}

bool World::is_gone(const std::string& object) const { return any(object) != nullptr && holders(object) == 0; }

const Open* World::any(const std::string& object) const {
  const auto found = std::find_if(snapshot_.open.begin(), snapshot_.open.end(),
                                  [&](const Open& open) { return open.object == object; });
  return found == snapshot_.open.end() ? nullptr : &*found;
}

std::string World::peer(const Open& socket) const {
  if (!socket.peer.empty()) return socket.peer;
  if (!socket.pending.empty()) return socket.pending;
  const auto found = pairs_.find(socket.object);
  return found == pairs_.end() ? "" : found->second;
}

std::optional<MemoryPlace> World::place(int actor, std::uint64_t address) const {
  return place_in(snapshot_, process_of(actor), address);
}

/// Both ends have their names right after the line that made them.
void World::find_pairs() {
  for (const Snapshot& after : *history_.snapshots) {
    if (after.line == 0 || after.moment.step >= 0) continue;
    const Step& step = program_.script[static_cast<std::size_t>(after.line - 1)];
    if (step.row == nullptr || step.row->name != "socketpair" || step.as.count != 1) continue;
    const Node* first = step.node.find("first");
    const Node* second = step.node.find("second");
    if (first == nullptr || second == nullptr) continue;
    const int actor = step.as.base;
    const Open* a = find_in(after, actor, process_of(actor), first->text);
    const Open* b = find_in(after, actor, process_of(actor), second->text);
    if (a == nullptr || b == nullptr) continue;
    pairs_[a->object] = b->object;
    pairs_[b->object] = a->object;
  }
}

}  // namespace kipc
