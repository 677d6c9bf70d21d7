#include "analyzer/heap/replay.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <unordered_map>

#include "analyzer/heap/heritage.h"
#include "analyzer/heap/process_replay.h"

namespace memprof::heap {

namespace {

constexpr size_t kNoParent = SIZE_MAX;

/// An image among those it descends from and those forked from it.
struct Image {
  size_t parent = kNoParent;  ///< the image it was forked from, when its file is there
  std::vector<size_t> children;
  size_t generation = 0;
  Heritage heritage;
};

void link_parents(const std::vector<const trace::TraceFile*>& files, std::vector<Image>& images) {
  std::unordered_map<uint64_t, size_t> image_of_id;
  for (size_t i = 0; i < files.size(); ++i) image_of_id.emplace(files[i]->identity().trace_id, i);
  for (size_t i = 0; i < files.size(); ++i) {
    const trace::Identity& identity = files[i]->identity();
    if (identity.parent_link != format::ParentLink::kFork) continue;
    const auto parent = image_of_id.find(identity.parent_id);
    if (parent != image_of_id.end()) images[i].parent = parent->second;
  }
}

/// Breaks what is no tree (only damaged headers can be that) and counts the generations.
void count_generations(std::vector<Image>& images) {
  enum class State { kNew, kOnPath, kDone };
  std::vector<State> states(images.size(), State::kNew);
  for (size_t start = 0; start < images.size(); ++start) {
    std::vector<size_t> path;
    for (size_t at = start; states[at] == State::kNew; at = images[at].parent) {
      states[at] = State::kOnPath;
      path.push_back(at);
      const size_t parent = images[at].parent;
      if (parent == kNoParent || states[parent] == State::kOnPath) {
        images[at].parent = kNoParent;
        break;
      }
    }
    for (; !path.empty(); path.pop_back()) {
      Image& image = images[path.back()];
      if (image.parent != kNoParent) image.generation = images[image.parent].generation + 1;
      states[path.back()] = State::kDone;
    }
  }
  for (size_t i = 0; i < images.size(); ++i) {
    if (images[i].parent != kNoParent) images[images[i].parent].children.push_back(i);
  }
}

/// The images of each generation, the largest files first, so that none is left alone at the end.
std::vector<std::vector<size_t>> by_generation(const std::vector<const trace::TraceFile*>& files,
                                               const std::vector<Image>& images) {
  std::vector<std::vector<size_t>> result;
  for (size_t i = 0; i < images.size(); ++i) {
    if (images[i].generation >= result.size()) result.resize(images[i].generation + 1);
    result[images[i].generation].push_back(i);
  }
  for (std::vector<size_t>& generation : result) {
    std::stable_sort(generation.begin(), generation.end(), [&](size_t a, size_t b) {
      return files[a]->chunks().size() > files[b]->chunks().size();
    });
  }
  return result;
}

void settle(Image& image, const std::vector<Image>& images, ProcessHeap& heap) {
  if (image.parent == kNoParent) return;
  const Image& parent = images[image.parent];
  image.heritage.settle(parent.parent == kNoParent ? nullptr : &parent.heritage);
  heap.totals.inherited_blocks = image.heritage.inherited_blocks;
  heap.totals.inherited_bytes = image.heritage.inherited_bytes;
  heap.totals.inherited_frees = image.heritage.inherited_frees;
  heap.totals.foreign_frees -= image.heritage.inherited_frees;
}

}  // namespace

ProcessHeap replay(const trace::TraceFile& file, const ReplayOptions& options) {
  return ProcessReplay(file, options, nullptr, {}).run();
}

ProcessHeap replay_again(const trace::TraceFile& file, const ReplayOptions& options, bool forked) {
  // Its questions stay unanswered, but that it may ask decides how its deaths are matched.
  Heritage unanswered;
  return ProcessReplay(file, options, forked ? &unanswered : nullptr, {}).run();
}

std::vector<ProcessHeap> replay_run(const std::vector<const trace::TraceFile*>& files,
                                    const ReplayOptions& options) {
  std::vector<Image> images(files.size());
  link_parents(files, images);
  count_generations(images);
  const auto generations = by_generation(files, images);
  std::vector<ProcessHeap> result(files.size());
  const auto replay_image = [&](size_t i) {
    std::vector<Heritage*> children;
    for (const size_t child : images[i].children) children.push_back(&images[child].heritage);
    Heritage* own = images[i].parent == kNoParent ? nullptr : &images[i].heritage;
    result[i] = ProcessReplay(*files[i], options, own, children).run();
    if (options.replayed) options.replayed();
  };
  // Children ask, parents answer: the youngest go first. What they inherited is settled from the
  // oldest down.
  for (size_t g = generations.size(); g-- > 0;) {
    const std::vector<size_t>& generation = generations[g];
    tbb::parallel_for(size_t{0}, generation.size(), [&](size_t i) { replay_image(generation[i]); });
  }
  for (const std::vector<size_t>& generation : generations) {
    for (const size_t i : generation) settle(images[i], images, result[i]);
  }
  return result;
}

}  // namespace memprof::heap
