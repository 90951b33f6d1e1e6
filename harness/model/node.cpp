#include "model/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace kipc {
namespace {

/// Feeds the lexer and counts lines on the way. The lexer knows that a number is over only when it has read the
/// character behind it: a line ends with its newline, and the next one begins with what is read after that.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, int* line) : begin_(at), at_(at), line_(line) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    if (at_ != begin_ && at_[-1] == '\n') ++*line_;
    ++at_;
    return *this;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* begin_;
  const char* at_;
  int* line_;
};

std::string escape_pointer(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

/// Builds Nodes from the parser's events.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(std::string file, const int* line, std::string_view left_out)
      : file_(std::move(file)), line_(line), left_out_(left_out) {}
  Node take() { return std::move(root_); }

  bool null() override { return add(Node{}); }
  bool boolean(bool value) override {
    Node node;
    node.kind = Node::Kind::boolean;
    node.flag = value;
    return add(std::move(node));
  }
  bool number_integer(number_integer_t value) override { return add(Node::integer(value)); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      problem("a 64-bit signed integer", std::to_string(value));
    return add(Node::integer(static_cast<std::int64_t>(value)));
  }
  bool number_float(number_float_t /*value*/, const string_t& text) override {
    problem("an integer (the case language has no floating point)", text);
    return false;
  }
  bool string(string_t& value) override { return add(Node::string(value)); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*n*/) override { return open(Node::Kind::object); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*n*/) override { return open(Node::Kind::array); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    if (depth_left_out_ > 0) return true;
    if (!left_out_.empty() && value == left_out_) {
      leave_out_next_ = true;
      return true;
    }
    Node& object = *open_.back();
    if (object.find(value) != nullptr) {
      pending_key_ = value;
      problem("each key once", fmt::format("'{}' again", value));
    }
    pending_key_ = value;
    pending_line_ = *line_;
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& token, const nlohmann::detail::exception& e) override {
    std::string what = e.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 9: syntax error …": ours has the line already.
    if (const auto colon = what.find(": "); colon != std::string::npos) what.erase(0, colon + 2);
    throw CaseError{Problem{file_, *line_, "", "valid JSON", what.empty() ? token : what, ""}};
  }

 private:
  [[noreturn]] void problem(std::string expected, std::string got) {
    throw CaseError{Problem{file_, *line_, path_of_next(), std::move(expected), std::move(got), ""}};
  }
  std::string path_of_next() const {
    if (open_.empty()) return "";
    const Node& parent = *open_.back();
    if (parent.is_object()) return parent.pointer + "/" + escape_pointer(pending_key_);
    return parent.pointer + "/" + std::to_string(parent.items.size());
  }
  Node& place(Node node) {
    node.line = *line_;
    node.pointer = path_of_next();
    if (open_.empty()) {
      root_ = std::move(node);
      return root_;
    }
    Node& parent = *open_.back();
    if (parent.is_object()) {
      parent.members.push_back(Member{pending_key_, pending_line_, std::move(node)});
      return parent.members.back().value;
    }
    parent.items.push_back(std::move(node));
    return parent.items.back();
  }
  bool add(Node node) {
    if (std::exchange(leave_out_next_, false) || depth_left_out_ > 0) return true;
    place(std::move(node));
    return true;
  }
  bool open(Node::Kind kind) {
    if (std::exchange(leave_out_next_, false) || depth_left_out_ > 0) {
      ++depth_left_out_;
      return true;
    }
    Node node;
    node.kind = kind;
    open_.push_back(&place(std::move(node)));
    return true;
  }
  bool close() {
    if (depth_left_out_ > 0) {
      --depth_left_out_;
      return true;
    }
    open_.pop_back();
    return true;
  }

  std::string file_;
  const int* line_;
  Node root_;
  std::vector<Node*> open_;  // parents never grow while a child is open, so the pointers stay valid
  std::string pending_key_;
  int pending_line_ = 0;
  std::string_view left_out_;
  bool leave_out_next_ = false;
  int depth_left_out_ = 0;  // of containers in what is left out
};

void write_json(const Node& node, std::string& out) {
  switch (node.kind) {
    case Node::Kind::null: out += "null"; break;
    case Node::Kind::boolean: out += node.flag ? "true" : "false"; break;
    case Node::Kind::integer: out += std::to_string(node.number); break;
    case Node::Kind::string: out += nlohmann::json(node.text).dump(); break;
    case Node::Kind::array: {
      out += '[';
      bool first = true;
      for (const Node& item : node.items) {
        if (!std::exchange(first, false)) out += ", ";
        write_json(item, out);
      }
      out += ']';
      break;
    }
    case Node::Kind::object: {
      out += '{';
      bool first = true;
      for (const Member& member : node.members) {
        if (!std::exchange(first, false)) out += ", ";
        out += nlohmann::json(member.key).dump();
        out += ": ";
        write_json(member.value, out);
      }
      out += '}';
      break;
    }
  }
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const Member& member : members)
    if (member.key == key) return &member.value;
  return nullptr;
}

Node Node::string(std::string value) {
  Node node;
  node.kind = Kind::string;
  node.text = std::move(value);
  return node;
}

Node Node::integer(std::int64_t value) {
  Node node;
  node.kind = Kind::integer;
  node.number = value;
  return node;
}

std::string Problem::text() const {
  std::string out = fmt::format("{}:{}: ", file, line);
  if (!pointer.empty()) out += pointer + ": ";
  out += fmt::format("expected {}, got {}", expected, got);
  return out + hint;
}

Node parse_node(std::string_view text, const std::string& file, std::string_view left_out) {
  int line = 1;
  Builder builder(file, &line, left_out);
  const CountingIterator begin(text.data(), &line);
  const CountingIterator end(text.data() + text.size(), &line);
  nlohmann::json::sax_parse(begin, end, &builder);
  return builder.take();
}

std::string to_json(const Node& node) {
  std::string out;
  write_json(node, out);
  return out;
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: return "null";
    case Node::Kind::boolean: return node.flag ? "true" : "false";
    case Node::Kind::integer: return std::to_string(node.number);
    case Node::Kind::string: return fmt::format("the string {}", quote_bytes(node.text, 60));
    case Node::Kind::array: return fmt::format("an array of {}", node.items.size());
    case Node::Kind::object: {
      std::vector<std::string> keys;
      for (const Member& member : node.members) keys.push_back("'" + member.key + "'");
      return keys.empty() ? "an empty object" : "an object with " + join(keys, ", ");
    }
  }
  return "?";
}

bool operator==(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.flag != b.flag || a.number != b.number || a.text != b.text) return false;
  if (a.items.size() != b.items.size() || a.members.size() != b.members.size()) return false;
  if (!std::equal(a.items.begin(), a.items.end(), b.items.begin())) return false;
  return std::equal(a.members.begin(), a.members.end(), b.members.begin(),
                    [](const Member& x, const Member& y) { return x.key == y.key && x.value == y.value; });
}

}  // namespace kipc
