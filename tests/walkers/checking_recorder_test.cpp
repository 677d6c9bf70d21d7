// What the build option MEMPROF_CHECK_REPLAY changes: the way of walking when none is asked for.
#include <catch2/catch.hpp>

#include "preload/environment.h"
#include "preload/process.h"

// What environment.cpp asks of the process that it is part of.
namespace memprof {

uint64_t trace_id() {
  return 0;
}

uint32_t recording_pid() {
  return 0;
}

}  // namespace memprof

namespace memprof::test {
namespace {

TEST_CASE("A recorder that is built to check does so unless told otherwise") {
  CHECK(read_settings(nullptr).unwinder == Unwinder::kCheck);
  for (const auto& [variable, unwinder] : {std::pair{"MEMPROF_UNWIND=own", Unwinder::kOwn},
                                           {"MEMPROF_UNWIND=compare", Unwinder::kCompare},
                                           {"MEMPROF_UNWIND=check", Unwinder::kCheck}}) {
    const char* const environment[] = {variable, nullptr};
    const Settings settings = read_settings(environment);
    CHECK(settings.unwinder == unwinder);
    CHECK(settings.bad_value == nullptr);
  }
}

}  // namespace
}  // namespace memprof::test
