#include "values/program_types.hpp"

#include <algorithm>
#include <cctype>

namespace kipc {
namespace {

// Arg::tag; a path has those of path_type(), which are smaller.
enum Form { named_program = 16, verbatim };

class ImagePathType : public Type {
 public:
  std::string name() const override { return "path of an image"; }
  std::string schema() const override {
    return R"({"anyOf": [{"$ref": "#/$defs/text"}, {"type": "object", "properties": {"program": {"description": "As in kipc run --program NAME=PATH.", "type": "string"}}, "required": ["program"], "additionalProperties": false}]})";
  }
  Arg compile(const Node& node, Scope& scope) const override {
    const Node* program = node.find("program");
    if (program == nullptr) return path_type().compile(node, scope);
    only_keys(scope, node, {"program"});
    if (!program->is_string() || !is_program_name(program->text))
      case_error_at(scope, *program, "a name of letters, digits, '.', '_' and '-', for --program NAME=PATH");
    Arg arg;
    arg.tag = named_program;
    arg.text = program->text;
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (arg.tag != named_program) {
      path_type().marshal(arg, frame, slot);
      return;
    }
    const std::string path = frame.host.program_path(arg.text) + '\0';
    slot.p = const_cast<char*>(frame.scratch.keep(path).data());
    slot.n = path.size() - 1;
  }
};

class TextListType : public Type {
 public:
  std::string name() const override { return "list of texts"; }
  std::string schema() const override {
    return R"({"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/text"}, {"type": "object", "properties": {"verbatim": {"type": "string"}}, "required": ["verbatim"], "additionalProperties": false}]}})";
  }
  Arg compile(const Node& node, Scope& scope) const override {
    if (!node.is_array()) case_error_at(scope, node, "a list of texts, such as [\"cat\", \"-u\"]");
    Arg arg;
    for (const Node& item : node.items) arg.items.push_back(compile_text(item, scope));
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    auto** texts = frame.scratch.take_object<char*>(arg.items.size() + 1);
    for (std::size_t i = 0; i < arg.items.size(); ++i) {
      const Arg& item = arg.items[i];
      if (item.tag == verbatim) {
        texts[i] = const_cast<char*>(frame.scratch.keep(item.text + '\0').data());
      } else {
        Slot text;
        path_type().marshal(item, frame, text);
        texts[i] = text.as<char>();
      }
    }
    slot.p = texts;
    slot.n = arg.items.size();
  }

 private:
  static Arg compile_text(const Node& item, Scope& scope) {
    const Node* plain = item.find("verbatim");
    if (plain != nullptr) {
      only_keys(scope, item, {"verbatim"});
      if (!plain->is_string()) case_error_at(scope, *plain, "a text");
    }
    // "null" is a pointer elsewhere; here it is four letters.
    const bool word = item.is_string() && (item.text == "null" || item.text == "unmapped");
    if (plain == nullptr && !word) {
      if (!item.is_string() && !item.is_object()) case_error_at(scope, item, "a text, or {\"verbatim\": TEXT}");
      return path_type().compile(item, scope);
    }
    Arg arg;
    arg.tag = verbatim;
    arg.text = plain != nullptr ? plain->text : item.text;
    return arg;
  }
};

}  // namespace

std::string_view program_named(const Arg& arg) { return arg.tag == named_program ? arg.text : std::string_view(); }

bool is_program_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  });
}

const Type& image_path_type() {
  static const ImagePathType type;
  return type;
}

const Type& text_list_type() {
  static const TextListType type;
  return type;
}

}  // namespace kipc
