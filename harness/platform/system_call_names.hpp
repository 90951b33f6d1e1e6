// System calls by name and number, as libseccomp knows them.
#pragma once

#include <string>
#include <string_view>

namespace kipc {

/// "read"; "syscall_4711" where the number is not known.
std::string system_call_name(long number);
/// True when some architecture has a system call of that name.
bool is_system_call(std::string_view name);

}  // namespace kipc
