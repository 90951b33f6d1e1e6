// The files of cases/ as they were when this binary was built: cases, assertions, deviations, saboteurs. embed.cmake
// generates the definition.
#pragma once

#include <span>
#include <string_view>

namespace kipc {

/// One file below cases/. Both views last as long as the program.
struct EmbeddedFile {
  std::string_view path;     ///< relative to cases/: "pipe/eof.json"
  std::string_view content;  ///< the bytes of the file
};

/// Every embedded file, sorted by path (bytewise).
std::span<const EmbeddedFile> embedded_files();

}  // namespace kipc
