// Text in Markdown, as GitHub and GitLab read it: nothing of it becomes markup.
#pragma once

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

}  // namespace kipc
