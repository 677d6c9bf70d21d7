#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/profile/addresses.h"
#include "analyzer/symbols/symbolizer.h"

namespace memprof::profile {

/// Where names come from: libdw, or a fake in tests.
class FrameSource {
 public:
  virtual ~FrameSource() = default;

  /// As Symbolizer::resolve.
  virtual void resolve(std::vector<symbols::Lookup>& lookups) = 0;
  /// As Symbolizer::problem.
  virtual std::string problem(const symbols::ModuleKey& module) const = 0;
  /// What the user may want to know when asking for more words, line by line.
  virtual std::vector<std::string> remarks() const { return {}; }
};

/// Names from the files on this machine, and from where `options` say. Throws as Symbolizer does.
std::unique_ptr<FrameSource> frames_from_files(const symbols::SymbolOptions& options = {});

/// Where the names of this run come from: itself, else `files`.
FrameSource& frames_of(const Run& run, FrameSource& files);

/// What is known of the names that a report asked for.
struct NamesHealth {
  uint64_t looked_up = 0;
  uint64_t without_symbols = 0;
};

/// A module whose names are missing or poor.
struct ModuleProblem {
  std::string path;
  std::string problem;
  uint64_t without_symbols = 0;  ///< of the addresses looked up in it
};

/// The frames of a run's addresses, each looked up once, when it is first asked for. `addresses`
/// and `source` must outlive it. Not for several threads.
class Names {
 public:
  Names(const Addresses& addresses, FrameSource& source);

  /// Looks up those of `wanted` that are not known yet, module by module. Cheap per call, costly
  /// per module seen first, so callers ask for many at once.
  void resolve(const std::vector<AddressId>& wanted);

  bool known(AddressId id) const { return lists_[static_cast<uint32_t>(id)] != kNotResolved; }

  /// The frames at `id`, innermost first, never empty. REQUIRES: resolve() was given the id.
  const std::vector<symbols::Frame>& frames(AddressId id) const {
    return frames_[lists_[static_cast<uint32_t>(id)]];
  }

  bool nameless(AddressId id) const { return frames(id).front().function.empty(); }

  NamesHealth health() const;

  /// The same for the addresses of run.processes[process] alone.
  NamesHealth health(const Run& run, size_t process) const;

  /// Modules that were looked into, with something to say about them, ordered by path.
  std::vector<ModuleProblem> problems() const;

  const Addresses& addresses() const { return addresses_; }

 private:
  static constexpr uint32_t kNotResolved = UINT32_MAX;

  void count(AddressId id, NamesHealth& health) const;

  const Addresses& addresses_;
  FrameSource& source_;
  std::vector<uint32_t> lists_;  // by AddressId: index into frames_, or kNotResolved
  std::vector<std::vector<symbols::Frame>> frames_;
};

}  // namespace memprof::profile
