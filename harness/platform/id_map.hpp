// The uids and gids that exist in the user namespace of this process (user_namespaces(7)).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kipc {

struct IdRange {
  std::uint32_t inside = 0;   // first id in the namespace
  std::uint32_t outside = 0;  // the same id in the parent namespace
  std::uint32_t count = 0;
};

/// The ranges of a map's text; stops at the first line that is none.
std::vector<IdRange> parse_id_map(std::string_view text);
/// The ranges of this process; `file` is "uid_map" or "gid_map". Empty when /proc cannot be read.
std::vector<IdRange> own_id_map(const std::string& file);
/// How many ids they have: 2^32 - 1 in the initial user namespace.
std::uint64_t count_ids(const std::vector<IdRange>& ranges);
/// The map that gives a child namespace every id of these, unchanged. Only a process with CAP_SETUID and CAP_SETGID
/// here may write it to /proc/PID/uid_map.
std::string identity_map(const std::vector<IdRange>& ranges);
/// An id among them that is not 0; 0 when there is none.
std::uint32_t some_other_id(const std::vector<IdRange>& ranges);

}  // namespace kipc
