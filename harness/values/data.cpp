#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "base/text.hpp"
#include "values/record.hpp"
#include "values/type.hpp"

namespace kipc {
namespace {

enum Form { literal, u32, u64, fill, pattern, record, at, null, unmapped, prefix_of, starts, ends, untouched };

bool unhex(std::string_view text, std::string& out) {
  if (text.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto digit = [](char c) {
      return c >= '0' && c <= '9'   ? c - '0'
             : c >= 'a' && c <= 'f' ? c - 'a' + 10
             : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                    : -1;
    };
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return true;
}

class DataType : public Type {
 public:
  std::string name() const override { return "data"; }
  std::string schema() const override { return R"({"$ref": "#/$defs/data"})"; }
  std::string expected_schema() const override { return R"({"$ref": "#/$defs/expectedData"})"; }

  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (node.is_string()) {
      arg.tag = node.text == "null" ? null : node.text == "unmapped" ? unmapped : literal;
      arg.text = node.text;
      return arg;
    }
    if (!node.is_object())
      case_error_at(scope, node, "data: a text or an object such as {\"fill\": \"x\", \"length\": 64}");
    const auto length = [&](std::vector<std::string_view> keys) {
      keys.emplace_back("length");
      only_keys(scope, node, keys);
      const Node* given = node.find("length");
      if (given == nullptr) case_error_at(scope, node, "a \"length\"");
      arg.items.resize(1);
      arg.items[0].expr = scope.expression(*given);
    };
    if (const Node* hex = node.find("hex")) {
      only_keys(scope, node, {"hex"});
      if (!hex->is_string() || !unhex(hex->text, arg.text)) case_error_at(scope, *hex, "pairs of hexadecimal digits");
    } else if (const Node* v32 = node.find("u32")) {
      only_keys(scope, node, {"u32"});
      arg.tag = u32;
      arg.expr = scope.expression(*v32);
    } else if (const Node* v64 = node.find("u64")) {
      only_keys(scope, node, {"u64"});
      arg.tag = u64;
      arg.expr = scope.expression(*v64);
    } else if (const Node* byte = node.find("fill")) {
      length({"fill"});
      arg.tag = fill;
      if (!byte->is_string() || byte->text.size() != 1) case_error_at(scope, *byte, "one character");
      arg.text = byte->text;
    } else if (const Node* seed = node.find("pattern")) {
      length({"pattern"});
      arg.tag = pattern;
      arg.expr = scope.expression(*seed);
    } else if (const Node* rec = node.find("record")) {
      only_keys(scope, node, {"record"});
      only_keys(scope, *rec, {"size"});
      arg.tag = record;
      const Node* size = rec->find("size");
      if (size == nullptr) case_error_at(scope, *rec, "a \"size\"");
      arg.items.resize(1);
      arg.items[0].expr = scope.expression(*size);
    } else if (const Node* place = node.find("at")) {
      length({"at"});
      arg.tag = at;
      arg.expr = scope.place(*place).address;
    } else {
      const std::string key = node.members.empty() ? "" : node.members[0].key;
      case_error(scope, node, "one of hex, u32, u64, fill, pattern, record, at", describe(node),
                 did_you_mean(key, {"hex", "u32", "u64", "fill", "pattern", "record", "at"}));
    }
    return arg;
  }

  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    switch (arg.tag) {
      case null:
        slot.p = nullptr;
        slot.n = 1;
        return;
      case unmapped:
        slot.p = frame.buffers[1].guard();
        slot.n = 1;
        return;
      case at:
        slot.p = reinterpret_cast<void*>(static_cast<std::uintptr_t>(arg.expr.eval(frame.env)));
        slot.n = size_of(arg, frame.env);
        return;
      case record: {
        slot.n = size_of(arg, frame.env);
        auto* to = static_cast<unsigned char*>(frame.scratch.take(slot.n));
        fill_record(to, slot.n, frame.host.sender(), frame.host.next_record());
        slot.p = to;
        return;
      }
      default: {
        std::string_view kept = frame.scratch.keep(bytes(arg, frame.env));
        slot.p = const_cast<char*>(kept.data());
        slot.n = kept.size();
        if (slot.p == nullptr) slot.p = frame.scratch.take(16);
      }
    }
  }

  Arg compile_expected(const Node& node, Scope& scope) const override {
    if (node.is_string() && node.text == "untouched") {
      Arg arg;
      arg.tag = untouched;
      return arg;
    }
    constexpr std::pair<std::string_view, Form> kForms[] = {
        {"prefix_of", prefix_of}, {"starts", starts}, {"ends", ends}};
    for (const auto& [key, form] : kForms)
      if (const Node* inner = node.find(key)) {
        only_keys(scope, node, {key});
        Arg arg;
        arg.tag = form;
        arg.items.push_back(compile(*inner, scope));
        return arg;
      }
    Arg arg = compile(node, scope);
    if (arg.tag == record || arg.tag == at || arg.tag == null || arg.tag == unmapped)
      case_error_at(scope, node, "bytes to compare with");
    return arg;
  }

  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    if (expected.tag == untouched) {
      const bool fine = std::all_of(actual.begin(), actual.end(),
                                    [](char c) { return static_cast<unsigned char>(c) == GuardedBuffer::kCanary; });
      if (!fine) why = "bytes were written";
      return fine;
    }
    const bool part = expected.tag == prefix_of || expected.tag == starts || expected.tag == ends;
    const std::string want = bytes(part ? expected.items[0] : expected, env);
    bool fine = false;
    switch (expected.tag) {
      case prefix_of: fine = actual.size() <= want.size() && want.compare(0, actual.size(), actual) == 0; break;
      case starts: fine = actual.size() >= want.size() && actual.substr(0, want.size()) == want; break;
      case ends: fine = actual.size() >= want.size() && actual.substr(actual.size() - want.size()) == want; break;
      default: fine = actual == want;
    }
    if (!fine) {
      const char* how = expected.tag == prefix_of ? "a prefix of "
                        : expected.tag == starts  ? "data that starts with "
                        : expected.tag == ends    ? "data that ends with "
                                                  : "";
      std::size_t differs = 0;
      while (differs < actual.size() && differs < want.size() && actual[differs] == want[differs]) ++differs;
      why = fmt::format("{}, not {}{}", quote_bytes(actual), how, quote_bytes(want));
      if (!part && want.size() > 32) why += fmt::format(" (they differ at byte {})", differs);
    }
    return fine;
  }

  std::string print(std::string_view actual) const override { return quote_bytes(actual); }

 private:
  static std::size_t size_of(const Arg& arg, Env& env) {
    const std::int64_t size = arg.items[0].expr.eval(env);
    if (size < 0 || size > (std::int64_t{1} << 30)) throw EvalError{fmt::format("data of {} bytes", size)};
    return static_cast<std::size_t>(size);
  }
  static std::string bytes(const Arg& arg, Env& env) {
    switch (arg.tag) {
      case literal: return arg.text;
      case u32: {
        const auto value = static_cast<std::uint32_t>(arg.expr.eval(env));
        return {reinterpret_cast<const char*>(&value), sizeof value};
      }
      case u64: {
        const auto value = static_cast<std::uint64_t>(arg.expr.eval(env));
        return {reinterpret_cast<const char*>(&value), sizeof value};
      }
      case fill: return std::string(size_of(arg, env), arg.text[0]);
      case pattern: {
        std::string out(size_of(arg, env), '\0');
        fill_pattern(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                     static_cast<std::uint64_t>(arg.expr.eval(env)));
        return out;
      }
      default: throw EvalError{"bytes that cannot be compared"};
    }
  }
};

/// Text with {expression} parts: paths and object names.
class TextType : public Type {
 public:
  explicit TextType(bool object) : object_(object) {}
  std::string name() const override { return object_ ? "object name" : "path"; }
  std::string schema() const override { return R"({"type": "string"})"; }
  Arg compile(const Node& node, Scope& scope) const override {
    if (node.is_object()) {  // {"fill": "x", "length": N}: names that are too long
      Arg arg;
      arg.items.push_back(data_type().compile(node, scope));
      arg.tag = 1;
      return arg;
    }
    if (!node.is_string()) case_error_at(scope, node, object_ ? "an object name such as \"/q\"" : "a path");
    Arg arg;
    arg.text = node.text;
    if (node.text == "null" || node.text == "unmapped") {
      arg.tag = node.text == "null" ? 2 : 3;
      return arg;
    }
    for (std::size_t from = 0; from < node.text.size();) {
      const std::size_t open = node.text.find('{', from);
      if (open == std::string::npos) break;
      const std::size_t close = node.text.find('}', open);
      if (close == std::string::npos) case_error_at(scope, node, "a '}' for every '{'");
      arg.items.emplace_back();
      arg.items.back().expr = scope.expression(node, std::string_view(node.text).substr(open + 1, close - open - 1));
      from = close + 1;
    }
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    std::string text;
    if (arg.tag == 2) {
      slot.p = nullptr;
      return;
    }
    if (arg.tag == 3) {
      slot.p = frame.buffers[1].guard();
      return;
    }
    if (arg.tag == 1) {
      Slot bytes;
      data_type().marshal(arg.items[0], frame, bytes);
      text.assign(bytes.text(), bytes.n);
    } else {
      std::size_t item = 0;
      for (std::size_t i = 0; i < arg.text.size(); ++i) {
        if (arg.text[i] != '{') {
          text += arg.text[i];
          continue;
        }
        text += std::to_string(arg.items[item++].expr.eval(frame.env));
        i = arg.text.find('}', i);
      }
      if (object_) text = frame.host.object_name(text);
    }
    text.push_back('\0');
    const std::string_view kept = frame.scratch.keep(text);
    slot.p = const_cast<char*>(kept.data());
    slot.n = kept.size() - 1;
  }

 private:
  bool object_;
};

class KeyType : public Type {
 public:
  std::string name() const override { return "key"; }
  std::string schema() const override { return R"({"$ref": "#/$defs/integer"})"; }
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (node.is_string() && node.text == "IPC_PRIVATE") {
      arg.expr = Expr(0);
      return arg;
    }
    const bool symbolic = node.is_string() && !node.text.empty() && node.text[0] == '/';
    if (symbolic) {
      arg.tag = 1;
      arg.text = node.text;
      return arg;
    }
    try {
      arg.expr = scope.expression(node);
    } catch (const CaseError& error) {
      case_error(scope, node, "IPC_PRIVATE, a symbolic key such as \"/k\", a bound key or an integer", describe(node),
                 error.problem.hint);
    }
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    slot.i = arg.tag == 1 ? frame.host.object_key(arg.text) : arg.expr.eval(frame.env);
  }
};

}  // namespace

const Type& data_type() {
  static const DataType type;
  return type;
}
const Type& path_type() {
  static const TextType type(false);
  return type;
}
const Type& object_name_type() {
  static const TextType type(true);
  return type;
}
const Type& key_type() {
  static const KeyType type;
  return type;
}

}  // namespace kipc
