#include "platform/system_call_names.hpp"

#include <fmt/format.h>
#include <seccomp.h>

#include <cstdlib>

namespace kipc {

std::string system_call_name(long number) {
  char* name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number));
  std::string text = name != nullptr ? name : fmt::format("syscall_{}", number);
  std::free(name);
  return text;
}

bool is_system_call(std::string_view name) {
  return ::seccomp_syscall_resolve_name(std::string(name).c_str()) != __NR_SCMP_ERROR;
}

}  // namespace kipc
