#include "judge/known.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace kipc {
namespace {

using What = AssertionOutcome::What;

bool has(const Verdict& verdict, const std::string& assertion, What what) {
  return std::any_of(verdict.assertions.begin(), verdict.assertions.end(),
                     [&](const AssertionOutcome& one) { return one.id == assertion && one.what == what; });
}

/// True when the deviation speaks of this variant and, should it name an assertion, of what became of that one.
bool concerns(const Deviation& deviation, std::string_view variant_id, const Verdict& verdict, What what) {
  return (deviation.variants.empty() || glob_match(deviation.variants, variant_id)) &&
         (deviation.assertion.empty() || has(verdict, deviation.assertion, what));
}

/// Debian's releases keep the number of the first kernel of their series, "5.10.0-46-amd64"; which one it is stands in
/// the version, "#1 SMP Debian 5.10.262-1 (2026-08-01)".
std::string release_of(const Fingerprint& p) {
  constexpr std::string_view kDebian = "Debian ";
  const std::size_t at = p.kernel_version.find(kDebian);
  if (at == std::string::npos) return p.kernel_release;
  const std::string named = p.kernel_version.substr(at + kDebian.size());
  const bool number = !named.empty() && named[0] >= '0' && named[0] <= '9';
  return number ? named.substr(0, named.find(' ')) : p.kernel_release;
}

}  // namespace

PlatformFacts facts_of(const Fingerprint& p) {
  PlatformFacts facts = {{"kernel", p.kernel},
                         {"kernel_release", release_of(p)},
                         {"libc", p.libc},
                         {"libc_version", p.libc_version},
                         {"machine", p.machine},
                         {"user", p.euid == 0 ? "root" : "other"},
                         {"virtualisation", p.virtualisation}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) facts[name] = value;
  };
  add("container", p.container);
  add("cpu_model", p.cpu_model);
  add("distribution", p.distribution);
  add("seccomp", p.seccomp);
  for (const auto& [name, value] : p.config_options) facts["config." + name] = value;
  for (const auto& [name, value] : p.sysctls) facts["sysctl." + name] = value;
  return facts;
}

std::vector<Deviation> known_of(const std::vector<Deviation>& deviations, const Fingerprint& platform) {
  const PlatformFacts facts = facts_of(platform);
  std::vector<Deviation> known;
  for (const Deviation& deviation : deviations)
    if (known_of(deviation, facts)) known.push_back(deviation);
  return known;
}

void apply_deviations(Verdict& verdict, std::string_view variant_id, const std::vector<Deviation>& known) {
  for (const Deviation& deviation : known) {
    const std::string link = deviation.link.empty() ? "" : " " + deviation.link;
    // A hang has left somebody standing: it is no answer.
    if (verdict.status == Status::fail && verdict.standing.empty() &&
        concerns(deviation, variant_id, verdict, What::failed) && glob_match(deviation.got, verdict.got)) {
      verdict.status = Status::xfail;
      verdict.reason = fmt::format("known deviation {}: {}{} ({})", deviation.id, deviation.why, link, verdict.reason);
    } else if (verdict.status == Status::pass && concerns(deviation, variant_id, verdict, What::verified)) {
      verdict.status = Status::xpass;
      verdict.reason = fmt::format("the known deviation {} is gone: {}{}", deviation.id, deviation.why, link);
    } else {
      continue;
    }
    verdict.deviation = deviation.id;
    return;
  }
}

}  // namespace kipc
