#include "cli/console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <string_view>

#include "cli/output.hpp"

namespace kipc::cli {
namespace {

constexpr std::int64_t kBetweenLines = 50'000'000;
constexpr std::size_t kUsualWidth = 80;

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

Page page_of(int fd) {
  Page page;
  if (::isatty(fd) == 0) return page;
  const char* kind = std::getenv("TERM");
  page.colour = !is_set("NO_COLOR") && kind != nullptr && std::string_view(kind) != "dumb";
  winsize size{};
  page.width = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsualWidth;
  return page;
}

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[sizeof "2026-11-21T10:53:36Z"];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

Progress::Progress(bool wanted) : page_(page_of(STDERR_FILENO)), wanted_(wanted && page_.width > 0) {}

bool Progress::due() const { return wanted_ && now_ns() - last_ns_ >= kBetweenLines; }

void Progress::show(const std::string& line) {
  if (!wanted_) return;
  print_error("\r\x1b[K" + line);
  shown_ = true;
  last_ns_ = now_ns();
}

void Progress::clear() {
  if (shown_) print_error("\r\x1b[K");
  shown_ = false;
}

}  // namespace kipc::cli
