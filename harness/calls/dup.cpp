// Rows: copying descriptors, and closing many of them.
#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "calls/row.hpp"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE 2U
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4U
#endif

namespace kipc {
namespace {

const std::vector<std::string_view> kDescriptors = {"fd-passing", "process"};

const Type& dup3_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(O_CLOEXEC)};
  static const auto type = make_flags_type("dup3 flags", kFlags);
  return *type;
}

const Type& close_range_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(CLOSE_RANGE_CLOEXEC), KIPC_CONSTANT(CLOSE_RANGE_UNSHARE)};
  static const auto type = make_flags_type("close_range flags", kFlags);
  return *type;
}

}  // namespace

std::vector<Row> dup_rows() {
  return {
      Row{.name = "close_range",
          .areas = kDescriptors,
          .doc = "Closes all descriptors from first to last, or marks them close-on-exec.",
          .source = "close_range(2)",
          .params = {in("first", integer_type()), in("last", integer_type()),
                     optional("flags", close_range_flags(), "[]")},
          .perform =
              [](Frame& f) {
                f.returns(::syscall(SYS_close_range, f[0].as_unsigned(), f[1].as_unsigned(), f[2].as_unsigned()));
              }},
      Row{.name = "dup",
          .areas = kDescriptors,
          .doc = "Makes a second descriptor, the lowest free one, of the same open file description.",
          .source = "POSIX.1-2024 dup(), dup(2)",
          .params = {in("oldfd", fd_type())},
          .returns = Returns::fd,
          .perform = [](Frame& f) { f.returns(::dup(f[0].as_int())); }},
      Row{.name = "dup2",
          .areas = kDescriptors,
          .doc = "As dup, but the new descriptor is newfd, which is closed first if it was open.",
          .source = "POSIX.1-2024 dup2(), dup(2)",
          .params = {in("oldfd", fd_type()), in("newfd", integer_type())},
          .returns = Returns::fd,
          .perform = [](Frame& f) { f.returns(::dup2(f[0].as_int(), f[1].as_int())); }},
      Row{.name = "dup3",
          .areas = kDescriptors,
          .doc = "As dup2, with flags; the two must differ.",
          .source = "POSIX.1-2024 dup3(), dup(2)",
          .params = {in("oldfd", fd_type()), in("newfd", integer_type()), in("flags", dup3_flags())},
          .returns = Returns::fd,
          .perform = [](Frame& f) { f.returns(::dup3(f[0].as_int(), f[1].as_int(), f[2].as_int())); }},
  };
}

}  // namespace kipc
