#include "values/sockaddr_type.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.hpp"

namespace kipc {
namespace {

enum Form { none, sun_path, abstract, unnamed, sin, raw, from, null, unmapped, bound_out };

constexpr std::array kFamilies = {
    Constant{"AF_INET", AF_INET},
    Constant{"AF_INET6", AF_INET6},
    Constant{"AF_UNIX", AF_UNIX},
    Constant{"AF_UNSPEC", AF_UNSPEC},
};
constexpr std::array kRecordFields = {
    StructField{"addrlen", offsetof(SockaddrRecord, addrlen), sizeof(SockaddrRecord::addrlen), false},
    StructField{"sa_family", offsetof(SockaddrRecord, bytes), sizeof(sa_family_t), false, kFamilies},
};
constexpr StructType kRecord{"socket address", sizeof(SockaddrRecord), kRecordFields};

constexpr std::size_t kPathAt = offsetof(sockaddr_un, sun_path);
constexpr std::size_t kPathSize = sizeof(sockaddr_un::sun_path);

const Type& family_type() {
  static const auto type = make_enum_type("address family", kFamilies);
  return *type;
}

SockaddrRecord unpack(std::string_view actual) {
  SockaddrRecord record;
  std::memcpy(&record, actual.data(), std::min(actual.size(), sizeof record));
  record.stored = std::min<std::uint32_t>(record.stored, sizeof record.bytes);
  return record;
}

/// "a{i}b" in an Arg: the text, and an item for each expression.
Arg compile_template(const Node& node, Scope& scope) {
  Arg arg;
  arg.text = node.text;
  for (std::size_t at = node.text.find('{'); at != std::string::npos; at = node.text.find('{', at)) {
    const std::size_t close = node.text.find('}', at);
    if (close == std::string::npos) case_error_at(scope, node, "a '}' for every '{'");
    arg.items.emplace_back();
    arg.items.back().expr = scope.expression(node, std::string_view(node.text).substr(at + 1, close - at - 1));
    at = close;
  }
  return arg;
}

std::string fill_template(const Arg& arg, Env& env) {
  std::string text;
  std::size_t item = 0;
  for (std::size_t i = 0; i < arg.text.size(); ++i) {
    if (arg.text[i] != '{') {
      text += arg.text[i];
      continue;
    }
    text += std::to_string(arg.items[item++].expr.eval(env));
    i = arg.text.find('}', i);
  }
  return text;
}

std::uint32_t ipv4(const Node& node, const Scope& scope) {
  in_addr address{};
  if (node.is_string() && node.text == "loopback") return htonl(INADDR_LOOPBACK);
  if (node.is_string() && node.text == "any") return htonl(INADDR_ANY);
  if (!node.is_string() || ::inet_pton(AF_INET, node.text.c_str(), &address) != 1)
    case_error_at(scope, node, R"("loopback", "any" or an address such as "127.0.0.1")");
  return address.s_addr;
}

std::string address_text(const SockaddrRecord& record) {
  if (record.stored < sizeof(sa_family_t)) return record.addrlen == 0 ? "{}" : "{cut}";
  sa_family_t family = 0;
  std::memcpy(&family, record.bytes, sizeof family);
  const std::string_view bytes(reinterpret_cast<const char*>(record.bytes), record.stored);
  if (family == AF_UNIX) {
    const std::string_view path = bytes.substr(std::min(kPathAt, bytes.size()));
    if (path.empty()) return "{unnamed}";
    if (path[0] == '\0') return fmt::format("{{abstract={}}}", quote_bytes(path.substr(1), kPathSize));
    return fmt::format("{{sun_path={}}}", quote_bytes(path.substr(0, path.find('\0')), kPathSize));
  }
  if (family == AF_INET && record.stored >= sizeof(sockaddr_in)) {
    sockaddr_in in4{};
    std::memcpy(&in4, record.bytes, sizeof in4);
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &in4.sin_addr, text.data(), text.size());
    return fmt::format("{{sin={}:{}}}", text.data(), ntohs(in4.sin_port));
  }
  return fmt::format("{{raw={}}}", quote_bytes(bytes, sizeof record.bytes));
}

/// What both directions have in common: how an address is written.
class AddressForms {
 public:
  /// Arg: tag the form, items[0] its value (sin: the port), expr the address of sin, fields "sa_family" when given.
  static Arg compile(const Node& node, Scope& scope, bool expected) {
    Arg arg;
    const std::vector<std::string_view> keys = {"sun_path", "abstract", "unnamed", "sin", "raw", "from", "sa_family"};
    if (!node.is_object()) case_error_at(scope, node, R"(an address such as {"sun_path": "s"})");
    only_keys(scope, node, keys);
    for (const Member& member : node.members) {
      if (member.key == "sa_family") {
        arg.fields.emplace_back(member.key, expected ? family_type().compile_expected(member.value, scope)
                                                     : family_type().compile(member.value, scope));
        continue;
      }
      if (arg.tag != none) case_error_at(scope, node, "one form of an address, not several");
      one_form(member, scope, expected, arg);
    }
    if (arg.tag == none && arg.fields.empty()) case_error_at(scope, node, R"(an address such as {"sun_path": "s"})");
    return arg;
  }
  static std::string schema(bool expected) {
    const char* data = expected ? "expectedData" : "data";
    const char* integer = expected ? "matcher" : "integer";
    return fmt::format(
        R"({{"type": "object", "properties": {{"sun_path": {{"anyOf": [{{"type": "string"}}, {{"$ref": "#/$defs/{0}"}}]}}, )"
        R"("abstract": {{"anyOf": [{{"type": "string"}}, {{"$ref": "#/$defs/{0}"}}]}}, "unnamed": {{"const": true}}, )"
        R"("sin": {{"type": "object", "properties": {{"addr": {{"type": "string"}}, "port": {{"$ref": "#/$defs/{1}"}}}}, )"
        R"("additionalProperties": false}}, "raw": {{"$ref": "#/$defs/{0}"}}, {2}"sa_family": {3}}}, )"
        R"("additionalProperties": false}})",
        data, integer, expected ? "" : R"("from": {"type": "string"}, )",
        expected ? family_type().expected_schema() : family_type().schema());
  }

 private:
  static void one_form(const Member& member, Scope& scope, bool expected, Arg& arg) {
    const Node& value = member.value;
    const auto text_or_data = [&](Form form) {
      arg.tag = form;
      arg.text = value.is_string() ? "text" : "data";
      arg.items.push_back(value.is_string() ? compile_template(value, scope)
                          : expected        ? data_type().compile_expected(value, scope)
                                            : data_type().compile(value, scope));
    };
    if (member.key == "sun_path")
      text_or_data(sun_path);
    else if (member.key == "abstract")
      text_or_data(abstract);
    else if (member.key == "raw") {
      arg.tag = raw;
      arg.items.push_back(expected ? data_type().compile_expected(value, scope) : data_type().compile(value, scope));
    } else if (member.key == "unnamed") {
      arg.tag = unnamed;
      if (!value.is(Node::Kind::boolean) || !value.flag) case_error_at(scope, value, "true");
    } else if (member.key == "sin") {
      arg.tag = sin;
      if (!value.is_object()) case_error_at(scope, value, R"({"addr": "loopback", "port": 0})");
      only_keys(scope, value, {"addr", "port"});
      const Node* addr = value.find("addr");
      const Node* port = value.find("port");
      if (addr != nullptr || !expected)
        arg.expr = Expr(addr != nullptr ? ipv4(*addr, scope) : std::int64_t{htonl(INADDR_LOOPBACK)});
      if (port != nullptr)
        arg.items.push_back(expected ? integer_type().compile_expected(*port, scope)
                                     : integer_type().compile(*port, scope));
    } else {
      if (expected) case_error(scope, value, "a form of an address to compare with", "'from'");
      const Name* name = value.is_string() ? scope.find_name(value.text) : nullptr;
      if (name == nullptr || name->structure != &kRecord) case_error_at(scope, value, "the name of a bound address");
      arg.tag = from;
      arg.expr = Expr(static_cast<std::int64_t>(name->blob));
    }
  }
};

class SockaddrType : public Type {
 public:
  std::string name() const override { return "socket address"; }
  std::string schema() const override {
    return fmt::format(R"({{"anyOf": [{{"enum": ["null", "unmapped"]}}, {}]}})", AddressForms::schema(false));
  }
  Arg compile(const Node& node, Scope& scope) const override {
    if (!node.is_string()) return AddressForms::compile(node, scope, false);
    Arg arg;
    arg.tag = node.text == "null" ? null : unmapped;
    if (node.text != "null" && node.text != "unmapped")
      case_error_at(scope, node, R"(an address such as {"sun_path": "s"}, "null" or "unmapped")");
    return arg;
  }

  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (arg.tag == null || arg.tag == unmapped) {
      slot.p = arg.tag == null ? nullptr : frame.buffers[1].guard();
      slot.n = sizeof(sockaddr_un);
      return;
    }
    std::string bytes = form_bytes(arg, frame);
    if (!arg.fields.empty()) {
      Slot family;
      family_type().marshal(arg.fields[0].second, frame, family);
      const auto value = static_cast<sa_family_t>(family.i);
      bytes.resize(std::max(bytes.size(), sizeof value));
      std::memcpy(bytes.data(), &value, sizeof value);
    }
    // The call may be told a longer addrlen: what lies behind the address is zero.
    slot.p = frame.scratch.take(std::max(bytes.size(), sizeof(sockaddr_storage)) + 16);
    slot.n = bytes.size();
    std::memcpy(slot.p, bytes.data(), bytes.size());
  }

 private:
  static std::string data_bytes(const Arg& arg, Frame& frame) {
    Slot data;
    data_type().marshal(arg, frame, data);
    return {data.text(), data.n};
  }
  static std::string form_bytes(const Arg& arg, Frame& frame) {
    const sa_family_t local = AF_UNIX;
    std::string bytes(reinterpret_cast<const char*>(&local), sizeof local);
    const auto text = [&] {
      return arg.text == "text" ? fill_template(arg.items[0], frame.env) : data_bytes(arg.items[0], frame);
    };
    switch (arg.tag) {
      case sun_path: {
        bytes += text();
        // As long as the terminating NUL fits it is counted, as SUN_LEN() + 1 would; a full sun_path goes without.
        if (bytes.size() - kPathAt != kPathSize) bytes.push_back('\0');
        return bytes;
      }
      case abstract: bytes.push_back('\0'); return bytes + text();
      case unnamed: return bytes;
      case sin: {
        sockaddr_in in4{};
        in4.sin_family = AF_INET;
        in4.sin_addr.s_addr = static_cast<in_addr_t>(*arg.expr.constant());
        const std::int64_t port = arg.items.empty() ? 0 : arg.items[0].expr.eval(frame.env);
        if (port < 0 || port > 65535) throw EvalError{fmt::format("{} is not a port", port)};
        in4.sin_port = htons(static_cast<std::uint16_t>(port));
        return {reinterpret_cast<const char*>(&in4), sizeof in4};
      }
      case raw: return data_bytes(arg.items[0], frame);
      case from: {
        const auto offset = static_cast<std::size_t>(*arg.expr.constant());
        const SockaddrRecord record =
            unpack({reinterpret_cast<const char*>(frame.env.blob(offset)), sizeof(SockaddrRecord)});
        return {reinterpret_cast<const char*>(record.bytes), record.stored};
      }
      default: return std::string(sizeof(sockaddr), '\0');
    }
  }
};

class OutSockaddrType : public Type {
 public:
  std::string name() const override { return "socket address"; }
  std::string schema() const override { return R"({"$ref": "#/$defs/newName"})"; }
  std::string expected_schema() const override { return AddressForms::schema(true); }
  Arg compile(const Node& node, Scope& scope) const override {
    if (!node.is_string())
      case_error_at(scope, node, R"(a name to bind, "null" or "unmapped" (what comes back belongs in "expect"))");
    Arg arg;
    arg.tag = node.text == "null" ? null : node.text == "unmapped" ? unmapped : bound_out;
    if (arg.tag == bound_out) {
      arg.name = scope.bind(node, node.text, NameKind::structure, &kRecord);
      arg.expr = Expr(static_cast<std::int64_t>(scope.find_name(node.text)->blob));
    }
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    slot.i = arg.tag == bound_out ? 1 : 0;
    if (arg.tag == unmapped) slot.p = frame.buffers[1].guard();
  }
  Arg compile_expected(const Node& node, Scope& scope) const override {
    return AddressForms::compile(node, scope, true);
  }

  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    const SockaddrRecord record = unpack(actual);
    sa_family_t family = 0;
    if (record.stored >= sizeof family) std::memcpy(&family, record.bytes, sizeof family);
    if (!expected.fields.empty()) {
      const std::int64_t value = family;
      std::string reason;
      if (!family_type().matches(expected.fields[0].second, {reinterpret_cast<const char*>(&value), sizeof value}, env,
                                 reason)) {
        why = fmt::format("sa_family is {}", reason);
        return false;
      }
    }
    return form_matches(expected, record, family, env, why);
  }
  std::string print(std::string_view actual) const override { return address_text(unpack(actual)); }

 private:
  static bool form_matches(const Arg& expected, const SockaddrRecord& record, sa_family_t family, Env& env,
                           std::string& why) {
    const std::string_view bytes(reinterpret_cast<const char*>(record.bytes), record.stored);
    const std::string_view path = bytes.substr(std::min(kPathAt, bytes.size()));
    const auto same = [&](std::string_view got) {
      if (expected.text == "data") return data_type().matches(expected.items[0], got, env, why);
      const std::string wanted = fill_template(expected.items[0], env);
      if (got != wanted) why = fmt::format("{}, not {}", quote_bytes(got, kPathSize), quote_bytes(wanted, kPathSize));
      return got == wanted;
    };
    const auto differs = [&](const char* wanted) {
      why = fmt::format("{}, not {}", address_text(record), wanted);
      return false;
    };
    switch (expected.tag) {
      case sun_path:
        if (family != AF_UNIX || path.empty() || path[0] == '\0') return differs("a path");
        return same(path.substr(0, path.find('\0')));
      case abstract:
        if (family != AF_UNIX || path.empty() || path[0] != '\0') return differs("an abstract name");
        return same(path.substr(1));
      case unnamed: return (record.stored == 0 || (family == AF_UNIX && path.empty())) || differs("unnamed");
      case raw: return data_type().matches(expected.items[0], bytes, env, why);
      case sin: {
        if (family != AF_INET || record.stored < sizeof(sockaddr_in)) return differs("an AF_INET address");
        sockaddr_in in4{};
        std::memcpy(&in4, record.bytes, sizeof in4);
        if (!expected.expr.empty() && static_cast<in_addr_t>(*expected.expr.constant()) != in4.sin_addr.s_addr)
          return differs("that address");
        const std::int64_t port = ntohs(in4.sin_port);
        std::string reason;
        if (!expected.items.empty() &&
            !integer_type().matches(expected.items[0], {reinterpret_cast<const char*>(&port), sizeof port}, env,
                                    reason)) {
          why = fmt::format("port is {}", reason);
          return false;
        }
        return true;
      }
      default: return true;
    }
  }
};

}  // namespace

const Type& sockaddr_type() {
  static const SockaddrType type;
  return type;
}
const Type& out_sockaddr_type() {
  static const OutSockaddrType type;
  return type;
}

SockaddrBuffer::SockaddrBuffer(Frame& frame, const Slot& slot, const Slot& length) : frame_(frame) {
  const std::int64_t wanted = length.given ? length.i : static_cast<std::int64_t>(sizeof(sockaddr_storage));
  length_ = static_cast<socklen_t>(wanted);
  if (slot.given && slot.i == 0) {
    address_ = slot.as<sockaddr>();
    return;
  }
  size_ = std::min<std::size_t>(wanted > 0 ? static_cast<std::size_t>(wanted) : 0, sizeof(sockaddr_storage));
  own_ = static_cast<unsigned char*>(frame.scratch.take(2 * sizeof(sockaddr_storage)));
  std::memset(own_, GuardedBuffer::kCanary, 2 * sizeof(sockaddr_storage));
  address_ = reinterpret_cast<sockaddr*>(own_);
}

void SockaddrBuffer::report(int address_param, int length_param, int port_param) {
  if (own_ != nullptr)
    for (std::size_t i = size_; i < 2 * sizeof(sockaddr_storage); ++i)
      if (own_[i] != GuardedBuffer::kCanary) frame_.result.overrun = true;
  if (frame_.result.err != 0) return;
  if (length_param >= 0 && address_ != nullptr) frame_.out_integer(static_cast<std::size_t>(length_param), length_);
  if (own_ == nullptr) return;
  SockaddrRecord record;
  record.addrlen = length_;
  record.stored = static_cast<std::uint32_t>(std::min<std::size_t>(size_, length_));
  std::memcpy(record.bytes, own_, record.stored);
  if (address_param >= 0) frame_.out_object(static_cast<std::size_t>(address_param), record);
  sockaddr_in in4{};
  if (record.stored < sizeof in4) return;
  std::memcpy(&in4, record.bytes, sizeof in4);
  if (port_param < 0 || in4.sin_family != AF_INET) return;
  const auto port = static_cast<std::size_t>(port_param);
  frame_.out_integer(port, ntohs(in4.sin_port));
  frame_.bind(port, ntohs(in4.sin_port));
}

}  // namespace kipc
