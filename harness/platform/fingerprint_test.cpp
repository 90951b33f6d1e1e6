#include "platform/fingerprint.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <climits>

#include "base/catch.hpp"
#include "platform/proc_text.hpp"

namespace kipc {
namespace {

TEST_CASE("fingerprint: it says what the system says") {
  const Fingerprint print = take_fingerprint();
  struct utsname name {};
  REQUIRE(::uname(&name) == 0);
  CHECK(print.kernel_release == name.release);
  CHECK(print.kernel_version == name.version);
  CHECK(print.machine == name.machine);
  CHECK(print.page_size == ::sysconf(_SC_PAGESIZE));
  CHECK(print.pipe_buf == PIPE_BUF);
  CHECK(print.word_size == static_cast<int>(sizeof(void*) * CHAR_BIT));
  const std::uint16_t probe = 1;
  CHECK(print.little_endian == (*reinterpret_cast<const unsigned char*>(&probe) == 1));
  CHECK(print.uid == ::getuid());
  CHECK(print.euid == ::geteuid());
  CHECK_FALSE(print.kipc_version.empty());
  CHECK_FALSE(print.libc.empty());
  CHECK_FALSE(print.virtualisation.empty());
  CHECK(print.cpus_online >= 1);
}

TEST_CASE("fingerprint: limits and sysctls are those of this process") {
  const Fingerprint print = take_fingerprint();
  REQUIRE(print.limits.contains("RLIMIT_NOFILE"));
  CHECK(print.limits.at("RLIMIT_NOFILE").soft == static_cast<std::uint64_t>(::sysconf(_SC_OPEN_MAX)));
  CHECK(print.limits.contains("RLIMIT_MSGQUEUE"));
  for (const auto& [sysctl, value] : print.sysctls) {
    INFO(sysctl);
    CHECK(value == std::string(trim(value)));
    CHECK(value.find('\n') == std::string::npos);
  }
  if (exists("/proc/sys/kernel/pid_max"))
    CHECK(print.sysctls.at("kernel.pid_max") == read_line("/proc/sys/kernel/pid_max"));
}

TEST_CASE("fingerprint: a configuration is known with its digest and options, or not at all") {
  const Fingerprint print = take_fingerprint();
  CHECK(print.config_source.empty() == print.config_digest.empty());
  CHECK(print.config_source.empty() == print.config_options.empty());
  CHECK(print.lsms.empty() != print.lsms_reason.empty());
}

TEST_CASE("fingerprint: two in a row are alike") {
  const Fingerprint one = take_fingerprint();
  const Fingerprint two = take_fingerprint();
  CHECK(one.config_digest == two.config_digest);
  CHECK(one.sysctls.size() == two.sysctls.size());
  CHECK(one.capabilities == two.capabilities);
  CHECK(one.mitigations == two.mitigations);
  CHECK(one.virtualisation == two.virtualisation);
}

}  // namespace
}  // namespace kipc
