#include "explore/world.hpp"

#include <fcntl.h>

#include <algorithm>

namespace kipc {
namespace {

const Snapshot::Open* find_in(const Snapshot& snapshot, int actor, int process, const std::string& name) {
  const auto named = std::find_if(snapshot.names.begin(), snapshot.names.end(),
                                  [&](const auto& entry) { return entry.actor == actor && entry.name == name; });
  if (named == snapshot.names.end()) return nullptr;
  const auto open = std::find_if(snapshot.open.begin(), snapshot.open.end(),
                                 [&](const auto& entry) { return entry.actor == process && entry.fd == named->fd; });
  return open == snapshot.open.end() ? nullptr : &*open;
}

bool reads(const Snapshot::Open& open) { return (open.flags & O_ACCMODE) != O_WRONLY; }
bool writes(const Snapshot::Open& open) { return (open.flags & O_ACCMODE) != O_RDONLY; }

}  // namespace

World::World(const Program& program, const History& history, const Snapshot& snapshot, const std::set<int>& dead)
    : program_(program), history_(history), snapshot_(snapshot) {
  for (const int actor : dead) dead_.insert(process_of(actor));
  find_pairs(history);
}

int World::process_of(int actor) const { return history_.actors[static_cast<std::size_t>(actor)].process; }

bool World::lives(int actor) const { return dead_.count(process_of(actor)) == 0; }

std::vector<Snapshot::Living> World::survivors() const {
  std::vector<Snapshot::Living> found;
  std::copy_if(snapshot_.living.begin(), snapshot_.living.end(), std::back_inserter(found),
               [&](const auto& living) { return lives(living.actor); });
  return found;
}

const Snapshot::Open* World::find(int actor, const std::string& name) const {
  return find_in(snapshot_, actor, process_of(actor), name);
}

int World::readers(const std::string& object) const {
  return static_cast<int>(std::count_if(snapshot_.open.begin(), snapshot_.open.end(), [&](const auto& open) {
    return lives(open.actor) && open.object == object && reads(open);
  }));
}

int World::writers(const std::string& object) const {
  return static_cast<int>(std::count_if(snapshot_.open.begin(), snapshot_.open.end(), [&](const auto& open) {
    return lives(open.actor) && open.object == object && writes(open);
  }));
}

int World::holders(const std::string& object) const {
  return static_cast<int>(std::count_if(snapshot_.open.begin(), snapshot_.open.end(),
                                        [&](const auto& open) { return lives(open.actor) && open.object == object; }));
}

std::string World::peer(const std::string& object) const {
  const auto found = peers_.find(object);
  return found == peers_.end() ? "" : found->second;
}

std::string World::pair_type(const std::string& object) const {
  const auto found = types_.find(object);
  return found == types_.end() ? "" : found->second;
}

/// Both ends have their names right after the line that made them.
void World::find_pairs(const History& history) {
  for (const Snapshot& after : history.snapshots) {
    if (after.line == 0) continue;
    const Step& step = program_.script[static_cast<std::size_t>(after.line - 1)];
    if (step.row == nullptr || step.row->name != "socketpair" || step.as.count != 1) continue;
    const Node* first = step.node.find("first");
    const Node* second = step.node.find("second");
    const Node* type = step.node.find("type");
    if (first == nullptr || second == nullptr || type == nullptr) continue;
    const int actor = step.as.base;
    const Snapshot::Open* a = find_in(after, actor, process_of(actor), first->text);
    const Snapshot::Open* b = find_in(after, actor, process_of(actor), second->text);
    if (a == nullptr || b == nullptr) continue;
    peers_[a->object] = b->object;
    peers_[b->object] = a->object;
    for (const Node& flag : type->items)
      if (flag.text == "SOCK_STREAM" || flag.text == "SOCK_SEQPACKET" || flag.text == "SOCK_DGRAM")
        types_[a->object] = types_[b->object] = flag.text;
  }
}

}  // namespace kipc
