// Rows: waiting for several descriptors at once: poll, select and epoll.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include <algorithm>
#include <array>

#include "calls/row.hpp"
#include "values/fd_list.hpp"
#include "values/poll_types.hpp"

namespace kipc {
namespace {

const std::vector<std::string_view> kAreas = {"eventfd", "fifo", "loopback", "pidfd", "pipe", "unix-socket"};
constexpr std::int64_t kMostEvents = 4096;

const std::vector<long> kPoll = {
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_ppoll_time64
    SYS_ppoll_time64,
#endif
#ifdef SYS_ppoll
    SYS_ppoll,
#endif
};
const std::vector<long> kSelect = {
#ifdef SYS_select
    SYS_select,
#endif
#ifdef SYS__newselect
    SYS__newselect,
#endif
#ifdef SYS_pselect6_time64
    SYS_pselect6_time64,
#endif
#ifdef SYS_pselect6
    SYS_pselect6,
#endif
};
const std::vector<long> kEpollWait = {
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
#ifdef SYS_epoll_pwait2
    SYS_epoll_pwait2,
#endif
    SYS_epoll_pwait};

const Type& epoll_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(EPOLL_CLOEXEC)};
  static const auto type = make_flags_type("epoll_create1 flags", kFlags);
  return *type;
}

const Type& epoll_operations() {
  static constexpr std::array kOperations = {KIPC_CONSTANT(EPOLL_CTL_ADD), KIPC_CONSTANT(EPOLL_CTL_DEL),
                                             KIPC_CONSTANT(EPOLL_CTL_MOD)};
  static const auto type = make_enum_type("op", kOperations);
  return *type;
}

nfds_t poll_count(const Slot& fds, const Slot& given) {
  return static_cast<nfds_t>(given.given ? given.i : static_cast<std::int64_t>(fds.n));
}

/// More descriptors than the list has would be read from behind it: they get elements that poll ignores.
pollfd* poll_list(Frame& f, std::size_t param, nfds_t count) {
  const Slot& fds = f[param];
  if (count <= fds.n || count > kFdSetBits || (fds.arg != nullptr && !fds.arg->text.empty())) return fds.as<pollfd>();
  auto* longer = f.scratch.take_object<pollfd>(count);
  std::fill_n(longer, count, pollfd{-1, 0, 0});
  std::copy_n(fds.as<pollfd>(), fds.n, longer);
  return longer;
}

void report_poll(Frame& f, std::size_t param, const pollfd* list, nfds_t count) {
  const bool own = f[param].arg == nullptr || f[param].arg->text.empty();
  if (f.result.err == 0 && own) f.out(param, list, std::min<std::size_t>(count, kFdSetBits) * sizeof(pollfd));
}

void perform_poll(Frame& f) {
  const nfds_t count = poll_count(f[0], f[1]);
  pollfd* list = poll_list(f, 0, count);
  f.returns(::poll(list, count, f[2].as_int()));
  report_poll(f, 0, list, count);
}

void perform_ppoll(Frame& f) {
  const nfds_t count = poll_count(f[0], f[1]);
  pollfd* list = poll_list(f, 0, count);
  f.returns(::ppoll(list, count, f[2].as<timespec>(), f[3].as<sigset_t>()));
  report_poll(f, 0, list, count);
}

/// readfds, writefds, errorfds stand at 1, 2 and 3; nfds at 0 is one more than the highest unless given.
int select_count(const Frame& f) {
  if (f[0].given) return f[0].as_int();
  std::int64_t highest = -1;
  for (std::size_t i = 1; i <= 3; ++i)
    if (f[i].given) highest = std::max(highest, f[i].i);
  return static_cast<int>(highest + 1);
}

void report_select(Frame& f, int count) {
  if (f.result.err != 0) return;
  for (std::size_t i = 1; i <= 3; ++i) {
    if (!f[i].given || f[i].n == 0) continue;
    std::vector<int> ready;
    for (int fd = 0; fd < count && static_cast<std::size_t>(fd) < kFdSetBits; ++fd)
      if (fd_is_set(f[i].p, static_cast<std::size_t>(fd))) ready.push_back(fd);
    const std::string_view kept =
        f.scratch.keep({reinterpret_cast<const char*>(ready.data()), ready.size() * sizeof(int)});
    f.out(i, kept.data(), kept.size());
  }
}

void perform_select(Frame& f) {
  const int count = select_count(f);
  timeval* timeout = nullptr;
  if (const auto* given = f[4].as<timespec>()) {
    timeout = f.scratch.take_object<timeval>();
    timeout->tv_sec = given->tv_sec;
    timeout->tv_usec = static_cast<suseconds_t>((given->tv_nsec + 999) / 1000);  // never earlier than asked for
  }
  f.returns(::select(count, f[1].as<fd_set>(), f[2].as<fd_set>(), f[3].as<fd_set>(), timeout));
  report_select(f, count);
}

void perform_pselect(Frame& f) {
  const int count = select_count(f);
  f.returns(::pselect(count, f[1].as<fd_set>(), f[2].as<fd_set>(), f[3].as<fd_set>(), f[4].as<timespec>(),
                      f[5].as<sigset_t>()));
  report_select(f, count);
}

epoll_event* epoll_buffer(Frame& f) {
  if (f[1].given) return f[1].as<epoll_event>();
  const std::int64_t room = std::clamp<std::int64_t>(f[2].i, 1, kMostEvents);
  return f.scratch.take_object<epoll_event>(static_cast<std::size_t>(room));
}

void report_epoll(Frame& f, const epoll_event* events) {
  if (f.result.err != 0 || f[1].given) return;
  f.out(1, events, static_cast<std::size_t>(std::min(f.result.ret, kMostEvents)) * sizeof *events);
}

/// At most as many events as the buffer has room for, and what the case says where it is there to be refused.
int epoll_room(const Frame& f) {
  return f[2].i > kMostEvents && f[2].i < (std::int64_t{1} << 24) ? static_cast<int>(kMostEvents) : f[2].as_int();
}

}  // namespace

std::vector<Row> poll_rows() {
  return {
      Row{.name = "epoll_create1",
          .areas = kAreas,
          .doc = "Makes an epoll instance.",
          .source = "epoll_create(2), epoll(7)",
          .params = {optional("flags", epoll_flags(), "[]")},
          .returns = Returns::fd,
          .perform = [](Frame& f) { f.returns(::epoll_create1(f[0].as_int())); }},
      Row{.name = "epoll_ctl",
          .areas = kAreas,
          .doc = "Adds, changes or removes what an epoll instance watches.",
          .source = "epoll_ctl(2), epoll(7)",
          .params = {in("epfd", fd_type()), in("op", epoll_operations()), in("fd", fd_type()),
                     optional("event", epoll_event_type())},
          .perform =
              [](Frame& f) {
                f.returns(::epoll_ctl(f[0].as_int(), f[1].as_int(), f[2].as_int(), f[3].as<epoll_event>()));
              }},
      Row{.name = "epoll_pwait",
          .areas = kAreas,
          .doc = "As epoll_wait, with a signal mask while it waits.",
          .source = "epoll_wait(2), epoll(7)",
          .params = {in("epfd", fd_type()), inout("events", epoll_events_type(), false),
                     in("maxevents", integer_type()), in("timeout", poll_timeout_type()),
                     optional("sigmask", event_sigmask_type())},
          .returns = Returns::integer,
          .sleeps = kEpollWait,
          .perform =
              [](Frame& f) {
                epoll_event* events = epoll_buffer(f);
                f.returns(::epoll_pwait(f[0].as_int(), events, epoll_room(f), f[3].as_int(), f[4].as<sigset_t>()));
                report_epoll(f, events);
              }},
      Row{.name = "epoll_wait",
          .areas = kAreas,
          .doc = "Waits for events of an epoll instance; they are compared as a set.",
          .source = "epoll_wait(2), epoll(7)",
          .params = {in("epfd", fd_type()), inout("events", epoll_events_type(), false),
                     in("maxevents", integer_type()), in("timeout", poll_timeout_type())},
          .returns = Returns::integer,
          .sleeps = kEpollWait,
          .perform =
              [](Frame& f) {
                epoll_event* events = epoll_buffer(f);
                f.returns(::epoll_wait(f[0].as_int(), events, epoll_room(f), f[3].as_int()));
                report_epoll(f, events);
              }},
      Row{.name = "poll",
          .areas = kAreas,
          .doc = "Waits for events of descriptors. Expected `fds` names those with events; all others must have none.",
          .source = "POSIX.1-2024 poll(), poll(2)",
          .params = {inout("fds", pollfds_type()), optional("nfds", integer_type()),
                     in("timeout", poll_timeout_type())},
          .returns = Returns::integer,
          .sleeps = kPoll,
          .perform = perform_poll},
      Row{.name = "ppoll",
          .areas = kAreas,
          .doc = "As poll, with a timespec and a signal mask while it waits.",
          .source = "POSIX.1-2024 ppoll(), poll(2)",
          .params = {inout("fds", pollfds_type()), optional("nfds", integer_type()),
                     in("timeout", relative_time_type()), optional("sigmask", event_sigmask_type())},
          .returns = Returns::integer,
          .sleeps = kPoll,
          .perform = perform_ppoll},
      Row{.name = "pselect",
          .areas = kAreas,
          .doc = "As select, with a timespec and a signal mask while it waits.",
          .source = "POSIX.1-2024 pselect(), select(2)",
          .params = {optional("nfds", integer_type()), inout("readfds", fd_set_type(), false),
                     inout("writefds", fd_set_type(), false), inout("errorfds", fd_set_type(), false),
                     in("timeout", relative_time_type()), optional("sigmask", event_sigmask_type())},
          .returns = Returns::integer,
          .sleeps = kSelect,
          .perform = perform_pselect},
      Row{.name = "select",
          .areas = kAreas,
          .doc = "Waits until descriptors are ready; nfds is one more than the highest unless given.",
          .source = "POSIX.1-2024 select(), select(2)",
          .params = {optional("nfds", integer_type()), inout("readfds", fd_set_type(), false),
                     inout("writefds", fd_set_type(), false), inout("errorfds", fd_set_type(), false),
                     in("timeout", relative_time_type())},
          .returns = Returns::integer,
          .sleeps = kSelect,
          .perform = perform_select},
  };
}

}  // namespace kipc
