#include "engine/unix_peers.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "base/fd.hpp"

namespace kipc {
namespace {

struct Request {
  nlmsghdr head;
  unix_diag_req body;
};

std::uint32_t number_at(const rtattr* attribute, std::size_t i) {
  std::uint32_t number = 0;
  std::memcpy(&number, static_cast<const char*>(RTA_DATA(attribute)) + i * sizeof number, sizeof number);
  return number;
}

void read_socket(const nlmsghdr* message, UnixPeers& found) {
  const auto* socket = static_cast<const unix_diag_msg*>(NLMSG_DATA(message));
  auto length = static_cast<int>(message->nlmsg_len - NLMSG_LENGTH(sizeof *socket));
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the macros of rtnetlink(3) want it so
  auto* attribute = reinterpret_cast<rtattr*>(const_cast<unix_diag_msg*>(socket + 1));
  for (; RTA_OK(attribute, length); attribute = RTA_NEXT(attribute, length)) {
    const std::size_t numbers = RTA_PAYLOAD(attribute) / sizeof(std::uint32_t);
    if (attribute->rta_type == UNIX_DIAG_PEER && numbers == 1 && number_at(attribute, 0) != 0)
      found.peer[socket->udiag_ino] = number_at(attribute, 0);
    if (attribute->rta_type != UNIX_DIAG_ICONS) continue;
    for (std::size_t i = 0; i < numbers; ++i)
      if (const std::uint32_t client = number_at(attribute, i); client != 0) found.pending[client] = socket->udiag_ino;
  }
}

}  // namespace

UnixPeers unix_peers() {
  UnixPeers found;
  const Fd link(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!link) return found;
  Request request = {};
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = AF_UNIX;
  request.body.udiag_states = ~0U;
  request.body.udiag_show = UDIAG_SHOW_PEER | UDIAG_SHOW_ICONS;
  if (::send(link.get(), &request, sizeof request, 0) != static_cast<ssize_t>(sizeof request)) return found;
  alignas(nlmsghdr) std::array<char, 32768> buffer{};
  for (;;) {
    const ssize_t got = ::recv(link.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) return found;
    auto left = static_cast<unsigned>(got);
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY) return found;  // the end, or an error
      read_socket(message, found);
    }
  }
}

}  // namespace kipc
