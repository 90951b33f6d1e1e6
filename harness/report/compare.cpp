#include "report/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace kipc {
namespace {

using Role = PlatformDifference::Role;

/// What depends on the size of the machine, or counts what happened on it, and not on how it is set up.
constexpr std::array<std::string_view, 8> kBySize = {
    "RLIMIT_NPROC",       "RLIMIT_SIGPENDING",  "fs.epoll.max_user_watches", "fs.file-max",
    "kernel.msg_next_id", "kernel.sem_next_id", "kernel.shm_next_id",        "kernel.threads-max"};

class Comparison {
 public:
  std::vector<PlatformDifference> take() {
    const auto before = [](const PlatformDifference& a, const PlatformDifference& b) {
      return std::tie(a.role, a.what) < std::tie(b.role, b.what);
    };
    std::sort(found_.begin(), found_.end(), before);
    return std::move(found_);
  }

  void add(Role role, const std::string& what, const std::string& before, const std::string& after) {
    if (before != after) found_.push_back({role, what, before, after});
  }
  void add(Role role, const std::string& what, std::int64_t before, std::int64_t after) {
    add(role, what, std::to_string(before), std::to_string(after));
  }
  template <typename Map, typename Text>
  void add_map(Role role, const std::string& what, const Map& before, const Map& after, Text text) {
    std::set<std::string> names;
    for (const auto& [name, value] : before) names.insert(name);
    for (const auto& [name, value] : after) names.insert(name);
    const auto in = [&](const Map& map, const std::string& name) {
      const auto at = map.find(name);
      return at == map.end() ? std::string("none") : text(at->second);
    };
    for (const std::string& name : names) {
      const bool by_size = std::find(kBySize.begin(), kBySize.end(), name) != kBySize.end();
      add(by_size ? Role::subject : role, what.empty() ? name : what + " " + name, in(before, name), in(after, name));
    }
  }

 private:
  std::vector<PlatformDifference> found_;
};

std::string isolation_of(const Report& report) {
  std::set<std::string> kinds;
  for (const VariantReport& variant : report.variants)
    if (!variant.isolation.empty()) kinds.insert(variant.isolation);
  return join({kinds.begin(), kinds.end()}, ", ");
}

std::string limit_text(const Limit& limit) {
  const auto one = [](std::uint64_t value) { return value == kUnlimited ? "unlimited" : std::to_string(value); };
  return fmt::format("{} (hard {})", one(limit.soft), one(limit.hard));
}

}  // namespace

std::vector<PlatformDifference> platform_differences(const Report& before, const Report& after) {
  const Fingerprint& a = before.platform;
  const Fingerprint& b = after.platform;
  const auto as_is = [](const std::string& text) { return text; };
  const auto yes_no = [](bool flag) { return flag ? "yes" : "no"; };
  Comparison found;
  found.add(Role::condition, "kernel", a.kernel, b.kernel);
  found.add(Role::condition, "architecture", a.machine, b.machine);
  found.add(Role::condition, "word size", a.word_size, b.word_size);
  found.add(Role::condition, "little endian", yes_no(a.little_endian), yes_no(b.little_endian));
  found.add(Role::condition, "page size", a.page_size, b.page_size);
  found.add(Role::condition, "libc", a.libc, b.libc);
  found.add(Role::condition, "virtualisation", a.virtualisation, b.virtualisation);
  found.add(Role::condition, "container", a.container, b.container);
  found.add(Role::condition, "isolation asked for", before.settings.isolation, after.settings.isolation);
  found.add(Role::condition, "isolation", isolation_of(before), isolation_of(after));
  found.add(Role::condition, "root", yes_no(a.euid == 0), yes_no(b.euid == 0));
  found.add(Role::condition, "capabilities", join(a.capabilities, " "), join(b.capabilities, " "));
  found.add(Role::condition, "initial user namespace", yes_no(a.initial_user_namespace),
            yes_no(b.initial_user_namespace));
  found.add(Role::condition, "seccomp", a.seccomp, b.seccomp);
  found.add(Role::condition, "security modules", join(a.lsms, " "), join(b.lsms, " "));
  found.add(Role::condition, "saboteur", before.settings.saboteur, after.settings.saboteur);
  found.add_map(Role::condition, "config", a.config_options, b.config_options, as_is);
  found.add_map(Role::condition, "", a.limits, b.limits, limit_text);
  found.add_map(Role::condition, "sysctl", a.sysctls, b.sysctls, as_is);
  found.add(Role::subject, "kernel release", a.kernel_release, b.kernel_release);
  found.add(Role::subject, "kernel version", a.kernel_version, b.kernel_version);
  found.add(Role::subject, "config digest", a.config_digest, b.config_digest);
  found.add(Role::subject, "distribution", a.distribution, b.distribution);
  found.add(Role::subject, "libc version", a.libc_version, b.libc_version);
  found.add(Role::subject, "libc linked statically", yes_no(a.libc_static), yes_no(b.libc_static));
  found.add(Role::subject, "PIPE_BUF", a.pipe_buf, b.pipe_buf);
  found.add(Role::subject, "processor", a.cpu_model, b.cpu_model);
  found.add(Role::subject, "processors online", a.cpus_online, b.cpus_online);
  found.add(Role::subject, "processors usable", a.cpus_usable, b.cpus_usable);
  found.add_map(Role::subject, "mitigation", a.mitigations, b.mitigations, as_is);
  found.add(Role::subject, "kipc", before.kipc_version, after.kipc_version);
  found.add(Role::subject, "set of cases", before.case_set, after.case_set);
  return found.take();
}

bool comparable(const std::vector<PlatformDifference>& differences) {
  return std::none_of(differences.begin(), differences.end(),
                      [](const PlatformDifference& one) { return one.role == Role::condition; });
}

}  // namespace kipc
