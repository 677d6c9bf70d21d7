#include "sitegen/base/parallel.h"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <exception>
#include <mutex>

namespace memprof::sitegen {

void for_each_index(size_t jobs, size_t count, const std::function<void(size_t)>& action) {
  if (jobs <= 1) {
    for (size_t i = 0; i < count; ++i) action(i);
    return;
  }
  std::mutex mutex;
  size_t failed = count;     // Guarded by mutex, as is the next.
  std::exception_ptr error;  // What `failed` threw.
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, jobs);
  tbb::task_arena arena(static_cast<int>(jobs));
  arena.execute([&] {
    tbb::parallel_for(size_t{0}, count, [&](size_t i) {
      try {
        action(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (i < failed) {
          failed = i;
          error = std::current_exception();
        }
      }
    });
  });
  if (error) std::rethrow_exception(error);
}

}  // namespace memprof::sitegen
