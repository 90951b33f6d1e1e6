#include "judge/leaks.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string_view>

namespace kipc {
namespace {

struct Known {
  std::set<std::int64_t> made;     // ids that a get call returned
  std::set<std::int64_t> removed;  // ids whose IPC_RMID succeeded
};

/// The kind of System V object that a call is about, or "".
std::string_view sysv_kind(std::string_view call) {
  for (const std::string_view kind : {"msg", "sem", "shm"})
    if (call == std::string(kind) + "get" || call == std::string(kind) + "ctl") return kind;
  return "";
}

}  // namespace

std::string find_leak(const Program& program, const History& history) {
  // Only a whole trace accounts for everything: in blocks that ran freely calls are counted, not kept; and nobody
  // accounts for what a program of its own makes.
  if (history.end != History::End::completed || program.runs_programs) return "";
  bool concurrent_sysv = false;
  for (const BlockLog& log : history.logs)
    for (const Step& step : program.steps[static_cast<std::size_t>(log.block)]->steps)
      if (step.row != nullptr && !sysv_kind(step.row->name).empty()) concurrent_sysv = true;
  std::map<std::string, Known, std::less<>> known;
  for (const Event& event : history.events) {
    const bool came_back = event.kind == Event::Kind::returned || event.kind == Event::Kind::resumed;
    if (!came_back || event.result.err != 0) continue;
    const Step& call = *program.steps[static_cast<std::size_t>(event.call >= 0 ? event.call : event.step)];
    const std::string_view kind = sysv_kind(call.row->name);
    if (kind.empty()) continue;
    Known& objects = known[std::string(kind)];
    if (call.row->name.substr(3) == "get") {
      objects.made.insert(event.result.ret);
      objects.removed.erase(event.result.ret);
      continue;
    }
    const int selector = call.row->selector();
    if (selector < 0 || !call.args[static_cast<std::size_t>(selector)] ||
        call.args[static_cast<std::size_t>(selector)]->text != "IPC_RMID")
      continue;
    objects.removed.insert(event.result.subject);
  }
  for (const Remaining& left : history.remaining) {
    if (left.kind == "process") return fmt::format("a process that is no actor is left ({})", left.name);
    const auto objects = known.find(left.kind);
    const bool sysv = left.kind == "msg" || left.kind == "sem" || left.kind == "shm";
    if (!sysv || concurrent_sysv) continue;
    if (objects == known.end() || objects->second.made.count(left.id) == 0)
      return fmt::format("a System V {} object with id {} exists that no line made", left.kind, left.id);
    if (objects->second.removed.count(left.id) != 0)
      return fmt::format("the System V {} object with id {} was removed and still exists after everyone is gone",
                         left.kind, left.id);
  }
  return "";
}

}  // namespace kipc
