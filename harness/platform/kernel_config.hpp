// The configuration the running kernel was built with, where the kernel or the distribution lets it be read.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kipc {

struct KernelConfig {
  std::string source;  // the file it was read from; "" when there is none
  std::string reason;  // why there is none; "" when there is one
  std::string text;    // "CONFIG_SYSVIPC=y\n..."

  [[nodiscard]] bool known() const { return !source.empty(); }
  /// The value of an option, with or without "CONFIG_" before its name: "y", "m", "17", "\"text\""; nothing when it is
  /// not set or the configuration is not known.
  [[nodiscard]] std::optional<std::string> option(std::string_view name) const;
  /// FNV-1a of the text, 64 bits, as 16 hexadecimal digits; "" when it is not known.
  [[nodiscard]] std::string digest() const;
  /// The options that bear on IPC and on what kipc itself uses, as name without "CONFIG_" -> value ("n" when not set);
  /// empty when the configuration is not known.
  [[nodiscard]] std::map<std::string, std::string> ipc_options() const;
};

/// Read once, from /proc/config.gz, /boot/config-RELEASE or /lib/modules/RELEASE/config.
const KernelConfig& kernel_config();

/// The content of a gzip file, at most `limit` bytes of it. Fails on what is no gzip file, and in a build without zlib.
Result<std::string> gunzip(std::string_view compressed, std::size_t limit);

}  // namespace kipc
