#pragma once

#include <algorithm>
#include <cstddef>

namespace memprof::report {

/// How much of a run goes into a page.
struct PageBudget {
  double share = 0.0005;      ///< stacks below this share of everything are summed up
  size_t processes = 20'000;  ///< shown each
  size_t columns = 4'000;     ///< of a name

  /// Asks for less. False when there is no less.
  bool shrink() {
    if (columns == kColumnsLeast && processes == kProcessesLeast && share >= kShareMost)
      return false;
    share = std::min(share * 2, kShareMost);
    processes = std::max(processes / 2, kProcessesLeast);
    columns = std::max(columns / 2, kColumnsLeast);
    return true;
  }

 private:
  static constexpr double kShareMost = 0.5;
  static constexpr size_t kProcessesLeast = 100;
  static constexpr size_t kColumnsLeast = 100;
};

}  // namespace memprof::report
