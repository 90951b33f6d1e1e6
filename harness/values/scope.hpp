// The names of one variant: parameters, bound names, actors. Grows while the script is read from top to bottom, so a
// name can be used only after the line that binds it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/node.hpp"
#include "values/expr.hpp"
#include "values/structure.hpp"

namespace kipc {

/// What a name stands for. Decided by the call table's type, never by the author. Handles belong to a process (fork
/// copies them, threads share them, exec keeps numbers and forgets addresses); the rest are facts of the case.
enum class NameKind { fd, mqd, address, semaphore, timer, integer, structure, counter, alias };

[[nodiscard]] std::string_view kind_text(NameKind kind);
[[nodiscard]] CellScope scope_of(NameKind kind);

struct Name {
  std::string text;
  NameKind kind = NameKind::integer;
  int cell = 0;
  int capacity = 1;  // more than 1 for arrays: r[i]
  const StructType* structure = nullptr;
  std::size_t blob = 0;
  Layout layout;
};

/// An actor as it is declared: `count` members that stand next to each other, from `base`.
struct ActorGroup {
  std::string name;
  int base = 0;
  int count = 1;
  std::string user;
  std::string group;
};

/// One actor, found at run time: a member of a group, or the one an `any` line named.
struct ActorRef {
  int base = 0;
  int count = 1;
  Expr index;
  int alias_cell = -1;
  bool self = false;
  /// The actor's index. Throws EvalError when out of range.
  [[nodiscard]] int eval(Env& env) const;
};

/// A handle or value of the case: `r`, `r[i]`, `a.r`; with `all` every element, `r[*]`.
struct NameRef {
  int name = -1;
  CellScope scope = CellScope::process;
  int cell = 0;
  int capacity = 1;
  Expr index;
  bool has_index = false;
  bool all = false;
  ActorRef owner{0, 1, {}, -1, true};
  std::string text = {};  // for messages
  /// The bound value. Throws EvalError when unbound or out of range.
  [[nodiscard]] std::int64_t eval(Env& env) const;
  /// The cell itself, bound or not.
  [[nodiscard]] int eval_cell(Env& env) const;
};

/// A place in memory, `mem.slot[i % 8]` (typed by the layout) or any expression that gives an address (size 0).
struct Place {
  Expr address;
  std::size_t size = 0;
  bool is_signed = false;
  bool is_integer = false;
  std::string type = {};
};

class Scope {
 public:
  static constexpr int kArrayCapacity = 1024;

  explicit Scope(std::string file) : file_(std::move(file)) {}

  // Parameters: names to JSON values of this variant.
  std::vector<std::pair<std::string, Node>> parameters;
  std::vector<Name> names;
  std::vector<ActorGroup> groups;
  std::vector<std::string> sysctls;  // read at the start of the variant into global cells
  std::vector<int> sysctl_cells;
  std::vector<std::string> users;  // user names in order of mention; see user_id()
  int global_cells = 0;
  int process_cells = 0;
  int actor_cells = 0;
  std::size_t blob_bytes = 0;
  int actor_count = 0;

  [[nodiscard]] const std::string& file() const { return file_; }

  /// `open.need` → the JSON value of that parameter (or member of one); nullptr when there is none.
  [[nodiscard]] const Node* parameter(std::string_view dotted) const;
  [[nodiscard]] const Name* find_name(std::string_view text) const;
  [[nodiscard]] const ActorGroup* find_group(std::string_view text) const;
  [[nodiscard]] int find_alias(std::string_view text) const;  // index in names or -1

  /// Binds `text` (`r`, `r[i]`, `r[*]`) as a name of that kind; the same name may be bound again with the same kind.
  NameRef bind(const Node& at, std::string_view text, NameKind kind, const StructType* structure = nullptr);
  /// A name used as one of these kinds. Errors name what is bound and suggest.
  NameRef refer(const Node& at, std::string_view text, std::initializer_list<NameKind> kinds);
  ActorRef refer_actor(const Node& at, std::string_view text);
  Place place(const Node& at);
  /// An integer, or a string that is an expression. Throws CaseError.
  Expr expression(const Node& at);
  Expr expression(const Node& at, std::string_view text);
  /// A constant integer, known before anything runs.
  std::int64_t constant(const Node& at);
  ActorGroup& add_group(const Node& at, const std::string& name, int count);
  int sysctl_cell(std::string_view dotted);
  /// uid (and gid) of a symbolic user or group; "root" is 0, others are numbered from 20001 by first mention.
  std::int64_t user_id(std::string_view name);

  /// Everything an expression could name here, for suggestions.
  [[nodiscard]] std::vector<std::string_view> known_words() const;

 private:
  NameRef make_ref(int name) const;
  std::string file_;
};

[[noreturn]] void case_error(const Scope& scope, const Node& at, std::string expected, std::string got,
                             std::string hint = "");
/// "expected …, got <the node>".
[[noreturn]] void case_error_at(const Scope& scope, const Node& at, std::string expected);
/// Complains about anything but an object, and about members whose key is not in `allowed`.
void only_keys(const Scope& scope, const Node& object, const std::vector<std::string_view>& allowed);

/// Platform constants (PIPE_BUF, page_size, MQ_PRIO_MAX, errno and signal names …). False when unknown.
bool platform_constant(std::string_view name, std::int64_t& value);
std::vector<std::string_view> platform_constant_names();
/// Signal names with numbers, incl. SIGRTMIN and SIGRTMAX (as the libc has them).
Constants signal_constants();
/// "SIGUSR1", "SIGRTMIN+2", or "signal 77".
std::string signal_name(int number);

}  // namespace kipc
