#include "platform/bpf_probe.hpp"

#include <cerrno>

#include "base/catch.hpp"
#include "platform/capabilities.hpp"
#include "platform/kernel_config.hpp"
#include "platform/proc_text.hpp"

namespace kipc {
namespace {

TEST_CASE("bpf_probe: agrees with the kernel's configuration") {
  const BpfAbility ability = probe_bpf();
  CHECK(ability.tracefs_path.empty() == !exists(ability.tracefs_path + "/README"));
  if (kernel_config().option("DEBUG_INFO_BTF") == "y") CHECK(ability.btf);
  if (!kernel_config().known()) return;
  if (!kernel_config().option("BPF_SYSCALL")) CHECK(ability.socket_filter == ENOSYS);
  if (!kernel_config().option("KPROBE_EVENTS")) CHECK_FALSE(ability.kprobe);
}

TEST_CASE("bpf_probe: without privilege tracing programs do not load") {
  if (has_capability(capability_number("CAP_SYS_ADMIN"))) return;
  if (has_capability(capability_number("CAP_BPF"))) return;
  CHECK(probe_bpf().raw_tracepoint != 0);
}

}  // namespace
}  // namespace kipc
