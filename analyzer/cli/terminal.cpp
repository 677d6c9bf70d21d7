#include "analyzer/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace memprof::cli {
namespace {

constexpr uint64_t kUsualColumns = 80;

/// Set and not empty, as no-color.org wants it.
bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

bool forces(const char* name) {
  return is_set(name) && std::string_view(std::getenv(name)) != "0";
}

}  // namespace

bool use_color(Color color, int fd) {
  if (color != Color::kAuto) return color == Color::kAlways;
  if (is_set("NO_COLOR")) return false;
  if (forces("CLICOLOR_FORCE") || forces("FORCE_COLOR")) return true;
  const char* term = std::getenv("TERM");
  return ::isatty(fd) != 0 && term != nullptr && std::string_view(term) != "dumb";
}

uint64_t terminal_columns(int fd) {
  if (::isatty(fd) == 0) return 0;
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 ? size.ws_col : kUsualColumns;
}

}  // namespace memprof::cli
