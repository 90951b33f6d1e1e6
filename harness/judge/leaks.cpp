#include "judge/leaks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "base/text.hpp"

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

/// What a call with a name is about: as the audit calls it, and as the name stands in the directory.
struct NamedObject {
  std::string kind;  // "mq", "shm object"; "": no such call
  std::string name;  // "/q"; where it is an expression, a pattern
  bool removes = false;
};

NamedObject named_by(const Step& call) {
  if (call.row == nullptr) return {};
  const std::string_view row = call.row->name;
  NamedObject object;
  object.removes = row.size() > 7 && row.substr(row.size() - 7) == "_unlink";
  if (row == "mq_open" || row == "mq_unlink")
    object.kind = "mq";
  else if (row == "sem_open" || row == "sem_unlink" || row == "shm_open" || row == "shm_unlink")
    object.kind = "shm object";
  else
    return {};
  const Node* name = call.node.find("name");
  if (name == nullptr || !name->is_string()) {
    object.name = "*";
    return object;
  }
  bool expression = false;
  for (const char c : name->text) {
    if (c == '{') object.name += '*';
    expression = (expression || c == '{') && c != '}';
    if (!expression && c != '}' && c != '/') object.name += c;
  }
  object.name = (row.substr(0, 4) == "sem_" ? "/sem." : "/") + object.name;
  return object;
}

bool may_create(const Step& call) {
  const Node* flags = call.node.find("oflag");
  return flags == nullptr || to_json(*flags).find("O_CREAT") != std::string::npos;
}

/// Names that stay until they are removed: each that is left was made by a line, and not removed behind it.
class Names {
 public:
  void read(const Step& call, bool in_order) {
    const NamedObject object = named_by(call);
    if (object.kind.empty()) return;
    const bool exact = object.name.find_first_of("*?") == std::string::npos;
    if (!object.removes && may_create(call)) {
      made_.push_back(object);
      removed_.erase(object.kind + object.name);
    }
    if (object.removes && exact && in_order) removed_.insert(object.kind + object.name);
  }

  [[nodiscard]] std::string wrong(const Remaining& left) const {
    if (left.kind != "mq" && left.kind != "shm object") return "";
    const auto is_it = [&](const NamedObject& object) {
      return object.kind == left.kind && glob_match(object.name, left.name);
    };
    if (std::none_of(made_.begin(), made_.end(), is_it))
      return fmt::format("the {} {} exists that no line made", left.kind, left.name);
    if (removed_.count(left.kind + left.name) != 0)
      return fmt::format("the {} {} was removed and still exists after everyone is gone", left.kind, left.name);
    return "";
  }

 private:
  std::vector<NamedObject> made_;
  std::set<std::string> removed_;
};

void read_block(const Step& block, Names& names) {
  for (const Step& step : block.steps) {
    names.read(step, false);
    read_block(step, names);
  }
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
  Names names;
  for (const BlockLog& log : history.logs) read_block(*program.steps[static_cast<std::size_t>(log.block)], names);
  std::map<std::string, Known, std::less<>> known;
  for (const Event& event : history.events) {
    const bool came_back = event.kind == Event::Kind::returned || event.kind == Event::Kind::resumed;
    if (!came_back || event.result.err != 0) continue;
    const Step& call = *program.steps[static_cast<std::size_t>(event.call >= 0 ? event.call : event.step)];
    names.read(call, history.logs.empty());
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
    if (std::string wrong = names.wrong(left); !wrong.empty()) return wrong;
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
