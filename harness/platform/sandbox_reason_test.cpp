#include "platform/sandbox_reason.hpp"

#include <cerrno>

#include "base/catch.hpp"

namespace kipc {
namespace {

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("sandbox_reason: the remedy follows the errno") {
  CHECK(mentions(missing_namespace("ipc", "unshare(CLONE_NEWIPC)", EINVAL).enable, "CONFIG_IPC_NS"));
  CHECK(mentions(missing_namespace("mount", "unshare(CLONE_NEWNS)", ENOSPC).enable, "user.max_mnt_namespaces"));
  CHECK(mentions(missing_namespace("pid", "fork", ENOMEM).enable, "RLIMIT_NPROC"));
  CHECK(missing_namespace("pid", "fork", ENOMEM).reason == "fork: ENOMEM (Cannot allocate memory)");
  CHECK(mentions(missing_mount("mqueue", ENODEV).enable, "CONFIG_POSIX_MQUEUE"));
  CHECK(mentions(missing_mount("proc", EPERM).enable, "/proc"));
  CHECK(mentions(missing_sysctl("kernel.msgmni", EROFS).reason, "kernel.msgmni"));
  CHECK(missing_mount("proc", -1).reason == "mount: it could not be tried");
  CHECK(mentions(missing_sysctl("kernel.msgmni", ENOTSUP).reason, "nothing was written"));
}

TEST_CASE("sandbox_reason: what lacks what lacks something names the last reason once") {
  const Missing user = missing_namespace("user", "unshare(CLONE_NEWUSER)", EPERM);
  const Missing ipc = missing_for_lack_of("ipc namespace", user);
  CHECK(ipc.reason == "it needs a user namespace: " + user.reason);
  CHECK(ipc.enable == user.enable);
  CHECK(missing_for_lack_of("private sysctl", ipc).reason == ipc.reason);
  CHECK(mentions(missing_for_lack_of("x", missing_namespace("ipc", "c", EPERM)).reason, "it needs an ipc namespace"));
}

}  // namespace
}  // namespace kipc
