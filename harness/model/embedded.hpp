// Files as they were when this binary was built: those of cases/ (cases, assertions, deviations, saboteurs) and those
// of reports/viewer/ that make up the page of a report. embed.cmake packs them.
#pragma once

#include <span>
#include <string_view>

namespace kipc {

/// One file. Both views last as long as the program.
struct EmbeddedFile {
  std::string_view path;     ///< relative to its folder: "pipe/eof.json", "index.html"
  std::string_view content;  ///< the bytes of the file
};

/// Every file of cases/, sorted by path (bytewise).
std::span<const EmbeddedFile> embedded_files();
/// Those of reports/viewer/, sorted likewise.
std::span<const EmbeddedFile> viewer_files();

}  // namespace kipc
