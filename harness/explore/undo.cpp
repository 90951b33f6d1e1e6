#include "explore/undo.hpp"

#include <algorithm>
#include <optional>

namespace kipc {
namespace {

constexpr std::int64_t kMost = 32767;  // SEMVMX

struct Operation {
  std::size_t number = 0;
  std::int64_t change = 0;
  bool undo = false;
};

bool script_says(const Program& program, std::string_view word) {
  return std::any_of(program.script.begin(), program.script.end(),
                     [&](const Step& step) { return to_json(step.node).find(word) != std::string::npos; });
}

/// An integer as it stands there, or the parameter that is named there.
std::optional<std::int64_t> number_of(const Program& program, const Node* node, std::int64_t otherwise) {
  if (node == nullptr) return otherwise;
  if (node->is_integer()) return node->number;
  const Node* parameter = node->is_string() ? program.scope.parameter(node->text) : nullptr;
  if (parameter != nullptr && parameter->is_integer()) return parameter->number;
  return std::nullopt;
}

std::optional<std::vector<Operation>> operations_of(const Program& program, const Step& call) {
  const Node* list = call.node.find("sops");
  if (list == nullptr || !list->is_array()) return std::nullopt;
  std::vector<Operation> operations;
  for (const Node& item : list->items) {
    const auto number = number_of(program, item.find("sem_num"), 0);
    const auto change = number_of(program, item.find("sem_op"), 0);
    const Node* flags = item.find("sem_flg");
    if (!number || !change || *number < 0 || (flags != nullptr && !flags->is_array())) return std::nullopt;
    const bool undo = flags != nullptr && std::any_of(flags->items.begin(), flags->items.end(),
                                                      [](const Node& flag) { return flag.text == "SEM_UNDO"; });
    operations.push_back({static_cast<std::size_t>(*number), *change, undo});
  }
  return operations;
}

/// All or nothing, in their order. False: it would sleep.
bool perform(const std::vector<Operation>& operations, std::vector<std::int64_t>& values) {
  std::vector<std::int64_t> after = values;
  for (const Operation& operation : operations) {
    if (operation.number >= after.size()) return false;
    std::int64_t& value = after[operation.number];
    if (operation.change == 0 ? value != 0 : value + operation.change < 0) return false;
    value += operation.change;
  }
  values = std::move(after);
  return true;
}

bool is_semop(const Step& call) {
  return call.row != nullptr && (call.row->name == "semop" || call.row->name == "semtimedop");
}

std::string set_of(const Step& call) {
  const Node* id = call.node.find("semid");
  return id != nullptr && id->is_string() ? id->text : "";
}

class Undoing {
 public:
  explicit Undoing(const World& world) : world_(world), program_(world.program()) {}

  Undone run() {
    for (const Snapshot::Object& object : world_.snapshot().objects)
      if (object.kind == "sem") done_.values[object.name] = object.values;
    if (!script_says(program_, "SEM_UNDO")) return std::move(done_);
    const bool told = read_adjustments();
    for (auto entry = done_.values.begin(); entry != done_.values.end();) {
      if (told && take_back(entry->first, entry->second) && wake(entry->first, entry->second)) {
        ++entry;
      } else {
        for (const auto& [actor, call] : sleepers_of(entry->first)) done_.unclear.insert(actor);
        entry = done_.values.erase(entry);
      }
    }
    return std::move(done_);
  }

 private:
  using Adjustments = std::map<std::pair<std::string, std::size_t>, std::map<int, std::int64_t>>;

  bool read_adjustments() {
    for (const char* word : {"pthread_create", "concurrently", "CLONE_SYSVSEM"})
      if (script_says(program_, word)) return false;
    for (std::size_t i = 0; i < world_.snapshot().events; ++i) {
      const Event& event = world_.history().events[i];
      const bool back = event.kind == Event::Kind::returned || event.kind == Event::Kind::resumed;
      if (!back || event.result.err != 0) continue;
      const Step& call = *program_.steps[static_cast<std::size_t>(event.call >= 0 ? event.call : event.step)];
      if (call.row != nullptr && call.row->name == "semctl" && !read_control(call)) return false;
      if (!is_semop(call)) continue;
      const auto operations = operations_of(program_, call);
      if (!operations || set_of(call).empty()) return false;
      for (const Operation& operation : *operations)
        if (operation.undo)
          adjustments_[{set_of(call), operation.number}][world_.process_of(event.actor)] -= operation.change;
    }
    return true;
  }

  /// SETVAL and SETALL clear what was to be undone, of every process.
  bool read_control(const Step& call) {
    const Node* command = call.node.find("cmd");
    if (command == nullptr) return false;
    if (command->text == "SETALL")
      for (auto& [which, by_process] : adjustments_)
        if (which.first == set_of(call)) by_process.clear();
    if (command->text != "SETVAL") return true;
    const auto number = number_of(program_, call.node.find("semnum"), 0);
    if (!number || *number < 0) return false;
    adjustments_[{set_of(call), static_cast<std::size_t>(*number)}].clear();
    return true;
  }

  bool take_back(const std::string& set, std::vector<std::int64_t>& values) const {
    for (const auto& [which, by_process] : adjustments_) {
      if (which.first != set) continue;
      for (const auto& [process, adjustment] : by_process) {
        if (world_.dead().count(process) == 0) continue;
        if (which.second >= values.size()) return false;
        values[which.second] = std::clamp<std::int64_t>(values[which.second] + adjustment, 0, kMost);
      }
    }
    return true;
  }

  [[nodiscard]] std::vector<std::pair<int, const Step*>> sleepers_of(const std::string& set) const {
    std::vector<std::pair<int, const Step*>> found;
    for (const Snapshot::Living& living : world_.survivors()) {
      if (living.blocked_in < 0) continue;
      const Step& call = *program_.steps[static_cast<std::size_t>(living.blocked_in)];
      if (is_semop(call) && set_of(call) == set) found.emplace_back(living.actor, &call);
    }
    return found;
  }

  /// Those that can go on one after the other, as long as it is only one at a time. False where it cannot be said.
  bool wake(const std::string& set, std::vector<std::int64_t>& values) {
    auto waiting = sleepers_of(set);
    for (;;) {
      std::vector<std::pair<int, std::vector<Operation>>> ready;
      for (const auto& [actor, call] : waiting) {
        auto operations = operations_of(program_, *call);
        if (!operations) return false;
        if (auto after = values; perform(*operations, after)) ready.emplace_back(actor, std::move(*operations));
      }
      if (ready.empty()) return true;
      if (ready.size() > 1) return false;
      perform(ready.front().second, values);
      const int actor = ready.front().first;
      done_.back.insert(actor);
      waiting.erase(std::find_if(waiting.begin(), waiting.end(), [&](const auto& one) { return one.first == actor; }));
    }
  }

  const World& world_;
  const Program& program_;
  Undone done_;
  Adjustments adjustments_;
};

}  // namespace

Undone undone_by_death(const World& world) { return Undoing(world).run(); }

}  // namespace kipc
