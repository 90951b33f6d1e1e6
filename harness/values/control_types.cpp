#include "values/control_types.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.hpp"
#include "values/fd_list.hpp"

#ifndef SCM_SECURITY
#define SCM_SECURITY 0x03
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif

namespace kipc {
namespace {

enum Form { items, buffer, null, unmapped };
enum Content { nothing, fds, ints, data, credentials };

constexpr std::size_t kMostControl = std::size_t{1} << 20;
constexpr std::int64_t kMostMisaligned = 15;

#define KIPC_C(name) \
  Constant { #name, static_cast < std::int64_t>(name) }
constexpr std::array kLevels = {KIPC_C(SOL_SOCKET)};
constexpr std::array kTypes = {KIPC_C(SCM_CREDENTIALS), KIPC_C(SCM_PIDFD), KIPC_C(SCM_RIGHTS), KIPC_C(SCM_SECURITY)};
#undef KIPC_C

const Type& level_type() {
  static const auto type = make_enum_type("cmsg_level", kLevels);
  return *type;
}
const Type& cmsg_type_type() {
  static const auto type = make_enum_type("cmsg_type", kTypes);
  return *type;
}
const Type& ucred_type() {
  static constexpr std::array kFields = {KIPC_FIELD(ucred, pid), KIPC_FIELD(ucred, uid), KIPC_FIELD(ucred, gid)};
  static constexpr StructType kUcred{"struct ucred", sizeof(ucred), kFields};
  static const auto type = make_struct_type(kUcred);
  return *type;
}

constexpr std::string_view kBad = R"({"enum": ["null", "unmapped"]})";

bool bad_pointer(const Node& node, Arg& arg) {
  if (!node.is_string() || (node.text != "null" && node.text != "unmapped")) return false;
  arg.tag = node.text == "null" ? null : unmapped;
  return true;
}

std::size_t length_of(const Arg& arg, Env& env) {
  const std::int64_t length = arg.expr.eval(env);
  if (length < 0) throw EvalError{fmt::format("a msg_controllen of {}", length)};
  return static_cast<std::size_t>(length);
}

std::size_t misalignment_of(const Arg& arg, Env& env) {
  const std::int64_t by = arg.expr.eval(env);
  if (by < 0 || by > kMostMisaligned) throw EvalError{fmt::format("misaligned_by {}, not 0..{}", by, kMostMisaligned)};
  return static_cast<std::size_t>(by);
}

const Arg* field_of(const Arg& arg, std::string_view key) {
  for (const auto& [name, value] : arg.fields)
    if (name == key) return &value;
  return nullptr;
}

class ControlType : public Type {
 public:
  std::string name() const override { return "control messages"; }
  std::string schema() const override {
    const std::string list = fmt::format(
        R"({{"type": "array", "items": {{"type": "object", "properties": {{"cmsg_len": {{"$ref": "#/$defs/integer"}}, )"
        R"("cmsg_level": {}, "cmsg_type": {}, "fds": {}, "ints": {}, "ucred": {}, "data": {{"$ref": "#/$defs/data"}}}}, )"
        R"("required": ["cmsg_type"], "additionalProperties": false}}}})",
        level_type().schema(), cmsg_type_type().schema(), fd_list_schema(), fd_list_schema(), ucred_type().schema());
    return fmt::format(
        R"({{"anyOf": [{}, {}, {{"type": "object", "properties": {{"msg_controllen": {{"$ref": "#/$defs/integer"}}, )"
        R"("misaligned_by": {{"$ref": "#/$defs/integer"}}, "raw": {}}}, "required": ["raw"], )"
        R"("additionalProperties": false}}]}})",
        kBad, list, list);
  }

  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (bad_pointer(node, arg)) return arg;
    const Node* list = &node;
    if (node.is_object()) {
      only_keys(scope, node, {"raw", "msg_controllen", "misaligned_by"});
      list = node.find("raw");
      if (list == nullptr) case_error_at(scope, node, "\"raw\": a list of control messages");
      for (const Member& member : node.members)
        if (member.key != "raw") arg.fields.emplace_back(member.key, integer_type().compile(member.value, scope));
    }
    if (!list->is_array()) case_error_at(scope, *list, R"(a list such as [{"cmsg_type": "SCM_RIGHTS", "fds": ["r"]}])");
    for (const Node& item : list->items) arg.items.push_back(compile_item(item, scope));
    return arg;
  }

  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (arg.tag == null || arg.tag == unmapped) {
      slot.p = arg.tag == null ? nullptr : frame.buffers[1].guard();
      slot.n = CMSG_SPACE(sizeof(int));
      return;
    }
    std::string bytes;
    for (const Arg& item : arg.items) append_item(item, frame, bytes);
    const Arg* length = field_of(arg, "msg_controllen");
    const Arg* misaligned = field_of(arg, "misaligned_by");
    slot.n = length != nullptr ? length_of(*length, frame.env) : bytes.size();
    // A length beyond what any socket takes need not exist in memory.
    const std::size_t room = std::max(bytes.size(), std::min(slot.n, kMostControl));
    auto* at = static_cast<unsigned char*>(frame.scratch.take(room + sizeof(cmsghdr) + kMostMisaligned + 1));
    if (misaligned != nullptr) at += misalignment_of(*misaligned, frame.env);
    std::memcpy(at, bytes.data(), bytes.size());
    slot.p = at;
  }

 private:
  static Arg compile_item(const Node& item, Scope& scope) {
    if (!item.is_object()) case_error_at(scope, item, R"(an object such as {"cmsg_type": "SCM_RIGHTS", "fds": ["r"]})");
    only_keys(scope, item, {"cmsg_type", "cmsg_level", "cmsg_len", "fds", "ints", "data", "ucred"});
    Arg arg;
    for (const Member& member : item.members) {
      const Node& value = member.value;
      if (member.key == "cmsg_type")
        arg.fields.emplace_back(member.key, cmsg_type_type().compile(value, scope));
      else if (member.key == "cmsg_level")
        arg.fields.emplace_back(member.key, level_type().compile(value, scope));
      else if (member.key == "cmsg_len")
        arg.fields.emplace_back(member.key, integer_type().compile(value, scope));
      else {
        if (arg.tag != nothing) case_error_at(scope, item, "one of fds, ints, data and ucred");
        arg.tag = member.key == "fds" ? fds : member.key == "ints" ? ints : member.key == "data" ? data : credentials;
        arg.items.push_back(arg.tag == fds           ? compile_fd_list(value, scope)
                            : arg.tag == ints        ? compile_fd_list(value, scope, FdWords::or_expressions)
                            : arg.tag == credentials ? ucred_type().compile(value, scope)
                                                     : data_type().compile(value, scope));
      }
    }
    if (field_of(arg, "cmsg_type") == nullptr) case_error_at(scope, item, "a \"cmsg_type\"");
    return arg;
  }

  static std::string content(const Arg& item, Frame& frame) {
    if (item.tag == nothing) return {};
    if (item.tag == fds || item.tag == ints) {
      const std::vector<int> list = eval_fd_list(item.items[0], frame.env);
      return {reinterpret_cast<const char*>(list.data()), list.size() * sizeof(int)};
    }
    Slot slot;
    (item.tag == credentials ? ucred_type() : data_type()).marshal(item.items[0], frame, slot);
    return {slot.text(), slot.n};
  }

  static void append_item(const Arg& item, Frame& frame, std::string& bytes) {
    const auto value = [&](std::string_view key, const Type& type, std::int64_t otherwise) {
      const Arg* given = field_of(item, key);
      if (given == nullptr) return otherwise;
      Slot slot;
      type.marshal(*given, frame, slot);
      return slot.i;
    };
    const std::string payload = content(item, frame);
    cmsghdr header{};
    const auto length = static_cast<std::int64_t>(CMSG_LEN(payload.size()));
    header.cmsg_len = static_cast<decltype(header.cmsg_len)>(value("cmsg_len", integer_type(), length));
    header.cmsg_level = static_cast<int>(value("cmsg_level", level_type(), SOL_SOCKET));
    header.cmsg_type = static_cast<int>(value("cmsg_type", cmsg_type_type(), 0));
    const std::size_t begin = bytes.size();
    bytes.resize(begin + CMSG_SPACE(payload.size()));
    std::memcpy(bytes.data() + begin, &header, sizeof header);
    std::memcpy(bytes.data() + begin + CMSG_LEN(0), payload.data(), payload.size());
  }
};

class ControlBufferType : public Type {
 public:
  std::string name() const override { return "control buffer"; }
  std::string schema() const override {
    return fmt::format(R"({{"anyOf": [{}, {{"type": "object", "properties": {{"msg_controllen": )"
                       R"({{"$ref": "#/$defs/integer"}}, "misaligned_by": {{"$ref": "#/$defs/integer"}}}}, )"
                       R"("required": ["msg_controllen"], "additionalProperties": false}}]}})",
                       kBad);
  }
  std::string expected_schema() const override {
    return fmt::format(
        R"({{"type": "array", "items": {{"type": "object", "properties": {{"cmsg_len": {{"$ref": "#/$defs/matcher"}}, )"
        R"("cmsg_level": {}, "cmsg_type": {}, "fds": {{"$ref": "#/$defs/matcher"}}, "ucred": {}, )"
        R"("data": {{"$ref": "#/$defs/expectedData"}}}}, "additionalProperties": false}}}})",
        level_type().expected_schema(), cmsg_type_type().expected_schema(), ucred_type().expected_schema());
  }

  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (bad_pointer(node, arg)) return arg;
    if (!node.is_object()) case_error_at(scope, node, R"(an object such as {"msg_controllen": 64})");
    only_keys(scope, node, {"msg_controllen", "misaligned_by"});
    arg.tag = buffer;
    for (const Member& member : node.members)
      arg.fields.emplace_back(member.key, integer_type().compile(member.value, scope));
    if (field_of(arg, "msg_controllen") == nullptr) case_error_at(scope, node, "\"msg_controllen\"");
    return arg;
  }

  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (arg.tag != buffer) {
      slot.p = arg.tag == null ? nullptr : frame.buffers[1].guard();
      slot.n = arg.tag == null ? 0 : CMSG_SPACE(sizeof(int));
      return;
    }
    slot.n = length_of(*field_of(arg, "msg_controllen"), frame.env);
    if (slot.n > kMostControl) throw EvalError{fmt::format("a control buffer of {} bytes", slot.n)};
    const Arg* misaligned = field_of(arg, "misaligned_by");
    auto* at = static_cast<unsigned char*>(frame.scratch.take(slot.n + kMostMisaligned + 1));
    slot.p = misaligned != nullptr ? at + misalignment_of(*misaligned, frame.env) : at;
  }

  Arg compile_expected(const Node& node, Scope& scope) const override {
    if (!node.is_array()) case_error_at(scope, node, R"(a list such as [{"cmsg_type": "SCM_RIGHTS", "fds": 1}])");
    Arg arg;
    for (const Node& item : node.items) {
      if (!item.is_object()) case_error_at(scope, item, R"(an object such as {"cmsg_type": "SCM_RIGHTS", "fds": 1})");
      only_keys(scope, item, {"cmsg_type", "cmsg_level", "cmsg_len", "fds", "data", "ucred"});
      Arg fields;
      for (const Member& member : item.members)
        fields.fields.emplace_back(member.key, type_of(member.key).compile_expected(member.value, scope));
      arg.items.push_back(std::move(fields));
    }
    return arg;
  }

  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    const std::vector<ControlItem> came = unpack_control(actual);
    if (came.size() != expected.items.size()) {
      why = fmt::format("{} came, not {}: {}", came.size(), expected.items.size(), print(actual));
      return false;
    }
    for (std::size_t i = 0; i < came.size(); ++i)
      for (const auto& [key, matcher] : expected.items[i].fields) {
        const std::string value = value_of(came[i], key);
        std::string reason;
        if (!type_of(key).matches(matcher, value, env, reason)) {
          why = fmt::format("{} of control message {} is {}", key, i, reason);
          return false;
        }
      }
    return true;
  }

  std::string print(std::string_view actual) const override {
    std::vector<std::string> parts;
    for (const ControlItem& item : unpack_control(actual)) {
      const bool socket_level = item.cmsg_level == SOL_SOCKET;
      const auto field = [&](std::string_view key) {
        return fmt::format("{}={}", key, type_of(key).print(value_of(item, key)));
      };
      std::string content = field("data");
      if (socket_level && item.cmsg_type == SCM_RIGHTS) content = field("fds");
      if (socket_level && item.cmsg_type == SCM_CREDENTIALS) content = field("ucred");
      parts.push_back(
          fmt::format("{{{}, {}, {}, {}}}", field("cmsg_len"), field("cmsg_level"), field("cmsg_type"), content));
    }
    return "[" + join(parts, ", ") + "]";
  }

 private:
  static const Type& type_of(std::string_view key) {
    if (key == "cmsg_level") return level_type();
    if (key == "cmsg_type") return cmsg_type_type();
    if (key == "ucred") return ucred_type();
    if (key == "data") return data_type();
    return integer_type();
  }
  static std::string value_of(const ControlItem& item, std::string_view key) {
    if (key == "ucred" || key == "data") return item.data;
    const std::int64_t value = key == "cmsg_len"     ? static_cast<std::int64_t>(item.cmsg_len)
                               : key == "cmsg_level" ? item.cmsg_level
                               : key == "cmsg_type"  ? item.cmsg_type
                                                     : static_cast<std::int64_t>(item.fds().size());
    return {reinterpret_cast<const char*>(&value), sizeof value};
  }
};

class ReceivedFdsType : public Type {
 public:
  std::string name() const override { return "names for descriptors"; }
  std::string schema() const override { return R"({"type": "array", "items": {"$ref": "#/$defs/newName"}})"; }
  std::string expected_schema() const override { return integer_type().expected_schema(); }
  Arg compile(const Node& node, Scope& scope) const override {
    if (!node.is_array()) case_error_at(scope, node, R"(a list of names to bind, such as ["p", "q"] or ["got[*]"])");
    Arg arg;
    for (const Node& item : node.items) {
      if (!item.is_string()) case_error_at(scope, item, "a name to bind");
      Arg one;
      one.name = scope.bind(item, item.text, NameKind::fd);
      arg.items.push_back(std::move(one));
    }
    return arg;
  }
  void marshal(const Arg& /*arg*/, Frame& /*frame*/, Slot& /*slot*/) const override {}
  Arg compile_expected(const Node& node, Scope& scope) const override {
    return integer_type().compile_expected(node, scope);
  }
  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    return integer_type().matches(expected, actual, env, why);
  }
  std::string print(std::string_view actual) const override { return integer_type().print(actual); }
};

struct FlatItem {
  std::uint64_t cmsg_len;
  std::int32_t cmsg_level;
  std::int32_t cmsg_type;
  std::uint64_t size;
};

}  // namespace

std::vector<int> ControlItem::fds() const {
  if (cmsg_level != SOL_SOCKET || cmsg_type != SCM_RIGHTS) return {};
  std::vector<int> list(data.size() / sizeof(int));
  if (!list.empty()) std::memcpy(list.data(), data.data(), list.size() * sizeof(int));
  return list;
}

std::vector<ControlItem> read_control(const void* control, std::size_t length) {
  std::vector<ControlItem> list;
  const auto* at = static_cast<const unsigned char*>(control);
  // By hand and by offsets, as the kernel does it: CMSG_NXTHDR may not be used on a misaligned buffer.
  while (at != nullptr && length >= CMSG_LEN(0)) {
    cmsghdr header{};
    std::memcpy(&header, at, sizeof header);
    if (header.cmsg_len < CMSG_LEN(0)) break;
    const std::size_t size = std::min<std::size_t>(header.cmsg_len, length) - CMSG_LEN(0);
    list.push_back(ControlItem{header.cmsg_len, header.cmsg_level, header.cmsg_type,
                               std::string(reinterpret_cast<const char*>(at) + CMSG_LEN(0), size)});
    const std::size_t step = std::min<std::size_t>(CMSG_SPACE(size), length);
    at += step;
    length -= step;
  }
  return list;
}

std::string pack_control(const std::vector<ControlItem>& list) {
  std::string flat;
  for (const ControlItem& item : list) {
    const FlatItem header{item.cmsg_len, item.cmsg_level, item.cmsg_type, item.data.size()};
    flat.append(reinterpret_cast<const char*>(&header), sizeof header);
    flat += item.data;
  }
  return flat;
}

std::vector<ControlItem> unpack_control(std::string_view actual) {
  std::vector<ControlItem> list;
  FlatItem header{};
  while (actual.size() >= sizeof header) {
    std::memcpy(&header, actual.data(), sizeof header);
    actual.remove_prefix(sizeof header);
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(header.size, actual.size()));
    list.push_back(
        ControlItem{header.cmsg_len, header.cmsg_level, header.cmsg_type, std::string(actual.substr(0, size))});
    actual.remove_prefix(size);
  }
  return list;
}

void bind_received_fds(Frame& frame, std::size_t param, const std::vector<int>& received) {
  const Slot& slot = frame[param];
  std::size_t next = 0;
  const auto bind = [&](const NameRef& ref, int cell) {
    const std::int64_t fd = received[next++];
    frame.env.cell(ref.scope, -1, cell) = Cell{fd, 1, 0};
    frame.result.bindings.push_back(Binding{ref.scope, cell, fd});
  };
  if (slot.given && slot.arg != nullptr)
    for (const Arg& one : slot.arg->items) {
      const NameRef& ref = *one.name;
      if (!ref.all) {
        if (next < received.size()) bind(ref, ref.eval_cell(frame.env));
        continue;
      }
      for (int i = 0; i < ref.capacity && next < received.size(); ++i) bind(ref, ref.cell + i);
    }
  for (; next < received.size(); ++next) ::close(received[next]);
  frame.out_integer(param, static_cast<std::int64_t>(received.size()));
}

const Type& control_type() {
  static const ControlType type;
  return type;
}
const Type& control_buffer_type() {
  static const ControlBufferType type;
  return type;
}
const Type& received_fds_type() {
  static const ReceivedFdsType type;
  return type;
}

}  // namespace kipc
