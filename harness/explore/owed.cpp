#include "explore/owed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "explore/findings.hpp"

namespace kipc {
namespace {

using Fates = std::map<int, Fate>;

Fates fates_of(const Circumstances& now, const std::set<int>& back) {
  Fates fates;
  for (const Snapshot::Living& living : now.world.survivors())
    if (living.blocked_in >= 0 && back.count(living.actor) == 0) fates[living.actor] = fate_of(now, living);
  return fates;
}

const ActorGroup* group_of(const Program& program, int actor) {
  for (const ActorGroup& group : program.scope.groups)
    if (actor >= group.base && actor < group.base + group.count) return &group;
  return nullptr;
}

/// The group that a line with "any" can name for those who have the same prize in sight: all are its members, and no
/// other member comes back for another reason. nullptr where there is none.
const ActorGroup* group_for(const Program& program, const Fates& fates, const std::string& prize) {
  const ActorGroup* group = nullptr;
  for (const auto& [actor, fate] : fates) {
    if (fate.kind != Fate::Kind::one_of || fate.prize != prize) continue;
    const ActorGroup* its = group_of(program, actor);
    if (its == nullptr || its->count < 2 || (group != nullptr && its != group)) return nullptr;
    group = its;
  }
  for (const auto& [actor, fate] : fates)
    if (group != nullptr && group_of(program, actor) == group && fate.prize != prize && fate.kind != Fate::Kind::stays)
      return nullptr;
  return group;
}

std::vector<int> contestants(const Fates& fates, const std::string& prize) {
  std::vector<int> found;
  for (const auto& [actor, fate] : fates)
    if (fate.kind == Fate::Kind::one_of && fate.prize == prize) found.push_back(actor);
  return found;
}

std::string_view call_of(const Program& program, const Snapshot& snapshot, int actor) {
  for (const Snapshot::Living& living : snapshot.living)
    if (living.actor == actor && living.blocked_in >= 0)
      return program.steps[static_cast<std::size_t>(living.blocked_in)]->row->name;
  return "";
}

}  // namespace

std::vector<Unsaid> sleepers_to_kill(const Program& program, const History& history, const Snapshot& snapshot,
                                     const std::set<int>& dead) {
  std::vector<Unsaid> killed;
  const Reservations script(program);
  std::set<int> gone = dead;
  for (bool more = true; more;) {  // each death may take away what another's rule stood on
    more = false;
    const World world(program, history, snapshot, gone);
    const Mutexes mutexes = mutexes_at(world);
    const Undone undone = undone_by_death(world);
    const Fates fates = fates_of(Circumstances{world, mutexes, undone, script}, {});
    for (const auto& [actor, fate] : fates) {
      const bool unruled = fate.kind == Fate::Kind::unruled;
      const bool unsaid = fate.kind == Fate::Kind::one_of && contestants(fates, fate.prize).size() > 1 &&
                          contestants(fates, fate.prize).front() != actor &&
                          group_for(program, fates, fate.prize) == nullptr;
      if (!unruled && !unsaid) continue;
      killed.push_back({actor, call_of(program, snapshot, actor), unruled});
      gone.insert(actor);
      more = true;
      break;
    }
  }
  return killed;
}

Aftermath::Aftermath(const Program& program, const History& history, const Snapshot& snapshot)
    : program_(program), history_(history), snapshot_(snapshot), script_(program) {}

template <typename What>
auto Aftermath::with_circumstances(What&& what) const {
  const World world(program_, history_, snapshot_, dead_);
  const Mutexes mutexes = mutexes_at(world);
  const Undone undone = undone_by_death(world);
  return what(Circumstances{world, mutexes, undone, script_});
}

std::vector<std::string> Aftermath::react() {
  const Fates fates = with_circumstances([&](const Circumstances& now) { return fates_of(now, back_); });
  std::vector<std::string> lines;
  for (const auto& [actor, fate] : fates) {
    const std::string name = quoted(program_.actor_name(actor));
    const std::string_view call = call_of(program_, snapshot_, actor);
    const auto resumes = [&, &fate = fate](const std::string& who) {
      lines.push_back(fmt::format(R"({{"as": {}, "resumes": "{}", "expect": {}}})", who, call, fate.expect));
    };
    switch (fate.kind) {
      case Fate::Kind::unruled:
      case Fate::Kind::stays: break;
      case Fate::Kind::returns:
        resumes(name);
        back_.insert(actor);
        break;
      case Fate::Kind::dies:
        lines.push_back(fmt::format(R"({{"as": {}, "dies": "SIGPIPE"}})", name));
        dead_.insert(actor);
        break;
      case Fate::Kind::one_of: {
        const std::vector<int> all = contestants(fates, fate.prize);
        const ActorGroup* group = all.size() > 1 ? group_for(program_, fates, fate.prize) : nullptr;
        if ((all.size() > 1 && group == nullptr) || !awarded_.insert(fate.prize).second) break;
        resumes(group == nullptr ? name
                                 : fmt::format(R"({{"any": 1, "of": {}, "named": "heir{}"}})", quoted(group->name),
                                               awarded_.size()));
        back_.insert(all.begin(),
                     all.end());  // whoever it is, the others are seen to sleep on as nothing is said of them
        break;
      }
    }
  }
  return lines;
}

std::vector<std::string> Aftermath::died(int actor) {
  dead_.insert(actor);
  std::vector<std::string> lines;
  for (;;) {  // who dies of it may leave others without their peer
    std::vector<std::string> more = react();
    if (more.empty()) return lines;
    lines.insert(lines.end(), more.begin(), more.end());
  }
}

std::vector<std::string> Aftermath::rest(const std::string& inexact) {
  return with_circumstances([&](const Circumstances& now) {
    std::vector<std::string> lines;
    std::vector<Snapshot::Living> sleepers;
    for (const Snapshot::Living& living : now.world.survivors()) {
      if (living.blocked_in < 0 || back_.count(living.actor) != 0) continue;
      sleepers.push_back(living);
      if (living.stopped) continue;
      lines.push_back(fmt::format(R"({{"as": {}, "blocked": "{}"}})", quoted(program_.actor_name(living.actor)),
                                  call_of(program_, snapshot_, living.actor)));
    }
    for (std::string& line : findings(now, sleepers, back_, inexact)) lines.push_back(std::move(line));
    return lines;
  });
}

}  // namespace kipc
