// Result<T>: a value or the reason there is none. Two kinds of reason: Errno, safe to make and copy between fork and
// exec, and Error, a text for people.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace kipc {

/// An error number with the call that gave it. Trivially copyable, so usable in a child after fork.
struct Errno {
  int number = 0;
  const char* call = "";
  /// The errno of the call that has just failed.
  static Errno last(const char* call) { return {errno, call}; }
  /// "ENOENT" for ENOENT; "errno 4711" for what has no name here.
  [[nodiscard]] std::string name() const;
  /// "open: ENOENT (No such file or directory)".
  [[nodiscard]] std::string text() const;
};

/// A reason in words: what was wrong, in one line.
struct Error {
  std::string text;
};

template <typename T>
using Result = tl::expected<T, Error>;
template <typename T>
using ErrnoOr = tl::expected<T, Errno>;

inline tl::unexpected<Error> fail(std::string text) { return tl::make_unexpected(Error{std::move(text)}); }
inline tl::unexpected<Errno> fail_errno(const char* call) { return tl::make_unexpected(Errno::last(call)); }

/// The name of an error number ("EAGAIN"), or "" when it has none on this platform.
std::string_view errno_name(int number);
/// The number of an error name, or -1. Knows ENOTSUP, EWOULDBLOCK and other aliases.
int errno_number(std::string_view name);

}  // namespace kipc
