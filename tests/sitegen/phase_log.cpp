#include "tests/sitegen/phase_log.h"

#include <utility>

namespace {

std::vector<std::string>& phase_log() {
  static std::vector<std::string> log;
  return log;
}

}  // namespace

extern "C" {

void memprof_phase_begin(const char* name);
void memprof_phase_end(const char* name);

void memprof_phase_begin(const char* name) {
  phase_log().push_back(std::string("+") + name);
}
void memprof_phase_end(const char* name) {
  phase_log().push_back(std::string("-") + name);
}
}

namespace memprof::sitegen {

std::vector<std::string> take_phase_log() {
  return std::exchange(phase_log(), {});
}

}  // namespace memprof::sitegen
