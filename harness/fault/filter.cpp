#include "fault/filter.hpp"

#include <seccomp.h>

#include <algorithm>
#include <memory>

namespace kipc {
namespace {

constexpr std::uint64_t kLow = 0xFFFFFFFFU;

using Context = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

ErrnoOr<Context> make_filter(const Selection& selection, std::uint32_t action) {
  Context context(seccomp_init(SCMP_ACT_ALLOW), seccomp_release);
  if (!context) return tl::make_unexpected(Errno{ENOMEM, "seccomp_init"});
  for (const long number : selection.system_calls) {
    int failed = 0;
    if (selection.first_argument) {
      const scmp_arg_cmp compare = SCMP_A0(SCMP_CMP_MASKED_EQ, kLow, *selection.first_argument & kLow);
      failed = seccomp_rule_add_array(context.get(), action, static_cast<int>(number), 1, &compare);
    } else {
      failed = seccomp_rule_add_array(context.get(), action, static_cast<int>(number), 0, nullptr);
    }
    if (failed != 0) return tl::make_unexpected(Errno{-failed, "seccomp_rule_add"});
  }
  if (const int failed = seccomp_load(context.get()); failed != 0)
    return tl::make_unexpected(Errno{-failed, "seccomp_load"});
  return context;
}

}  // namespace

bool Selection::matches(long number, std::uint64_t argument) const {
  if (std::find(system_calls.begin(), system_calls.end(), number) == system_calls.end()) return false;
  return !first_argument || (*first_argument & kLow) == (argument & kLow);
}

ErrnoOr<void> install_errno(const Selection& selection, int error) {
  const auto made = make_filter(selection, SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)));
  if (!made) return tl::make_unexpected(made.error());
  return {};
}

ErrnoOr<Fd> install_listener(const Selection& selection) {
  const auto made = make_filter(selection, SCMP_ACT_NOTIFY);
  if (!made) return tl::make_unexpected(made.error());
  const int fd = seccomp_notify_fd(made->get());
  if (fd < 0) return tl::make_unexpected(Errno{-fd, "seccomp_notify_fd"});
  return Fd(fd);
}

}  // namespace kipc
