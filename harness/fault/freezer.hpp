// Stops a call in the middle of its copy: the actor's data crosses into pages that userfaultfd(2) withholds. Two
// halves: what the actor prepares in its own memory, and what the conductor does with the descriptor.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "base/fd.hpp"

namespace kipc {

/// The actor's half. Pages from `boundary` on are never touched by the actor: a call that copies from them stops there.
class FreezeArea {
 public:
  /// Room for `bytes` on either side of the boundary.
  ErrnoOr<void> make(std::size_t bytes);
  /// Lays `size` bytes so that the first `offset` of them end at the boundary. Returns where they begin, nullptr when
  /// they do not fit; what lies behind the boundary is kept aside, at rest().
  void* lay(const void* data, std::size_t size, std::size_t offset);
  [[nodiscard]] std::uint64_t boundary() const;
  [[nodiscard]] std::uint64_t rest() const;

 private:
  Mapping area_;
  Mapping rest_;
  std::size_t bytes_ = 0;
};

/// The conductor's half.
class Freezer {
 public:
  Freezer() = default;
  /// `uffd` belongs to the memory of process `pid`; the pages from `boundary` on are withheld from now on.
  /// Errors: those of UFFDIO_REGISTER.
  static ErrnoOr<Freezer> withhold(Fd uffd, pid_t pid, std::uint64_t boundary, std::uint64_t rest, std::size_t bytes);
  /// True from when a copy has come to the withheld pages.
  bool frozen();
  /// Hands over the pages, with the data that belongs there; the copy goes on.
  ErrnoOr<void> thaw();

 private:
  Fd uffd_;
  pid_t pid_ = 0;
  std::uint64_t boundary_ = 0;
  std::uint64_t rest_ = 0;
  std::size_t bytes_ = 0;
  bool frozen_ = false;
};

/// A descriptor for freezing calls of this process, non-blocking. Errors: EPERM without CAP_SYS_PTRACE in the initial
/// user namespace, where vm.unprivileged_userfaultfd is 0.
ErrnoOr<Fd> open_userfaultfd();

}  // namespace kipc
