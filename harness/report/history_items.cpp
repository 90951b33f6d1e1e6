// The items of a log as one text, and back.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "report/history_json.hpp"

namespace kipc {
namespace {

constexpr std::string_view kItemLetters = "ptelxu";  // in the order of Item::What

}  // namespace

std::string items_to_text(const std::vector<Item>& items, std::int64_t begin_ns) {
  fmt::memory_buffer out;
  const auto to = fmt::appender(out);
  std::int64_t last = begin_ns;
  for (const Item& item : items) {
    if (out.size() > 0) out.push_back(';');
    fmt::format_to(to, "{} {} {} {} ", kItemLetters[static_cast<std::size_t>(item.what)], item.channel, item.sender,
                   item.number);
    if (item.begin == 0) {
      fmt::format_to(to, "-");
    } else {
      fmt::format_to(to, "{}", item.begin - std::exchange(last, item.begin));
    }
    if (item.end == 0) {
      fmt::format_to(to, " -");
    } else {
      fmt::format_to(to, " {}", item.end - (item.begin == 0 ? begin_ns : item.begin));
    }
    if (item.weight != 0) fmt::format_to(to, " {}", item.weight);
  }
  return fmt::to_string(out);
}

std::optional<std::vector<Item>> items_from_text(std::string_view text, std::int64_t begin_ns) {
  std::vector<Item> items;
  std::int64_t last = begin_ns;
  while (!text.empty()) {
    const std::size_t stop = text.find(';');
    std::string_view one = text.substr(0, stop);
    text.remove_prefix(stop == std::string_view::npos ? text.size() : stop + 1);
    std::array<std::string_view, 7> words;
    std::size_t count = 0;
    while (!one.empty()) {
      if (count == words.size()) return std::nullopt;
      const std::size_t space = one.find(' ');
      words[count++] = one.substr(0, space);
      one.remove_prefix(space == std::string_view::npos ? one.size() : space + 1);
    }
    bool right = count >= 6 && words[0].size() == 1;
    const auto number = [&](std::string_view word, std::int64_t most) {
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
      right = right && error == std::errc() && end == word.data() + word.size() && (most == 0 || value >= 0) &&
              (most == 0 || value <= most);
      return value;
    };
    if (!right) return std::nullopt;
    const std::size_t what = kItemLetters.find(words[0][0]);
    if (what == std::string_view::npos) return std::nullopt;
    Item item;
    item.what = static_cast<Item::What>(what);
    item.channel = static_cast<std::uint8_t>(number(words[1], UINT8_MAX));
    item.sender = static_cast<std::uint16_t>(number(words[2], UINT16_MAX));
    item.number = static_cast<std::uint32_t>(number(words[3], UINT32_MAX));
    if (words[4] != "-") item.begin = last += number(words[4], 0);
    if (words[5] != "-") item.end = (item.begin == 0 ? begin_ns : item.begin) + number(words[5], 0);
    if (count == 7) item.weight = number(words[6], 0);
    if (!right) return std::nullopt;
    items.push_back(item);
  }
  return items;
}

}  // namespace kipc
