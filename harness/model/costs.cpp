#include "model/costs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace kipc {

const std::array<FigureRow, kFigures>& figures() {
  static constexpr std::array<FigureRow, kFigures> kRows = {{
      {Figure::bytes_copied, "bytes_copied", "bytes that crossed between the actors and the kernel, by the passes"},
      {Figure::context_switches, "context_switches", "how often an actor went to sleep"},
      {Figure::copies, "copies", "passes: one for each buffer that crossed between an actor and the kernel"},
      {Figure::page_faults, "page_faults", "page faults in user mode"},
      {Figure::preemptions, "preemptions", "how often an actor was made to let others run"},
      {Figure::raw_bytes, "raw_bytes", "bytes moved by the kernel's copy routine, arguments among them"},
      {Figure::raw_copies, "raw_copies", "runs of the kernel's copy routine"},
      {Figure::signals, "signals", "signals delivered"},
      {Figure::socket_bytes, "socket_bytes", "bytes copied from socket buffers to who received them"},
      {Figure::socket_copies, "socket_copies", "copies from a socket buffer to who received it"},
      {Figure::syscalls, "syscalls", "system calls that returned"},
      {Figure::wakeups, "wakeups", "tasks that the actors made runnable"},
  }};
  return kRows;
}

std::optional<Figure> figure_named(std::string_view name) {
  for (const FigureRow& row : figures())
    if (row.name == name) return row.figure;
  return std::nullopt;
}

void Costs::add(const Costs& other) {
  for (std::size_t i = 0; i < kFigures; ++i) total[i] += other.total[i];
  for (const CallCost& call : other.calls) {
    const auto at = std::lower_bound(calls.begin(), calls.end(), call.call,
                                     [](const CallCost& known, const std::string& name) { return known.call < name; });
    if (at == calls.end() || at->call != call.call) {
      calls.insert(at, call);
      continue;
    }
    at->count += call.count;
    at->errors += call.errors;
    at->bytes += call.bytes;
    at->ns += call.ns;
  }
}

InferredCopies infer_copies(const Costs& costs) {
  static constexpr std::array<std::string_view, 18> kMoving = {
      "mq_timedreceive",   "mq_timedsend", "msgrcv",  "msgsnd",   "preadv", "process_vm_readv",
      "process_vm_writev", "pwritev",      "pread64", "pwrite64", "read",   "readv",
      "recvfrom",          "recvmsg",      "sendmsg", "sendto",   "write",  "writev"};
  InferredCopies inferred;
  for (const CallCost& call : costs.calls) {
    if (std::find(kMoving.begin(), kMoving.end(), call.call) == kMoving.end()) continue;
    inferred.copies += call.count - call.errors;
    inferred.bytes += call.bytes;
  }
  return inferred;
}

std::string share_text(std::int64_t total, std::int64_t per) {
  if (total % per == 0) return fmt::format("{}", total / per);
  return fmt::format("{:.4g}", static_cast<double>(total) / static_cast<double>(per));
}

std::string cost_text(const MeasuredCost& measured, FigureSet which) {
  std::vector<std::string> parts;
  for (const FigureRow& row : figures()) {
    if (!which.test(static_cast<std::size_t>(row.figure))) continue;
    std::string text = fmt::format("{} {}", share_text(measured.costs.of(row.figure), measured.per), row.name);
    if (row.figure == Figure::syscalls && !measured.costs.calls.empty()) {
      std::vector<std::string> calls;
      for (const CallCost& call : measured.costs.calls) {
        calls.push_back(fmt::format("{} {}", call.call, share_text(call.count, measured.per)));
        if (call.ns != 0 && call.count != 0) calls.back() += fmt::format(" of {} ns", call.ns / call.count);
      }
      text += " (" + join(calls, ", ") + ")";
    }
    parts.push_back(std::move(text));
  }
  return join(parts, ", ");
}

}  // namespace kipc
