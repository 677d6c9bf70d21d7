// What a pair of malloc and free costs by depth, pattern and number of threads, with whatever is
// preloaded:
//
//     build/tests/bench/micro_bench
//     LD_PRELOAD=build/lib/libmemprof.so MEMPROF_OUT=/tmp/trace build/tests/bench/micro_bench
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "tests/bench/churn.h"

namespace memprof::bench {
namespace {

struct Case {
  const char* name;
  Pattern pattern;
};
constexpr Case kCases[] = {{"same_stack", Pattern::kSameStack},
                           {"new_leaf", Pattern::kNewLeaf},
                           {"all_new", Pattern::kAllNew}};
constexpr uint32_t kDepths[] = {1, 5, 20, 100};
constexpr uint32_t kThreadsDepth = 20;
constexpr int kThreads[] = {1, 2, 4, 8, 16};
constexpr int64_t kBatch = 128;  ///< even, so that patterns alternate across batches, too

void pairs(benchmark::State& state, Pattern pattern, uint32_t depth) {
  while (state.KeepRunningBatch(kBatch)) churn(pattern, depth, kBatch);
  state.SetItemsProcessed(state.iterations());
}

benchmark::internal::Benchmark* add(const Case& a_case, uint32_t depth) {
  return benchmark::RegisterBenchmark(
      ("pairs/" + std::string(a_case.name) + "/depth:" + std::to_string(depth)).c_str(),
      [pattern = a_case.pattern, depth](benchmark::State& state) { pairs(state, pattern, depth); });
}

}  // namespace
}  // namespace memprof::bench

int main(int argc, char** argv) {
  using namespace memprof::bench;
  for (const Case& a_case : kCases) {
    for (const uint32_t depth : kDepths) {
      benchmark::internal::Benchmark* added = add(a_case, depth);
      if (depth != kThreadsDepth) continue;
      // Time of all threads' processors by iteration, so that a flat line is a perfect one.
      added->MeasureProcessCPUTime()->UseRealTime();
      for (const int threads : kThreads) added->Threads(threads);
    }
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
