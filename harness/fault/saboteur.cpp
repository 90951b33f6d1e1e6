#include "fault/saboteur.hpp"

#include <algorithm>

namespace kipc {

const std::vector<Saboteur>& saboteurs() {
  static const std::vector<Saboteur> all;
  return all;
}

const Saboteur* find_saboteur(std::string_view name) {
  const auto found = std::find_if(saboteurs().begin(), saboteurs().end(), [&](const Saboteur& s) { return s.name == name; });
  return found == saboteurs().end() ? nullptr : &*found;
}

}  // namespace kipc
