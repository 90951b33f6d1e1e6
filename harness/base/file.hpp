// Whole files, read and written, with the reason when it fails.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kipc {

/// The whole content of a file (also of /proc files, whose size is not known before).
ErrnoOr<std::string> read_file(const std::string& path);
/// Writes an existing file (a sysctl, a uid_map) in one write(); EIO when the kernel took only a part.
ErrnoOr<void> write_existing(const std::string& path, std::string_view content);
/// Replaces a file in one rename: readers see the old or the new content, never half of it, also when the disk is full.
/// A new file gets the mode 0666 less the umask.
ErrnoOr<void> replace_file(const std::string& path, std::string_view content);

}  // namespace kipc
