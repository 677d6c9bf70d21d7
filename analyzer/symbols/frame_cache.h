#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "analyzer/symbols/frame_table.h"

namespace memprof::symbols {

/// Frames kept from one run to the next: a folder with one file per build-id. Files are complete or
/// not there (written aside, then renamed), so any number of processes may share the folder; what
/// is damaged or of another version counts as not there. Several threads may use it.
class FrameCache {
 public:
  static constexpr uint64_t kMaxBytes = uint64_t{256} << 20;

  /// Keeps at most `max_bytes` in `folder` ("": keeps nothing), which is made when the first file
  /// is. A folder that belongs to another user is not used.
  explicit FrameCache(std::string folder, uint64_t max_bytes = kMaxBytes);

  /// Whether anything of this build-id can be kept.
  bool keeps(std::string_view build_id) const;

  /// What was stored of this build-id.
  std::optional<FrameTable> load(std::string_view build_id);

  /// Stores it in place of what was there. Files that were not used for longest go when the folder
  /// grows too large.
  void store(std::string_view build_id, const FrameTable& table);

  /// Why the folder is not used, or "".
  std::string problem() const;

 private:
  std::string path_of(std::string_view build_id) const;
  bool open_folder();
  void give_up(const std::string& what, int error);
  void make_room(uint64_t new_bytes);
  uint64_t trim(uint64_t max_bytes) const;

  const std::string folder_;
  const uint64_t max_bytes_;
  mutable std::mutex mutex_;  // of what follows
  std::string problem_;
  std::optional<uint64_t> bytes_;  // in the folder at most, once that was counted
};

}  // namespace memprof::symbols
