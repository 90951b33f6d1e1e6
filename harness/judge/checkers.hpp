// Checkers for what ran concurrently. They work on tags (puts/takes, enters/leaves), not on calls, so the same one
// judges pipes, queues and a ring in memory.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "language/history.hpp"

namespace kipc {

/// A put or take, with who did it.
struct Passage {
  int actor = -1;
  Item item;
};

/// All that is known of one channel.
struct Traffic {
  std::vector<Passage> puts;
  std::vector<Passage> takes;  // whole ones, in each taker's order
  std::vector<Passage> torn;
  std::vector<Passage> partial;  // at the end of a stream
  std::set<int> killed;          // actors whose last call is indeterminate
  bool small_records = false;    // records that carry only their sender: counted, not told apart
};

/// "" when it holds, else what is wrong, in one line: "record 17 of writer[1] came twice".
/// `name` gives an actor's name.
using ActorNames = std::vector<std::string>;

/// No record is interleaved with another.
std::string check_atomic_records(const Traffic& traffic, const ActorNames& names);
/// Every acknowledged put is taken exactly once, and nothing is taken that was not put.
std::string check_exactly_once(const Traffic& traffic, const ActorNames& names);
/// Nothing is taken twice, and nothing that was not put.
std::string check_at_most_once(const Traffic& traffic, const ActorNames& names);
/// Each taker sees each sender's records in the order in which they were put.
std::string check_fifo_per_sender(const Traffic& traffic, const ActorNames& names);
/// One order for all: a put that ended before another began is taken before it, or by a take that overlaps.
std::string check_fifo(const Traffic& traffic, const ActorNames& names);
/// No take returns a message while one of higher priority, put before the take began, stays behind.
std::string check_priority_order(const Traffic& traffic, const ActorNames& names);
/// Nothing but whole records, and at most one unfinished one of a killed sender at the end.
std::string check_whole_records(const Traffic& traffic, const ActorNames& names);
/// At most one actor is inside at a time.
std::string check_mutual_exclusion(const std::vector<Passage>& passages, const ActorNames& names);

}  // namespace kipc
