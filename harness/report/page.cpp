#include "report/page.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kipc {
namespace {

constexpr int code_of(Colour colour) {
  switch (colour) {
    case Colour::bold: return 1;
    case Colour::dim: return 2;
    case Colour::red: return 31;
    case Colour::green: return 32;
    case Colour::yellow: return 33;
    case Colour::blue: return 34;
    case Colour::magenta: return 35;
    case Colour::cyan: return 36;
  }
  return 0;
}

constexpr Colour colour_of(Status status) {
  switch (status) {
    case Status::fail: return Colour::red;
    case Status::error: return Colour::magenta;
    case Status::miss:
    case Status::xpass: return Colour::yellow;
    case Status::pass: return Colour::green;
    case Status::xfail: return Colour::cyan;
    case Status::done: return Colour::blue;
    case Status::skip: return Colour::dim;
  }
  return Colour::bold;
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

}  // namespace

std::string count_of(std::size_t n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t here = columns(text);
  return std::string(text) + std::string(here < width ? width - here : 0, ' ');
}

std::string clipped(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::size_t end = 0;
  for (std::size_t column = 0; end < text.size(); ++end)
    if (begins_character(text[end]) && column++ == width - 1) break;
  return std::string(text.substr(0, end)) + "…";
}

std::string Page::paint(std::string_view text, Colour wanted) const {
  if (!colour || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(wanted), text);
}

std::string Page::paint(std::string_view text, Status status) const {
  if (!colour || text.empty()) return std::string(text);
  const bool loud = row_of(status).exit_code != 0;
  return fmt::format("\x1b[{}{}m{}\x1b[0m", loud ? "1;" : "", code_of(colour_of(status)), text);
}

std::string Page::wrap(std::string_view text, std::string_view first, std::size_t indent) const {
  std::string out(first);
  if (width == 0) return out + std::string(text) + "\n";
  std::size_t column = columns(first);
  bool fresh = true;  // nothing but the beginning is on this line
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::size_t length = columns(word);
    if (!fresh && column + 1 + length > width) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
      fresh = true;
    }
    if (!fresh) {
      out += ' ';
      ++column;
    }
    out += word;
    column += length;
    fresh = false;
  }
  return out + "\n";
}

std::string Page::some_of(const std::vector<std::string>& words, std::string_view first) const {
  constexpr std::size_t kWithoutWidth = 120;
  const std::size_t room = width == 0 ? kWithoutWidth : width;
  std::string out(first);
  std::size_t column = columns(first);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string more = i + 1 < words.size() ? fmt::format(" and {} more", words.size() - i - 1) : "";
    const std::size_t needed = columns(words[i]) + (i > 0 ? 2 : 0);
    if (i > 0 && column + needed + columns(more) > room) return out + fmt::format(" and {} more\n", words.size() - i);
    if (i > 0) out += ", ";
    out += words[i];
    column += needed;
  }
  return out + "\n";
}

}  // namespace kipc
