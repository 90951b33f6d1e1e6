#include "platform/rlimits.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace kipc {

namespace {

struct RlimitRow {
  std::string_view name;
  int number;
};

constexpr RlimitRow kRlimits[] = {
    {"RLIMIT_AS", RLIMIT_AS},           {"RLIMIT_CORE", RLIMIT_CORE},         {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},       {"RLIMIT_FSIZE", RLIMIT_FSIZE},       {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK}, {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE}, {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},   {"RLIMIT_NPROC", RLIMIT_NPROC},       {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},   {"RLIMIT_RTTIME", RLIMIT_RTTIME},     {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
};

std::uint64_t value_of(rlim_t limit) { return limit == RLIM_INFINITY ? kUnlimited : limit; }

}  // namespace

const std::vector<std::string_view>& rlimit_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> list;
    for (const RlimitRow& row : kRlimits) list.push_back(row.name);
    return list;
  }();
  return names;
}

int rlimit_number(std::string_view name) {
  const auto at =
      std::find_if(std::begin(kRlimits), std::end(kRlimits), [&](const RlimitRow& row) { return row.name == name; });
  return at == std::end(kRlimits) ? -1 : at->number;
}

ErrnoOr<Limit> read_rlimit(std::string_view name) {
  const int number = rlimit_number(name);
  if (number < 0) return tl::make_unexpected(Errno{EINVAL, "getrlimit"});
  struct rlimit limit {};
  // The type of the number is an enumeration of glibc's in C++, a plain int elsewhere.
  if (::getrlimit(static_cast<decltype(RLIMIT_NOFILE)>(number), &limit) != 0) return fail_errno("getrlimit");
  return Limit{value_of(limit.rlim_cur), value_of(limit.rlim_max)};
}

Errno try_rlimit(std::string_view name) {
  const auto number = static_cast<decltype(RLIMIT_NOFILE)>(rlimit_number(name));
  struct rlimit limit {};
  if (::getrlimit(number, &limit) != 0) return Errno::last("getrlimit");
  return ::setrlimit(number, &limit) == 0 ? Errno{0, "setrlimit"} : Errno::last("setrlimit");
}

}  // namespace kipc
