// What is there between two lines of the script, as the kernel shows it.
#include <fmt/format.h>

#include <algorithm>

#include "engine/conductor.hpp"
#include "engine/look.hpp"

namespace kipc {
namespace {

constexpr int kFirst = 3;  // below are kipc's own three, open to /dev/null

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

/// True when the script has memory that is shared in a way that survivors are owed something of.
bool looks_at_memory(const Program& program) {
  return std::any_of(program.steps.begin(), program.steps.end(), [](const Step* step) {
    return step->row != nullptr && (starts_with(step->row->name, "pthread_mutex") || step->row->name == "shmat");
  });
}

}  // namespace

void Conductor::look_before(const Step& step, bool top, std::optional<int> member) {
  if (top) {
    take_snapshot(top_line_, Moment{});
    return;
  }
  const Moment here{step.id, member.value_or(-1), round_};
  const std::vector<Moment>& wanted = *stage_.moments;
  if (std::find(wanted.begin(), wanted.end(), here) != wanted.end()) take_snapshot(top_line_, here);
}

void Conductor::name_what_is_open(int actor, Snapshot& snapshot) {
  const ActorSlot& slot = board_.slot(actor);
  for (const Name& name : program_.scope.names) {
    const bool descriptor = name.kind == NameKind::fd || name.kind == NameKind::mqd;
    if (!descriptor && name.kind != NameKind::address) continue;
    for (int i = 0; i < name.capacity; ++i) {
      const Cell& cell = board_.cell(CellScope::process, slot.process, name.cell + i);
      if (cell.bound == 0) continue;
      const std::string text = name.capacity > 1 ? fmt::format("{}[{}]", name.text, i) : name.text;
      if (descriptor)
        snapshot.names.push_back({actor, text, static_cast<int>(cell.value)});
      else
        snapshot.places.push_back({actor, text, static_cast<std::uint64_t>(cell.value)});
    }
  }
}

void Conductor::take_snapshot(int line, const Moment& moment) {
  Snapshot snapshot;
  snapshot.line = line;
  snapshot.moment = moment;
  snapshot.events = history_.events.size();
  // Who sleeps in splice() and its like holds the lock of a pipe: asking it how much it has would wait for ever.
  const bool ask = std::none_of(players_.begin(), players_.end(), [&](const Player& player) {
    if (player.life != Life::blocked) return false;
    const std::string_view name = program_.steps[static_cast<std::size_t>(player.step)]->row->name;
    return name == "splice" || name == "tee" || name == "vmsplice";
  });
  const bool memory = looks_at_memory(program_);
  for (int actor = 0; actor < program_.scope.actor_count; ++actor) {
    const Player& player = players_[static_cast<std::size_t>(actor)];
    const ActorSlot& slot = board_.slot(actor);
    if (player.life == Life::absent || player.life == Life::dead || is_dead(actor)) continue;
    snapshot.living.push_back({actor, player.life == Life::blocked ? player.step : -1, player.stopped});
    name_what_is_open(actor, snapshot);
    if (slot.process != actor) continue;
    for (Snapshot::Open& open : open_descriptors(actor, slot.pid, kFirst, ask))
      snapshot.open.push_back(std::move(open));
    if (!memory) continue;
    for (Snapshot::Shared& one : shared_mappings(actor, slot.pid)) snapshot.shared.push_back(std::move(one));
  }
  connect_sockets(snapshot.open);
  for (const Step* step : program_.steps) {
    if (step->row == nullptr || !step->into) continue;
    const std::string_view row = step->row->name;
    if (row != "msgget" && row != "semget" && row != "shmget") continue;
    const Name& name = program_.scope.names[static_cast<std::size_t>(step->into->name)];
    const Cell& cell = board_.cell(CellScope::global, 0, name.cell);
    if (name.capacity != 1 || scope_of(name.kind) != CellScope::global || cell.bound == 0) continue;
    const auto same = [&](const Snapshot::Object& object) { return object.name == name.text; };
    if (std::any_of(snapshot.objects.begin(), snapshot.objects.end(), same)) continue;
    const std::string kind(row.substr(0, 3));
    if (auto values = values_of(kind, static_cast<int>(cell.value)); !values.empty())
      snapshot.objects.push_back({kind, name.text, cell.value, std::move(values)});
  }
  history_.snapshots->push_back(std::move(snapshot));
}

}  // namespace kipc
