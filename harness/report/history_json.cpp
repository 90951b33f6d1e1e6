#include "report/history_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>

#include "report/costs_json.hpp"
#include "report/fields.hpp"
#include "report/flows.hpp"
#include "values/record.hpp"

namespace kipc {
namespace {

using nlohmann::ordered_json;
using Kind = Event::Kind;
using End = History::End;

constexpr std::array<std::pair<Kind, std::string_view>, 23> kKinds = {{
    {Kind::alive, "alive"},
    {Kind::armed, "armed"},
    {Kind::came_back, "came_back"},
    {Kind::chosen, "chosen"},
    {Kind::counted, "counted"},
    {Kind::died, "died"},
    {Kind::elsewhere, "elsewhere"},
    {Kind::error, "error"},
    {Kind::fault, "fault"},
    {Kind::fault_not_fired, "fault_not_fired"},
    {Kind::handled, "handled"},
    {Kind::never, "never"},
    {Kind::not_resumed, "not_resumed"},
    {Kind::not_started, "not_started"},
    {Kind::resumed, "resumed"},
    {Kind::returned, "returned"},
    {Kind::slept, "slept"},
    {Kind::standstill, "standstill"},
    {Kind::started, "started"},
    {Kind::still_blocked, "still_blocked"},
    {Kind::stray_death, "stray_death"},
    {Kind::stray_signal, "stray_signal"},
    {Kind::stray_start, "stray_start"},
}};

constexpr std::array<std::pair<End, std::string_view>, 5> kEnds = {{
    {End::broken, "broken"},
    {End::completed, "completed"},
    {End::deadline, "deadline"},
    {End::diverged, "diverged"},
    {End::no_sandbox, "no_sandbox"},
}};

constexpr std::array<std::pair<CellScope, std::string_view>, 3> kScopes = {{
    {CellScope::actor, "actor"},
    {CellScope::global, "global"},
    {CellScope::process, "process"},
}};

constexpr std::string_view kItemLetters = "ptelxu";  // in the order of Item::What

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

std::optional<std::string> bytes_of_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, value, 16);
    if (error != std::errc() || end != text.data() + i + 2) return std::nullopt;
    out += static_cast<char>(value);
  }
  return out;
}

// --- Writing --------------------------------------------------------------------------------------------------------

/// Writes one history; times are told from its begin on.
class Writer {
 public:
  explicit Writer(const ToldHistory& told) : whole_(told), history_(told.history), told_(told.told) {}

  ordered_json write() {
    ordered_json out = {{"end", word_of(kEnds, history_.end)}};
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
    ordered_json out = {{"kind", word_of(kKinds, event.kind)}};
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
          {{"scope", word_of(kScopes, binding.scope)}, {"cell", binding.cell}, {"value", binding.value}});
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

// --- Reading --------------------------------------------------------------------------------------------------------

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  ToldHistory read(const Node& node) {
    Fields fields(node, file_);
    History& history = made_.history;
    history.end = choice(fields, "end", kEnds);
    history.end_text = fields.optional_text("end_text");
    history.begin_ns = fields.integer("begin_ns");
    history.end_ns = history.begin_ns + fields.integer("duration_ns");
    for (const Node& item : fields.objects("actors")) read_actor(item);
    made_.told.channels = fields.texts("channels");
    made_.told.sections = fields.texts("sections");
    for (const Node& item : fields.objects("facts")) {
      Fields one(item, file_);
      history.facts.push_back(Fact{small(one, "cell", 0), one.integer("value")});
      one.finish();
    }
    for (const Node& item : fields.objects("events")) read_event(item);
    for (const Node& item : fields.objects("logs")) read_log(item);
    if (fields.find("measured") != nullptr)
      for (const Node& step : fields.need("measured", Node::Kind::array, "a list of steps").items) {
        if (!step.is_integer()) fields.wrong(step, "the number of a step");
        history.measured.push_back(static_cast<int>(step.number));
      }
    for (const Node& item : fields.objects("costs")) history.costs.push_back(record_from(item, file_));
    fields.find("flows");  // what the events say, for who does not follow descriptors
    for (const Node& item : fields.objects("injections")) {
      Fields one(item, file_);
      history.injections.push_back(
          Injection{small(one, "step", -1), actor_of(one), one.text("engine"), one.integer("struck")});
      one.finish();
    }
    for (const Node& item : fields.objects("standing")) {
      Fields one(item, file_);
      Standing standing;
      standing.actor = actor_of(one);
      made_.told.standing.push_back(piece_of(one, standing.step));
      standing.state = one.text("state");
      history.standing.push_back(std::move(standing));
      one.finish();
    }
    fields.finish();
    return std::move(made_);
  }

 private:
  template <typename Table>
  typename Table::value_type::first_type choice(Fields& fields, std::string_view key, const Table& table) const {
    const Node& node = fields.need(key, Node::Kind::string, "a text");
    std::string words;
    for (const auto& [value, word] : table) {
      if (word == node.text) return value;
      words += fmt::format("{}{}", words.empty() ? "" : ", ", word);
    }
    fields.wrong(node, "one of " + words);
  }

  /// An integer that an int holds, from `least` on.
  int small(Fields& fields, std::string_view key, int least, int usual = 0) const {
    const std::int64_t value = fields.integer_or(key, usual);
    if (value < least || value > INT32_MAX) fields.wrong(*fields.find(key), fmt::format("a number from {}", least));
    return static_cast<int>(value);
  }
  int any_int(Fields& fields, std::string_view key, int usual = 0) const {
    return small(fields, key, INT32_MIN, usual);
  }
  int actor_of(Fields& fields) const {
    const int actor = small(fields, "actor", -1, -1);
    if (actor >= static_cast<int>(made_.told.actors.size()))
      fields.wrong(*fields.find("actor"), fmt::format("one of the {} actors", made_.told.actors.size()));
    return actor;
  }
  static Told::Piece piece_of(Fields& fields, int& step) {
    step = static_cast<int>(fields.integer_or("step", -1));
    return {static_cast<int>(fields.integer_or("line", 0)), fields.optional_text("call"), fields.optional_text("text")};
  }
  static bool flag_or(Fields& fields, std::string_view key, bool usual) {
    return fields.find(key) == nullptr ? usual : fields.flag(key);
  }
  std::int64_t time_of(Fields& fields, std::string_view key) const {
    return fields.find(key) == nullptr ? 0 : made_.history.begin_ns + fields.integer(key);
  }

  void read_actor(const Node& item) {
    Fields one(item, file_);
    made_.told.actors.push_back(one.text("name"));
    if (one.find("pid") != nullptr) {
      ActorRecord record;
      record.pid = any_int(one, "pid");
      record.tid = any_int(one, "tid");
      record.uid = any_int(one, "uid");
      record.gid = any_int(one, "gid");
      record.process = small(one, "process", -1, -1);
      record.parent = small(one, "parent", -1, -1);
      record.lived = flag_or(one, "lived", false);
      record.killed = flag_or(one, "killed", false);
      made_.history.actors.push_back(record);
    }
    one.finish();
  }

  void read_event(const Node& item) {
    Fields one(item, file_);
    Event event;
    event.kind = choice(one, "kind", kKinds);
    event.actor = actor_of(one);
    made_.told.events.push_back(piece_of(one, event.step));
    event.call = small(one, "of", -1, -1);
    event.round = one.integer_or("round", -1);
    event.status = any_int(one, "status", -1);
    event.value = one.integer_or("value", 0);
    event.text = one.optional_text("says");
    if (one.find("signals") != nullptr)
      for (const Node& text : one.need("signals", Node::Kind::array, "a list of texts").items) {
        const auto bytes = text.is_string() ? bytes_of_hex(text.text) : std::nullopt;
        SigInfo info{};
        if (!bytes || bytes->size() != sizeof info)
          one.wrong(text, fmt::format("a SigInfo: {} hexadecimal digits", 2 * sizeof info));
        std::memcpy(&info, bytes->data(), sizeof info);
        event.signals.push_back(info);
      }
    event.result = read_result(one);
    made_.history.events.push_back(std::move(event));
    one.finish();
  }

  CallResult read_result(Fields& around) const {
    CallResult r;
    r.begin_ns = time_of(around, "begin_ns");
    r.end_ns = time_of(around, "end_ns");
    if (around.find("result") == nullptr) return r;
    Fields one(around.need("result", Node::Kind::object, "what came of a call"), file_);
    r.ret = one.integer_or("ret", 0);
    r.err = any_int(one, "errno");
    r.signal = any_int(one, "signal");
    r.si_code = any_int(one, "si_code");
    r.fault_address = static_cast<std::uint64_t>(one.integer_or("fault_address", 0));
    r.has_deadline = one.find("deadline_ns") != nullptr;
    r.deadline_ns = one.integer_or("deadline_ns", 0);
    r.after_ns = one.integer_or("after_ns", 0);
    r.overrun = flag_or(one, "overrun", false);
    r.subject = one.integer_or("subject", 0);
    r.record = static_cast<std::uint32_t>(one.integer_or("record", 0));
    r.sender = static_cast<std::uint16_t>(one.integer_or("sender", 0));
    r.weight = one.integer_or("weight", 0);
    r.rest_untouched = flag_or(one, "rest_untouched", true);
    read_outs(one, r);
    for (const Node& item : one.objects("bindings")) {
      Fields binding(item, file_);
      r.bindings.push_back(
          Binding{choice(binding, "scope", kScopes), small(binding, "cell", 0), binding.integer("value")});
      binding.finish();
    }
    r.error = one.optional_text("error");
    one.finish();
    return r;
  }

  void read_outs(Fields& fields, CallResult& r) const {
    auto storage = std::make_shared<std::string>();
    std::vector<std::pair<int, std::size_t>> begins;
    for (const Node& item : fields.objects("outs")) {
      Fields one(item, file_);
      begins.emplace_back(small(one, "param", 0), storage->size());
      *storage += bytes_of(one);
      one.finish();
    }
    for (std::size_t i = 0; i < begins.size(); ++i) {
      const std::size_t end = i + 1 < begins.size() ? begins[i + 1].second : storage->size();
      r.outs.push_back(
          Out{begins[i].first, std::string_view(*storage).substr(begins[i].second, end - begins[i].second)});
    }
    r.storage = std::move(storage);
  }

  static std::string bytes_of(Fields& fields) {
    if (fields.find("text") != nullptr) return fields.text("text");
    if (fields.find("pattern") != nullptr) {
      const auto seed = static_cast<std::uint64_t>(fields.integer("pattern"));
      const auto offset = static_cast<std::uint64_t>(fields.integer("offset"));
      std::string bytes(length_of(fields), '\0');
      fill_pattern(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), seed, offset);
      return bytes;
    }
    const bool filled = fields.find("fill") != nullptr;
    const Node& node = fields.need(filled ? "fill" : "hex", Node::Kind::string, "bytes: text, hex, fill or pattern");
    const auto bytes = bytes_of_hex(node.text);
    if (!bytes || (filled && bytes->size() != 1)) fields.wrong(node, "hexadecimal digits, two a byte");
    return filled ? std::string(length_of(fields), bytes->front()) : *bytes;
  }

  static std::size_t length_of(Fields& fields) {
    constexpr std::int64_t kMost = std::int64_t{1} << 30;
    const std::int64_t length = fields.integer("length");
    if (length < 0 || length > kMost) fields.wrong(*fields.find("length"), "a number of bytes, at most 1 GiB");
    return static_cast<std::size_t>(length);
  }

  void read_log(const Node& item) {
    Fields one(item, file_);
    BlockLog log;
    Told::Log told;
    log.actor = actor_of(one);
    told.head = piece_of(one, log.block);
    log.finished = flag_or(one, "finished", false);
    log.overflow = flag_or(one, "overflow", false);
    log.calls = one.integer("calls");
    one.find("begin_ns");  // what the items say, for who does not read them
    one.find("end_ns");
    if (one.find("items") != nullptr) {
      auto items = items_from_text(one.text("items"), made_.history.begin_ns);
      if (!items) one.wrong(*one.find("items"), "items: \"p 0 1 17 1200 350;...\"");
      log.items = std::move(*items);
    }
    for (const Node& wrong : one.objects("mismatches")) {
      Fields fields(wrong, file_);
      Mismatch mismatch;
      told.mismatches.push_back(piece_of(fields, mismatch.step));
      mismatch.round = fields.integer_or("round", -1);
      mismatch.why = fields.optional_text("says");
      mismatch.result = read_result(fields);
      log.mismatches.push_back(std::move(mismatch));
      fields.finish();
    }
    one.finish();
    made_.history.logs.push_back(std::move(log));
    made_.told.logs.push_back(std::move(told));
  }

  std::string file_;
  ToldHistory made_;
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

ordered_json history_to_json(const ToldHistory& told) { return Writer(told).write(); }

ToldHistory history_from_json(const Node& node, const std::string& file) { return Reader(file).read(node); }

}  // namespace kipc
