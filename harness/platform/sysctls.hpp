// Kernel parameters (sysctl(8)) that bound or change inter-process communication, by their dotted names.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kipc {

/// Those that an IPC namespace has of its own, in alphabetical order: a fresh one begins with the kernel's defaults,
/// whatever the machine's values are.
constexpr std::array<const char*, 17> kIpcSysctls = {
    "fs.mqueue.msg_default",
    "fs.mqueue.msg_max",
    "fs.mqueue.msgsize_default",
    "fs.mqueue.msgsize_max",
    "fs.mqueue.queues_max",
    "kernel.auto_msgmni",
    "kernel.msg_next_id",
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.sem_next_id",
    "kernel.shm_next_id",
    "kernel.shm_rmid_forced",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
};
bool is_ipc_sysctl(std::string_view name);

/// Those that the fingerprint records, in alphabetical order.
const std::vector<std::string>& reported_sysctls();
/// Where a parameter is: "/proc/sys/fs/pipe-max-size" for "fs.pipe-max-size".
std::string sysctl_path(std::string_view name);
/// The value here and now, several numbers parted by one space; nothing when it is absent or unreadable.
std::optional<std::string> read_sysctl(std::string_view name);
/// The value without its line end, tabs and runs of spaces made one space.
std::string tidy_sysctl(std::string_view raw);

}  // namespace kipc
