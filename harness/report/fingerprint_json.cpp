#include "report/fingerprint_json.hpp"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "report/fields.hpp"

namespace kipc {
namespace {

using nlohmann::ordered_json;

/// Limits may be larger than JSON readers' integers: they are texts, as `ulimit` has them.
std::string limit_text(std::uint64_t value) { return value == kUnlimited ? "unlimited" : std::to_string(value); }

std::uint64_t read_limit(Fields& fields, std::string_view key) {
  const std::string text = fields.text(key);
  if (text == "unlimited") return kUnlimited;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    fields.wrong(*fields.find(key), "a number as text, or \"unlimited\"");
  return value;
}

}  // namespace

std::string fingerprint_to_json(const Fingerprint& p) {
  ordered_json limits = ordered_json::object();
  for (const auto& [name, limit] : p.limits)
    limits[name] = {{"soft", limit_text(limit.soft)}, {"hard", limit_text(limit.hard)}};
  const ordered_json out = {
      {"kernel", p.kernel},
      {"kernel_release", p.kernel_release},
      {"kernel_version", p.kernel_version},
      {"machine", p.machine},
      {"distribution", p.distribution},
      {"libc", p.libc},
      {"libc_version", p.libc_version},
      {"libc_static", p.libc_static},
      {"config_source", p.config_source},
      {"config_digest", p.config_digest},
      {"config_options", p.config_options},
      {"limits", limits},
      {"sysctls", p.sysctls},
      {"lsms", p.lsms},
      {"lsms_reason", p.lsms_reason},
      {"virtualisation", p.virtualisation},
      {"container", p.container},
      {"cpu_model", p.cpu_model},
      {"cpus_online", p.cpus_online},
      {"cpus_usable", p.cpus_usable},
      {"mitigations", p.mitigations},
      {"page_size", p.page_size},
      {"pipe_buf", p.pipe_buf},
      {"little_endian", p.little_endian},
      {"word_size", p.word_size},
      {"uid", p.uid},
      {"euid", p.euid},
      {"capabilities", p.capabilities},
      {"initial_user_namespace", p.initial_user_namespace},
      {"seccomp", p.seccomp},
  };
  return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Fingerprint fingerprint_from_json(const Node& node, const std::string& file) {
  Fields fields(node, file);
  Fingerprint p;
  p.kernel = fields.text("kernel");
  p.kernel_release = fields.text("kernel_release");
  p.kernel_version = fields.text("kernel_version");
  p.machine = fields.text("machine");
  p.distribution = fields.text("distribution");
  p.libc = fields.text("libc");
  p.libc_version = fields.text("libc_version");
  p.libc_static = fields.flag("libc_static");
  p.config_source = fields.text("config_source");
  p.config_digest = fields.text("config_digest");
  p.config_options = fields.text_map("config_options");
  for (const Member& member : fields.need("limits", Node::Kind::object, "an object of limits").members) {
    Fields limit(member.value, file);
    p.limits[member.key] = Limit{read_limit(limit, "soft"), read_limit(limit, "hard")};
    limit.finish();
  }
  p.sysctls = fields.text_map("sysctls");
  p.lsms = fields.texts("lsms");
  p.lsms_reason = fields.text("lsms_reason");
  p.virtualisation = fields.text("virtualisation");
  p.container = fields.text("container");
  p.cpu_model = fields.text("cpu_model");
  p.cpus_online = static_cast<int>(fields.integer("cpus_online"));
  p.cpus_usable = static_cast<int>(fields.integer("cpus_usable"));
  p.mitigations = fields.text_map("mitigations");
  p.page_size = static_cast<long>(fields.integer("page_size"));
  p.pipe_buf = static_cast<long>(fields.integer("pipe_buf"));
  p.little_endian = fields.flag("little_endian");
  p.word_size = static_cast<int>(fields.integer("word_size"));
  p.uid = static_cast<uid_t>(fields.integer("uid"));
  p.euid = static_cast<uid_t>(fields.integer("euid"));
  p.capabilities = fields.texts("capabilities");
  p.initial_user_namespace = fields.flag("initial_user_namespace");
  p.seccomp = fields.text("seccomp");
  fields.finish();
  return p;
}

}  // namespace kipc
