#include "probe/loading.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>

namespace kipc {

const char* const kLoadEnable =
    "Run kipc as root, or with CAP_BPF and CAP_PERFMON, where neither lockdown nor seccomp forbids bpf().";

namespace {

std::string warnings;

/// What libbpf said before: the first of it tells more than the last, "failed to load". A verifier's log ends with its
/// reason and a line of statistics.
int keep_warning(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN || warnings.size() > 65536) return 0;
  std::array<char, 16384> text{};
  if (std::vsnprintf(text.data(), text.size(), format, arguments) > 0) warnings += text.data();
  return 0;
}

/// The first line, and the reason of the verifier if it gave one.
std::string first_warning() {
  std::string first = warnings.substr(0, warnings.find('\n'));
  const std::size_t statistics = warnings.find("\nprocessed ");
  if (statistics == std::string::npos) return first;
  const std::size_t begin = warnings.rfind('\n', statistics - 1);
  return first + ": " + warnings.substr(begin + 1, statistics - begin - 1);
}

}  // namespace

bool prepare_loading(ProbeGreeting& greeting) {
  libbpf_set_print(keep_warning);
  // Before Linux 5.11 programs and maps are charged to this limit.
  rlimit all{RLIM_INFINITY, RLIM_INFINITY};
  if (::setrlimit(RLIMIT_MEMLOCK, &all) != 0 && ::getrlimit(RLIMIT_MEMLOCK, &all) == 0) {
    all.rlim_cur = all.rlim_max;
    ::setrlimit(RLIMIT_MEMLOCK, &all);
  }
  if (::access("/sys/kernel/btf/vmlinux", R_OK) == 0) return true;
  greeting.text = Errno::last("/sys/kernel/btf/vmlinux").text();
  greeting.enable = "Use a kernel built with CONFIG_DEBUG_INFO_BTF.";
  return false;
}

std::string why_not(int error) {
  const int number = error < 0 ? -error : error;
  const std::string text = Errno{number, "bpf"}.text();
  const bool plain = number == EPERM || number == ENOENT || number == EOPNOTSUPP;  // the kernel will not, that is all
  return warnings.empty() || plain ? text : fmt::format("{}: {}", text, first_warning());
}

void forget_warnings() { warnings.clear(); }

std::uint64_t misses_of(bpf_object* object) {
  std::uint64_t misses = 0;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    bpf_prog_info info{};
    __u32 length = sizeof info;
    const int fd = bpf_program__fd(program);
    if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &length) == 0) misses += info.recursion_misses;
  }
  return misses;
}

Result<void> Links::keep(bpf_link* link, const char* what) {
  if (link == nullptr) return fail(fmt::format("{}: {}", what, why_not(errno)));
  links_.push_back(link);
  return {};
}

Result<void> Links::attach(bpf_program* program) {
  return keep(bpf_program__attach(program), bpf_program__name(program));
}

void Links::clear() {
  for (bpf_link* link : links_) bpf_link__destroy(link);
  links_.clear();
}

}  // namespace kipc
