// The grammar of expressions, and what names in them stand for.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.hpp"
#include "values/expr_code.hpp"

namespace kipc {
namespace {

using Code = Expr::Code;

bool is_constant(const Code& code) {
  switch (code.op) {
    case Op::cell:
    case Op::fact:
    case Op::field:
    case Op::memory:
    case Op::member_index: return false;
    default: return std::all_of(code.children.begin(), code.children.end(), is_constant);
  }
}

Code constant_code(std::int64_t value) {
  Code code;
  code.value = value;
  return code;
}

Code node_code(Op op, std::vector<Code> children) {
  Code code;
  code.op = op;
  code.children = std::move(children);
  return code;
}

struct BinaryOperator {
  std::string_view token;
  int precedence;
  Op op;
};
// Longest tokens first.
constexpr BinaryOperator kBinary[] = {
    {"||", 1, Op::logical_or}, {"&&", 2, Op::logical_and}, {"==", 6, Op::equal},      {"!=", 6, Op::not_equal},
    {"<<", 8, Op::shift_left}, {">>", 8, Op::shift_right}, {"<=", 7, Op::less_equal}, {">=", 7, Op::greater_equal},
    {"|", 3, Op::bit_or},      {"^", 4, Op::bit_xor},      {"&", 5, Op::bit_and},     {"<", 7, Op::less},
    {">", 7, Op::greater},     {"+", 9, Op::add},          {"-", 9, Op::subtract},    {"*", 10, Op::multiply},
    {"/", 10, Op::divide},     {"%", 10, Op::modulo},
};

class Parser {
 public:
  Parser(std::string_view text, Scope& scope) : text_(text), scope_(scope) {}

  Code parse_all() {
    Code code = conditional();
    skip();
    if (at_ != text_.size()) throw ExprError{"an operator or the end", fmt::format("'{}'", text_.substr(at_)), ""};
    return code;
  }

 private:
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool eat(std::string_view token) {
    skip();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  void need(std::string_view token) {
    if (!eat(token)) {
      const std::string_view rest = text_.substr(at_);
      throw ExprError{fmt::format("'{}' in \"{}\"", token, text_), rest.empty() ? "the end" : fmt::format("'{}'", rest),
                      ""};
    }
  }
  static bool word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
  std::string_view word() {
    skip();
    const std::size_t begin = at_;
    if (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) == 0)
      while (at_ < text_.size() && word_char(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  Code conditional() {
    Code condition = operators(1);
    if (!eat("?")) return condition;
    Code yes = conditional();
    need(":");
    Code no = conditional();
    return node_code(Op::conditional, {std::move(condition), std::move(yes), std::move(no)});
  }

  Code operators(int minimum) {
    Code left = unary();
    for (;;) {
      skip();
      const BinaryOperator* found = nullptr;
      for (const BinaryOperator& candidate : kBinary)
        if (text_.substr(at_, candidate.token.size()) == candidate.token) {
          found = &candidate;
          break;
        }
      if (found == nullptr || found->precedence < minimum) return left;
      at_ += found->token.size();
      Code right = operators(found->precedence + 1);
      left = node_code(found->op, {std::move(left), std::move(right)});
    }
  }

  Code unary() {
    if (eat("!")) return node_code(Op::logical_not, {unary()});
    if (eat("~")) return node_code(Op::invert, {unary()});
    if (eat("-")) return node_code(Op::negate, {unary()});
    if (eat("+")) return unary();
    return primary();
  }

  Code number() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && word_char(text_[at_])) ++at_;
    const std::string token(text_.substr(begin, at_ - begin));
    std::size_t used = 0;
    std::int64_t value = 0;
    try {
      value = std::stoll(token, &used, 0);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used != token.size()) throw ExprError{"a C integer literal", fmt::format("'{}'", token), ""};
    return constant_code(value);
  }

  Code primary() {
    skip();
    if (at_ >= text_.size()) throw ExprError{fmt::format("a value at the end of \"{}\"", text_), "nothing", ""};
    if (eat("(")) {
      Code inner = conditional();
      need(")");
      return inner;
    }
    if (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) return number();
    const std::size_t begin = at_;
    const std::string first(word());
    if (first.empty()) throw ExprError{"a number or a name", fmt::format("'{}'", text_.substr(begin)), ""};
    if (eat("(")) return call(first);
    {  // X in PARAMETER
      const std::size_t mark = at_;
      if (word() == "in") return membership(first);
      at_ = mark;
    }
    std::string dotted = first;
    while (at_ < text_.size() && text_[at_] == '.' && scope_.find_name(first) == nullptr &&
           scope_.find_group(first) == nullptr && scope_.find_alias(first) < 0) {
      ++at_;
      dotted += "." + std::string(word());
    }
    if (const Node* parameter = scope_.parameter(dotted)) return parameter_value(dotted, *parameter);
    if (dotted == "index") return node_code(Op::member_index, {});
    if (const Name* name = scope_.find_name(dotted)) return named(*name, dotted, ActorRef{0, 1, {}, -1, true});
    if (scope_.find_group(dotted) != nullptr || scope_.find_alias(dotted) >= 0) return actor_member(dotted);
    if (dotted.rfind("users.", 0) == 0) return constant_code(scope_.user_id(dotted.substr(6)));
    if (dotted.rfind("kernel.", 0) == 0 || dotted.rfind("fs.", 0) == 0 || dotted.rfind("net.", 0) == 0 ||
        dotted.rfind("vm.", 0) == 0)
      return sysctl(dotted);
    std::int64_t value = 0;
    if (platform_constant(dotted, value)) return constant_code(value);
    throw ExprError{"a parameter, a bound name, an actor or a constant", fmt::format("'{}'", dotted),
                    did_you_mean(dotted, scope_.known_words())};
  }

  Code sysctl(const std::string& dotted) {
    Code code;
    code.op = Op::cell;
    code.word = dotted;
    code.ref.scope = CellScope::global;
    code.ref.cell = scope_.sysctl_cell(dotted);
    return code;
  }

  Code call(const std::string& function) {
    if (function == "sizeof") {
      const std::string type(word());
      need(")");
      std::int64_t size = 0;
      if (type == "int")
        size = sizeof(int);
      else if (type == "long")
        size = sizeof(long);
      else if (type == "size_t")
        size = sizeof(std::size_t);
      else {
        Layout layout;
        std::string reason;
        if (!add_declaration(layout, type + " x", reason))
          throw ExprError{"sizeof of int, long, size_t or a layout type", fmt::format("'{}'", type),
                          did_you_mean(type, layout_types())};
        size = static_cast<std::int64_t>(layout.size);
      }
      return constant_code(size);
    }
    std::vector<Code> arguments;
    do arguments.push_back(conditional());
    while (eat(","));
    need(")");
    const auto wants = [&](std::size_t n) {
      if (arguments.size() != n)
        throw ExprError{fmt::format("{} with {} argument(s)", function, n), std::to_string(arguments.size()), ""};
    };
    if (function == "CMSG_LEN" || function == "CMSG_SPACE") {
      wants(1);
      return node_code(function == "CMSG_LEN" ? Op::cmsg_len : Op::cmsg_space, std::move(arguments));
    }
    if (function == "min" || function == "max") {
      wants(2);
      return node_code(function == "min" ? Op::min : Op::max, std::move(arguments));
    }
    throw ExprError{"sizeof, CMSG_LEN, CMSG_SPACE, min or max", fmt::format("'{}'", function),
                    did_you_mean(function, {"sizeof", "CMSG_LEN", "CMSG_SPACE", "min", "max"})};
  }

  Code membership(const std::string& item) {
    std::string dotted(word());
    while (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      dotted += "." + std::string(word());
    }
    const Node* list = scope_.parameter(dotted);
    if (list == nullptr || !list->is_array())
      throw ExprError{"a parameter that is a list after 'in'", fmt::format("'{}'", dotted), ""};
    const bool found = std::any_of(list->items.begin(), list->items.end(),
                                   [&](const Node& node) { return node.is_string() && node.text == item; });
    return constant_code(found ? 1 : 0);
  }

  Code parameter_value(const std::string& dotted, const Node& parameter) {
    if (parameter.is_integer()) return constant_code(parameter.number);
    if (parameter.is(Node::Kind::boolean)) return constant_code(parameter.flag ? 1 : 0);
    if (parameter.is_string()) {
      if (depth_ > 8) throw ExprError{"parameters that do not refer to each other in a circle", dotted, ""};
      Parser inner(parameter.text, scope_);
      inner.depth_ = depth_ + 1;
      return inner.parse_all();
    }
    throw ExprError{fmt::format("parameter '{}' to be an integer here", dotted), describe(parameter), ""};
  }

  Code actor_member(const std::string& group) {
    ActorRef actor = actor_ref(group);
    need(".");
    const std::string member(word());
    if (member == "pid" || member == "tid" || member == "uid" || member == "gid") {
      Code code;
      code.op = Op::fact;
      code.word = group + "." + member;
      code.actor = actor;
      code.fact = member == "pid"   ? ActorFact::pid
                  : member == "tid" ? ActorFact::tid
                  : member == "uid" ? ActorFact::uid
                                    : ActorFact::gid;
      return code;
    }
    const Name* name = scope_.find_name(member);
    if (name == nullptr)
      throw ExprError{fmt::format("pid, tid, uid, gid or a bound name after '{}.'", group), fmt::format("'{}'", member),
                      did_you_mean(member, scope_.known_words())};
    return named(*name, group + "." + member, actor);
  }

  ActorRef actor_ref(const std::string& name) {
    ActorRef actor;
    if (const int alias = scope_.find_alias(name); alias >= 0) {
      actor.alias_cell = scope_.names[static_cast<std::size_t>(alias)].cell;
      return actor;
    }
    const ActorGroup& group = *scope_.find_group(name);
    actor.base = group.base;
    actor.count = group.count;
    if (eat("[")) {
      actor.index = finish(conditional());
      need("]");
    } else if (group.count != 1) {
      throw ExprError{fmt::format("a member such as {}[0]", name), fmt::format("the whole group '{}'", name), ""};
    }
    return actor;
  }

  Expr finish(Code code) {
    if (is_constant(code)) {
      struct NoEnv : Env {
        Cell none;
        Cell& cell(CellScope, int, int) override { return none; }
        std::int64_t fact(int, ActorFact) override { return 0; }
        std::int64_t member_index() override { return 0; }
        unsigned char* blob(std::size_t) override { return nullptr; }
        void peek(std::uint64_t, void*, std::size_t) override {}
      } env;
      try {
        return Expr(evaluate(code, env));
      } catch (const EvalError& error) {
        throw ExprError{"an expression with a value", error.text, ""};
      }
    }
    return Expr(std::make_shared<const Code>(std::move(code)), std::string(text_));
  }

  Code named(const Name& name, const std::string& word_text, const ActorRef& owner) {
    Code code;
    code.op = Op::cell;
    code.word = word_text;
    code.ref.scope = scope_of(name.kind);
    code.ref.cell = name.cell;
    code.ref.capacity = name.capacity;
    code.ref.owner = owner;
    if (name.kind == NameKind::structure) {
      need(".");
      std::string field(word());
      while (eat(".")) field += "." + std::string(word());
      const StructField* found = name.structure->find(field);
      if (found == nullptr) {
        std::vector<std::string_view> fields;
        for (const StructField& candidate : name.structure->fields) fields.push_back(candidate.name);
        throw ExprError{fmt::format("a field of {}", name.structure->name), fmt::format("'{}'", field),
                        did_you_mean(field, fields)};
      }
      code.op = Op::field;
      code.blob = name.blob;
      code.field = *found;
      return code;
    }
    if (name.kind == NameKind::address && eat(".")) return memory(name, std::move(code));
    if (name.capacity > 1) {
      need("[");
      code.ref.index = finish(conditional());
      code.ref.has_index = true;
      need("]");
    }
    return code;
  }

  Code memory(const Name& name, Code base) {
    const std::string field_name(word());
    const LayoutField* field = name.layout.find(field_name);
    if (field == nullptr) {
      std::vector<std::string_view> fields;
      for (const LayoutField& candidate : name.layout.fields) fields.push_back(candidate.name);
      throw ExprError{fmt::format("a field of the layout of '{}'", name.text), fmt::format("'{}'", field_name),
                      did_you_mean(field_name, fields)};
    }
    Code address = node_code(Op::add, {std::move(base), constant_code(static_cast<std::int64_t>(field->offset))});
    if (eat("[")) {
      Code element = conditional();
      need("]");
      Code offset =
          node_code(Op::multiply, {std::move(element), constant_code(static_cast<std::int64_t>(field->size))});
      address = node_code(Op::add, {std::move(address), std::move(offset)});
    }
    last_field_ = field;
    Code load = node_code(Op::memory, {std::move(address)});
    load.size = field->size;
    load.is_signed = field->is_signed;
    load.word = field_name;
    return load;
  }

 public:
  /// The whole text as a place: a single `mem.field[...]`, or any expression.
  Place parse_place() {
    Code code = parse_all();
    Place place;
    if (code.op == Op::memory) {
      place.size = code.size;
      place.is_signed = code.is_signed;
      place.is_integer = last_field_->is_integer;
      place.type = last_field_->type;
      Code address = std::move(code.children[0]);
      place.address = finish(std::move(address));
    } else {
      place.address = finish(std::move(code));
    }
    return place;
  }
  Expr parse_expr() {
    Code code = parse_all();
    if (code.op == Op::memory && !last_field_->is_integer)
      throw ExprError{"an integer in memory", fmt::format("a {}", last_field_->type), ""};
    return finish(std::move(code));
  }

 private:
  std::string_view text_;
  Scope& scope_;
  std::size_t at_ = 0;
  int depth_ = 0;
  const LayoutField* last_field_ = nullptr;
};

}  // namespace

Expr compile_expression(std::string_view text, Scope& scope) { return Parser(text, scope).parse_expr(); }

Place Scope::place(const Node& at) {
  if (at.is_integer()) return Place{Expr(at.number)};
  if (!at.is_string()) case_error_at(*this, at, "a place in memory such as \"mem.field\"");
  if (at.text == "null") return Place{Expr(0)};
  try {
    return Parser(at.text, *this).parse_place();
  } catch (const ExprError& error) {
    case_error(*this, at, error.expected, error.got, error.hint);
  }
}

}  // namespace kipc
