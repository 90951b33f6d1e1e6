#include "cli/forms.hpp"

#include <algorithm>

#include "report/forms.hpp"

namespace kipc::cli {

void add_forms(CLI::App& verb, FormFiles& files) {
  for (const Form& form : forms())
    verb.add_option_function<std::string>(
            "--" + std::string(form.name),
            [&files, &form](const std::string& path) { files[std::string(form.name)] = path; },
            std::string(form.doc) + ", to FILE; - is standard output")
        ->option_text("FILE");
}

std::size_t to_stdout(const FormFiles& files) {
  return static_cast<std::size_t>(
      std::count_if(files.begin(), files.end(), [](const auto& file) { return file.second == "-"; }));
}

Result<OpenForms> OpenForms::open(const FormFiles& files) {
  OpenForms opened;
  for (const auto& [name, path] : files) {
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
        if (const auto done = file.write(form.write(report)); !done) lost.push_back(done.error().text);
  return lost;
}

}  // namespace kipc::cli
