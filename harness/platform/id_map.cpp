#include "platform/id_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/file.hpp"

namespace kipc {

std::vector<IdRange> parse_id_map(std::string_view text) {
  std::vector<IdRange> ranges;
  std::istringstream in{std::string(text)};
  for (IdRange range; in >> range.inside >> range.outside >> range.count;) ranges.push_back(range);
  return ranges;
}

std::vector<IdRange> own_id_map(const std::string& file) {
  const auto text = read_file("/proc/self/" + file);
  return text ? parse_id_map(*text) : std::vector<IdRange>{};
}

std::uint64_t count_ids(const std::vector<IdRange>& ranges) {
  std::uint64_t total = 0;
  for (const IdRange& range : ranges) total += range.count;
  return total;
}

std::string identity_map(const std::vector<IdRange>& ranges) {
  std::string lines;
  for (const IdRange& range : ranges) lines += fmt::format("{0} {0} {1}\n", range.inside, range.count);
  return lines;
}

std::uint32_t some_other_id(const std::vector<IdRange>& ranges) {
  constexpr std::uint32_t kUnlikelyUsed = 54321;
  for (const IdRange& range : ranges) {
    if (range.count == 0) continue;
    if (range.inside != 0) return range.inside;
    if (range.count > 1) return std::min(range.count - 1, kUnlikelyUsed);
  }
  return 0;
}

}  // namespace kipc
