#include "cli/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace kipc::cli {
namespace {

ErrnoOr<void> write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("write");
    if (n == 0) return tl::make_unexpected(Errno{EIO, "write"});
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

tl::unexpected<Error> cannot_write(const std::string& path, const Errno& why) {
  return fail(fmt::format("{}: cannot be written: {}", path == "-" ? "standard output" : path, why.text()));
}

Fd open_in_place(const std::string& path, int flags) {
  if (path == "-") return Fd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  return Fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666));
}

bool is_special(const std::string& path) {
  struct stat info {};
  return path == "-" || (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode));
}

}  // namespace

ReportFile::ReportFile(ReportFile&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, "")), fd_(std::move(other.fd_)) {}

ReportFile& ReportFile::operator=(ReportFile&& other) noexcept {
  if (this != &other) {
    discard();
    path_ = std::move(other.path_);
    temporary_ = std::exchange(other.temporary_, "");
    fd_ = std::move(other.fd_);
  }
  return *this;
}

ReportFile::~ReportFile() { discard(); }

void ReportFile::discard() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
}

Result<ReportFile> ReportFile::open(const std::string& path) {
  ReportFile file;
  file.path_ = path;
  if (is_special(path)) {
    file.fd_ = open_in_place(path, 0);
  } else {
    // Beside the file, so that the rename crosses no file system; with the pid, so that two runs do not share it.
    const std::string temporary = fmt::format("{}.new.{}", path, ::getpid());
    file.fd_ = open_in_place(temporary, O_CREAT | O_TRUNC);
    if (file.fd_) file.temporary_ = temporary;
  }
  if (!file.fd_) return cannot_write(path, Errno::last("open"));
  return file;
}

Result<void> ReportFile::write(std::string_view content) {
  if (auto done = write_all(fd_.get(), content); !done) return cannot_write(path_, done.error());
  // Network file systems and quotas report a full disk only here.
  if (::close(fd_.release()) != 0) return cannot_write(path_, Errno::last("close"));
  if (temporary_.empty()) return {};
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return cannot_write(path_, Errno::last("rename"));
  temporary_.clear();
  return {};
}

Result<LineFile> LineFile::open(const std::string& path) {
  LineFile file;
  file.path_ = path;
  file.fd_ = open_in_place(path, is_special(path) ? 0 : O_CREAT | O_TRUNC);
  if (!file.fd_) return cannot_write(path, Errno::last("open"));
  return file;
}

Result<void> LineFile::add(std::string_view line) {
  if (failed_) return {};
  auto done = write_all(fd_.get(), std::string(line) + "\n");
  if (done) return {};
  failed_ = true;
  return cannot_write(path_, done.error());
}

void print(std::string_view text) { (void)write_all(STDOUT_FILENO, text); }

void print_error(std::string_view text) { (void)write_all(STDERR_FILENO, text); }

void complain(std::string_view text) { print_error(fmt::format("kipc: {}\n", text)); }

}  // namespace kipc::cli
