#include "model/deviation.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.hpp"
#include "model/embedded.hpp"
#include "model/node.hpp"

namespace kipc {
namespace {

[[noreturn]] void wrong(const std::string& file, const Node& at, const char* expected, std::string hint = "") {
  throw CaseError{Problem{file, at.line, at.pointer, expected, describe(at), std::move(hint)}};
}

bool known_of(const Deviation& deviation, const PlatformFacts& platform) {
  if (!deviation.kernel_at_least.empty() && compare_releases(platform.kernel_release, deviation.kernel_at_least) < 0)
    return false;
  if (!deviation.kernel_below.empty() && compare_releases(platform.kernel_release, deviation.kernel_below) >= 0)
    return false;
  return deviation.libc.empty() || deviation.libc == platform.libc;
}

}  // namespace

int compare_releases(std::string_view a, std::string_view b) {
  const auto next = [](std::string_view& text) {
    int number = 0;
    while (!text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) != 0) {
      number = std::min(number, 100'000'000) * 10 + (text[0] - '0');
      text.remove_prefix(1);
    }
    // Anything but a dot ends the comparable part.
    text = !text.empty() && text[0] == '.' ? text.substr(1) : std::string_view();
    return number;
  };
  while (!a.empty() || !b.empty()) {
    const int difference = next(a) - next(b);
    if (difference != 0) return difference;
  }
  return 0;
}

std::vector<Deviation> read_deviations(std::string_view text, const std::string& file) {
  const Node root = parse_node(text, file);
  const Node* list = root.find("deviations");
  if (list == nullptr || !list->is_array()) wrong(file, root, "a list of \"deviations\"");
  std::vector<Deviation> deviations;
  for (const Node& entry : list->items) {
    Deviation made;
    const std::array<std::pair<std::string_view, std::string*>, 9> keys = {{{"id", &made.id},
                                                                            {"kernel_at_least", &made.kernel_at_least},
                                                                            {"kernel_below", &made.kernel_below},
                                                                            {"libc", &made.libc},
                                                                            {"variants", &made.variants},
                                                                            {"reason_has", &made.reason_has},
                                                                            {"why", &made.why},
                                                                            {"clause", &made.clause},
                                                                            {"link", &made.link}}};
    for (const Member& member : entry.members) {
      const auto known =
          std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key.first == member.key; });
      std::vector<std::string_view> names;
      for (const auto& key : keys) names.push_back(key.first);
      if (known == keys.end()) wrong(file, member.value, "a key of a deviation", did_you_mean(member.key, names));
      if (!member.value.is_string()) wrong(file, member.value, "a text");
      *known->second = member.value.text;
    }
    for (const std::string* needed : {&made.id, &made.variants, &made.reason_has, &made.why, &made.clause})
      if (needed->empty()) wrong(file, entry, "a deviation with id, variants, reason_has, why and clause");
    deviations.push_back(std::move(made));
  }
  return deviations;
}

std::vector<Deviation> deviations_of(const PlatformFacts& platform) {
  std::vector<Deviation> known;
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path.rfind("deviations/", 0) != 0) continue;
    for (Deviation& deviation : read_deviations(file.content, "cases/" + std::string(file.path)))
      if (known_of(deviation, platform)) known.push_back(std::move(deviation));
  }
  return known;
}

}  // namespace kipc
