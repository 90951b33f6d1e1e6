#include "platform/kernel_config.hpp"

#include "base/catch.hpp"
#include "platform/proc_text.hpp"

namespace kipc {
namespace {

KernelConfig sample() {
  KernelConfig config;
  config.source = "sample";
  config.text =
      "# CONFIG_A is not set\nCONFIG_SYSVIPC=y\nCONFIG_SYSVIPC_COMPAT=m\nCONFIG_HZ=250\nCONFIG_NAME=\"x=y\"\n";
  return config;
}

TEST_CASE("kernel_config: options by name, with and without the prefix") {
  const KernelConfig config = sample();
  CHECK(config.option("SYSVIPC") == "y");
  CHECK(config.option("CONFIG_SYSVIPC") == "y");
  CHECK(config.option("SYSVIPC_COMPAT") == "m");
  CHECK(config.option("HZ") == "250");
  CHECK(config.option("NAME") == "\"x=y\"");
  CHECK_FALSE(config.option("A"));
  CHECK_FALSE(config.option("SYSV"));
  CHECK_FALSE(config.option("IPC"));
}

TEST_CASE("kernel_config: the IPC options, with n for what is not set; the digest of the text") {
  const auto options = sample().ipc_options();
  CHECK(options.at("SYSVIPC") == "y");
  CHECK(options.at("HZ") == "250");
  CHECK(options.at("POSIX_MQUEUE") == "n");
  KernelConfig config = sample();
  CHECK(config.digest().size() == 16);
  const std::string before = config.digest();
  config.text += "\n";
  CHECK(config.digest() != before);
  config.text = "a";
  CHECK(config.digest() == "af63dc4c8601ec8c");  // from the FNV specification
}

TEST_CASE("kernel_config: unknown is empty, with the reason") {
  const KernelConfig none;
  CHECK_FALSE(none.known());
  CHECK(none.digest().empty());
  CHECK(none.ipc_options().empty());
  const KernelConfig& here = kernel_config();
  CHECK(here.known() == here.reason.empty());
  CHECK(here.known() == (here.text.find("CONFIG_") != std::string::npos));
}

// "kipc\n", compressed by gzip -n.
constexpr std::string_view kGzip(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\xce\x2c\x48\xe6\x02\x00\xe2\xb0\x1a\x94\x05\x00\x00\x00", 25);

TEST_CASE("kernel_config: gunzip") {
#ifdef KIPC_ZLIB
  CHECK(gunzip(kGzip, 100).value() == "kipc\n");
  CHECK(gunzip(kGzip, 3).value() == "kip");
  CHECK_FALSE(gunzip(kGzip.substr(0, 14), 100));
  CHECK_FALSE(gunzip("not compressed at all", 100));
  CHECK_FALSE(gunzip("", 100));
  if (exists("/proc/config.gz")) CHECK(kernel_config().source == "/proc/config.gz");
#else
  CHECK(gunzip(kGzip, 100).error().text.find("without zlib") != std::string::npos);
#endif
}

}  // namespace
}  // namespace kipc
