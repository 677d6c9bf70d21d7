#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace memprof::symbols {

/// Debug files from the servers in DEBUGINFOD_URLS. The one part of the analyzer that uses a
/// network, and only who was asked to makes one. Several threads may use it.
class Debuginfod {
 public:
  /// Opens the client library, which brings half a web browser with it and is therefore not linked.
  /// On failure gives nullptr and says why in `problem`.
  static std::unique_ptr<Debuginfod> open(std::string& problem);

  ~Debuginfod();
  Debuginfod(const Debuginfod&) = delete;
  Debuginfod& operator=(const Debuginfod&) = delete;

  /// Where the client has stored the debug file of `build_id` (raw bytes), downloaded now if it had
  /// to be. On failure gives "" and says why in `problem`.
  std::string find(std::string_view build_id, std::string& problem) const;

 private:
  struct Library;
  explicit Debuginfod(std::unique_ptr<Library> library);

  std::unique_ptr<Library> library_;
};

}  // namespace memprof::symbols
