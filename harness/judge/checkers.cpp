#include "judge/checkers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

namespace kipc {
namespace {

using Key = std::pair<std::uint16_t, std::uint32_t>;

Key key_of(const Passage& passage) { return {passage.item.sender, passage.item.number}; }

std::string sender_name(const ActorNames& names, std::uint16_t sender) {
  return sender < names.size() ? names[sender] : fmt::format("sender {}", sender);
}

std::string record_name(const ActorNames& names, const Key& key) {
  return fmt::format("record {} of {}", key.second, sender_name(names, key.first));
}

/// The numbers of acknowledged puts, by sender.
std::map<std::uint16_t, std::vector<std::uint32_t>> acknowledged(const Traffic& traffic) {
  std::map<std::uint16_t, std::vector<std::uint32_t>> numbers;
  for (const Passage& put : traffic.puts) numbers[put.item.sender].push_back(put.item.number);
  return numbers;
}

/// A killed sender's last call is indeterminate: the record after its last acknowledged one may or may not arrive.
bool indeterminate(const Traffic& traffic, const std::map<std::uint16_t, std::vector<std::uint32_t>>& puts,
                   const Key& key) {
  if (traffic.killed.count(key.first) == 0) return false;
  const auto own = puts.find(key.first);
  const std::uint32_t next =
      own == puts.end() || own->second.empty() ? 0 : *std::max_element(own->second.begin(), own->second.end()) + 1;
  return key.second == next;
}

/// Records without numbers: as many taken from each sender as it put.
std::string check_counts(const Traffic& traffic, const ActorNames& names, bool all_must_come) {
  std::map<std::uint16_t, std::int64_t> balance;
  for (const Passage& put : traffic.puts) ++balance[static_cast<std::uint16_t>(put.item.sender & 0xFF)];
  for (const Passage& take : traffic.takes) --balance[take.item.sender];
  for (const auto& [sender, count] : balance) {
    const bool killed = traffic.killed.count(sender) != 0;
    if (count > 0 && all_must_come)
      return fmt::format("{} record(s) of {} never came", count, sender_name(names, sender));
    if (count < (killed ? -1 : 0))
      return fmt::format("{} record(s) of {} came that were not put", -count, sender_name(names, sender));
  }
  return "";
}

std::string check_times(const Traffic& traffic, const ActorNames& names, bool all_must_come) {
  if (!traffic.torn.empty()) return check_atomic_records(traffic, names);
  if (traffic.small_records) return check_counts(traffic, names, all_must_come);
  const auto puts = acknowledged(traffic);
  std::set<Key> put;
  for (const Passage& passage : traffic.puts) put.insert(key_of(passage));
  std::set<Key> taken;
  for (const Passage& take : traffic.takes) {
    const Key key = key_of(take);
    if (!taken.insert(key).second) return record_name(names, key) + " came twice";
    if (put.count(key) == 0 && !indeterminate(traffic, puts, key))
      return record_name(names, key) + " came but was never put";
  }
  if (!all_must_come) return "";
  std::size_t lost = 0;
  Key first{};
  for (const Key& key : put)
    if (taken.count(key) == 0 && lost++ == 0) first = key;
  if (lost != 0)
    return fmt::format("{} never came ({} record(s) lost of {})", record_name(names, first), lost, put.size());
  return "";
}

}  // namespace

std::string check_atomic_records(const Traffic& traffic, const ActorNames& names) {
  if (traffic.torn.empty()) return "";
  const Item& item = traffic.torn.front().item;
  return fmt::format("at byte {} of the stream a record of {} is interrupted by other bytes", item.weight,
                     sender_name(names, item.sender));
}

std::string check_exactly_once(const Traffic& traffic, const ActorNames& names) {
  return check_times(traffic, names, true);
}

std::string check_at_most_once(const Traffic& traffic, const ActorNames& names) {
  return check_times(traffic, names, false);
}

std::string check_fifo_per_sender(const Traffic& traffic, const ActorNames& names) {
  if (!traffic.torn.empty()) return check_atomic_records(traffic, names);
  if (traffic.small_records) return "";  // a sender's records cannot be told apart
  std::map<std::pair<int, std::uint16_t>, std::uint32_t> last;
  for (const Passage& take : traffic.takes) {
    const auto [at, fresh] = last.try_emplace({take.actor, take.item.sender}, take.item.number);
    if (fresh) continue;
    if (take.item.number <= at->second)
      return fmt::format("{} came after record {}", record_name(names, key_of(take)), at->second);
    at->second = take.item.number;
  }
  return "";
}

std::string check_fifo(const Traffic& traffic, const ActorNames& names) {
  if (!traffic.torn.empty()) return check_atomic_records(traffic, names);
  if (traffic.small_records) return "";
  // In the order in which puts ended: whoever ended first, and is taken by a call that began after the end of the call
  // that took a later begun one, has been overtaken.
  std::map<Key, const Item*> puts;
  for (const Passage& put : traffic.puts) puts[key_of(put)] = &put.item;
  std::vector<std::pair<const Item*, const Passage*>> taken;
  for (const Passage& take : traffic.takes)
    if (const auto put = puts.find(key_of(take)); put != puts.end()) taken.emplace_back(put->second, &take);
  std::sort(taken.begin(), taken.end(),
            [](const auto& a, const auto& b) { return a.second->item.begin < b.second->item.begin; });
  // Going from the last take to the first: a put that ended before one taken strictly earlier began is out of order.
  std::int64_t earliest_end = std::numeric_limits<std::int64_t>::max();
  const Passage* earliest = nullptr;
  std::size_t later = taken.size();
  std::vector<std::pair<const Item*, const Passage*>> by_end = taken;
  std::sort(by_end.begin(), by_end.end(),
            [](const auto& a, const auto& b) { return a.second->item.end > b.second->item.end; });
  for (const auto& [put, take] : by_end) {
    while (later > 0 && taken[later - 1].second->item.begin > take->item.end) {
      --later;
      if (taken[later].first->end < earliest_end) {
        earliest_end = taken[later].first->end;
        earliest = taken[later].second;
      }
    }
    if (earliest != nullptr && earliest_end < put->begin)
      return fmt::format("{} was put after {} and came before it", record_name(names, key_of(*take)),
                         record_name(names, key_of(*earliest)));
  }
  return "";
}

std::string check_priority_order(const Traffic& traffic, const ActorNames& names) {
  // For a take of priority p: is there a message with a higher priority whose put had ended before the take began and
  // that was taken only by a call that began after this take ended (or never)?
  std::map<Key, const Passage*> takes;
  for (const Passage& take : traffic.takes) takes[key_of(take)] = &take;
  struct Waiting {
    std::int64_t from;
    std::int64_t until;
    std::int64_t priority;
    Key key;
  };
  std::vector<Waiting> waiting;
  for (const Passage& put : traffic.puts) {
    const auto take = takes.find(key_of(put));
    waiting.push_back(Waiting{put.item.end,
                              take == takes.end() ? std::numeric_limits<std::int64_t>::max() : take->second->item.begin,
                              put.item.weight, key_of(put)});
  }
  std::sort(waiting.begin(), waiting.end(), [](const Waiting& a, const Waiting& b) { return a.from < b.from; });
  std::vector<const Passage*> ordered;
  for (const Passage& take : traffic.takes) ordered.push_back(&take);
  std::sort(ordered.begin(), ordered.end(),
            [](const Passage* a, const Passage* b) { return a->item.begin < b->item.begin; });
  // Messages known to be queued at the moment, by priority; those taken since are dropped when met.
  std::multimap<std::int64_t, Waiting, std::greater<>> queued;
  std::size_t next = 0;
  for (const Passage* take : ordered) {
    while (next < waiting.size() && waiting[next].from < take->item.begin) {
      queued.emplace(waiting[next].priority, waiting[next]);
      ++next;
    }
    for (auto at = queued.begin(); at != queued.end() && at->first > take->item.weight;) {
      if (at->second.until < take->item.begin) {
        at = queued.erase(at);
      } else if (at->second.until > take->item.end) {
        return fmt::format("{} with priority {} was received while {} with priority {} was queued",
                           record_name(names, key_of(*take)), take->item.weight, record_name(names, at->second.key),
                           at->first);
      } else {
        ++at;
      }
    }
  }
  return "";
}

std::string check_whole_records(const Traffic& traffic, const ActorNames& names) {
  if (!traffic.torn.empty()) return check_atomic_records(traffic, names);
  for (const Passage& partial : traffic.partial)
    return fmt::format("the stream ends with a part of a record of {}", sender_name(names, partial.item.sender));
  return "";
}

std::string check_mutual_exclusion(const std::vector<Passage>& passages, const ActorNames& names) {
  struct Inside {
    std::int64_t begin;
    std::int64_t end;
    int actor;
  };
  std::vector<Inside> stays;
  std::map<int, std::int64_t> entered;
  for (const Passage& passage : passages) {
    if (passage.item.what == Item::What::enter) entered[passage.actor] = passage.item.begin;
    if (passage.item.what != Item::What::leave) continue;
    const auto begin = entered.find(passage.actor);
    if (begin == entered.end()) continue;
    stays.push_back(Inside{begin->second, passage.item.begin, passage.actor});
    entered.erase(begin);
  }
  std::sort(stays.begin(), stays.end(), [](const Inside& a, const Inside& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < stays.size(); ++i)
    if (stays[i].begin < stays[i - 1].end && stays[i].actor != stays[i - 1].actor)
      return fmt::format(
          "{} and {} were inside at the same time, for {} ns", names[static_cast<std::size_t>(stays[i - 1].actor)],
          names[static_cast<std::size_t>(stays[i].actor)], std::min(stays[i - 1].end, stays[i].end) - stays[i].begin);
  return "";
}

}  // namespace kipc
