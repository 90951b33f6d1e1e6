#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/costs_json.hpp"
#include "report/flows.hpp"
#include "report/history_json.hpp"
#include "report/history_words.hpp"
#include "values/record.hpp"

namespace kipc {
namespace {

using nlohmann::ordered_json;

template <typename Table>
std::string_view word_of(const Table& table, typename Table::value_type::first_type value) {
  for (const auto& [known, word] : table)
    if (known == value) return word;
  return "";
}

/// Printable UTF-8 that JSON holds as it is.
bool is_text(std::string_view bytes) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(bytes.begin(), bytes.end(), control)) return false;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    const std::size_t length = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE1 && c < 0xED ? 3 : 0;
    if (length == 0 || i + length > bytes.size()) return false;  // rarer characters are written as hex
    for (std::size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(bytes[i + k]) & 0xC0U) != 0x80U) return false;
    i += length;
  }
  return true;
}

std::string hex_of(std::string_view bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

/// Writes one history; times are told from its begin on.
class Writer {
 public:
  explicit Writer(const ToldHistory& told) : whole_(told), history_(told.history), told_(told.told) {}

  ordered_json write() {
    ordered_json out = {{"end", word_of(kEndWords, history_.end)}};
    if (!history_.end_text.empty()) out["end_text"] = history_.end_text;
    out["begin_ns"] = history_.begin_ns;
    out["duration_ns"] = history_.end_ns - history_.begin_ns;
    for (std::size_t i = 0; i < told_.actors.size(); ++i) out["actors"].push_back(actor(i));
    if (!told_.channels.empty()) out["channels"] = told_.channels;
    if (!told_.sections.empty()) out["sections"] = told_.sections;
    for (const Fact& fact : history_.facts) out["facts"].push_back({{"cell", fact.cell}, {"value", fact.value}});
    for (std::size_t i = 0; i < history_.events.size(); ++i)
      out["events"].push_back(event(history_.events[i], told_.events[i]));
    for (std::size_t i = 0; i < history_.logs.size(); ++i) out["logs"].push_back(log(history_.logs[i], told_.logs[i]));
    if (!history_.measured.empty()) out["measured"] = history_.measured;
    for (const CostRecord& record : history_.costs) out["costs"].push_back(record_to_json(record));
    for (const Injection& injection : history_.injections)
      out["injections"].push_back({{"step", injection.step},
                                   {"actor", injection.actor},
                                   {"engine", injection.engine},
                                   {"struck", injection.struck}});
    for (std::size_t i = 0; i < history_.standing.size(); ++i) {
      const Standing& standing = history_.standing[i];
      ordered_json one = {{"actor", standing.actor}};
      add_step(one, standing.step, told_.standing[i]);
      one["state"] = standing.state;
      out["standing"].push_back(std::move(one));
    }
    for (const auto& [from, to] : flows_of(whole_)) out["flows"].push_back({from, to});
    return out;
  }

 private:
  template <typename T>
  static void add(ordered_json& out, const char* key, const T& value, const T& usual) {
    if (value != usual) out[key] = value;
  }
  void add_time(ordered_json& out, const char* key, std::int64_t ns) const {
    if (ns != 0) out[key] = ns - history_.begin_ns;
  }
  static void add_step(ordered_json& out, int step, const Told::Piece& piece) {
    add(out, "step", step, -1);
    add(out, "line", piece.line, 0);
    add(out, "call", piece.call, {});
    add(out, "text", piece.text, {});
  }

  ordered_json actor(std::size_t i) const {
    ordered_json out = {{"name", told_.actors[i]}};
    if (i >= history_.actors.size()) return out;
    const ActorRecord& record = history_.actors[i];
    out["pid"] = record.pid;
    out["tid"] = record.tid;
    out["uid"] = record.uid;
    out["gid"] = record.gid;
    out["process"] = record.process;
    add(out, "parent", record.parent, -1);
    add(out, "lived", record.lived, false);
    add(out, "killed", record.killed, false);
    return out;
  }

  ordered_json event(const Event& event, const Told::Piece& piece) const {
    ordered_json out = {{"kind", word_of(kEventWords, event.kind)}};
    add(out, "actor", event.actor, -1);
    add_step(out, event.step, piece);
    add(out, "of", event.call, -1);
    add(out, "round", event.round, std::int64_t{-1});
    add(out, "status", event.status, -1);
    add(out, "value", event.value, std::int64_t{0});
    add(out, "says", event.text, {});
    for (const SigInfo& info : event.signals)
      out["signals"].push_back(hex_of(std::string_view(reinterpret_cast<const char*>(&info), sizeof info)));
    add_result(out, event.result);
    return out;
  }

  void add_result(ordered_json& out, const CallResult& r) const {
    add_time(out, "begin_ns", r.begin_ns);
    add_time(out, "end_ns", r.end_ns);
    ordered_json result = ordered_json::object();
    add(result, "ret", r.ret, std::int64_t{0});
    if (r.err != 0) result["errno"] = r.err;
    add(result, "signal", r.signal, 0);
    add(result, "si_code", r.si_code, 0);
    add(result, "fault_address", static_cast<std::int64_t>(r.fault_address), std::int64_t{0});
    if (r.has_deadline) result["deadline_ns"] = r.deadline_ns;
    add(result, "after_ns", r.after_ns, std::int64_t{0});
    add(result, "overrun", r.overrun, false);
    add(result, "subject", r.subject, std::int64_t{0});
    add(result, "record", static_cast<std::int64_t>(r.record), std::int64_t{0});
    add(result, "sender", static_cast<std::int64_t>(r.sender), std::int64_t{0});
    add(result, "weight", r.weight, std::int64_t{0});
    add(result, "rest_untouched", r.rest_untouched, true);
    for (const Out& one : r.outs) {
      ordered_json bytes = {{"param", one.param}};
      bytes.update(bytes_to_json(one.bytes));
      result["outs"].push_back(std::move(bytes));
    }
    for (const Binding& binding : r.bindings)
      result["bindings"].push_back(
          {{"scope", word_of(kScopeWords, binding.scope)}, {"cell", binding.cell}, {"value", binding.value}});
    add(result, "error", r.error, {});
    if (!result.empty()) out["result"] = std::move(result);
  }

  ordered_json log(const BlockLog& log, const Told::Log& told) const {
    ordered_json out = {{"actor", log.actor}};
    add_step(out, log.block, told.head);
    add(out, "finished", log.finished, false);
    add(out, "overflow", log.overflow, false);
    out["calls"] = log.calls;
    if (!log.items.empty()) {
      std::int64_t end = 0;
      for (const Item& item : log.items) end = std::max({end, item.begin, item.end});
      add_time(out, "begin_ns", log.items.front().begin);
      add_time(out, "end_ns", end);
      out["items"] = items_to_text(log.items, history_.begin_ns);
    }
    for (std::size_t i = 0; i < log.mismatches.size(); ++i) {
      const Mismatch& mismatch = log.mismatches[i];
      ordered_json one = ordered_json::object();
      add_step(one, mismatch.step, told.mismatches[i]);
      add(one, "round", mismatch.round, std::int64_t{-1});
      add(one, "says", mismatch.why, {});
      add_result(one, mismatch.result);
      out["mismatches"].push_back(std::move(one));
    }
    return out;
  }

  const ToldHistory& whole_;
  const History& history_;
  const Told& told_;
};

}  // namespace

ordered_json bytes_to_json(std::string_view bytes) {
  constexpr std::size_t kWorthFolding = 16;
  if (bytes.size() >= kWorthFolding && bytes.find_first_not_of(bytes.front()) == std::string_view::npos)
    return {{"fill", hex_of(bytes.substr(0, 1))}, {"length", bytes.size()}};
  if (is_text(bytes)) return {{"text", bytes}};
  if (const auto place = find_pattern(bytes))
    return {{"pattern", place->seed}, {"offset", place->offset}, {"length", bytes.size()}};
  return {{"hex", hex_of(bytes)}};
}

ordered_json history_to_json(const ToldHistory& told) { return Writer(told).write(); }

}  // namespace kipc
