// What this platform cannot do, why not, and what would enable it: the material of every SKIP and of `kipc doctor`.
#pragma once

#include <string>

namespace kipc {

struct Missing {
  std::string what;    // "ipc namespace"
  std::string reason;  // "unshare(CLONE_NEWIPC): EPERM (Operation not permitted)"
  std::string enable;  // one sentence: "Run kipc as root, ..."
};

}  // namespace kipc
