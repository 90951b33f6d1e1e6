// The types of arguments: how one is written in a case, turned into C, matched and printed. Rows of the call table
// name types; schema, validator, executor and trace printer ask them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/node.hpp"
#include "values/frame.hpp"
#include "values/scope.hpp"

namespace kipc {

/// A compiled argument or expectation. Each type uses the members it needs and its own meaning of `tag`.
struct Arg {
  int tag = 0;
  Expr expr;
  std::string text;
  std::optional<NameRef> name;
  std::optional<Place> place;
  std::vector<Arg> items;
  std::vector<struct NamedArg> fields;
  const StructField* field = nullptr;  // for an item of a structure
};

struct NamedArg {
  NamedArg(std::string name, Arg arg) : first(std::move(name)), second(std::move(arg)) {}
  std::string first;
  Arg second;
};

class Type {
 public:
  Type() = default;
  Type(const Type&) = delete;
  Type& operator=(const Type&) = delete;
  virtual ~Type() = default;

  /// The word in the reference page: "flags", "struct mq_attr".
  [[nodiscard]] virtual std::string name() const = 0;
  /// JSON schema of an input, as text. "{}" where anything goes.
  [[nodiscard]] virtual std::string schema() const = 0;
  /// Reads an argument. Throws CaseError.
  virtual Arg compile(const Node& node, Scope& scope) const = 0;
  /// Makes the C form. Throws EvalError.
  virtual void marshal(const Arg& arg, Frame& frame, Slot& slot) const = 0;

  /// JSON schema of an expectation.
  [[nodiscard]] virtual std::string expected_schema() const { return schema(); }
  /// Reads an expectation of what comes back. Throws CaseError.
  virtual Arg compile_expected(const Node& node, Scope& scope) const;
  /// Compares. `actual` is what the row gave to Frame::out. On false `why` says what differs ("mq_curmsgs is 1, not
  /// 0").
  virtual bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const;
  /// What came back, for the trace.
  [[nodiscard]] virtual std::string print(std::string_view actual) const;
  /// True for an argument that names what the call binds (read_end): it has no input and no expectation.
  [[nodiscard]] virtual bool binds() const { return false; }
  /// True when the value as given lets the call return by itself after a while (a finite time-out).
  [[nodiscard]] virtual bool finite_time(const Arg&) const { return false; }
  /// True when the given time-out is near: "blocks" with it would be a race.
  [[nodiscard]] virtual bool is_time() const { return false; }
};

// --- integers (integers.cpp) ---------------------------------------------------------------------------------------
/// Any integer; expected values are integer matchers: 5, "size", ">= 0", "!= key", "1..PIPE_BUF", [0, 1].
const Type& integer_type();
/// As integer, printed in octal.
const Type& mode_type();
/// A list of names and integers or'ed together; expected: the exact set, or {"has": []}, {"lacks": []}.
/// `Constants` must outlive the type (a static array).
std::unique_ptr<Type> make_flags_type(std::string name, Constants constants);
/// One name, or an integer.
std::unique_ptr<Type> make_enum_type(std::string name, Constants constants);
/// A signal: "SIGUSR1", "SIGRTMIN+1", or an integer.
const Type& signal_type();

/// An integer matcher by itself, for `return`. Arg as compiled by integer_type().compile_expected().
bool match_integer(const Arg& expected, std::int64_t actual, Env& env);
/// ">= 0" and the like, as written.
std::string matcher_text(const Arg& expected, Env& env);

// --- handles (handles.cpp) ------------------------------------------------------------------------------------------
/// A file descriptor: a bound name (`r`, `r[i]`, `a.r`), or an integer such as -1. Message queue descriptors fit too.
const Type& fd_type();
const Type& mqd_type();
/// A sem_t: a bound sem_open() result, or a place in memory.
const Type& semaphore_type();
const Type& timer_type();
/// An out argument that binds a new name of that kind.
const Type& binds_fd_type();
const Type& binds_timer_type();
const Type& binds_integer_type();
/// A process id and the like: an expression.
const Type& pid_type();

// --- memory and bytes (memory.cpp, data.cpp) ------------------------------------------------------------------------
/// An address: "mem", "mem.field", "mem + page_size", "null", "unmapped".
const Type& address_type();
/// A place of a 1, 2, 4 or 8 byte integer; Slot: address in p, size in n, signedness in i.
const Type& cell_type();
/// Bytes that travel: "text", {"hex"}, {"u32"}, {"u64"}, {"fill","length"}, {"pattern","length"}, {"record"},
/// {"at","length"}, "null", "unmapped". Slot: p, n. Expected: exact, {"prefix_of"}, {"starts"}, {"ends"}, "untouched".
const Type& data_type();
/// A path relative to the scratch directory ({i} inside is an expression), passed as is.
const Type& path_type();
/// The name of a message queue, shared memory object or semaphore.
const Type& object_name_type();
/// A System V key: symbolic name, "IPC_PRIVATE", bound value or integer.
const Type& key_type();

// --- structures and times (structs.cpp, times.cpp)
// ---------------------------------------------------------------------
/// A structure by fields ({"mq_maxmsg": 4}; unnamed fields are zero), {"from": "ds", …}, {"hex": "…"}, "null"; as an
/// out argument a string binds it. Expected: the named fields only, each an integer matcher or flags.
std::unique_ptr<Type> make_struct_type(const StructType& structure);
/// struct timespec, absolute on `clock`: {"after": "20ms"}, "far", a time_point, raw {"tv_sec","tv_nsec"}, "null".
const Type& absolute_time_type(int clock);
/// struct timespec, relative: "20ms", "forever" (null pointer), "far", raw.
const Type& relative_time_type();
/// Milliseconds for poll and epoll_wait: 0, "20ms", "far", "forever" (-1), or an integer.
const Type& poll_timeout_type();
/// "20ms" → nanoseconds; units ns, us, ms, s; may be negative. Throws CaseError.
std::int64_t duration_ns(const Node& node, const Scope& scope);

}  // namespace kipc
