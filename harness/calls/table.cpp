#include <algorithm>

#include "calls/row.hpp"

namespace kipc {

int Row::param(std::string_view param_name, std::string_view selected) const {
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (params[i].name != param_name) continue;
    const auto& only = params[i].only_for;
    if (only.empty() || std::find(only.begin(), only.end(), selected) != only.end()) return static_cast<int>(i);
  }
  return -1;
}

void (*Row::timed_form() const)(Frame&) {
  if (timed != nullptr) return timed;
  const bool reports =
      std::any_of(params.begin(), params.end(), [](const Param& param) { return param.direction != Direction::in; });
  return reports || makes != Makes::nothing || never_returns ? nullptr : perform;
}

int Row::selector() const {
  for (std::size_t i = 0; i < params.size(); ++i)
    if (params[i].selects) return static_cast<int>(i);
  return -1;
}

Returns Row::returned(std::string_view selected) const {
  const bool as_said =
      returns_for.empty() || std::find(returns_for.begin(), returns_for.end(), selected) != returns_for.end();
  return as_said ? returns : Returns::integer;
}

const std::vector<Row>& call_table() {
  static const std::vector<Row> table = [] {
    std::vector<Row> rows;
    for (auto part :
         {atomic_rows,       dup_rows,          event_rows,         file_rows,    futex_rows,          identity_rows,
          io_rows,           lock_rows,         memory_rows,        mq_rows,      poll_rows,           process_rows,
          pthread_attr_rows, pthread_cond_rows, pthread_mutex_rows, pthread_rows, pthread_rwlock_rows, ring_rows,
          semaphore_rows,    signal_rows,       socket_rows,        sockopt_rows, stat_rows,           sysv_msg_rows,
          sysv_sem_rows,     sysv_shm_rows,     time_rows,          timer_rows})
      for (Row& row : part()) rows.push_back(std::move(row));
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.name < b.name; });
    return rows;
  }();
  return table;
}

const Row* find_row(std::string_view name) {
  const auto& table = call_table();
  const auto found = std::lower_bound(table.begin(), table.end(), name,
                                      [](const Row& row, std::string_view wanted) { return row.name < wanted; });
  return found != table.end() && found->name == name ? &*found : nullptr;
}

}  // namespace kipc
