#include "platform/capabilities.hpp"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace kipc {

namespace {

/// capget/capset version 3: two words of 32 bits per set.
struct RawSets {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct words[2]{};
};

CapabilityMask join_words(std::uint32_t low, std::uint32_t high) {
  return (static_cast<CapabilityMask>(high) << 32) | low;
}

constexpr int kSetUserNamespace[] = {
    CAP_CHOWN,      CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH,
    CAP_FOWNER,     CAP_FSETID,       CAP_KILL,
    CAP_SETGID,     CAP_SETUID,       CAP_SETPCAP,
    CAP_NET_ADMIN,  CAP_NET_RAW,      CAP_NET_BIND_SERVICE,
    CAP_SETFCAP,    CAP_IPC_OWNER,    CAP_SYS_CHROOT,
    CAP_SYS_PTRACE, CAP_SYS_ADMIN,    40 /* CAP_CHECKPOINT_RESTORE, Linux 5.9 */,
};

}  // namespace

const std::vector<std::string_view>& capability_names() {
  static const std::vector<std::string_view> names = {
      "CAP_CHOWN",
      "CAP_DAC_OVERRIDE",
      "CAP_DAC_READ_SEARCH",
      "CAP_FOWNER",
      "CAP_FSETID",
      "CAP_KILL",
      "CAP_SETGID",
      "CAP_SETUID",
      "CAP_SETPCAP",
      "CAP_LINUX_IMMUTABLE",
      "CAP_NET_BIND_SERVICE",
      "CAP_NET_BROADCAST",
      "CAP_NET_ADMIN",
      "CAP_NET_RAW",
      "CAP_IPC_LOCK",
      "CAP_IPC_OWNER",
      "CAP_SYS_MODULE",
      "CAP_SYS_RAWIO",
      "CAP_SYS_CHROOT",
      "CAP_SYS_PTRACE",
      "CAP_SYS_PACCT",
      "CAP_SYS_ADMIN",
      "CAP_SYS_BOOT",
      "CAP_SYS_NICE",
      "CAP_SYS_RESOURCE",
      "CAP_SYS_TIME",
      "CAP_SYS_TTY_CONFIG",
      "CAP_MKNOD",
      "CAP_LEASE",
      "CAP_AUDIT_WRITE",
      "CAP_AUDIT_CONTROL",
      "CAP_SETFCAP",
      "CAP_MAC_OVERRIDE",
      "CAP_MAC_ADMIN",
      "CAP_SYSLOG",
      "CAP_WAKE_ALARM",
      "CAP_BLOCK_SUSPEND",
      "CAP_AUDIT_READ",
      "CAP_PERFMON",
      "CAP_BPF",
      "CAP_CHECKPOINT_RESTORE",
  };
  return names;
}

std::string_view capability_name(int number) {
  const auto& names = capability_names();
  return number >= 0 && static_cast<std::size_t>(number) < names.size() ? names[static_cast<std::size_t>(number)] : "";
}

int capability_number(std::string_view name) {
  const auto& names = capability_names();
  const auto at = std::find(names.begin(), names.end(), name);
  return at == names.end() ? -1 : static_cast<int>(at - names.begin());
}

std::vector<std::string> capability_list(CapabilityMask set) {
  std::vector<std::string> list;
  for (int number = 0; number < 64; ++number) {
    if ((set & capability_bit(number)) == 0) continue;
    const std::string_view name = capability_name(number);
    list.push_back(name.empty() ? fmt::format("CAP_{}", number) : std::string(name));
  }
  return list;
}

bool counts_in_user_namespace(int number) {
  return std::find(std::begin(kSetUserNamespace), std::end(kSetUserNamespace), number) != std::end(kSetUserNamespace);
}

ErrnoOr<Capabilities> current_capabilities() {
  RawSets raw;
  if (::syscall(SYS_capget, &raw.header, raw.words) != 0) return fail_errno("capget");
  return Capabilities{join_words(raw.words[0].effective, raw.words[1].effective),
                      join_words(raw.words[0].permitted, raw.words[1].permitted),
                      join_words(raw.words[0].inheritable, raw.words[1].inheritable)};
}

bool has_capability(int number) {
  const auto now = current_capabilities();
  return now && number >= 0 && number < 64 && (now->effective & capability_bit(number)) != 0;
}

namespace {

ErrnoOr<void> reduce_to(const Capabilities& now, CapabilityMask keep) {
  RawSets raw;
  for (unsigned word = 0; word < 2; ++word) {
    const auto kept = [&](CapabilityMask set) { return static_cast<std::uint32_t>((set & keep) >> (32 * word)); };
    // From the permitted set: a change of uid has emptied the effective one.
    raw.words[word] = {kept(now.permitted), kept(now.permitted), kept(now.inheritable)};
  }
  if (::syscall(SYS_capset, &raw.header, raw.words) != 0) return fail_errno("capset");
  return {};
}

}  // namespace

ErrnoOr<void> keep_capabilities(CapabilityMask keep) {
  const auto now = current_capabilities();
  if (!now) return tl::make_unexpected(now.error());
  // The bounding set first: it takes a capability that the next step may take away.
  if ((now->effective & capability_bit(CAP_SETPCAP)) != 0) {
    for (int number = 0; number < 64; ++number) {
      if ((keep & capability_bit(number)) != 0) continue;
      if (::prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0) continue;
      if (errno == EINVAL) break;  // past the last capability of this kernel
      return fail_errno("prctl");
    }
  }
  return reduce_to(*now, keep);
}

ErrnoOr<void> reduce_capabilities(CapabilityMask keep) {
  const auto now = current_capabilities();
  if (!now) return tl::make_unexpected(now.error());
  return reduce_to(*now, keep);
}

ErrnoOr<void> drop_all_capabilities() { return keep_capabilities(0); }

bool in_initial_user_namespace() {
  char link[64] = {};
  const ssize_t length = ::readlink("/proc/self/ns/user", link, sizeof link - 1);
  // PROC_USER_INIT_INO of the kernel's proc_ns.h: the same number on every Linux.
  return length > 0 && std::string_view(link) == "user:[4026531837]";
}

}  // namespace kipc
