// Which event received what another had sent: the arrows in a picture of a history.
#pragma once

#include <utility>
#include <vector>

#include "report/report.hpp"

namespace kipc {

/// Pairs of indexes into the history's events, [sent, received], in the order of receipt. Followed are pipes and pairs
/// of sockets through fork and dup, POSIX message queues by name, System V queues by id. Where that cannot be told for
/// certain (passed descriptors, splice, bytes that moved in `concurrently`, a write that never came back) there are
/// none.
std::vector<std::pair<int, int>> flows_of(const ToldHistory& told);

}  // namespace kipc
