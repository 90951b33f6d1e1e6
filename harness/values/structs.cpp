#include <fmt/format.h>

#include <cstring>
#include <memory>

#include "base/text.hpp"
#include "values/type.hpp"

namespace kipc {
namespace {

enum Form { fields, bound_out, hex, null, unmapped };

class FieldNames {
 public:
  explicit FieldNames(const StructField& field)
      : type_(field.names.empty() ? nullptr
              : field.flags       ? make_flags_type(std::string(field.name), field.names)
                                  : make_enum_type(std::string(field.name), field.names)) {}
  [[nodiscard]] const Type& type(const StructField& field) const {
    return type_ ? *type_ : field.octal ? mode_type() : integer_type();
  }

 private:
  std::unique_ptr<Type> type_;
};

class StructureType : public Type {
 public:
  explicit StructureType(const StructType& structure) : structure_(structure) {
    for (const StructField& field : structure.fields) types_.emplace_back(field);
  }
  std::string name() const override { return std::string(structure_.name); }
  std::string schema() const override {
    std::string properties = R"("from": {"type": "string"}, "hex": {"type": "string"})";
    for (std::size_t i = 0; i < structure_.fields.size(); ++i)
      properties += fmt::format(R"(, "{}": {})", structure_.fields[i].name, type_of(i).schema());
    return fmt::format(
        R"({{"anyOf": [{{"type": "string"}}, {{"type": "object", "properties": {{{}}}, "additionalProperties": false}}]}})",
        properties);
  }
  std::string expected_schema() const override {
    std::string properties;
    for (std::size_t i = 0; i < structure_.fields.size(); ++i)
      properties +=
          fmt::format(R"({}"{}": {})", i == 0 ? "" : ", ", structure_.fields[i].name, type_of(i).expected_schema());
    return fmt::format(R"({{"type": "object", "properties": {{{}}}, "additionalProperties": false}})", properties);
  }

  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (node.is_string()) {
      if (node.text == "null" || node.text == "unmapped") {
        arg.tag = node.text == "null" ? null : unmapped;
        return arg;
      }
      arg.tag = bound_out;
      arg.name = scope.bind(node, node.text, NameKind::structure, &structure_);
      arg.expr = Expr(static_cast<std::int64_t>(scope.find_name(node.text)->blob));
      return arg;
    }
    if (!node.is_object())
      case_error_at(scope, node, fmt::format("a {}: an object of its fields, or a name to bind", structure_.name));
    for (const Member& member : node.members) {
      if (member.key == "from") {
        const Name* name = member.value.is_string() ? scope.find_name(member.value.text) : nullptr;
        if (name == nullptr || name->structure != &structure_)
          case_error_at(scope, member.value, fmt::format("the name of a bound {}", structure_.name));
        arg.text = "from";
        arg.expr = Expr(static_cast<std::int64_t>(name->blob));
      } else if (member.key == "hex") {
        arg.tag = hex;
        arg.items.push_back(data_type().compile(node, scope));
      } else {
        const std::size_t i = index_of(member, scope);
        Arg value = type_of(i).compile(member.value, scope);
        value.field = &structure_.fields[i];
        arg.items.push_back(std::move(value));
        arg.fields.emplace_back(member.key, Arg{});
      }
    }
    return arg;
  }

  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (arg.tag == null) return;
    if (arg.tag == unmapped) {
      slot.p = frame.buffers[1].guard();
      return;
    }
    if (arg.tag == hex) {
      data_type().marshal(arg.items[0], frame, slot);
      return;
    }
    slot.p = frame.scratch.take(structure_.size);
    slot.n = structure_.size;
    if (arg.tag == bound_out) return;
    if (arg.text == "from") std::memcpy(slot.p, frame.env.blob(static_cast<std::size_t>(*arg.expr.constant())), slot.n);
    for (const Arg& item : arg.items) {
      Slot value;
      const auto i = static_cast<std::size_t>(item.field - structure_.fields.data());
      type_of(i).marshal(item, frame, value);
      write_field(slot.p, *item.field, value.i);
    }
  }

  Arg compile_expected(const Node& node, Scope& scope) const override {
    if (!node.is_object()) case_error_at(scope, node, fmt::format("an object of fields of {}", structure_.name));
    Arg arg;
    for (const Member& member : node.members) {
      const std::size_t i = index_of(member, scope);
      Arg value = type_of(i).compile_expected(member.value, scope);
      value.field = &structure_.fields[i];
      arg.items.push_back(std::move(value));
    }
    return arg;
  }

  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    if (actual.size() < structure_.size) {
      why = fmt::format("no {} came back", structure_.name);
      return false;
    }
    for (const Arg& item : expected.items) {
      const std::int64_t value = read_field(actual.data(), *item.field);
      const auto i = static_cast<std::size_t>(item.field - structure_.fields.data());
      std::string reason;
      const std::string_view bytes(reinterpret_cast<const char*>(&value), sizeof value);
      if (!type_of(i).matches(item, bytes, env, reason)) {
        why = fmt::format("{} is {}", item.field->name, reason);
        return false;
      }
    }
    return true;
  }

  std::string print(std::string_view actual) const override {
    if (actual.size() < structure_.size) return "{}";
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < structure_.fields.size(); ++i) {
      const std::int64_t value = read_field(actual.data(), structure_.fields[i]);
      const std::string_view bytes(reinterpret_cast<const char*>(&value), sizeof value);
      parts.push_back(fmt::format("{}={}", structure_.fields[i].name, type_of(i).print(bytes)));
    }
    return "{" + join(parts, ", ") + "}";
  }

 private:
  std::size_t index_of(const Member& member, Scope& scope) const {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < structure_.fields.size(); ++i) {
      if (structure_.fields[i].name == member.key) return i;
      names.push_back(structure_.fields[i].name);
    }
    std::vector<std::string> parts(names.begin(), names.end());
    case_error(scope, member.value, fmt::format("a field of {}: {}", structure_.name, join(parts, ", ")),
               fmt::format("'{}'", member.key), did_you_mean(member.key, names));
  }
  const Type& type_of(std::size_t i) const { return types_[i].type(structure_.fields[i]); }

  const StructType& structure_;
  std::vector<FieldNames> types_;
};

}  // namespace

std::unique_ptr<Type> make_struct_type(const StructType& structure) {
  return std::make_unique<StructureType>(structure);
}

}  // namespace kipc
