#include "model/deviation.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.hpp"
#include "model/embedded.hpp"
#include "model/node.hpp"

namespace kipc {
namespace {

[[noreturn]] void wrong(const std::string& file, const Node& at, const char* expected) {
  throw CaseError{Problem{file, at.line, at.pointer, expected, describe(at), ""}};
}

/// "config.SYSVIPC" is a fact, "kernel" is one.
bool is_fact(std::string_view name) {
  constexpr std::array<std::string_view, 9> kFacts = {"container", "cpu_model", "distribution", "kernel",        "libc",
                                                      "machine",   "seccomp",   "user",         "virtualisation"};
  return name.starts_with("config.") || name.starts_with("sysctl.") ||
         std::find(kFacts.begin(), kFacts.end(), name) != kFacts.end();
}

/// Members of an object as texts, each to its place; what has no place goes to `other` or is an error.
template <typename Places, typename Other>
void take_texts(const Node& object, const std::string& file, const Places& places, const char* what, Other other) {
  if (!object.is_object()) wrong(file, object, "an object");
  for (const Member& member : object.members) {
    const auto known =
        std::find_if(places.begin(), places.end(), [&](const auto& place) { return place.first == member.key; });
    if (known != places.end()) {
      if (!member.value.is_string()) wrong(file, member.value, "a text");
      *known->second = member.value.text;
    } else if (!other(member)) {
      std::vector<std::string_view> names;
      for (const auto& place : places) names.push_back(place.first);
      throw CaseError{Problem{file, member.line, member.value.pointer, what, "\"" + member.key + "\"",
                              did_you_mean(member.key, names)}};
    }
  }
}

using Places = std::vector<std::pair<std::string_view, std::string*>>;

Deviation read_deviation(const Node& entry, const std::string& file) {
  Deviation made;
  std::string status;
  const auto platform = [&](const Member& member) {
    if (!is_fact(member.key) || !member.value.is_string()) return false;
    made.platform[member.key] = member.value.text;
    return true;
  };
  const auto nested = [&](const Member& member) {
    if (member.key == "platform") {
      take_texts(member.value, file,
                 Places{{"kernel_since", &made.kernel_since},
                        {"kernel_until", &made.kernel_until},
                        {"libc_since", &made.libc_since},
                        {"libc_until", &made.libc_until}},
                 "a fact of a platform, such as libc or config.SYSVIPC", platform);
    } else if (member.key == "expect") {
      take_texts(member.value, file, Places{{"got", &made.got}, {"status", &status}}, "status or got",
                 [](const Member&) { return false; });
      if (status != "FAIL")
        wrong(file, member.value, "\"status\": \"FAIL\": an ERROR, a MISS or a hang is never a known deviation");
    } else {
      return false;
    }
    return true;
  };
  take_texts(entry, file,
             Places{{"id", &made.id},
                    {"variants", &made.variants},
                    {"assertion", &made.assertion},
                    {"why", &made.why},
                    {"clause", &made.clause},
                    {"link", &made.link}},
             "a key of a deviation", nested);
  for (const std::string* needed : {&made.id, &made.got, &made.why, &made.clause})
    if (needed->empty()) wrong(file, entry, "a deviation with id, expect (status and got), why and clause");
  if (made.variants.empty() && made.assertion.empty()) wrong(file, entry, "variants or assertion");
  return made;
}

/// True when the version lies in [since, until); an unknown version lies in no bounds.
bool within(const PlatformFacts& platform, std::string_view fact, const std::string& since, const std::string& until) {
  if (since.empty() && until.empty()) return true;
  const auto version = platform.find(fact);
  if (version == platform.end() || version->second.empty()) return false;
  return (since.empty() || compare_releases(version->second, since) >= 0) &&
         (until.empty() || compare_releases(version->second, until) < 0);
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
  for (const Node& entry : list->items) deviations.push_back(read_deviation(entry, file));
  return deviations;
}

bool known_of(const Deviation& deviation, const PlatformFacts& platform) {
  const auto matches = [&](const auto& wanted) {
    const auto fact = platform.find(wanted.first);
    return fact != platform.end() && glob_match(wanted.second, fact->second);
  };
  return std::all_of(deviation.platform.begin(), deviation.platform.end(), matches) &&
         within(platform, "kernel_release", deviation.kernel_since, deviation.kernel_until) &&
         within(platform, "libc_version", deviation.libc_since, deviation.libc_until);
}

std::vector<Deviation> embedded_deviations() {
  std::vector<Deviation> all;
  for (const EmbeddedFile& file : embedded_files())
    if (file.path.starts_with("deviations/"))
      for (Deviation& deviation : read_deviations(file.content, "cases/" + std::string(file.path)))
        all.push_back(std::move(deviation));
  return all;
}

}  // namespace kipc
