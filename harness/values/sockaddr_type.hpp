// Socket addresses, as bind and connect take them and getsockname and recvfrom give them.
#pragma once

#include <sys/socket.h>

#include <cstdint>

#include "values/type.hpp"

namespace kipc {

/// An address to give to a call. Slot: p, n bytes (what addrlen is unless given).
///   {"sun_path": "s"}                               AF_UNIX; {i} inside is an expression; the length includes the NUL,
///                                                   unless the path fills sun_path
///   {"abstract": "name"}                            AF_UNIX, leading NUL and exactly these bytes; or data, {"hex": …}
///   {"unnamed": true}                               AF_UNIX, only the family (bind: autobind)
///   {"sin": {"addr": "127.0.0.1", "port": "p"}}     AF_INET; addr "loopback" (the default), "any" or dotted
///   {"sa_family": "AF_UNSPEC"}                      a family and zeros; beside another form it replaces the family
///   {"raw": DATA}                                   any bytes
///   {"from": "x"}                                   what an earlier line bound
///   "null", "unmapped"
const Type& sockaddr_type();

/// An address that a call gives. In: a name to bind (`x.addrlen`, `x.sa_family`, {"from": "x"}), "null" or "unmapped".
/// Expected: one of the forms above except `from`, compared by what it names; `port` is an integer matcher.
const Type& out_sockaddr_type();

/// An address as it came back. `addrlen` is what the call reported, which may be more than it stored.
struct SockaddrRecord {
  std::uint32_t addrlen = 0;
  std::uint32_t stored = 0;
  unsigned char bytes[sizeof(sockaddr_storage)] = {};
};

/// Memory for an address of at most `size` bytes, a canary around it.
class SockaddrBuffer {
 public:
  /// `slot`: of the out argument (null, unmapped or kipc's own memory). `length`: the slot of addrlen.
  SockaddrBuffer(Frame& frame, const Slot& slot, const Slot& length);
  [[nodiscard]] sockaddr* address() const { return address_; }
  [[nodiscard]] socklen_t* length() { return &length_; }
  /// Reports address, addrlen and port of a call that succeeded, and whether it wrote too far. -1: no such parameter.
  void report(int address_param, int length_param, int port_param = -1);

 private:
  Frame& frame_;
  sockaddr* address_ = nullptr;
  unsigned char* own_ = nullptr;
  std::size_t size_ = 0;
  socklen_t length_ = 0;
};

}  // namespace kipc
