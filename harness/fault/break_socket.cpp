// Breakages of sockets and of what travels over them.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "fault/break.hpp"
#include "values/control_types.hpp"

namespace kipc {
namespace {

bool receives_message(const Row& row) { return is_any_of(row, {"recv", "recvfrom", "recvmsg"}); }
bool sends_message(const Row& row) { return is_any_of(row, {"send", "sendto", "sendmsg"}); }

/// Each descriptor that came has an open file description of its own.
bool passed_fd_reopened(const Row& row, Frame& f) {
  row.perform(f);
  for (const Binding& binding : f.result.bindings) reopen(static_cast<int>(binding.value));
  return true;
}

/// Descriptors that are sent do not arrive.
bool passed_fds_lost(const Row& row, Frame& f) {
  if (Slot* control = argument(row, f, "control"); control != nullptr) control->given = false;
  return false;
}

bool hide_message_flag(const Row& row, Frame& f, std::int64_t flag) {
  row.perform(f);
  std::int64_t flags = 0;
  const std::string_view bytes = came_back(row, f, "msg_flags");
  if (bytes.size() != sizeof flags) return true;
  std::memcpy(&flags, bytes.data(), sizeof flags);
  flags &= ~flag;
  replace_out(row, f, "msg_flags", {reinterpret_cast<const char*>(&flags), sizeof flags});
  return true;
}

/// recvmsg never says MSG_CTRUNC.
bool ctrunc_hidden(const Row& row, Frame& f) { return hide_message_flag(row, f, MSG_CTRUNC); }

/// recvmsg never says MSG_TRUNC, and no call returns the real length.
bool trunc_hidden(const Row& row, Frame& f) {
  if (!receives_message(row)) return false;
  without(row, f, "flags", MSG_TRUNC);
  return row.name == "recvmsg" && hide_message_flag(row, f, MSG_TRUNC);
}

/// MSG_CMSG_CLOEXEC is ignored: descriptors that came survive execve.
bool cmsg_cloexec_ignored(const Row& row, Frame& f) { return without(row, f, "flags", MSG_CMSG_CLOEXEC); }

/// MSG_PEEK is ignored: what is looked at is gone.
bool peek_takes(const Row& row, Frame& f) { return receives_message(row) && without(row, f, "flags", MSG_PEEK); }

/// MSG_WAITALL is ignored: what is there is returned.
bool waitall_ignored(const Row& row, Frame& f) {
  return receives_message(row) && without(row, f, "flags", MSG_WAITALL);
}

/// MSG_NOSIGNAL is ignored: SIGPIPE is raised.
bool nosignal_ignored(const Row& row, Frame& f) { return sends_message(row) && without(row, f, "flags", MSG_NOSIGNAL); }

/// MSG_DONTWAIT is ignored: the call waits.
bool dontwait_waits(const Row& row, Frame& f) {
  return (receives_message(row) || sends_message(row)) && without(row, f, "flags", MSG_DONTWAIT);
}

/// SO_PEERCRED names another process.
bool peercred_wrong_pid(const Row& row, Frame& f) {
  if (integer_argument(row, f, "optname") != SO_PEERCRED) return false;
  row.perform(f);
  alter_out<ucred>(row, f, "optval", [](ucred& peer) { ++peer.pid; });
  return true;
}

/// SCM_CREDENTIALS name another process.
bool credentials_wrong_pid(const Row& row, Frame& f) {
  row.perform(f);
  std::vector<ControlItem> items = unpack_control(came_back(row, f, "control"));
  for (ControlItem& item : items) {
    ucred sender = {};
    if (item.cmsg_level != SOL_SOCKET || item.cmsg_type != SCM_CREDENTIALS || item.data.size() < sizeof sender)
      continue;
    std::memcpy(&sender, item.data.data(), sizeof sender);
    ++sender.pid;
    std::memcpy(item.data.data(), &sender, sizeof sender);
  }
  if (!items.empty()) replace_out(row, f, "control", pack_control(items));
  return true;
}

/// A credential that the sender may not claim is accepted, and then is the sender's own.
bool forged_credentials_accepted(const Row& row, Frame& f) {
  row.perform(f);
  if (f.result.err != EPERM || argument(row, f, "control") == nullptr) return true;
  argument(row, f, "control")->given = false;
  row.perform(f);
  return true;
}

/// A record of a SOCK_SEQPACKET or SOCK_DGRAM socket is joined with the next, if there is one.
bool records_joined(const Row& row, Frame& f) {
  const int type = socket_type(subject(f));
  if (!is_any_of(row, {"recv", "read"}) || (type != SOCK_SEQPACKET && type != SOCK_DGRAM)) return false;
  const Slot* length = argument(row, f, row.name == "recv" ? "len" : "count");
  const auto flags = static_cast<int>(integer_argument(row, f, "flags"));
  if (length == nullptr || flags != 0) return false;
  const std::size_t room = length->as_size();
  unsigned char* buffer = f.receive(room);
  f.returns(::recv(subject(f), buffer, room, 0));
  if (f.result.ret > 0 && static_cast<std::size_t>(f.result.ret) < room) {
    const ssize_t more =
        ::recv(subject(f), buffer + f.result.ret, room - static_cast<std::size_t>(f.result.ret), MSG_DONTWAIT);
    if (more > 0) f.result.ret += more;
  }
  f.received(static_cast<std::size_t>(row.param("data")), buffer);
  return true;
}

/// ECONNRESET is reported as end-of-file.
bool reset_as_eof(const Row& row, Frame& f) {
  if (!receives_message(row) && row.name != "read") return false;
  row.perform(f);
  if (f.result.err == ECONNRESET) succeed(f);
  return true;
}

/// End-of-file of a stream is reported as ECONNRESET.
bool eof_as_reset(const Row& row, Frame& f) {
  if ((!receives_message(row) && row.name != "read") || socket_type(subject(f)) != SOCK_STREAM) return false;
  row.perform(f);
  if (f.result.err == 0 && f.result.ret == 0) fail_with(f, ECONNRESET);
  return true;
}

/// shutdown returns 0 and does nothing.
bool shutdown_ignored(const Row&, Frame& f) {
  succeed(f);
  return true;
}

/// bind takes a name that exists.
bool bind_takes_over(const Row& row, Frame& f) {
  row.perform(f);
  const Slot* address = argument(row, f, "addr");
  if (f.result.err != EADDRINUSE || address == nullptr || address->as<sockaddr>()->sa_family != AF_UNIX) return true;
  ::unlink(address->as<sockaddr_un>()->sun_path);
  row.perform(f);
  return true;
}

/// connect succeeds where nobody listens.
bool connect_without_listener(const Row& row, Frame& f) {
  row.perform(f);
  if (f.result.err == ECONNREFUSED) succeed(f);
  return true;
}

}  // namespace

std::vector<Saboteur> socket_saboteurs() {
  return {
      {"bind-takes-over", "bind takes a socket name that exists, where EADDRINUSE is due.", "bind", bind_takes_over},
      {"cmsg-cloexec-ignored", "MSG_CMSG_CLOEXEC is ignored: descriptors that came survive execve.", "recvmsg",
       cmsg_cloexec_ignored},
      {"connect-without-listener", "connect succeeds where nobody listens.", "connect", connect_without_listener},
      {"credentials-wrong-pid", "SCM_CREDENTIALS name another process.", "recvmsg", credentials_wrong_pid},
      {"ctrunc-hidden", "recvmsg does not say MSG_CTRUNC.", "recvmsg", ctrunc_hidden},
      {"dontwait-waits", "MSG_DONTWAIT is ignored: the call waits.", "", dontwait_waits},
      {"eof-as-reset", "The end of a connection is reported as ECONNRESET.", "", eof_as_reset},
      {"forged-credentials-accepted", "sendmsg takes SCM_CREDENTIALS that are not the sender's.", "sendmsg",
       forged_credentials_accepted},
      {"nosignal-ignored", "MSG_NOSIGNAL is ignored: SIGPIPE is raised.", "", nosignal_ignored},
      {"passed-fd-reopened", "A descriptor that was passed has an open file description of its own.", "recvmsg",
       passed_fd_reopened},
      {"passed-fds-lost", "Descriptors that are sent do not arrive.", "sendmsg", passed_fds_lost},
      {"peek-takes", "MSG_PEEK is ignored: what is looked at is gone.", "", peek_takes},
      {"peercred-wrong-pid", "SO_PEERCRED names another process.", "getsockopt", peercred_wrong_pid},
      {"records-joined", "One receive gives two records of a SOCK_SEQPACKET or SOCK_DGRAM socket.", "", records_joined},
      {"reset-as-eof", "ECONNRESET is reported as end-of-file.", "", reset_as_eof},
      {"shutdown-ignored", "shutdown returns 0 and does nothing.", "shutdown", shutdown_ignored},
      {"trunc-hidden", "recvmsg does not say MSG_TRUNC, and no call returns the real length.", "", trunc_hidden},
      {"waitall-ignored", "MSG_WAITALL is ignored: what is there is returned.", "", waitall_ignored},
  };
}

}  // namespace kipc
