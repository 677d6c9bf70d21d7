// The beginning and the end of a process, as far as anything of ours runs then. A process that ends
// in another way (a signal, a raw system call) has no Exit record; its events are all there.
#include <stdlib.h>
#include <unistd.h>

#include "preload/compared_walk.h"
#include "preload/environment.h"
#include "preload/exported.h"
#include "preload/reachability.h"
#include "preload/ready.h"
#include "preload/samples.h"
#include "preload/sys/clock.h"
#include "preload/threads.h"
#include "preload/trace_file.h"

// glibc and musl differ here: weak.
extern "C" int on_exit(void (*function)(int, void*), void* argument) noexcept __attribute__((weak));

namespace {

using memprof::g_real;
using memprof::ready;
namespace format = memprof::format;
namespace sys = memprof::sys;

void write_exit(format::ExitHow how, int status, bool status_known) {
  if (!memprof::is_recording() || memprof::in_vfork_child()) return;
  memprof::Stream* s =
      memprof::begin_event(reinterpret_cast<uintptr_t>(__builtin_frame_address(0)));
  if (s == nullptr) return;
  memprof::write_sample(*s, format::SampleReason::kExit, /*with_peak=*/true);
  memprof::append(*s, format::Control::kExit,
                  format::ExitRecord{sys::read_clock(), static_cast<uint32_t>(how), status,
                                     status_known ? 1u : 0u});
  memprof::end_event(s);
  if (memprof::g_reachability) memprof::write_words();
  // Other threads go on until the last moment, and it may be long until they are stopped.
  if (!memprof::others_record()) memprof::trim_trace_file();
}

void end_with_status(int status, void*) {
  write_exit(format::ExitHow::kExit, status, true);
}

__attribute__((constructor)) void begin() {
  if (!ready()) return;
  if (memprof::is_root()) memprof::publish_environment();
  if (!memprof::is_recording()) return;
  memprof::use_unwinder(memprof::wanted_unwinder());
}

// Handlers registered while exit() runs them are run too, and told the status. Registered at start
// ours would come last of all as well, but would have taken one of the few places that cost the
// program no allocation; now the place of the handler that called us is free.
__attribute__((destructor)) void end() {
  if (on_exit != nullptr && on_exit(end_with_status, nullptr) == 0) return;
  write_exit(format::ExitHow::kExit, 0, false);
}

}  // namespace

MEMPROF_EXPORT void _exit(int status) {
  if (ready()) write_exit(format::ExitHow::kImmediate, status, true);
  if (g_real.exit_now != nullptr) g_real.exit_now(status);
  for (;;) sys::call(SYS_exit_group, status);
}

MEMPROF_EXPORT void _Exit(int status) {
  _exit(status);
}

MEMPROF_EXPORT void quick_exit(int status) {
  if (ready()) write_exit(format::ExitHow::kImmediate, status, true);
  if (g_real.quick_exit != nullptr) g_real.quick_exit(status);
  _exit(status);
}
