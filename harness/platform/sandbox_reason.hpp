// Why a part of the sandbox is missing, and what would enable it: from the errno of the attempt and from what the
// platform says of itself (sysctls, seccomp, user namespace).
#pragma once

#include <string>

#include "platform/missing.hpp"

namespace kipc {

/// What a step of a trial came to, in words: the call and its errno, or that it could not be tried (below 1).
std::string reason_of(const std::string& call, int error_number);
/// A namespace that cannot be made. `name` is user, pid, ipc, mount or net; `call` what was tried ("unshare(...)").
Missing missing_namespace(const std::string& name, const std::string& call, int error_number);
/// A namespace that is of no use as its user namespace cannot be given uids and gids.
Missing missing_for_lack_of_map(const std::string& name, int error_number);
/// A file system that pid 1 of the sandbox cannot mount. `type` is proc, mqueue or tmpfs.
Missing missing_mount(const std::string& type, int error_number);
/// A sysctl of the sandbox that cannot be written, or is not the sandbox's own.
Missing missing_sysctl(const std::string& path, int error_number);
/// Something that needs another thing, which is missing for its own reason.
Missing missing_for_lack_of(const std::string& what, const Missing& other);

}  // namespace kipc
