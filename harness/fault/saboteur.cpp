#include "fault/saboteur.hpp"

#include <algorithm>

#include "fault/break.hpp"

namespace kipc {

const std::vector<Saboteur>& saboteurs() {
  static const std::vector<Saboteur> all = [] {
    std::vector<Saboteur> table;
    for (auto part : {death_saboteurs, descriptor_saboteurs, lock_saboteurs, memory_saboteurs, mq_saboteurs,
                      pipe_saboteurs, signal_saboteurs, socket_saboteurs, sync_saboteurs, sysv_saboteurs})
      for (const Saboteur& saboteur : part()) table.push_back(saboteur);
    std::sort(table.begin(), table.end(), [](const Saboteur& a, const Saboteur& b) { return a.name < b.name; });
    return table;
  }();
  return all;
}

const Saboteur* find_saboteur(std::string_view name) {
  if (name.empty()) return nullptr;  // every variant asks: the table is not made for nothing
  const auto found =
      std::find_if(saboteurs().begin(), saboteurs().end(), [&](const Saboteur& s) { return s.name == name; });
  return found == saboteurs().end() ? nullptr : &*found;
}

}  // namespace kipc
