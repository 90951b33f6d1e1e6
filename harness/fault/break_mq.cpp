// Breakages of POSIX message queues.
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "fault/break.hpp"

namespace kipc {
namespace {

bool sends(const Row& row) { return is_any_of(row, {"mq_send", "mq_timedsend"}); }
bool receives(const Row& row) { return is_any_of(row, {"mq_receive", "mq_timedreceive"}); }

// Among equal priorities the newest first: each message is sent with a real priority of kBase + priority * kStep and a
// count, and the receiver divides again. Only for small priorities, which is what programs use.
constexpr std::int64_t kBase = 1024;
constexpr std::int64_t kStep = 256;
constexpr std::int64_t kPriorities = 64;

bool mq_newest_first(const Row& row, Frame& f) {
  static std::int64_t count = 0;
  if (sends(row)) {
    Slot* priority = argument(row, f, "msg_prio");
    if (priority != nullptr && priority->i >= 0 && priority->i < kPriorities)
      priority->i = kBase + priority->i * kStep + count++ % kStep;
    row.perform(f);
    if (priority != nullptr && priority->i >= kBase) priority->i = (priority->i - kBase) / kStep;
    return true;
  }
  if (!receives(row)) return false;
  row.perform(f);
  alter_out<std::int64_t>(row, f, "msg_prio", [](std::int64_t& priority) {
    if (priority >= kBase && priority < kBase + kPriorities * kStep) priority = (priority - kBase) / kStep;
  });
  return true;
}

/// Every message is sent with priority 0.
bool mq_ignores_priority(const Row& row, Frame& f) {
  Slot* priority = argument(row, f, "msg_prio");
  if (!sends(row) || priority == nullptr || priority->i < 0 || priority->i >= 32768) return false;
  const std::int64_t wanted = priority->i;
  priority->i = 0;
  row.perform(f);
  priority->i = wanted;
  return true;
}

/// A message that is longer than the buffer is cut where EMSGSIZE is due.
bool mq_truncates(const Row& row, Frame& f) {
  const Slot* data = argument(row, f, "data");
  if (!receives(row) || (data != nullptr && data->p == nullptr)) return false;
  mq_attr attr = {};
  const auto length = static_cast<std::size_t>(std::max<std::int64_t>(0, integer_argument(row, f, "msg_len")));
  if (::mq_getattr(subject(f), &attr) != 0 || length >= static_cast<std::size_t>(attr.mq_msgsize)) return false;
  auto* whole = f.scratch.take_object<char>(static_cast<std::size_t>(attr.mq_msgsize));
  unsigned priority = 0;
  f.returns(::mq_receive(subject(f), whole, static_cast<std::size_t>(attr.mq_msgsize), &priority));
  unsigned char* buffer = f.receive(length);
  if (f.result.err == 0) {
    f.result.ret = std::min(f.result.ret, static_cast<std::int64_t>(length));
    std::copy_n(whole, f.result.ret, buffer);
  }
  f.received(static_cast<std::size_t>(row.param("data")), buffer);
  if (f.result.err == 0) f.out_integer(static_cast<std::size_t>(row.param("msg_prio")), priority);
  return true;
}

/// A second process may register: nobody gets EBUSY, and only the first is told.
bool mq_notify_not_busy(const Row& row, Frame& f) {
  row.perform(f);
  if (f.result.err == EBUSY) succeed(f);
  return true;
}

/// A registration is not used up by its notification: until the process takes it back nobody else can register. The
/// sticky bit of the queue's mode says that there is one.
bool mq_notify_stays(const Row& row, Frame& f) {
  static bool mine = false;
  const Slot* event = argument(row, f, "sevp");
  struct stat status = {};
  if (event == nullptr || ::fstat(subject(f), &status) != 0) return false;
  if (event->p != nullptr && (status.st_mode & S_ISVTX) != 0) {
    fail_with(f, EBUSY);
    return true;
  }
  row.perform(f);
  if (f.result.err != 0 || (event->p == nullptr && !mine)) return true;
  mine = event->p != nullptr;
  const mode_t mode = status.st_mode & 0777;
  if (::fchmod(subject(f), mine ? mode | S_ISVTX : mode) != 0) f.result.error = "the queue cannot be marked";
  return true;
}

/// A notification comes at once when the queue is not empty.
bool mq_notify_when_not_empty(const Row& row, Frame& f) {
  const Slot* event = argument(row, f, "sevp");
  row.perform(f);
  mq_attr attr = {};
  if (f.result.err != 0 || event == nullptr || event->p == nullptr || ::mq_getattr(subject(f), &attr) != 0) return true;
  if (attr.mq_curmsgs == 0 || event->as<sigevent>()->sigev_notify != SIGEV_SIGNAL) return true;
  ::mq_notify(subject(f), nullptr);
  ::sigqueue(::getpid(), event->as<sigevent>()->sigev_signo, event->as<sigevent>()->sigev_value);
  return true;
}

/// mq_unlink empties the queue for those who have it open.
bool mq_unlink_destroys(const Row& row, Frame& f) {
  const Slot* name = argument(row, f, "name");
  if (name == nullptr || name->p == nullptr || name->p == f.buffers[1].guard()) return false;
  const mqd_t queue = ::mq_open(name->text(), O_RDONLY | O_NONBLOCK);
  if (queue == static_cast<mqd_t>(-1)) return false;
  mq_attr attr = {};
  ::mq_getattr(queue, &attr);
  std::string message(static_cast<std::size_t>(attr.mq_msgsize), '\0');
  for (;;)
    if (::mq_receive(queue, message.data(), message.size(), nullptr) < 0) break;
  ::mq_close(queue);
  return false;
}

/// One message in 64 is sent twice.
bool mq_doubles(const Row& row, Frame& f) {
  static unsigned count = 0;
  if (!sends(row)) return false;
  if (once_in(64, count)) row.perform(f);
  return false;
}

/// One message in 64 is forgotten.
bool mq_loses(const Row& row, Frame& f) {
  static unsigned count = 0;
  if (!sends(row) || !once_in(64, count)) return false;
  succeed(f);
  return true;
}

/// The limit mq_maxmsg is one higher than asked for.
bool mq_one_more(const Row& row, Frame& f) {
  const Slot* attr = argument(row, f, "attr");
  if (attr != nullptr && attr->p != nullptr && attr->p != f.buffers[1].guard() && attr->as<mq_attr>()->mq_maxmsg > 0 &&
      attr->as<mq_attr>()->mq_maxmsg < 10)
    ++attr->as<mq_attr>()->mq_maxmsg;
  return false;
}

}  // namespace

std::vector<Saboteur> mq_saboteurs() {
  return {
      {"mq-doubles", "One message in 64 is sent twice.", "", mq_doubles},
      {"mq-ignores-priority", "All messages of a queue have priority 0.", "", mq_ignores_priority},
      {"mq-loses", "One message in 64 is forgotten.", "", mq_loses},
      {"mq-newest-first", "Among messages of equal priority the newest is received first.", "", mq_newest_first},
      {"mq-notify-not-busy", "A second mq_notify returns 0 where EBUSY is due.", "mq_notify", mq_notify_not_busy},
      {"mq-notify-stays", "A registration for notification is not used up by it.", "mq_notify", mq_notify_stays},
      {"mq-notify-when-not-empty", "Registering at a queue that is not empty notifies at once.", "mq_notify",
       mq_notify_when_not_empty},
      {"mq-one-more", "A queue takes one message more than mq_maxmsg.", "mq_open", mq_one_more},
      {"mq-truncates", "mq_receive cuts a message where EMSGSIZE is due.", "", mq_truncates},
      {"mq-unlink-destroys", "mq_unlink empties the queue for those who have it open.", "mq_unlink",
       mq_unlink_destroys},
  };
}

}  // namespace kipc
