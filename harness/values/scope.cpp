#include "values/scope.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace kipc {

std::string_view kind_text(NameKind kind) {
  switch (kind) {
    case NameKind::fd: return "file descriptor";
    case NameKind::mqd: return "message queue descriptor";
    case NameKind::address: return "address";
    case NameKind::semaphore: return "sem_t pointer";
    case NameKind::timer: return "timer";
    case NameKind::integer: return "value";
    case NameKind::structure: return "structure";
    case NameKind::counter: return "counter";
    case NameKind::alias: return "actor";
  }
  return "?";
}

CellScope scope_of(NameKind kind) {
  switch (kind) {
    case NameKind::fd:
    case NameKind::mqd:
    case NameKind::address:
    case NameKind::semaphore:
    case NameKind::timer: return CellScope::process;
    case NameKind::counter: return CellScope::actor;
    default: return CellScope::global;
  }
}

void case_error(const Scope& scope, const Node& at, std::string expected, std::string got, std::string hint) {
  throw CaseError{Problem{scope.file(), at.line, at.pointer, std::move(expected), std::move(got), std::move(hint)}};
}

void case_error_at(const Scope& scope, const Node& at, std::string expected) {
  case_error(scope, at, std::move(expected), describe(at));
}

void only_keys(const Scope& scope, const Node& object, const std::vector<std::string_view>& allowed) {
  const auto known = [&] {
    std::vector<std::string> names(allowed.begin(), allowed.end());
    std::sort(names.begin(), names.end());
    return join(names, ", ");
  };
  if (!object.is_object()) case_error_at(scope, object, "an object of " + known());
  for (const Member& member : object.members)
    if (std::find(allowed.begin(), allowed.end(), member.key) == allowed.end())
      case_error(scope, member.value, "one of " + known(), fmt::format("'{}'", member.key),
                 did_you_mean(member.key, allowed));
}

int ActorRef::eval(Env& env) const {
  if (self) return -1;
  if (alias_cell >= 0) {
    const Cell& cell = env.cell(CellScope::global, -1, alias_cell);
    if (cell.bound == 0) throw EvalError{"that actor is not known yet"};
    return static_cast<int>(cell.value);
  }
  const std::int64_t i = index.empty() ? 0 : index.eval(env);
  if (i < 0 || i >= count) throw EvalError{fmt::format("no actor with index {} (there are {})", i, count)};
  return base + static_cast<int>(i);
}

int NameRef::eval_cell(Env& env) const {
  if (!has_index) return cell;
  const std::int64_t i = index.eval(env);
  if (i < 0 || i >= capacity) throw EvalError{fmt::format("index {} is outside 0..{}", i, capacity - 1)};
  return cell + static_cast<int>(i);
}

std::int64_t NameRef::eval(Env& env) const {
  const int owner_actor = owner.self ? -1 : owner.eval(env);
  const Cell& found = env.cell(scope, owner_actor, eval_cell(env));
  if (found.bound == 0) throw EvalError{fmt::format("'{}' is not bound here", text)};
  return found.value;
}

const Node* Scope::parameter(std::string_view dotted) const {
  for (const auto& [name, value] : parameters) {
    if (name == dotted) return &value;
    if (dotted.size() > name.size() && dotted.substr(0, name.size()) == name && dotted[name.size()] == '.') {
      const Node* node = &value;
      std::string_view rest = dotted.substr(name.size() + 1);
      while (node != nullptr && !rest.empty()) {
        const std::size_t dot = rest.find('.');
        node = node->find(rest.substr(0, dot));
        rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
      }
      if (node != nullptr) return node;
    }
  }
  return nullptr;
}

const Name* Scope::find_name(std::string_view text) const {
  for (const Name& name : names)
    if (name.text == text && name.kind != NameKind::alias) return &name;
  return nullptr;
}

const ActorGroup* Scope::find_group(std::string_view text) const {
  for (const ActorGroup& group : groups)
    if (group.name == text) return &group;
  return nullptr;
}

int Scope::find_alias(std::string_view text) const {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i].kind == NameKind::alias && names[i].text == text) return static_cast<int>(i);
  return -1;
}

std::vector<std::string_view> Scope::known_words() const {
  std::vector<std::string_view> words = platform_constant_names();
  for (const auto& [name, value] : parameters) words.push_back(name);
  for (const Name& name : names) words.push_back(name.text);
  for (const ActorGroup& group : groups) words.push_back(group.name);
  return words;
}

NameRef Scope::make_ref(int index) const {
  const Name& name = names[static_cast<std::size_t>(index)];
  NameRef ref;
  ref.name = index;
  ref.scope = scope_of(name.kind);
  ref.cell = name.cell;
  ref.capacity = name.capacity;
  ref.text = name.text;
  return ref;
}

namespace {

/// `r[i]` → "r" and "i"; `r` → "r" and "". False when it is neither.
bool split_index(std::string_view text, std::string_view& base, std::string_view& index) {
  const std::size_t bracket = text.find('[');
  base = text.substr(0, bracket);
  index = {};
  const bool word = !base.empty() && std::isdigit(static_cast<unsigned char>(base[0])) == 0 &&
                    std::all_of(base.begin(), base.end(),
                                [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
  if (bracket == std::string_view::npos) return word;
  if (text.back() != ']') return false;
  index = text.substr(bracket + 1, text.size() - bracket - 2);
  return word && !index.empty();
}

}  // namespace

NameRef Scope::bind(const Node& at, std::string_view text, NameKind kind, const StructType* structure) {
  std::string_view base;
  std::string_view index;
  if (!split_index(text, base, index)) case_error(*this, at, "a name to bind", fmt::format("'{}'", text));
  const bool array = !index.empty();
  if (find_group(base) != nullptr && kind != NameKind::alias && find_name(base) == nullptr &&
      parameter(base) != nullptr)
    case_error(*this, at, "a name that is not a parameter", fmt::format("'{}'", base));
  if (parameter(base) != nullptr) case_error(*this, at, "a name that is not a parameter", fmt::format("'{}'", base));
  int found = -1;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i].text == base) found = static_cast<int>(i);
  if (found >= 0) {
    Name& name = names[static_cast<std::size_t>(found)];
    if (name.kind != kind || (kind == NameKind::structure && name.structure != structure))
      case_error(*this, at, fmt::format("'{}' to be bound as a {} only, as above", base, kind_text(name.kind)),
                 fmt::format("a {}", kind_text(kind)));
    if (array != (name.capacity > 1))
      case_error(*this, at, fmt::format("'{}' used {} an index, as above", base, array ? "without" : "with"),
                 fmt::format("'{}'", text));
  } else {
    Name name;
    name.text = std::string(base);
    name.kind = kind;
    name.capacity = array ? kArrayCapacity : 1;
    name.structure = structure;
    int& counter = scope_of(kind) == CellScope::global    ? global_cells
                   : scope_of(kind) == CellScope::process ? process_cells
                                                          : actor_cells;
    name.cell = counter;
    counter += name.capacity;
    if (structure != nullptr) {
      name.blob = blob_bytes;
      blob_bytes += (structure->size + 15) / 16 * 16;
    }
    names.push_back(std::move(name));
    found = static_cast<int>(names.size()) - 1;
  }
  NameRef ref = make_ref(found);
  if (array) {
    if (index == "*")
      ref.all = true;
    else {
      ref.index = expression(at, index);
      ref.has_index = true;
    }
  }
  return ref;
}

NameRef Scope::refer(const Node& at, std::string_view text, std::initializer_list<NameKind> kinds) {
  std::string_view base;
  std::string_view index;
  ActorRef owner{0, 1, {}, -1, true};
  std::string_view rest = text;
  if (const std::size_t dot = text.find('.'); dot != std::string_view::npos) {
    owner = refer_actor(at, text.substr(0, dot));
    rest = text.substr(dot + 1);
  }
  const bool well_formed = split_index(rest, base, index);
  const Name* name = well_formed ? find_name(base) : nullptr;
  const bool fits = name != nullptr && std::find(kinds.begin(), kinds.end(), name->kind) != kinds.end();
  if (!fits) {
    std::vector<std::string_view> candidates;
    for (const Name& candidate : names)
      if (std::find(kinds.begin(), kinds.end(), candidate.kind) != kinds.end()) candidates.push_back(candidate.text);
    std::string got =
        name != nullptr ? fmt::format("'{}', a {}", text, kind_text(name->kind)) : fmt::format("'{}'", text);
    case_error(*this, at, fmt::format("a {} bound by an earlier line", kind_text(*kinds.begin())), std::move(got),
               did_you_mean(base, candidates));
  }
  NameRef ref = make_ref(static_cast<int>(name - names.data()));
  ref.owner = owner;
  if (name->capacity > 1) {
    if (index.empty())
      case_error(*this, at, fmt::format("an element such as {}[0], or {}[*]", base, base), fmt::format("'{}'", text));
    if (index == "*")
      ref.all = true;
    else {
      ref.index = expression(at, index);
      ref.has_index = true;
    }
  } else if (!index.empty()) {
    case_error(*this, at, fmt::format("'{}' without an index: it was bound without one", base),
               fmt::format("'{}'", text));
  }
  return ref;
}

ActorRef Scope::refer_actor(const Node& at, std::string_view text) {
  std::string_view base;
  std::string_view index;
  const bool well_formed = split_index(text, base, index);
  if (well_formed)
    if (const int alias = find_alias(base); alias >= 0) {
      ActorRef actor;
      actor.alias_cell = names[static_cast<std::size_t>(alias)].cell;
      return actor;
    }
  const ActorGroup* group = well_formed ? find_group(base) : nullptr;
  if (group == nullptr) {
    std::vector<std::string_view> candidates;
    for (const ActorGroup& candidate : groups) candidates.push_back(candidate.name);
    case_error(*this, at, "an actor", fmt::format("'{}'", text), did_you_mean(base, candidates));
  }
  ActorRef actor;
  actor.base = group->base;
  actor.count = group->count;
  if (!index.empty()) {
    actor.index = expression(at, index);
    if (const auto value = actor.index.constant(); value && (*value < 0 || *value >= group->count))
      case_error(*this, at, fmt::format("an index from 0 to {}", group->count - 1), fmt::format("'{}'", text));
  }
  return actor;
}

Expr Scope::expression(const Node& at) {
  if (at.is_integer()) return Expr(at.number);
  if (at.is(Node::Kind::boolean)) return Expr(at.flag ? 1 : 0);
  if (at.is_string()) return expression(at, at.text);
  case_error_at(*this, at, "an integer or an expression");
}

Expr Scope::expression(const Node& at, std::string_view text) {
  try {
    return compile_expression(text, *this);
  } catch (const ExprError& error) {
    case_error(*this, at, error.expected, error.got, error.hint);
  }
}

std::int64_t Scope::constant(const Node& at) {
  const Expr expr = expression(at);
  if (const auto value = expr.constant()) return *value;
  case_error(*this, at, "a value that is known before anything runs", describe(at));
}

ActorGroup& Scope::add_group(const Node& at, const std::string& name, int count) {
  std::string_view base;
  std::string_view index;
  if (!split_index(name, base, index) || !index.empty())
    case_error(*this, at, "a name for an actor", fmt::format("'{}'", name));
  if (find_group(name) != nullptr || find_alias(name) >= 0)
    case_error(*this, at, "a new actor", fmt::format("'{}', which exists already", name));
  if (count < 1 || count > 256) case_error(*this, at, "1 to 256 actors", std::to_string(count));
  groups.push_back(ActorGroup{name, actor_count, count, "", ""});
  actor_count += count;
  return groups.back();
}

int Scope::sysctl_cell(std::string_view dotted) {
  for (std::size_t i = 0; i < sysctls.size(); ++i)
    if (sysctls[i] == dotted) return sysctl_cells[i];
  sysctls.emplace_back(dotted);
  sysctl_cells.push_back(global_cells++);
  return sysctl_cells.back();
}

std::int64_t Scope::user_id(std::string_view name) {
  if (name == "root") return 0;
  const auto known = std::find(users.begin(), users.end(), name);
  if (known != users.end()) return 20001 + (known - users.begin());
  users.emplace_back(name);
  return 20000 + static_cast<std::int64_t>(users.size());
}

}  // namespace kipc
