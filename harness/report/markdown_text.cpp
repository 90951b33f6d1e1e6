#include "report/markdown_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace kipc {

std::string markdown_inline(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '\n') {
      out += ' ';
    } else {
      if (std::string_view("\\`*_[]|#~").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string markdown_html(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '\n': out += ' '; break;
      default: out += c;
    }
  return out;
}

std::string markdown_block(const std::vector<std::string>& lines) {
  std::size_t longest = 0;
  for (const std::string& line : lines) {
    std::size_t run = 0;
    for (const char c : line) {
      run = c == '`' ? run + 1 : 0;
      longest = std::max(longest, run);
    }
  }
  const std::string fence(std::max<std::size_t>(3, longest + 1), '`');
  return fence + "\n" + join(lines, "\n") + "\n" + fence + "\n";
}

std::string markdown_group(const MarkdownGroup& group, std::size_t room) {
  if (group.items.empty()) return "";
  std::string out = fmt::format("<details{}><summary><b>{}</b>: {}</summary>\n\n{}", group.open ? " open" : "",
                                group.title, group.meaning, group.table_head);
  std::size_t shown = 0;
  while (shown < group.items.size() && out.size() + group.items[shown].size() <= room) out += group.items[shown++];
  if (shown < group.items.size())
    out += fmt::format("{}... and {} more\n", group.table_head.empty() ? "- " : "\n", group.items.size() - shown);
  return out + "\n</details>\n\n";
}

}  // namespace kipc
