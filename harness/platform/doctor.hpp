// What `kipc doctor` says: what this platform is, what works on it for kipc, and what would enable the rest.
#pragma once

#include <string>
#include <vector>

namespace kipc {

struct Finding {
  std::string topic;   // "kernel", "namespaces: ipc", "eBPF: raw tracepoints", ...
  std::string value;   // "6.1.0-50-amd64", "yes", "no: unshare(CLONE_NEWIPC): EPERM (...)"
  bool ok = true;      // false: something kipc could use is missing
  std::string enable;  // one sentence when not ok, else ""
};

/// Examines everything, in the order in which it reads best: the platform, its limits, isolation, the observation of
/// blocking, probes, faults. About 10 ms; forks for what is tried. Never fails.
std::vector<Finding> examine();

}  // namespace kipc
