// Reading what /proc and /sys say: the beginning of a file, a field of a table, a single line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kipc {

/// At most `limit` bytes from the beginning of a file, in one read(): /proc/cpuinfo of a large machine is slow to
/// write.
/// "" when it cannot be read.
std::string read_start(const std::string& path, std::size_t limit);
/// The whole file without white space at its ends; "" when it cannot be read.
std::string read_line(const std::string& path);
/// The value of the first line "KEY<blanks>: VALUE" or "KEY=VALUE" (quotes taken off), trimmed; "" when there is none.
std::string field(std::string_view text, std::string_view key);
/// Without white space (and NUL) at both ends.
std::string_view trim(std::string_view text);
/// True when a file or folder is there and this process may see it.
bool exists(const std::string& path);

}  // namespace kipc
