#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "report/costs_json.hpp"
#include "report/fields.hpp"
#include "report/history_json.hpp"
#include "report/history_words.hpp"
#include "values/record.hpp"

namespace kipc {
namespace {

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

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  ToldHistory read(const Node& node) {
    Fields fields(node, file_);
    History& history = made_.history;
    history.end = choice(fields, "end", kEndWords);
    history.end_text = fields.optional_text("end_text");
    history.begin_ns = fields.integer("begin_ns");
    history.end_ns = history.begin_ns + fields.integer("duration_ns");
    fields.each("actors", [this](Fields& one) { read_actor(one); });
    made_.told.channels = fields.texts("channels");
    made_.told.sections = fields.texts("sections");
    history.facts = fields.list("facts", [](Fields& one) { return Fact{small(one, "cell", 0), one.integer("value")}; });
    fields.each("events", [this](Fields& one) { read_event(one); });
    fields.each("logs", [this](Fields& one) { read_log(one); });
    if (fields.find("measured") != nullptr)
      for (const Node& step : fields.need("measured", Node::Kind::array, "a list of steps").items) {
        if (!step.is_integer()) fields.wrong(step, "the number of a step");
        history.measured.push_back(static_cast<int>(step.number));
      }
    history.costs = fields.list("costs", record_from);
    fields.find("flows");  // what the events say, for who does not follow descriptors
    history.injections = fields.list("injections", [this](Fields& one) {
      return Injection{small(one, "step", -1), actor_of(one), one.text("engine"), one.integer("struck")};
    });
    history.standing = fields.list("standing", [this](Fields& one) {
      Standing standing;
      standing.actor = actor_of(one);
      made_.told.standing.push_back(piece_of(one, standing.step));
      standing.state = one.text("state");
      return standing;
    });
    fields.finish();
    return std::move(made_);
  }

 private:
  template <typename Table>
  static typename Table::value_type::first_type choice(Fields& fields, std::string_view key, const Table& table) {
    const Node& node = fields.need(key, Node::Kind::string, "a text");
    std::string words;
    for (const auto& [value, word] : table) {
      if (word == node.text) return value;
      words += fmt::format("{}{}", words.empty() ? "" : ", ", word);
    }
    fields.wrong(node, "one of " + words);
  }

  /// An integer that an int holds, from `least` on.
  static int small(Fields& fields, std::string_view key, int least, int usual = 0) {
    const std::int64_t value = fields.integer_or(key, usual);
    if (value < least || value > INT32_MAX) fields.wrong(*fields.find(key), fmt::format("a number from {}", least));
    return static_cast<int>(value);
  }
  static int any_int(Fields& fields, std::string_view key, int usual = 0) {
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

  void read_actor(Fields& one) {
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
  }

  void read_event(Fields& one) {
    Event event;
    event.kind = choice(one, "kind", kEventWords);
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
    r.bindings = one.list("bindings", [](Fields& binding) {
      return Binding{choice(binding, "scope", kScopeWords), small(binding, "cell", 0), binding.integer("value")};
    });
    r.error = one.optional_text("error");
    one.finish();
    return r;
  }

  static void read_outs(Fields& fields, CallResult& r) {
    auto storage = std::make_shared<std::string>();
    std::vector<std::pair<int, std::size_t>> begins;
    fields.each("outs", [&](Fields& one) {
      begins.emplace_back(small(one, "param", 0), storage->size());
      *storage += bytes_of(one);
    });
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

  void read_log(Fields& one) {
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
    log.mismatches = one.list("mismatches", [&](Fields& fields) {
      Mismatch mismatch;
      told.mismatches.push_back(piece_of(fields, mismatch.step));
      mismatch.round = fields.integer_or("round", -1);
      mismatch.why = fields.optional_text("says");
      mismatch.result = read_result(fields);
      return mismatch;
    });
    made_.history.logs.push_back(std::move(log));
    made_.told.logs.push_back(std::move(told));
  }

  std::string file_;
  ToldHistory made_;
};

}  // namespace

ToldHistory history_from_json(const Node& node, const std::string& file) { return Reader(file).read(node); }

}  // namespace kipc
