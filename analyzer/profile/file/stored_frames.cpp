#include "analyzer/profile/file/stored_frames.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "analyzer/profile/file/database.h"

namespace memprof::profile {
namespace {

class StoredFrames : public FrameSource {
 public:
  StoredFrames(const std::string& path, const heap::SharedVector<heap::Location>& locations,
               const heap::SharedVector<heap::Module>& modules)
      : database_(path, Database::Mode::kRead),
        frames_(database_,
                "SELECT functions.name, files.path, line, inlined FROM frames "
                "JOIN functions ON functions.id = function_id JOIN files ON files.id = file_id "
                "WHERE address_id = ? ORDER BY place"),
        locations_(locations) {
    for (uint32_t i = 1; i < modules.size(); ++i)
      modules_.emplace(symbols::ModuleKey{modules[i].path, modules[i].build_id}, i);
    Statement all(database_, "SELECT path, build_id, problem FROM modules WHERE problem != ''");
    while (all.step()) problems_.emplace(symbols::ModuleKey{all.text(0), all.text(1)}, all.text(2));
    for (uint32_t i = 1; i < locations.size(); ++i) by_place_.push_back(i);
    std::sort(by_place_.begin(), by_place_.end(),
              [this](uint32_t a, uint32_t b) { return place(a) < place(b); });
  }

  void resolve(std::vector<symbols::Lookup>& lookups) override {
    for (symbols::Lookup& lookup : lookups) {
      lookup.frames.clear();
      const auto module = modules_.find(*lookup.module);
      for (const uint64_t offset : lookup.offsets) {
        lookup.frames.push_back(module == modules_.end() ? std::vector<symbols::Frame>{{}}
                                                         : frames_at({module->second, offset}));
      }
    }
  }

  std::string problem(const symbols::ModuleKey& module) const override {
    const auto found = problems_.find(module);
    return found == problems_.end() ? "" : found->second;
  }

 private:
  using Place = std::pair<uint32_t, uint64_t>;  // module, offset

  Place place(uint32_t location) const {
    return {locations_[location].module, locations_[location].address};
  }

  std::vector<symbols::Frame> frames_at(Place wanted) {
    std::vector<symbols::Frame> frames;
    const auto found = std::lower_bound(
        by_place_.begin(), by_place_.end(), wanted,
        [this](uint32_t location, Place value) { return place(location) < value; });
    if (found != by_place_.end() && place(*found) == wanted) {
      frames_.bind(uint64_t{*found});
      while (frames_.step()) {
        frames.push_back({frames_.text(0), frames_.text(1),
                          static_cast<uint32_t>(frames_.number(2)), frames_.number(3) != 0});
      }
      frames_.reset();
    }
    if (frames.empty()) frames.emplace_back();
    return frames;
  }

  Database database_;
  Statement frames_;
  heap::SharedVector<heap::Location> locations_;
  std::map<symbols::ModuleKey, uint32_t> modules_;
  std::map<symbols::ModuleKey, std::string> problems_;
  std::vector<uint32_t> by_place_;  ///< locations, sorted by place
};

}  // namespace

std::unique_ptr<FrameSource> stored_frames(const std::string& path,
                                           const heap::SharedVector<heap::Location>& locations,
                                           const heap::SharedVector<heap::Module>& modules) {
  return std::make_unique<StoredFrames>(path, locations, modules);
}

}  // namespace memprof::profile
