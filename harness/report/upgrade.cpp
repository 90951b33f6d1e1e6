#include "report/upgrade.hpp"

#include <array>
#include <string_view>

#include "report/report.hpp"

namespace kipc {
namespace {

/// From a version to the next.
struct Upgrade {
  int from;
  void (*head)(Node&);
  void (*variant)(Node&);
};

void keep(Node& /*head*/) {}

void rename_member(Node& object, std::string_view from, std::string_view to) {
  for (Member& member : object.members)
    if (member.key == from) member.key = to;
}

/// Version 1 had the history as lines of text: enough to read, too little to judge again.
void history_as_text(Node& variant) { rename_member(variant, "history", "history_text"); }

constexpr std::array kUpgrades = {Upgrade{1, keep, history_as_text}};
static_assert(kUpgrades.back().from + 1 == kReportFormatVersion, "a new version needs a step to it, and a sample");

}  // namespace

void upgrade_head(Node& head, int from) {
  for (const Upgrade& upgrade : kUpgrades)
    if (upgrade.from >= from) upgrade.head(head);
}

void upgrade_variant(Node& variant, int from) {
  for (const Upgrade& upgrade : kUpgrades)
    if (upgrade.from >= from) upgrade.variant(variant);
}

}  // namespace kipc
