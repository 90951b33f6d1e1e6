#include "platform/kernel_config.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <cstdint>

#include "base/file.hpp"

#ifdef KIPC_ZLIB
#include <zlib.h>
#endif

namespace kipc {

namespace {

constexpr std::size_t kLargestConfig = 4U << 20;

constexpr const char* kIpcOptions[] = {
    "AIO",
    "BPF_KPROBE_OVERRIDE",
    "BPF_LSM",
    "BPF_SYSCALL",
    "CHECKPOINT_RESTORE",
    "CROSS_MEMORY_ATTACH",
    "DEBUG_INFO_BTF",
    "EPOLL",
    "EVENTFD",
    "FAULT_INJECTION",
    "FTRACE_SYSCALLS",
    "FUNCTION_ERROR_INJECTION",
    "FUTEX",
    "FUTEX_PI",
    "HARDENED_USERCOPY",
    "HZ",
    "IO_URING",
    "IPC_NS",
    "KASAN",
    "KCMP",
    "KCSAN",
    "KPROBES",
    "LOCKDEP",
    "MEMFD_CREATE",
    "NET_NS",
    "PID_NS",
    "POSIX_MQUEUE",
    "PREEMPT",
    "PREEMPT_DYNAMIC",
    "PREEMPT_NONE",
    "PREEMPT_RT",
    "PREEMPT_VOLUNTARY",
    "SCHED_INFO",
    "SECCOMP_FILTER",
    "SECURITY",
    "SECURITY_YAMA",
    "SHMEM",
    "SIGNALFD",
    "SYSVIPC",
    "SYSVIPC_COMPAT",
    "TIMERFD",
    "TMPFS",
    "UNIX",
    "USERFAULTFD",
    "USER_NS",
};

std::string_view without_prefix(std::string_view name) {
  constexpr std::string_view kPrefix = "CONFIG_";
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
}

KernelConfig find_config() {
  KernelConfig config;
  std::string why;
  if (const auto compressed = read_file("/proc/config.gz")) {
    auto text = gunzip(*compressed, kLargestConfig);
    if (text) {
      config.source = "/proc/config.gz";
      config.text = std::move(*text);
      return config;
    }
    why = "/proc/config.gz: " + text.error().text + "; ";
  }
  struct utsname name {};
  ::uname(&name);
  for (const std::string& path :
       {fmt::format("/boot/config-{}", name.release), fmt::format("/lib/modules/{}/config", name.release)}) {
    auto text = read_file(path);
    if (!text || text->find("CONFIG_") == std::string::npos) continue;
    config.source = path;
    config.text = std::move(*text);
    return config;
  }
  config.reason =
      why + fmt::format("none of /proc/config.gz, /boot/config-{0}, /lib/modules/{0}/config can be read", name.release);
  return config;
}

}  // namespace

std::optional<std::string> KernelConfig::option(std::string_view name) const {
  const std::string start = fmt::format("CONFIG_{}=", without_prefix(name));
  for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
    if (at != 0 && text[at - 1] != '\n') continue;
    const auto begin = at + start.size();
    return text.substr(begin, text.find('\n', begin) - begin);
  }
  return std::nullopt;
}

std::string KernelConfig::digest() const {
  if (!known()) return "";
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

std::map<std::string, std::string> KernelConfig::ipc_options() const {
  std::map<std::string, std::string> options;
  if (!known()) return options;
  for (const char* name : kIpcOptions) options[name] = "n";
  // One pass: the text is long and the options are many.
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    const std::size_t equals = line.find('=');
    if (!line.starts_with("CONFIG_") || equals == std::string_view::npos) continue;
    const auto at = options.find(std::string(without_prefix(line.substr(0, equals))));
    if (at != options.end()) at->second = line.substr(equals + 1);
  }
  return options;
}

const KernelConfig& kernel_config() {
  static const KernelConfig config = find_config();
  return config;
}

#ifdef KIPC_ZLIB

Result<std::string> gunzip(std::string_view compressed, std::size_t limit) {
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  z_stream stream{};
  if (::inflateInit2(&stream, kGzipOnly) != Z_OK) return fail("inflateInit2 failed");
  // zlib takes its input without const and does not change it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string text;
  int state = Z_OK;
  while (state == Z_OK && text.size() < limit) {
    const std::size_t before = text.size();
    text.resize(std::min(limit, before + (64U << 10)));
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + before);
    stream.avail_out = static_cast<uInt>(text.size() - before);
    state = ::inflate(&stream, Z_NO_FLUSH);
    text.resize(text.size() - stream.avail_out);
  }
  ::inflateEnd(&stream);
  if (state != Z_STREAM_END && text.size() < limit) return fail("no whole gzip file");
  return text;
}

#else

Result<std::string> gunzip(std::string_view, std::size_t) { return fail("this kipc was built without zlib"); }

#endif

}  // namespace kipc
