// Breakages of pipes, FIFOs and other byte streams.
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/fd.hpp"
#include "fault/break.hpp"

namespace kipc {
namespace {

/// The bytes of a write of at most PIPE_BUF bytes to a pipe, else nullptr.
const unsigned char* small_write(const Row& row, Frame& f, std::size_t& length) {
  const unsigned char* bytes = sent_bytes(row, f, length);
  return bytes != nullptr && length <= PIPE_BUF && is_pipe(subject(f)) ? bytes : nullptr;
}

/// Two writes of half the length, with room for another writer between them.
bool split_small_writes(const Row& row, Frame& f) {
  std::size_t length = 0;
  const unsigned char* bytes = small_write(row, f, length);
  if (bytes == nullptr || length < 2) return false;
  const std::size_t half = length / 2;
  f.returns(::write(subject(f), bytes, half));
  if (f.result.ret != static_cast<std::int64_t>(half)) return true;
  ::sched_yield();
  const ssize_t rest = ::write(subject(f), bytes + half, length - half);
  if (rest > 0) f.result.ret += rest;
  return true;
}

/// Where EAGAIN is due because not all of it fits, what does fit is written.
bool write_what_fits(const Row& row, Frame& f) {
  std::size_t length = 0;
  const unsigned char* bytes = small_write(row, f, length);
  if (bytes == nullptr) return false;
  f.returns(::write(subject(f), bytes, length));
  for (std::size_t some = length / 2; f.result.err == EAGAIN && some > 0; some /= 2)
    f.returns(::write(subject(f), bytes, some));
  return true;
}

/// Performs a write without SIGPIPE. True when the signal was due.
bool write_without_sigpipe(const Row& row, Frame& f) {
  sigset_t pipe_signal;
  sigset_t before;
  sigset_t pending;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  ::sigpending(&pending);
  row.perform(f);
  const timespec at_once = {};
  if (f.result.err == EPIPE && ::sigismember(&pending, SIGPIPE) == 0) ::sigtimedwait(&pipe_signal, nullptr, &at_once);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return f.result.err == EPIPE;
}

/// A write without a reader succeeds, and no signal is raised.
bool write_without_reader(const Row& row, Frame& f) {
  std::size_t length = 0;
  if (sent_bytes(row, f, length) == nullptr) return false;
  if (write_without_sigpipe(row, f)) succeed(f, static_cast<std::int64_t>(length));
  return true;
}

/// A write without a reader gives EPIPE and no SIGPIPE.
bool no_sigpipe(const Row& row, Frame& f) {
  write_without_sigpipe(row, f);
  return true;
}

/// Where end-of-file is due the reader waits on.
bool swallow_eof(const Row& row, Frame& f) {
  if (!is_any_of(row, {"read", "recv"}) || !is_stream(subject(f))) return false;
  if (integer_argument(row, f, row.name == "read" ? "count" : "len") == 0) return false;
  row.perform(f);
  if (f.result.err != 0 || f.result.ret != 0) return true;
  f.result.outs.clear();
  if ((::fcntl(subject(f), F_GETFL) & O_NONBLOCK) != 0)
    fail_with(f, EAGAIN);
  else
    f.returns(row.name == "read" ? read_for_ever() : receive_for_ever());
  return true;
}

/// An empty pipe is at its end although writers are left.
bool early_eof(const Row& row, Frame& f) {
  if (!is_pipe(subject(f)) || (::fcntl(subject(f), F_GETFL) & O_ACCMODE) == O_WRONLY) return false;
  pollfd look = {subject(f), POLLIN, 0};
  if (::poll(&look, 1, 0) != 0) return false;
  const unsigned char* nothing = f.receive(0);
  succeed(f, 0);
  f.received(static_cast<std::size_t>(row.param("data")), nothing);
  return true;
}

/// Every 500th byte a process reads is the one before it again.
bool duplicate_bytes(const Row& row, Frame& f) {
  if (!is_any_of(row, {"read", "recv"}) || !is_stream(subject(f))) return false;
  static std::size_t passed = 0;
  constexpr std::size_t kEvery = 500;
  row.perform(f);
  std::string bytes(came_back(row, f, "data"));
  for (std::size_t i = kEvery - passed % kEvery; i < bytes.size(); i += kEvery)
    if (i > 0) bytes[i] = bytes[i - 1];
  passed += bytes.size();
  replace_out(row, f, "data", bytes);
  return true;
}

/// One write in eight is overtaken by the next.
bool reorder_writes(const Row& row, Frame& f) {
  static unsigned count = 0;
  static std::string held;
  std::size_t length = 0;
  const unsigned char* bytes = sent_bytes(row, f, length);
  if (!is_any_of(row, {"write", "send"}) || bytes == nullptr || !is_stream(subject(f))) return false;
  ++count;
  if (count % 8 == 4) {
    held.assign(reinterpret_cast<const char*>(bytes), length);
    succeed(f, static_cast<std::int64_t>(length));
    return true;
  }
  row.perform(f);
  if (!held.empty()) {
    if (::write(subject(f), held.data(), held.size()) < 0) f.result.err = errno;
    held.clear();
  }
  return true;
}

/// One write in 64 is forgotten.
bool lose_writes(const Row& row, Frame& f) {
  static unsigned count = 0;
  std::size_t length = 0;
  if (!is_any_of(row, {"write", "send", "sendto"}) || sent_bytes(row, f, length) == nullptr) return false;
  if (!once_in(64, count)) return false;
  succeed(f, static_cast<std::int64_t>(length));
  return true;
}

/// One read or write in 64 gives EINTR although no handler ran.
bool unasked_eintr(const Row& row, Frame& f) {
  static unsigned count = 0;
  if (!is_any_of(row, {"read", "write", "recv", "send", "mq_send", "mq_receive", "msgsnd", "msgrcv", "semop"}))
    return false;
  if (!once_in(64, count)) return false;
  fail_with(f, EINTR);
  return true;
}

bool opens_fifo(const Row& row, Frame& f) {
  const Slot* path = argument(row, f, "path");
  if (path == nullptr || path->p == nullptr || path->p == f.buffers[1].guard()) return false;
  const Fd look(::open(path->text(), O_PATH | O_CLOEXEC));
  return look && is_pipe(look.get());
}

/// Opens a FIFO while another descriptor holds both of its ends: nobody is waited for, and nothing is refused.
bool open_with_both_ends(const Row& row, Frame& f) {
  const Fd both(::open(argument(row, f, "path")->text(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  row.perform(f);
  return true;
}

/// O_WRONLY with O_NONBLOCK opens a FIFO that has no reader.
bool fifo_without_reader(const Row& row, Frame& f) {
  const std::int64_t flags = integer_argument(row, f, "flags");
  if ((flags & O_ACCMODE) != O_WRONLY || (flags & O_NONBLOCK) == 0 || !opens_fifo(row, f)) return false;
  return open_with_both_ends(row, f);
}

/// Opening one end of a FIFO does not wait for the other.
bool fifo_does_not_wait(const Row& row, Frame& f) {
  const std::int64_t flags = integer_argument(row, f, "flags");
  if ((flags & O_NONBLOCK) != 0 || !opens_fifo(row, f)) return false;
  return open_with_both_ends(row, f);
}

/// A gathered write leaves its last element out.
bool writev_drops_last(const Row& row, Frame& f) {
  Slot* iov = argument(row, f, "iov");
  if (iov != nullptr && iov->n > 1 && argument(row, f, "iovcnt") == nullptr) --iov->n;
  return false;
}

}  // namespace

std::vector<Saboteur> pipe_saboteurs() {
  return {
      {"duplicate-bytes", "Every 500th byte read from a stream is the one before it again.", "", duplicate_bytes},
      {"early-eof", "A reader of an empty pipe sees end-of-file although writers are left.", "read", early_eof},
      {"fifo-does-not-wait", "Opening one end of a FIFO does not wait for the other.", "open", fifo_does_not_wait},
      {"fifo-without-reader", "O_WRONLY|O_NONBLOCK opens a FIFO without a reader, where ENXIO is due.", "open",
       fifo_without_reader},
      {"lose-writes", "One write in 64 is forgotten.", "", lose_writes},
      {"no-sigpipe", "A write without a reader gives EPIPE and raises no SIGPIPE.", "write", no_sigpipe},
      {"reorder-writes", "One write in eight to a stream is overtaken by the next.", "", reorder_writes},
      {"split-small-writes", "A write of at most PIPE_BUF bytes is done as two.", "write", split_small_writes},
      {"swallow-eof", "A reader of a stream waits on where end-of-file is due.", "", swallow_eof},
      {"unasked-eintr", "One call in 64 gives EINTR although no handler ran.", "", unasked_eintr},
      {"write-what-fits", "A nonblocking write of at most PIPE_BUF bytes writes a part where EAGAIN is due.", "write",
       write_what_fits},
      {"write-without-reader", "A write without a reader returns the length; there is no EPIPE and no SIGPIPE.",
       "write", write_without_reader},
      {"writev-drops-last", "writev leaves out its last element.", "writev", writev_drops_last},
  };
}

}  // namespace kipc
