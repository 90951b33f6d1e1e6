// Which UNIX sockets are connected to which, as the kernel lists them (sock_diag(7)): no call of a socket itself tells.
#pragma once

#include <cstdint>
#include <map>

namespace kipc {

struct UnixPeers {
  std::map<std::uint32_t, std::uint32_t> peer;     // inode to inode
  std::map<std::uint32_t, std::uint32_t> pending;  // a connecting socket to the listener that has not accepted it
};

/// Of the network namespace of this process. Empty where the kernel does not list them (no CONFIG_UNIX_DIAG).
UnixPeers unix_peers();

}  // namespace kipc
