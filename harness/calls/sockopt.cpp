// Rows: options of sockets, and ioctl.
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "calls/row.hpp"
#include "values/out_integer.hpp"
#include "values/sockopt_type.hpp"

#ifndef SO_PEEK_OFF
#define SO_PEEK_OFF 42
#endif
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

namespace kipc {
namespace {

const std::vector<std::string_view> kSockets = {"fd-passing", "loopback", "unix-socket"};
constexpr std::size_t kListBytes = 4096;  // for options that are lists: SO_PEERGROUPS, SO_PEERSEC

const Type& levels() {
  static constexpr std::array kLevels = {KIPC_CONSTANT(IPPROTO_IP), KIPC_CONSTANT(IPPROTO_TCP),
                                         KIPC_CONSTANT(IPPROTO_UDP), KIPC_CONSTANT(SOL_SOCKET)};
  static const auto type = make_enum_type("level", kLevels);
  return *type;
}

const Type& options() {
  static constexpr std::array kOptions = {
      KIPC_CONSTANT(SO_ACCEPTCONN), KIPC_CONSTANT(SO_BROADCAST),   KIPC_CONSTANT(SO_DEBUG),
      KIPC_CONSTANT(SO_DOMAIN),     KIPC_CONSTANT(SO_DONTROUTE),   KIPC_CONSTANT(SO_ERROR),
      KIPC_CONSTANT(SO_KEEPALIVE),  KIPC_CONSTANT(SO_LINGER),      KIPC_CONSTANT(SO_OOBINLINE),
      KIPC_CONSTANT(SO_PASSCRED),   KIPC_CONSTANT(SO_PASSPIDFD),   KIPC_CONSTANT(SO_PASSSEC),
      KIPC_CONSTANT(SO_PEEK_OFF),   KIPC_CONSTANT(SO_PEERCRED),    KIPC_CONSTANT(SO_PEERGROUPS),
      KIPC_CONSTANT(SO_PEERPIDFD),  KIPC_CONSTANT(SO_PEERSEC),     KIPC_CONSTANT(SO_PROTOCOL),
      KIPC_CONSTANT(SO_RCVBUF),     KIPC_CONSTANT(SO_RCVBUFFORCE), KIPC_CONSTANT(SO_RCVLOWAT),
      KIPC_CONSTANT(SO_RCVTIMEO),   KIPC_CONSTANT(SO_REUSEADDR),   KIPC_CONSTANT(SO_REUSEPORT),
      KIPC_CONSTANT(SO_SNDBUF),     KIPC_CONSTANT(SO_SNDBUFFORCE), KIPC_CONSTANT(SO_SNDLOWAT),
      KIPC_CONSTANT(SO_SNDTIMEO),   KIPC_CONSTANT(SO_TYPE),        KIPC_CONSTANT(TCP_NODELAY)};
  static const auto type = make_enum_type("socket option", kOptions);
  return *type;
}

const Type& ucred_type() {
  static constexpr std::array kFields = {KIPC_FIELD(ucred, pid), KIPC_FIELD(ucred, uid), KIPC_FIELD(ucred, gid)};
  static constexpr StructType kStructure{"struct ucred", sizeof(ucred), kFields};
  static const auto type = make_struct_type(kStructure);
  return *type;
}

const Type& linger_type() {
  static constexpr std::array kFields = {KIPC_FIELD(linger, l_onoff), KIPC_FIELD(linger, l_linger)};
  static constexpr StructType kStructure{"struct linger", sizeof(linger), kFields};
  static const auto type = make_struct_type(kStructure);
  return *type;
}

const Type& timeval_type() {
  static constexpr std::array kFields = {KIPC_FIELD(timeval, tv_sec), KIPC_FIELD(timeval, tv_usec)};
  static constexpr StructType kStructure{"struct timeval", sizeof(timeval), kFields};
  static const auto type = make_struct_type(kStructure);
  return *type;
}

const Type& requests() {
  static constexpr std::array kRequests = {Constant{"FIOASYNC", FIOASYNC},  Constant{"FIONBIO", FIONBIO},
                                           Constant{"FIONREAD", FIONREAD},  Constant{"SIOCATMARK", SIOCATMARK},
                                           Constant{"SIOCINQ", SIOCINQ},    Constant{"SIOCOUTQ", SIOCOUTQ},
                                           Constant{"SIOCSPGRP", SIOCSPGRP}};
  static const auto type = make_enum_type("ioctl request", kRequests);
  return *type;
}

/// The parameter that `optval` is with the option this step names.
std::size_t optval_of(const Frame& f, std::string_view row) {
  const std::string_view named = f[2].arg != nullptr ? std::string_view(f[2].arg->text) : std::string_view();
  const int found = find_row(row)->param("optval", named);
  return static_cast<std::size_t>(found < 0 ? 3 : found);
}

void perform_setsockopt(Frame& f) {
  const Slot& value = f[optval_of(f, "setsockopt")];
  const auto length = static_cast<socklen_t>(f[6].given ? f[6].i : static_cast<std::int64_t>(value.n));
  f.returns(::setsockopt(f[0].as_int(), f[1].as_int(), f[2].as_int(), value.p, length));
}

constexpr std::size_t kOptlen = 4;

void perform_getsockopt(Frame& f) {
  const std::size_t param = optval_of(f, "getsockopt");
  const Type& type = *find_row("getsockopt")->params[param].type;
  const std::size_t natural = &type == &ucred_type()     ? sizeof(ucred)
                              : &type == &linger_type()  ? sizeof(linger)
                              : &type == &timeval_type() ? sizeof(timeval)
                              : &type == &data_type()    ? kListBytes
                                                         : sizeof(int);
  auto length = static_cast<socklen_t>(f[kOptlen].given ? f[kOptlen].i : static_cast<std::int64_t>(natural));
  const std::size_t size = std::min(static_cast<std::size_t>(static_cast<int>(length) < 0 ? 0 : length), kListBytes);
  auto* own = static_cast<unsigned char*>(f.scratch.take(kListBytes + natural));
  const bool elsewhere = f[param].given && f[param].arg != nullptr && !f[param].arg->name;
  void* place = elsewhere ? f[param].p : own;
  f.returns(::getsockopt(f[0].as_int(), f[1].as_int(), f[2].as_int(), place, &length));
  // With ERANGE the length says what would be needed.
  f.out_integer(kOptlen, static_cast<int>(length));
  if (std::any_of(own + size, own + kListBytes, [](unsigned char byte) { return byte != 0; })) f.result.overrun = true;
  if (f.result.err != 0 || elsewhere) return;
  const std::size_t got = std::min<std::size_t>(length, size);
  if (natural != sizeof(int)) {
    f.out(param, own, got);
    return;
  }
  int value = 0;
  std::memcpy(&value, own, std::min(got, sizeof value));
  f.out_integer(param, value);
  f.bind(param, value);
}

void perform_ioctl(Frame& f) {
  const bool gives = f[1].i == FIONBIO || f[1].i == FIOASYNC || f[1].i == SIOCSPGRP;
  const auto request = static_cast<unsigned long>(f[1].i);
  if (gives) {
    int value = f[2].as_int();
    f.returns(::ioctl(f[0].as_int(), request, &value));
    return;
  }
  int* value = out_place<int>(f, 3);
  f.returns(::ioctl(f[0].as_int(), request, value));
  report_integer(f, 3, value);
}

}  // namespace

std::vector<Row> sockopt_rows() {
  const std::vector<std::string_view> times = {"SO_RCVTIMEO", "SO_SNDTIMEO"};
  return {
      Row{.name = "getsockopt",
          .areas = kSockets,
          .doc = "Reads an option; optlen is its size unless given, and comes back.",
          .source = "POSIX.1-2024 getsockopt(), getsockopt(2), socket(7), unix(7)",
          .params = {in("sockfd", fd_type()), in("level", levels()), selector("optname", options()),
                     only_for(inout("optval", ucred_type(), false), {"SO_PEERCRED"}),
                     inout("optlen", integer_type(), false),
                     only_for(inout("optval", linger_type(), false), {"SO_LINGER"}),
                     only_for(inout("optval", timeval_type(), false), times),
                     only_for(out("optval", socket_type_option()), {"SO_TYPE"}),
                     only_for(out("optval", domain_option()), {"SO_DOMAIN"}),
                     only_for(out("optval", data_type()), {"SO_PEERGROUPS", "SO_PEERSEC"}),
                     only_for(binds("optval", binds_fd_type()), {"SO_PEERPIDFD"}), out("optval", out_integer_type())},
          .perform = perform_getsockopt},
      Row{.name = "ioctl",
          .areas = kSockets,
          .doc = "FIONREAD and its like give `value`; FIONBIO, FIOASYNC and SIOCSPGRP take it.",
          .source = "ioctl(2), pipe(7), unix(7), tcp(7)",
          .params = {in("fd", fd_type()), selector("request", requests()),
                     only_for(in("value", integer_type()), {"FIOASYNC", "FIONBIO", "SIOCSPGRP"}),
                     out("value", out_integer_type())},
          .perform = perform_ioctl},
      Row{.name = "setsockopt",
          .areas = kSockets,
          .doc = "Sets an option; optlen is the size of its value unless given.",
          .source = "POSIX.1-2024 setsockopt(), getsockopt(2), socket(7), unix(7)",
          .params = {in("sockfd", fd_type()), in("level", levels()), selector("optname", options()),
                     only_for(in("optval", linger_type()), {"SO_LINGER"}),
                     only_for(in("optval", timeval_type()), times), in("optval", integer_option()),
                     optional("optlen", integer_type())},
          .perform = perform_setsockopt},
  };
}

}  // namespace kipc
