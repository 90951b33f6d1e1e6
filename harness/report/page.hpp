// Text for a terminal: colours where they are wanted, columns that line up, long lines broken between words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "model/status.hpp"

namespace kipc {

enum class Colour { bold, dim, red, green, yellow, blue, magenta, cyan };

/// How a text is shown. A width of 0 breaks no lines, which is right for files and pipes.
struct Page {
  bool colour = false;
  std::size_t width = 0;

  [[nodiscard]] std::string paint(std::string_view text, Colour colour) const;
  /// The name of a status, or any text, in the colour of that status.
  [[nodiscard]] std::string paint(std::string_view text, Status status) const;
  /// Lines of at most `width` columns, each ended by \n; `first` begins the first, the others are indented by `indent`
  /// columns. Words are never cut.
  [[nodiscard]] std::string wrap(std::string_view text, std::string_view first, std::size_t indent) const;
  /// As many words as fit, parted by ", ", then "and N more": one line after `first`. At least one word.
  [[nodiscard]] std::string some_of(const std::vector<std::string>& words, std::string_view first) const;
};

/// "1 variant", "3 variants".
std::string count_of(std::size_t n, std::string_view what);
/// How many columns a UTF-8 text takes, every character counting as one.
std::size_t columns(std::string_view text);
/// The text with spaces up to that many columns.
std::string padded(std::string_view text, std::size_t width);
/// The text, cut to that many columns with "…" as the last when it is longer.
std::string clipped(std::string_view text, std::size_t width);

}  // namespace kipc
