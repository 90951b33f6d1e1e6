// Small helpers for text that people read: suggestions, quoting, lists.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kipc {

/// The candidate nearest to `word` by edit distance, or "" when none is near enough to be meant.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);
/// ", did you mean 'x'?" or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);
/// Bytes as a C string literal, at most `limit` bytes of them: "abc\n\x01"... (with the length when cut).
/// A hex digit that follows an escape begins a new literal ("\x01""2"), as C needs it.
std::string quote_bytes(std::string_view bytes, std::size_t limit = 32);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// True when all of `text` matches a shell-like pattern with * and ?.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace kipc
