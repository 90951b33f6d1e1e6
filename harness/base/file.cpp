#include "base/file.hpp"

#include <fcntl.h>

#include "base/fd.hpp"

namespace kipc {

ErrnoOr<std::string> read_file(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("open");
  std::string content;
  char buffer[16384];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("read");
    if (n == 0) return content;
    content.append(buffer, static_cast<std::size_t>(n));
  }
}

namespace {

ErrnoOr<void> write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("write");
    if (n == 0) return tl::make_unexpected(Errno{EIO, "write"});
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace

ErrnoOr<void> write_existing(const std::string& path, std::string_view content) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return fail_errno("open");
  for (;;) {
    const ssize_t n = ::write(fd.get(), content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("write");
    // The rest would be read as a value of its own (a sysctl, a line of uid_map).
    if (static_cast<std::size_t>(n) != content.size()) return tl::make_unexpected(Errno{EIO, "write"});
    return {};
  }
}

ErrnoOr<void> replace_file(const std::string& path, std::string_view content) {
  // Not shared with another process that replaces the same file now.
  const std::string temporary = path + ".new." + std::to_string(::getpid());
  Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd) return fail_errno("open");
  ErrnoOr<void> done = write_all(fd.get(), content);
  // Network file systems and quotas report a full disk only here.
  if (const int closed = ::close(fd.release()); done && closed != 0) done = fail_errno("close");
  if (done && ::rename(temporary.c_str(), path.c_str()) != 0) done = fail_errno("rename");
  if (!done) ::unlink(temporary.c_str());
  return done;
}

}  // namespace kipc
