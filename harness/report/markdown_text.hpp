// Text in Markdown, as GitHub and GitLab read it: nothing of it becomes markup.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kipc {

/// Within a paragraph, a list or a cell of a table.
std::string markdown_inline(std::string_view text);
/// Within an HTML element, such as <summary>.
std::string markdown_html(std::string_view text);
/// Lines as they are, in a fence that none of them can end.
std::string markdown_block(const std::vector<std::string>& lines);

/// A group that readers can fold, of items that end with a newline each.
struct MarkdownGroup {
  bool open = false;
  std::string title;
  std::string meaning;
  std::string table_head;  // of items that are rows of a table; "" for a list
  std::vector<std::string> items;
};
/// As many items as fit into about `room` bytes, and how many there are more; "" of no items.
std::string markdown_group(const MarkdownGroup& group, std::size_t room);

}  // namespace kipc
