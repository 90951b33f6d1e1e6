// Breakages of descriptors: flags, copies, readiness, and what stands for a counter or a process.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <string>

#include "base/fd.hpp"
#include "fault/break.hpp"

namespace kipc {
namespace {

/// Every flag that marks a new descriptor close-on-exec has the value of O_CLOEXEC.
bool ignore_cloexec(const Row& row, Frame& f) {
  if (is_any_of(row, {"pipe2", "open", "dup3", "accept4", "eventfd", "epoll_create1"}))
    return without(row, f, "flags", O_CLOEXEC);
  if (is_any_of(row, {"socket", "socketpair"})) return without(row, f, "type", O_CLOEXEC);
  if (row.name == "mq_open") return without(row, f, "oflag", O_CLOEXEC);
  return false;
}

/// Every flag that makes a new description nonblocking has the value of O_NONBLOCK.
bool ignore_nonblock(const Row& row, Frame& f) {
  if (is_any_of(row, {"pipe2", "accept4", "eventfd"})) return without(row, f, "flags", O_NONBLOCK);
  if (is_any_of(row, {"socket", "socketpair"})) return without(row, f, "type", O_NONBLOCK);
  if (row.name == "mq_open") return without(row, f, "oflag", O_NONBLOCK);
  if (row.name == "fcntl" && integer_argument(row, f, "cmd") == F_SETFL) return without(row, f, "arg", O_NONBLOCK);
  return false;
}

/// A copy of a descriptor gets an open file description of its own.
bool dup_reopens(const Row& row, Frame& f) {
  if (!is_any_of(row, {"dup", "dup2", "dup3"})) return false;
  row.perform(f);
  if (f.result.err == 0) reopen(static_cast<int>(f.result.ret));
  return true;
}

/// poll never says POLLHUP.
bool poll_hides_hangup(const Row& row, Frame& f) {
  row.perform(f);
  const Slot* list = argument(row, f, "fds");
  if (f.result.err != 0 || list == nullptr || list->p == nullptr || list->p == f.buffers[1].guard()) return true;
  for (std::size_t i = 0; i < list->n; ++i) {
    short& revents = list->as<pollfd>()[i].revents;
    if (revents == POLLHUP) --f.result.ret;
    revents = static_cast<short>(revents & ~POLLHUP);
  }
  return true;
}

bool alter_epoll_flags(const Row& row, Frame& f, std::uint32_t remove) {
  const Slot* event = argument(row, f, "event");
  if (event != nullptr && event->p != nullptr && event->p != f.buffers[1].guard())
    event->as<epoll_event>()->events &= ~remove;
  return false;
}

/// EPOLLET is ignored: what is still ready is reported again.
bool epoll_level(const Row& row, Frame& f) { return alter_epoll_flags(row, f, EPOLLET); }

/// EPOLLONESHOT is ignored: a descriptor stays armed.
bool epoll_stays_armed(const Row& row, Frame& f) { return alter_epoll_flags(row, f, EPOLLONESHOT); }

bool is_eventfd(int fd) {
  std::string target(64, '\0');
  const ssize_t length = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target.data(), target.size());
  return length > 0 && target.starts_with("anon_inode:[eventfd]");
}

/// An eventfd gives 1 whatever was added to it.
bool eventfd_forgets_count(const Row& row, Frame& f) {
  if (!is_eventfd(subject(f))) return false;
  row.perform(f);
  alter_out<std::uint64_t>(row, f, "data", [](std::uint64_t& count) { count = 1; });
  return true;
}

/// EFD_SEMAPHORE is ignored.
bool eventfd_no_semaphore(const Row& row, Frame& f) { return without(row, f, "flags", EFD_SEMAPHORE); }

/// pidfd_getfd gives a new open file description.
bool pidfd_getfd_reopens(const Row& row, Frame& f) {
  row.perform(f);
  if (f.result.err == 0) reopen(static_cast<int>(f.result.ret));
  return true;
}

/// pidfd_send_signal says that it did, and does not.
bool pidfd_loses_signal(const Row& row, Frame& f) {
  if (integer_argument(row, f, "sig") == 0) return false;
  if (Slot* signal = argument(row, f, "sig"); signal != nullptr) signal->i = 0;
  return false;
}

}  // namespace

std::vector<Saboteur> descriptor_saboteurs() {
  return {
      {"dup-reopens", "dup gives an open file description of its own, with its own offset and flags.", "", dup_reopens},
      {"epoll-level", "EPOLLET is ignored: what is still ready is reported again.", "epoll_ctl", epoll_level},
      {"epoll-stays-armed", "EPOLLONESHOT is ignored: a descriptor stays armed.", "epoll_ctl", epoll_stays_armed},
      {"eventfd-forgets-count", "Reading an eventfd gives 1 whatever was added.", "read", eventfd_forgets_count},
      {"eventfd-no-semaphore", "EFD_SEMAPHORE is ignored: a read takes the whole count.", "eventfd",
       eventfd_no_semaphore},
      {"ignore-cloexec", "O_CLOEXEC and its like are ignored: descriptors survive execve.", "", ignore_cloexec},
      {"ignore-nonblock", "O_NONBLOCK and its like are ignored: calls wait.", "", ignore_nonblock},
      {"pidfd-getfd-reopens", "pidfd_getfd gives an open file description of its own.", "pidfd_getfd",
       pidfd_getfd_reopens},
      {"pidfd-loses-signal", "pidfd_send_signal returns 0 and sends nothing.", "pidfd_send_signal", pidfd_loses_signal},
      {"poll-hides-hangup", "poll never reports POLLHUP.", "poll", poll_hides_hangup},
  };
}

}  // namespace kipc
