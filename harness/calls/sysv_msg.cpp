// Rows: System V message queues, and ftok.
#include <sys/ipc.h>
#include <sys/msg.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "calls/row.hpp"
#include "values/out_integer.hpp"

namespace kipc {
namespace {

const std::vector<std::string_view> kMsg = {"sysv-msg"};

std::vector<long> sleeping_in([[maybe_unused]] bool sends) {
  std::vector<long> numbers;
#ifdef SYS_msgsnd
  numbers.push_back(sends ? SYS_msgsnd : SYS_msgrcv);
#endif
#ifdef SYS_ipc
  numbers.push_back(SYS_ipc);
#endif
  return numbers;
}

/// Longest message for which there is memory; longer ones are refused before they are read, or do not exist.
constexpr std::size_t kLongest = std::size_t{64} << 20;

const Type& get_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(IPC_CREAT), KIPC_CONSTANT(IPC_EXCL)};
  static const auto type = make_flags_type("msgget flags", kFlags);
  return *type;
}

const Type& message_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(IPC_NOWAIT), KIPC_CONSTANT(MSG_COPY), KIPC_CONSTANT(MSG_EXCEPT),
                                        KIPC_CONSTANT(MSG_NOERROR)};
  static const auto type = make_flags_type("message flags", kFlags);
  return *type;
}

const Type& control_commands() {
  static constexpr std::array kCommands = {KIPC_CONSTANT(IPC_INFO),    KIPC_CONSTANT(IPC_RMID), KIPC_CONSTANT(IPC_SET),
                                           KIPC_CONSTANT(IPC_STAT),    KIPC_CONSTANT(MSG_INFO), KIPC_CONSTANT(MSG_STAT),
                                           KIPC_CONSTANT(MSG_STAT_ANY)};
  static const auto type = make_enum_type("msgctl command", kCommands);
  return *type;
}

const Type& queue_type() {
  static const std::array kFields = [] {
    std::array fields = {
        KIPC_FIELD(msqid_ds, msg_perm.mode), KIPC_FIELD(msqid_ds, msg_perm.uid),  KIPC_FIELD(msqid_ds, msg_perm.gid),
        KIPC_FIELD(msqid_ds, msg_perm.cuid), KIPC_FIELD(msqid_ds, msg_perm.cgid), KIPC_FIELD(msqid_ds, msg_perm.__key),
        KIPC_FIELD(msqid_ds, msg_stime),     KIPC_FIELD(msqid_ds, msg_rtime),     KIPC_FIELD(msqid_ds, msg_ctime),
        KIPC_FIELD(msqid_ds, msg_cbytes),    KIPC_FIELD(msqid_ds, msg_qnum),      KIPC_FIELD(msqid_ds, msg_qbytes),
        KIPC_FIELD(msqid_ds, msg_lspid),     KIPC_FIELD(msqid_ds, msg_lrpid)};
    fields[0].octal = true;
    return fields;
  }();
  static const StructType kQueue = {"struct msqid_ds", sizeof(msqid_ds), kFields};
  static const auto type = make_struct_type(kQueue);
  return *type;
}

const Type& info_type() {
  static const std::array kFields = {KIPC_FIELD(msginfo, msgpool), KIPC_FIELD(msginfo, msgmap),
                                     KIPC_FIELD(msginfo, msgmax),  KIPC_FIELD(msginfo, msgmnb),
                                     KIPC_FIELD(msginfo, msgmni),  KIPC_FIELD(msginfo, msgssz),
                                     KIPC_FIELD(msginfo, msgtql),  KIPC_FIELD(msginfo, msgseg)};
  static const StructType kInfo = {"struct msginfo", sizeof(msginfo), kFields};
  static const auto type = make_struct_type(kInfo);
  return *type;
}

void control(Frame& f) {
  enum Params { msqid, cmd, set, stat, info };
  const int command = f[cmd].as_int();
  void* buffer = nullptr;
  switch (command) {
    case IPC_SET: buffer = f[set].p; break;
    case IPC_STAT:
    case MSG_STAT:
    case MSG_STAT_ANY: buffer = out_place<msqid_ds>(f, stat); break;
    case IPC_INFO:
    case MSG_INFO: buffer = out_place<msginfo>(f, info); break;
    default: break;
  }
  f.returns(::msgctl(f[msqid].as_int(), command, static_cast<msqid_ds*>(buffer)));
  if (command == IPC_INFO || command == MSG_INFO)
    report_structure(f, info, static_cast<msginfo*>(buffer));
  else if (command != IPC_SET)
    report_structure(f, stat, static_cast<msqid_ds*>(buffer));
}

void send(Frame& f) {
  const Slot& data = f[2];
  const std::size_t size = f[3].given ? f[3].as_size() : data.n;
  void* message = data.p;
  if (data.p != nullptr && data.p != f.buffers[1].guard()) {
    const std::size_t room = std::max(data.n, size <= kLongest ? size : 0);
    auto* bytes = f.scratch.take_object<unsigned char>(sizeof(long) + room);
    const long type = static_cast<long>(f[1].i);
    std::memcpy(bytes, &type, sizeof type);
    std::memcpy(bytes + sizeof type, data.p, data.n);
    message = bytes;
  }
  f.returns(::msgsnd(f[0].as_int(), message, size, f[4].as_int()));
}

/// The message lies in the frame's room, made at the first round: a type is never 0.
void timed_send(Frame& f) {
  const Slot& data = f[2];
  unsigned char* message = f.room(sizeof(long) + data.n);
  const long type = static_cast<long>(f[1].i);
  if (std::memcmp(message, &type, sizeof type) != 0) {
    std::memcpy(message, &type, sizeof type);
    std::memcpy(message + sizeof type, data.p, data.n);
  }
  f.returns(::msgsnd(f[0].as_int(), message, f[3].given ? f[3].as_size() : data.n, f[4].as_int()));
}

void timed_receive(Frame& f) {
  unsigned char* message = f.room(sizeof(long) + f[1].as_size());
  f.returns(::msgrcv(f[0].as_int(), message, f[1].as_size(), static_cast<long>(f[2].i), f[3].as_int()));
}

void receive(Frame& f) {
  enum Params { msqid, msgsz, msgtyp, msgflg, mtype, data };
  const std::size_t size = f[msgsz].as_size();
  const bool own = !f[data].given;
  unsigned char* buffer = own ? f.receive(sizeof(long) + (size <= kLongest ? size : 0)) : f[data].as<unsigned char>();
  f.returns(::msgrcv(f[msqid].as_int(), buffer, size, static_cast<long>(f[msgtyp].i), f[msgflg].as_int()));
  const bool fine = f.result.err == 0;
  const std::size_t length = fine ? static_cast<std::size_t>(f.result.ret) : 0;
  if (own) f.result.rest_untouched = f.buffers[0].finish(fine ? sizeof(long) + length : 0);
  if (!fine) return;
  long type = 0;
  std::memcpy(&type, buffer, sizeof type);
  report_integer(f, mtype, &type);
  f.out(data, buffer + sizeof type, length);
}

}  // namespace

std::vector<Row> sysv_msg_rows() {
  return {
      Row{.name = "ftok",
          .areas = {"ftok"},
          .doc = "Makes a System V key of a file and the low eight bits of proj_id.",
          .source = "POSIX.1-2024 ftok(), ftok(3)",
          .params = {in("pathname", path_type()), in("proj_id", integer_type())},
          .returns = Returns::value,
          .perform = [](Frame& f) { f.returns(::ftok(f[0].text(), f[1].as_int())); }},
      Row{.name = "msgctl",
          .areas = kMsg,
          .doc = "Reads, changes or removes a message queue, as cmd says. MSG_STAT takes an index and returns the id; "
                 "IPC_INFO and MSG_INFO fill a struct msginfo and return the highest index.",
          .source = "POSIX.1-2024 msgctl(), msgctl(2)",
          .params = {in("msqid", integer_type()), selector("cmd", control_commands()),
                     only_for(in("buf", queue_type()), {"IPC_SET"}),
                     only_for(out("buf", queue_type()), {"IPC_STAT", "MSG_STAT", "MSG_STAT_ANY"}),
                     only_for(out("buf", info_type()), {"IPC_INFO", "MSG_INFO"})},
          .returns = Returns::integer,
          .perform = control},
      Row{.name = "msgget",
          .areas = kMsg,
          .doc = "Opens or creates a message queue.",
          .source = "POSIX.1-2024 msgget(), msgget(2)",
          .params = {in("key", key_type()), optional("msgflg", get_flags(), "[]")},
          .returns = Returns::value,
          .perform =
              [](Frame& f) {
                f.returns(::msgget(static_cast<key_t>(f[0].i), f[1].as_int()));
                if (f.result.err == 0) f.host.created("msg", f.result.ret);
              }},
      Row{.name = "msgrcv",
          .areas = kMsg,
          .doc = "Takes the first message that msgtyp (0 unless given: any) selects, into a buffer of msgsz bytes.",
          .source = "POSIX.1-2024 msgrcv(), msgrcv(2)",
          .params = {in("msqid", integer_type()), in("msgsz", integer_type()), optional("msgtyp", integer_type(), "0"),
                     optional("msgflg", message_flags(), "[]"), out("mtype", out_integer_type()),
                     out("data", data_type())},
          .returns = Returns::bytes,
          .sleeps = sleeping_in(false),
          .weight = "mtype",
          .perform = receive,
          .timed = timed_receive},
      Row{.name = "msgsnd",
          .areas = kMsg,
          .doc = "Sends a message of type mtype; msgsz is the length of the data unless given.",
          .source = "POSIX.1-2024 msgsnd(), msgsnd(2)",
          .params = {in("msqid", integer_type()), in("mtype", integer_type()), in("data", data_type()),
                     optional("msgsz", integer_type()), optional("msgflg", message_flags(), "[]")},
          .sleeps = sleeping_in(true),
          .weight = "mtype",
          .perform = send,
          .timed = timed_send},
  };
}

}  // namespace kipc
