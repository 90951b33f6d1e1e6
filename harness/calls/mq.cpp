// Rows: POSIX message queues.
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <time.h>

#include <array>
#include <cstring>

#include "calls/row.hpp"
#include "values/out_integer.hpp"
#include "values/sigevent.hpp"

namespace kipc {
namespace {

const std::vector<std::string_view> kMq = {"mq"};

#ifdef SYS_mq_timedsend_time64
const std::vector<long> kSends = {SYS_mq_timedsend, SYS_mq_timedsend_time64};
const std::vector<long> kReceives = {SYS_mq_timedreceive, SYS_mq_timedreceive_time64};
#else
const std::vector<long> kSends = {SYS_mq_timedsend};
const std::vector<long> kReceives = {SYS_mq_timedreceive};
#endif

/// Longest message of a given msg_len for which there is memory; the kernel refuses longer ones before it reads them.
constexpr std::size_t kLongest = std::size_t{64} << 20;

const Type& open_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(O_CREAT),   KIPC_CONSTANT(O_EXCL),   KIPC_CONSTANT(O_NONBLOCK),
                                        KIPC_CONSTANT(O_CLOEXEC), KIPC_CONSTANT(O_RDONLY), KIPC_CONSTANT(O_WRONLY),
                                        KIPC_CONSTANT(O_RDWR)};
  static const auto type = make_flags_type("mq_open flags", kFlags);
  return *type;
}

const Type& attr_type() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(O_NONBLOCK)};
  static const std::array kFields = [] {
    std::array fields = {KIPC_FIELD(mq_attr, mq_flags), KIPC_FIELD(mq_attr, mq_maxmsg), KIPC_FIELD(mq_attr, mq_msgsize),
                         KIPC_FIELD(mq_attr, mq_curmsgs)};
    fields[0].names = kFlags;
    fields[0].flags = true;
    return fields;
  }();
  static const StructType kAttr = {"struct mq_attr", sizeof(mq_attr), kFields};
  static const auto type = make_struct_type(kAttr);
  return *type;
}

/// The bytes of parameter 1, of which at least msg_len may be read; msg_len is their number unless given (parameter 2).
const char* message(Frame& f, std::size_t& length) {
  const Slot& data = f[1];
  length = f[2].given ? f[2].as_size() : data.n;
  if (length <= data.n || length > kLongest || data.p == nullptr || data.p == f.buffers[1].guard()) return data.text();
  auto* longer = f.scratch.take_object<char>(length);
  std::memcpy(longer, data.p, data.n);
  return longer;
}

/// mq_receive into the buffer the case gave, else one of exactly msg_len bytes.
void receive(Frame& f, std::size_t first_out, const timespec* timeout, bool timed) {
  const std::size_t length = f[1].as_size();
  const bool own = !f[first_out].given;
  unsigned char* buffer = own ? f.receive(length <= kLongest ? length : 1) : f[first_out].as<unsigned char>();
  auto* priority = out_place<unsigned>(f, first_out + 1);
  auto* to = reinterpret_cast<char*>(buffer);
  f.returns(timed ? ::mq_timedreceive(f[0].as_int(), to, length, priority, timeout)
                  : ::mq_receive(f[0].as_int(), to, length, priority));
  if (own)
    f.received(first_out, buffer);
  else if (f.result.err == 0)
    f.out(first_out, buffer, static_cast<std::size_t>(f.result.ret));
  report_integer(f, first_out + 1, priority);
}

std::vector<Row> descriptor_rows() {
  return {
      Row{.name = "mq_close",
          .areas = kMq,
          .doc = "Closes a message queue descriptor. The name keeps its number, so that EBADF can be expected of it.",
          .source = "POSIX.1-2024 mq_close(), mq_close(3)",
          .params = {in("mqdes", mqd_type())},
          .perform = [](Frame& f) { f.returns(::mq_close(f[0].as_int())); }},
      Row{.name = "mq_getattr",
          .areas = kMq,
          .doc = "Reads the attributes of a message queue.",
          .source = "POSIX.1-2024 mq_getattr(), mq_getattr(3)",
          .params = {in("mqdes", mqd_type()), out("attr", attr_type())},
          .perform =
              [](Frame& f) {
                auto* attr = out_place<mq_attr>(f, 1);
                f.returns(::mq_getattr(f[0].as_int(), attr));
                report_structure(f, 1, attr);
              }},
      Row{.name = "mq_notify",
          .areas = kMq,
          .doc = "Registers for a notification when a message arrives in the empty queue; \"null\" takes it back. "
                 "SIGEV_THREAD makes the actor named in \"starts\" appear.",
          .source = "POSIX.1-2024 mq_notify(), mq_notify(3)",
          .params = {in("mqdes", mqd_type()), in("sevp", sigevent_type())},
          .makes = Makes::notified,
          .perform = [](Frame& f) { f.returns(::mq_notify(f[0].as_int(), f[1].as<sigevent>())); }},
      Row{.name = "mq_open",
          .areas = kMq,
          .doc = "Opens or creates a message queue; mode is 0600 and attr the null pointer unless given.",
          .source = "POSIX.1-2024 mq_open(), mq_open(3)",
          .params = {in("name", object_name_type()), in("oflag", open_flags()),
                     optional("mode", mode_type(), "\"0600\""), optional("attr", attr_type())},
          .returns = Returns::mqd,
          .perform =
              [](Frame& f) {
                f.returns(::mq_open(f[0].text(), f[1].as_int(), static_cast<mode_t>(f[2].i), f[3].as<mq_attr>()));
              }},
      Row{.name = "mq_setattr",
          .areas = kMq,
          .doc = "Sets O_NONBLOCK of the open message queue description; oldattr is what was before.",
          .source = "POSIX.1-2024 mq_setattr(), mq_setattr(3)",
          .params = {in("mqdes", mqd_type()), in("newattr", attr_type()), out("oldattr", attr_type())},
          .perform =
              [](Frame& f) {
                auto* old = out_place<mq_attr>(f, 2);
                f.returns(::mq_setattr(f[0].as_int(), f[1].as<mq_attr>(), old));
                report_structure(f, 2, old);
              }},
      Row{.name = "mq_unlink",
          .areas = kMq,
          .doc = "Removes the name of a message queue.",
          .source = "POSIX.1-2024 mq_unlink(), mq_unlink(3)",
          .params = {in("name", object_name_type())},
          .perform = [](Frame& f) { f.returns(::mq_unlink(f[0].text())); }},
  };
}

std::vector<Row> message_rows() {
  return {
      Row{.name = "mq_receive",
          .areas = kMq,
          .doc = "Takes the oldest of the messages of highest priority, into a buffer of msg_len bytes.",
          .source = "POSIX.1-2024 mq_receive(), mq_receive(3)",
          .params = {in("mqdes", mqd_type()), in("msg_len", integer_type()), out("data", data_type()),
                     out("msg_prio", out_integer_type())},
          .returns = Returns::bytes,
          .sleeps = kReceives,
          .weight = "msg_prio",
          .perform = [](Frame& f) { receive(f, 2, nullptr, false); },
          .timed =
              [](Frame& f) {
                auto* buffer = reinterpret_cast<char*>(f.room(f[1].as_size()));
                f.returns(::mq_receive(f[0].as_int(), buffer, f[1].as_size(), nullptr));
              }},
      Row{.name = "mq_send",
          .areas = kMq,
          .doc = "Sends a message; msg_len is the length of the data and msg_prio 0 unless given.",
          .source = "POSIX.1-2024 mq_send(), mq_send(3)",
          .params = {in("mqdes", mqd_type()), in("data", data_type()), optional("msg_len", integer_type()),
                     optional("msg_prio", integer_type(), "0")},
          .sleeps = kSends,
          .weight = "msg_prio",
          .perform =
              [](Frame& f) {
                std::size_t length = 0;
                const char* data = message(f, length);
                f.returns(::mq_send(f[0].as_int(), data, length, f[3].as_unsigned()));
              }},
      Row{.name = "mq_timedreceive",
          .areas = kMq,
          .doc = "As mq_receive, but waits until abs_timeout (CLOCK_REALTIME) at most.",
          .source = "POSIX.1-2024 mq_timedreceive(), mq_receive(3)",
          .params = {in("mqdes", mqd_type()), in("msg_len", integer_type()),
                     in("abs_timeout", absolute_time_type(CLOCK_REALTIME)), out("data", data_type()),
                     out("msg_prio", out_integer_type())},
          .returns = Returns::bytes,
          .sleeps = kReceives,
          .weight = "msg_prio",
          .perform = [](Frame& f) { receive(f, 3, f[2].as<timespec>(), true); }},
      Row{.name = "mq_timedsend",
          .areas = kMq,
          .doc = "As mq_send, but waits until abs_timeout (CLOCK_REALTIME) at most.",
          .source = "POSIX.1-2024 mq_timedsend(), mq_send(3)",
          .params = {in("mqdes", mqd_type()), in("data", data_type()), optional("msg_len", integer_type()),
                     optional("msg_prio", integer_type(), "0"), in("abs_timeout", absolute_time_type(CLOCK_REALTIME))},
          .sleeps = kSends,
          .weight = "msg_prio",
          .perform =
              [](Frame& f) {
                std::size_t length = 0;
                const char* data = message(f, length);
                f.returns(::mq_timedsend(f[0].as_int(), data, length, f[3].as_unsigned(), f[4].as<timespec>()));
              }},
  };
}

}  // namespace

std::vector<Row> mq_rows() {
  std::vector<Row> rows = descriptor_rows();
  for (Row& row : message_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace kipc
