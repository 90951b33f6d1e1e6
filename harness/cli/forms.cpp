#include "cli/forms.hpp"

#include <algorithm>

namespace kipc::cli {

void add_forms(CLI::App& verb, FormFiles& files) {
  for (const Form& form : forms())
    verb.add_option_function<std::string>(
            "--" + std::string(form.name),
            [&files, &form](const std::string& path) { files.paths[std::string(form.name)] = path; },
            std::string(form.doc) + ", to FILE; - is standard output")
        ->option_text("FILE");
  const auto origin = [](const std::string& text) {
    return is_kcidb_origin(text) ? "" : "expected lower-case letters, digits and '_', got '" + text + "'";
  };
  verb.add_option("--origin", files.origin, "With --kcidb: the name of the CI system, as KCIDB knows it")
      ->option_text("ORIGIN")
      ->check(origin)
      ->needs("--kcidb");
}

std::size_t to_stdout(const FormFiles& files) {
  return static_cast<std::size_t>(
      std::count_if(files.paths.begin(), files.paths.end(), [](const auto& file) { return file.second == "-"; }));
}

Result<OpenForms> OpenForms::open(const FormFiles& files) {
  OpenForms opened;
  opened.origin_ = files.origin;
  for (const auto& [name, path] : files.paths) {
    auto file = ReportFile::open(path);
    if (!file) return fail(file.error().text);
    opened.files_.emplace_back(name, std::move(*file));
  }
  return opened;
}

std::vector<std::string> OpenForms::write(const Report& report) {
  std::vector<std::string> lost;
  for (auto& [name, file] : files_)
    for (const Form& form : forms())
      if (form.name == name)
        if (const auto done = file.write(form.write(report, origin_)); !done) lost.push_back(done.error().text);
  return lost;
}

}  // namespace kipc::cli
