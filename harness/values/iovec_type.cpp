#include "values/iovec_type.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "base/text.hpp"

namespace kipc {
namespace {

// Arg of an element: tag says what it is, `expr` how often it stands there, items[0] the data or the length.
enum Element { bytes, in_place, length };

constexpr std::int64_t kMostElements = 1 << 20;
constexpr std::string_view kLast = "last";

/// What Frame::out is given: this, the lengths (u64), then the bytes.
struct FlatHeader {
  std::uint64_t elements;
  std::uint64_t filled;
};

struct Flat {
  std::uint64_t elements = 0;
  std::string_view lengths;
  std::string_view data;

  explicit Flat(std::string_view actual) {
    FlatHeader header{};
    if (actual.size() < sizeof header) return;
    std::memcpy(&header, actual.data(), sizeof header);
    actual.remove_prefix(sizeof header);
    if (actual.size() / sizeof(std::uint64_t) < header.elements) return;
    elements = header.elements;
    lengths = actual.substr(0, static_cast<std::size_t>(elements) * sizeof(std::uint64_t));
    data = actual.substr(lengths.size());
  }
  /// What came into element `wanted`; empty when nothing did.
  [[nodiscard]] std::string_view element(std::uint64_t wanted) const {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    for (std::uint64_t i = 0; i <= wanted; ++i) {
      offset += size;
      std::memcpy(&size, lengths.data() + i * sizeof size, sizeof size);
      if (offset >= data.size()) return {};
    }
    return data.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
  }
};

class IovecType : public Type {
 public:
  explicit IovecType(IovecUse use) : use_(use) {}
  std::string name() const override { return "iovec list"; }
  std::string schema() const override {
    const std::string element = use_ == IovecUse::gather    ? R"({"$ref": "#/$defs/data"})"
                                : use_ == IovecUse::scatter ? R"({"$ref": "#/$defs/integer"})"
                                                            : R"({"$ref": "#/$defs/data"}, {"type": "integer"})";
    return fmt::format(R"({{"anyOf": [{{"enum": ["null", "unmapped"]}}, {{"type": "array", "items": {{"anyOf": )"
                       R"([{{"type": "object", "properties": {{"times": {{"$ref": "#/$defs/integer"}}, )"
                       R"("of": {{"anyOf": [{}]}}}}, "required": ["times", "of"], "additionalProperties": false}}, )"
                       R"({}]}}}}]}})",
                       element, element);
  }
  std::string expected_schema() const override {
    return R"({"type": "object", "additionalProperties": {"$ref": "#/$defs/expectedData"}})";
  }

  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (node.is_string() && (node.text == "null" || node.text == "unmapped")) {
      arg.text = node.text;
      return arg;
    }
    if (!node.is_array()) case_error_at(scope, node, fmt::format("a list of {}", what()));
    for (const Node& item : node.items) {
      const Node* count = item.find("times");
      const Node* of = item.find("of");
      if (count == nullptr && of == nullptr) {
        arg.items.push_back(element(item, scope));
        arg.items.back().expr = Expr(1);
        continue;
      }
      only_keys(scope, item, {"times", "of"});
      if (count == nullptr || of == nullptr) case_error_at(scope, item, R"({"times": N, "of": ELEMENT})");
      arg.items.push_back(element(*of, scope));
      arg.items.back().expr = scope.expression(*count);
    }
    const auto is_length = [](const Arg& item) { return item.tag == length; };
    if (std::any_of(arg.items.begin(), arg.items.end(), is_length)) {
      arg.tag = length;
      if (!std::all_of(arg.items.begin(), arg.items.end(), is_length))
        case_error_at(scope, node, "a list of data or a list of lengths, not both");
    }
    if (arg.items.empty()) arg.tag = use_ == IovecUse::scatter ? length : bytes;
    return arg;
  }

  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (!arg.text.empty()) {
      slot.p = arg.text == "null" ? nullptr : frame.buffers[1].guard();
      slot.n = 1;
      slot.i = 1;
      return;
    }
    std::vector<iovec> list;
    std::string placed;
    for (const Arg& item : arg.items) {
      iovec element{};
      if (item.tag == length) {
        element.iov_len = static_cast<std::size_t>(item.items[0].expr.eval(frame.env));
      } else {
        Slot data;
        data_type().marshal(item.items[0], frame, data);
        element = iovec{data.p, data.n};
      }
      const std::int64_t count = item.expr.eval(frame.env);
      if (count < 0 || count > kMostElements) throw EvalError{fmt::format("{} elements of an iovec list", count)};
      list.insert(list.end(), static_cast<std::size_t>(count), element);
      placed.append(static_cast<std::size_t>(count), item.tag == in_place ? '\1' : '\0');
    }
    auto* kept = static_cast<iovec*>(frame.scratch.take(list.size() * sizeof(iovec) + placed.size() + 1));
    std::copy(list.begin(), list.end(), kept);
    // Behind the array lies one byte for each element: whether its bytes are where the case put them.
    std::copy(placed.begin(), placed.end(), reinterpret_cast<char*>(kept + list.size()));
    slot.p = kept;
    slot.n = list.size();
  }

  Arg compile_expected(const Node& node, Scope& scope) const override {
    if (!node.is_object()) case_error_at(scope, node, R"(an object of elements, such as {"0": "he", "last": "il"})");
    Arg arg;
    for (const Member& member : node.members) {
      Arg item = data_type().compile_expected(member.value, scope);
      Arg index;
      index.text = member.key;
      if (member.key != kLast) index.expr = scope.expression(member.value, member.key);
      arg.fields.emplace_back(member.key, std::move(index));
      arg.items.push_back(std::move(item));
    }
    return arg;
  }

  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    const Flat flat(actual);
    for (std::size_t i = 0; i < expected.items.size(); ++i) {
      const auto& [key, index] = expected.fields[i];
      const std::int64_t wanted = key == kLast ? static_cast<std::int64_t>(flat.elements) - 1 : index.expr.eval(env);
      if (wanted < 0 || static_cast<std::uint64_t>(wanted) >= flat.elements) {
        why = fmt::format("there is no element {} (there are {})", key, flat.elements);
        return false;
      }
      std::string reason;
      if (!data_type().matches(expected.items[i], flat.element(static_cast<std::uint64_t>(wanted)), env, reason)) {
        why = fmt::format("element {} is {}", key, reason);
        return false;
      }
    }
    return true;
  }

  std::string print(std::string_view actual) const override {
    const Flat flat(actual);
    constexpr std::uint64_t kShown = 8;
    std::vector<std::string> parts;
    for (std::uint64_t i = 0; i < std::min(flat.elements, kShown); ++i)
      parts.push_back(data_type().print(flat.element(i)));
    if (flat.elements > kShown) parts.push_back(fmt::format("... ({} elements)", flat.elements));
    return "[" + join(parts, ", ") + "]";
  }

 private:
  [[nodiscard]] const char* what() const {
    return use_ == IovecUse::gather ? "data" : use_ == IovecUse::scatter ? "lengths" : "data, or of lengths";
  }
  [[nodiscard]] Arg element(const Node& node, Scope& scope) const {
    Arg arg;
    const bool is_length = use_ == IovecUse::scatter || (use_ == IovecUse::either && node.is_integer());
    if (is_length) {
      arg.tag = length;
      arg.items.emplace_back();
      arg.items[0].expr = scope.expression(node);
    } else {
      arg.tag = node.find("at") != nullptr || (node.is_string() && (node.text == "null" || node.text == "unmapped"))
                    ? in_place
                    : bytes;
      arg.items.push_back(data_type().compile(node, scope));
    }
    return arg;
  }

  IovecUse use_;
};

}  // namespace

const Type& iovec_type(IovecUse use) {
  static const IovecType gather(IovecUse::gather);
  static const IovecType scatter(IovecUse::scatter);
  static const IovecType either(IovecUse::either);
  return use == IovecUse::gather ? gather : use == IovecUse::scatter ? scatter : either;
}

bool is_scatter(const Slot& slot) { return slot.arg != nullptr && slot.arg->tag == length; }

std::size_t scatter_size(const Slot& slot) {
  if (!is_scatter(slot)) return 0;
  std::size_t sum = 0;
  for (std::size_t i = 0; i < slot.n; ++i) {
    const std::size_t size = slot.as<iovec>()[i].iov_len;
    if (size > kMostScattered - sum) return kScatteredInVain;
    sum += size;
  }
  return sum;
}

void scatter_into(const Slot& slot, unsigned char* buffer) {
  if (!is_scatter(slot)) return;
  std::size_t offset = 0;
  const std::size_t whole = scatter_size(slot);
  for (std::size_t i = 0; i < slot.n; ++i) {
    iovec& element = slot.as<iovec>()[i];
    element.iov_base = buffer + offset;
    // Lengths that no memory could have are there to be refused: the last of them begins in the buffer, no more.
    offset += std::min(element.iov_len, whole - offset);
  }
}

void out_scattered(Frame& frame, std::size_t param, const Slot& slot, const unsigned char* buffer, std::size_t filled) {
  std::string flat;
  const FlatHeader header{slot.n, filled};
  flat.append(reinterpret_cast<const char*>(&header), sizeof header);
  for (std::size_t i = 0; i < slot.n; ++i) {
    const std::uint64_t size = slot.as<iovec>()[i].iov_len;
    flat.append(reinterpret_cast<const char*>(&size), sizeof size);
  }
  flat.append(reinterpret_cast<const char*>(buffer), filled);
  const std::string_view kept = frame.scratch.keep(flat);
  frame.out(param, kept.data(), kept.size());
}

iovec* iovecs(Frame& frame, const Slot& slot, const Slot& count, std::int64_t& elements) {
  elements = count.given ? count.i : static_cast<std::int64_t>(slot.n);
  const bool array = slot.arg == nullptr || slot.arg->text.empty();
  if (!array || elements <= static_cast<std::int64_t>(slot.n) || elements > kMostElements) return slot.as<iovec>();
  auto* longer = frame.scratch.take_object<iovec>(static_cast<std::size_t>(elements));
  std::copy_n(slot.as<iovec>(), slot.n, longer);
  return longer;
}

void* own_pages(const Slot& slot, std::size_t& size) {
  size = 0;
  if (slot.arg == nullptr || !slot.arg->text.empty() || is_scatter(slot)) return nullptr;
  auto* list = slot.as<iovec>();
  const char* placed = reinterpret_cast<const char*>(list + slot.n);
  for (std::size_t i = 0; i < slot.n; ++i)
    if (placed[i] == 0) size += list[i].iov_len;
  if (size == 0) return nullptr;
  void* pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw EvalError{fmt::format("no memory for {} bytes", size)};
  auto* to = static_cast<unsigned char*>(pages);
  for (std::size_t i = 0; i < slot.n; ++i) {
    if (placed[i] != 0) continue;
    std::memcpy(to, list[i].iov_base, list[i].iov_len);
    list[i].iov_base = to;
    to += list[i].iov_len;
  }
  return pages;
}

}  // namespace kipc
