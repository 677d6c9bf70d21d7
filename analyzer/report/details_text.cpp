#include "analyzer/report/details_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/report/quantity.h"

namespace memprof::report {
namespace {

/// Size classes shown: those with the most blocks.
constexpr size_t kClassesShown = 5;

std::string sizes_text(const heap::SiteDetails& details, bool plain) {
  const heap::Spread& size = details.size_bytes;
  if (size.min == size.max) return "all of " + size_text(size.min, plain);
  std::vector<heap::SizeClass> most = details.sizes;
  std::stable_sort(most.begin(), most.end(),
                   [](const auto& a, const auto& b) { return a.allocations > b.allocations; });
  most.resize(std::min(most.size(), kClassesShown));
  std::sort(most.begin(), most.end(),
            [](const auto& a, const auto& b) { return a.digits < b.digits; });
  std::string text = fmt::format("sizes {} to {}, {} on average:", size_text(size.min, plain),
                                 size_text(size.max, plain), size_text(size.mean(), plain));
  const char* separator = " ";
  for (const heap::SizeClass& one : most) {
    text += fmt::format("{}{} to {} x{}", separator, count_text(one.smallest()),
                        count_text(one.largest()), count_text(one.allocations));
    separator = ", ";
  }
  if (details.sizes.size() > most.size()) text += " and others";
  return text;
}

std::string lifetime_text(const heap::SiteDetails& details) {
  const heap::Spread& time = details.lifetime_ns;
  if (time.count == 0) return "none has ended";
  const heap::Spread& births = details.lifetime_allocations;
  return fmt::format("lived {} to {}, {} on average ({} to {} allocations, {})",
                     duration_text(time.min), duration_text(time.max), duration_text(time.mean()),
                     count_text(births.min), count_text(births.max), count_text(births.mean()));
}

}  // namespace

std::vector<std::string> details_lines(const heap::SiteDetails& details, bool plain_bytes) {
  if (details.size_bytes.count == 0) return {};
  std::string rest = counted(details.threads.size(), "thread", "threads");
  if (details.oldest_live_ns != 0)
    rest += ", the oldest still live after " + duration_text(details.oldest_live_ns);
  return {sizes_text(details, plain_bytes), lifetime_text(details) + " | " + rest};
}

}  // namespace memprof::report
