// Rows: sockets, from socket() to recvmsg(). Their options are in sockopt.cpp.
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "calls/row.hpp"
#include "values/control_types.hpp"
#include "values/iovec_type.hpp"
#include "values/out_integer.hpp"
#include "values/sockaddr_type.hpp"

#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif

namespace kipc {
namespace {

const std::vector<std::string_view> kSockets = {"fd-passing", "loopback", "unix-socket"};

/// The system calls behind a socket function: its own, or the one of old systems for all of them.
std::vector<long> sleeps_in(std::initializer_list<long> calls) {
  std::vector<long> all(calls);
#ifdef SYS_socketcall
  all.push_back(SYS_socketcall);
#endif
  return all;
}

const std::vector<long> kAccept = sleeps_in({
#ifdef SYS_accept
    SYS_accept,
#endif
    SYS_accept4});
const std::vector<long> kConnect = sleeps_in({SYS_connect});
const std::vector<long> kSend = sleeps_in({
#ifdef SYS_send
    SYS_send,
#endif
    SYS_sendto});
const std::vector<long> kReceive = sleeps_in({
#ifdef SYS_recv
    SYS_recv,
#endif
    SYS_recvfrom});
const std::vector<long> kSendMessage = sleeps_in({SYS_sendmsg});
const std::vector<long> kReceiveMessage = sleeps_in({SYS_recvmsg});

const Type& domains() {
  static constexpr std::array kDomains = {KIPC_CONSTANT(AF_INET), KIPC_CONSTANT(AF_INET6), KIPC_CONSTANT(AF_UNIX),
                                          KIPC_CONSTANT(AF_UNSPEC)};
  static const auto type = make_enum_type("address family", kDomains);
  return *type;
}

const Type& socket_types() {
  // The widest values first, so that 5 is printed as SOCK_SEQPACKET.
  static constexpr std::array kTypes = {KIPC_CONSTANT(SOCK_SEQPACKET), KIPC_CONSTANT(SOCK_RAW),
                                        KIPC_CONSTANT(SOCK_DGRAM),     KIPC_CONSTANT(SOCK_STREAM),
                                        KIPC_CONSTANT(SOCK_CLOEXEC),   KIPC_CONSTANT(SOCK_NONBLOCK)};
  static const auto type = make_flags_type("socket type", kTypes);
  return *type;
}

const Type& accept_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(SOCK_CLOEXEC), KIPC_CONSTANT(SOCK_NONBLOCK)};
  static const auto type = make_flags_type("accept4 flags", kFlags);
  return *type;
}

const Type& message_flags() {
  static constexpr std::array kFlags = {
      KIPC_CONSTANT(MSG_CMSG_CLOEXEC), KIPC_CONSTANT(MSG_CTRUNC),   KIPC_CONSTANT(MSG_DONTROUTE),
      KIPC_CONSTANT(MSG_DONTWAIT),     KIPC_CONSTANT(MSG_EOR),      KIPC_CONSTANT(MSG_ERRQUEUE),
      KIPC_CONSTANT(MSG_MORE),         KIPC_CONSTANT(MSG_NOSIGNAL), KIPC_CONSTANT(MSG_OOB),
      KIPC_CONSTANT(MSG_PEEK),         KIPC_CONSTANT(MSG_TRUNC),    KIPC_CONSTANT(MSG_WAITALL)};
  static const auto type = make_flags_type("message flags", kFlags);
  return *type;
}

const Type& shutdown_ways() {
  static constexpr std::array kWays = {KIPC_CONSTANT(SHUT_RD), KIPC_CONSTANT(SHUT_RDWR), KIPC_CONSTANT(SHUT_WR)};
  static const auto type = make_enum_type("how", kWays);
  return *type;
}

socklen_t length_of(const Slot& address, const Slot& length) {
  return static_cast<socklen_t>(length.given ? length.i : static_cast<std::int64_t>(address.n));
}

void perform_accept(Frame& f) {
  SockaddrBuffer address(f, f[1], f[2]);
  f.returns(::accept(f[0].as_int(), address.address(), address.length()));
  address.report(1, 2);
}

void perform_accept4(Frame& f) {
  SockaddrBuffer address(f, f[1], f[2]);
  f.returns(::accept4(f[0].as_int(), address.address(), address.length(), f[3].as_int()));
  address.report(1, 2);
}

/// What was received; with MSG_TRUNC the call returns more than fits.
void report_received(Frame& f, std::size_t param, const unsigned char* buffer, std::size_t size) {
  const std::size_t got = f.result.err == 0 && f.result.ret > 0 ? static_cast<std::size_t>(f.result.ret) : 0;
  f.received(param, buffer, std::min(got, size));
}

void perform_recvfrom(Frame& f) {
  unsigned char* buffer = f.receive(f[1].as_size());
  SockaddrBuffer address(f, f[4], f[5]);
  f.returns(::recvfrom(f[0].as_int(), buffer, f[1].as_size(), f[2].as_int(), address.address(), address.length()));
  report_received(f, 3, buffer, f[1].as_size());
  address.report(4, 5);
}

/// sockfd, data, iov, msg_iovlen, control, msg_name, msg_namelen, flags
void perform_sendmsg(Frame& f) {
  msghdr message{};
  iovec one{f[1].p, f[1].n};
  if (f[2].given) {
    std::int64_t elements = 0;
    message.msg_iov = iovecs(f, f[2], f[3], elements);
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(elements);
  } else if (f[1].given) {
    message.msg_iov = &one;
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(f[3].given ? f[3].i : 1);
  }
  if (f[4].given) {
    message.msg_control = f[4].p;
    message.msg_controllen = static_cast<decltype(message.msg_controllen)>(f[4].n);
  }
  if (f[5].given) {
    message.msg_name = f[5].p;
    message.msg_namelen = length_of(f[5], f[6]);
  }
  f.returns(::sendmsg(f[0].as_int(), &message, f[7].as_int()));
}

enum ReceiveMessage : std::size_t {
  kSockfd,
  kLen,
  kIov,
  kFlags,
  kData,
  kControl,
  kFds,
  kPidfd,
  kName,
  kNameLength,
  kMessageFlags,
  kControlLength,
};

/// Binds or closes the descriptors that came, and reports what else did.
void report_control(Frame& f, const msghdr& message) {
  f.out_integer(kControlLength, static_cast<std::int64_t>(message.msg_controllen));
  f.out_integer(kMessageFlags, message.msg_flags);
  const std::vector<ControlItem> items = read_control(message.msg_control, message.msg_controllen);
  std::vector<int> fds;
  for (const ControlItem& item : items) {
    const std::vector<int> some = item.fds();
    fds.insert(fds.end(), some.begin(), some.end());
    if (item.cmsg_level != SOL_SOCKET || item.cmsg_type != SCM_PIDFD) continue;
    std::vector<int> pidfd(1);
    if (item.data.size() < sizeof(int)) continue;
    std::copy_n(item.data.data(), sizeof(int), reinterpret_cast<char*>(pidfd.data()));
    if (pidfd[0] >= 0) bind_received_fds(f, kPidfd, pidfd);
  }
  bind_received_fds(f, kFds, fds);
  const std::string_view flat = f.scratch.keep(pack_control(items));
  f.out(kControl, flat.data(), flat.size());
}

void perform_recvmsg(Frame& f) {
  constexpr std::size_t kDefaultControl = CMSG_SPACE(253 * sizeof(int)) + CMSG_SPACE(sizeof(ucred));
  msghdr message{};
  std::size_t size = 0;
  unsigned char* buffer = nullptr;
  iovec one{};
  if (f[kIov].given) {
    size = scatter_size(f[kIov]);
    buffer = f.receive(size);
    scatter_into(f[kIov], buffer);
    message.msg_iov = f[kIov].as<iovec>();
    message.msg_iovlen = f[kIov].n;
  } else if (f[kLen].given) {
    size = f[kLen].as_size();
    buffer = f.receive(size);
    one = iovec{buffer, size};
    message.msg_iov = &one;
    message.msg_iovlen = 1;
  }
  if (f[kControl].given) {
    message.msg_control = f[kControl].p;
    message.msg_controllen = static_cast<decltype(message.msg_controllen)>(f[kControl].n);
  } else if (f[kFds].given || f[kPidfd].given) {
    message.msg_control = f.scratch.take(kDefaultControl);
    message.msg_controllen = kDefaultControl;
  }
  SockaddrBuffer name(f, f[kName], f[kNameLength]);
  message.msg_name = name.address();
  message.msg_namelen = *name.length();
  message.msg_flags = f[kMessageFlags].as_int();
  f.returns(::recvmsg(f[kSockfd].as_int(), &message, f[kFlags].as_int()));
  *name.length() = message.msg_namelen;
  name.report(kName, kNameLength);
  if (buffer != nullptr) report_received(f, kData, buffer, size);
  if (f.result.err != 0) return;
  if (f[kIov].given) out_scattered(f, kIov, f[kIov], buffer, std::min(static_cast<std::size_t>(f.result.ret), size));
  report_control(f, message);
}

std::vector<Row> connection_rows() {
  return {
      Row{.name = "accept",
          .areas = kSockets,
          .doc = "Takes the first pending connection; `into` binds its descriptor.",
          .source = "POSIX.1-2024 accept(), accept(2)",
          .params = {in("sockfd", fd_type()), inout("addr", out_sockaddr_type(), false),
                     inout("addrlen", integer_type(), false)},
          .returns = Returns::fd,
          .sleeps = kAccept,
          .perform = perform_accept},
      Row{.name = "accept4",
          .areas = kSockets,
          .doc = "Takes the first pending connection, with flags for its descriptor.",
          .source = "POSIX.1-2024 accept4(), accept(2)",
          .params = {in("sockfd", fd_type()), inout("addr", out_sockaddr_type(), false),
                     inout("addrlen", integer_type(), false), in("flags", accept_flags())},
          .returns = Returns::fd,
          .sleeps = kAccept,
          .perform = perform_accept4},
      Row{.name = "bind",
          .areas = kSockets,
          .doc = "Gives a socket its name; addrlen is the address's own unless given.",
          .source = "POSIX.1-2024 bind(), bind(2), unix(7)",
          .params = {in("sockfd", fd_type()), in("addr", sockaddr_type()), optional("addrlen", integer_type())},
          .perform = [](Frame& f) { f.returns(::bind(f[0].as_int(), f[1].as<sockaddr>(), length_of(f[1], f[2]))); }},
      Row{.name = "connect",
          .areas = kSockets,
          .doc = "Connects to an address; addrlen is the address's own unless given.",
          .source = "POSIX.1-2024 connect(), connect(2), unix(7)",
          .params = {in("sockfd", fd_type()), in("addr", sockaddr_type()), optional("addrlen", integer_type())},
          .sleeps = kConnect,
          .perform = [](Frame& f) { f.returns(::connect(f[0].as_int(), f[1].as<sockaddr>(), length_of(f[1], f[2]))); }},
      Row{.name = "getpeername",
          .areas = kSockets,
          .doc = "The peer's address; `port` is that of an AF_INET one.",
          .source = "POSIX.1-2024 getpeername(), getpeername(2)",
          .params = {in("sockfd", fd_type()), inout("addr", out_sockaddr_type(), false),
                     inout("addrlen", integer_type(), false), out("port", out_integer_type())},
          .perform =
              [](Frame& f) {
                SockaddrBuffer address(f, f[1], f[2]);
                f.returns(::getpeername(f[0].as_int(), address.address(), address.length()));
                address.report(1, 2, 3);
              }},
      Row{.name = "getsockname",
          .areas = kSockets,
          .doc = "The socket's own address; `port` is that of an AF_INET one.",
          .source = "POSIX.1-2024 getsockname(), getsockname(2)",
          .params = {in("sockfd", fd_type()), inout("addr", out_sockaddr_type(), false),
                     inout("addrlen", integer_type(), false), out("port", out_integer_type())},
          .perform =
              [](Frame& f) {
                SockaddrBuffer address(f, f[1], f[2]);
                f.returns(::getsockname(f[0].as_int(), address.address(), address.length()));
                address.report(1, 2, 3);
              }},
      Row{.name = "listen",
          .areas = kSockets,
          .doc = "Lets a socket take connections.",
          .source = "POSIX.1-2024 listen(), listen(2)",
          .params = {in("sockfd", fd_type()), in("backlog", integer_type())},
          .perform = [](Frame& f) { f.returns(::listen(f[0].as_int(), f[1].as_int())); }},
      Row{.name = "shutdown",
          .areas = kSockets,
          .doc = "Ends one or both directions of a connection.",
          .source = "POSIX.1-2024 shutdown(), shutdown(2)",
          .params = {in("sockfd", fd_type()), in("how", shutdown_ways())},
          .perform = [](Frame& f) { f.returns(::shutdown(f[0].as_int(), f[1].as_int())); }},
      Row{.name = "socket",
          .areas = kSockets,
          .doc = "Makes a socket.",
          .source = "POSIX.1-2024 socket(), socket(2)",
          .params = {in("domain", domains()), in("type", socket_types()), optional("protocol", integer_type(), "0")},
          .returns = Returns::fd,
          .perform = [](Frame& f) { f.returns(::socket(f[0].as_int(), f[1].as_int(), f[2].as_int())); }},
      Row{.name = "socketpair",
          .areas = kSockets,
          .doc = "Makes two connected sockets and binds them.",
          .source = "POSIX.1-2024 socketpair(), socketpair(2)",
          .params = {in("domain", domains()), in("type", socket_types()), optional("protocol", integer_type(), "0"),
                     binds("first", binds_fd_type()), binds("second", binds_fd_type())},
          .perform =
              [](Frame& f) {
                std::array<int, 2> pair = {-1, -1};
                f.returns(::socketpair(f[0].as_int(), f[1].as_int(), f[2].as_int(), pair.data()));
                if (f.result.err != 0) return;
                f.bind(3, pair[0]);
                f.bind(4, pair[1]);
              }},
  };
}

std::vector<Row> message_rows() {
  return {
      Row{.name = "recv",
          .areas = kSockets,
          .doc = "Receives up to len bytes.",
          .source = "POSIX.1-2024 recv(), recv(2)",
          .params = {in("sockfd", fd_type()), in("len", integer_type()), optional("flags", message_flags(), "[]"),
                     out("data", data_type())},
          .returns = Returns::bytes,
          .sleeps = kReceive,
          .perform =
              [](Frame& f) {
                unsigned char* buffer = f.receive(f[1].as_size());
                f.returns(::recv(f[0].as_int(), buffer, f[1].as_size(), f[2].as_int()));
                report_received(f, 3, buffer, f[1].as_size());
              },
          .timed =
              [](Frame& f) {
                f.returns(::recv(f[0].as_int(), f.room(f[1].as_size()), f[1].as_size(), f[2].as_int()));
              }},
      Row{.name = "recvfrom",
          .areas = kSockets,
          .doc = "Receives up to len bytes and the sender's address.",
          .source = "POSIX.1-2024 recvfrom(), recv(2)",
          .params = {in("sockfd", fd_type()), in("len", integer_type()), optional("flags", message_flags(), "[]"),
                     out("data", data_type()), inout("src_addr", out_sockaddr_type(), false),
                     inout("addrlen", integer_type(), false)},
          .returns = Returns::bytes,
          .sleeps = kReceive,
          .perform = perform_recvfrom},
      Row{.name = "recvmsg",
          .areas = kSockets,
          .doc = "Receives bytes, descriptors and other control messages. `fds` names the descriptors in their order; "
                 "those without a name are closed.",
          .source = "POSIX.1-2024 recvmsg(), recv(2), cmsg(3), unix(7)",
          .params = {in("sockfd", fd_type()), optional("len", integer_type()),
                     inout("iov", iovec_type(IovecUse::scatter), false), optional("flags", message_flags(), "[]"),
                     out("data", data_type()), inout("control", control_buffer_type(), false),
                     inout("fds", received_fds_type(), false), inout("pidfd", received_fds_type(), false),
                     inout("msg_name", out_sockaddr_type(), false), inout("msg_namelen", integer_type(), false),
                     inout("msg_flags", message_flags(), false), out("msg_controllen", integer_type())},
          .returns = Returns::bytes,
          .sleeps = kReceiveMessage,
          .perform = perform_recvmsg},
      Row{.name = "send",
          .areas = kSockets,
          .doc = "Sends the data over a connection; len is its length unless given.",
          .source = "POSIX.1-2024 send(), send(2)",
          .params = {in("sockfd", fd_type()), in("data", data_type()), optional("len", integer_type()),
                     optional("flags", message_flags(), "[]")},
          .returns = Returns::bytes,
          .sleeps = kSend,
          .perform =
              [](Frame& f) {
                f.returns(::send(f[0].as_int(), f[1].p, f[2].given ? f[2].as_size() : f[1].n, f[3].as_int()));
              }},
      Row{.name = "sendmsg",
          .areas = kSockets,
          .doc = "Sends data or an iovec list with control messages.",
          .source = "POSIX.1-2024 sendmsg(), send(2), cmsg(3), unix(7)",
          .params = {in("sockfd", fd_type()), optional("data", data_type()),
                     optional("iov", iovec_type(IovecUse::gather)), optional("msg_iovlen", integer_type()),
                     optional("control", control_type()), optional("msg_name", sockaddr_type()),
                     optional("msg_namelen", integer_type()), optional("flags", message_flags(), "[]")},
          .returns = Returns::bytes,
          .sleeps = kSendMessage,
          .perform = perform_sendmsg},
      Row{.name = "sendto",
          .areas = kSockets,
          .doc = "Sends the data to an address; len is its length unless given.",
          .source = "POSIX.1-2024 sendto(), send(2)",
          .params = {in("sockfd", fd_type()), in("data", data_type()), optional("len", integer_type()),
                     optional("flags", message_flags(), "[]"), optional("dest_addr", sockaddr_type()),
                     optional("addrlen", integer_type())},
          .returns = Returns::bytes,
          .sleeps = kSend,
          .perform =
              [](Frame& f) {
                f.returns(::sendto(f[0].as_int(), f[1].p, f[2].given ? f[2].as_size() : f[1].n, f[3].as_int(),
                                   f[4].as<sockaddr>(), f[4].given ? length_of(f[4], f[5]) : 0));
              }},
      Row{.name = "sockatmark",
          .areas = {"loopback"},
          .doc = "1 when the next byte is behind the urgent one, else 0.",
          .source = "POSIX.1-2024 sockatmark(), sockatmark(3)",
          .params = {in("s", fd_type())},
          .returns = Returns::integer,
          .perform = [](Frame& f) { f.returns(::sockatmark(f[0].as_int())); }},
  };
}

}  // namespace

std::vector<Row> socket_rows() {
  std::vector<Row> rows = connection_rows();
  for (Row& row : message_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace kipc
