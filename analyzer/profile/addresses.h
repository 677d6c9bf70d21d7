#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "analyzer/profile/run.h"
#include "analyzer/symbols/symbolizer.h"

namespace memprof::profile {

/// A distinct (module, offset) of the run. Ids are in the order of (module path, build-id, offset),
/// so they compare as the addresses do, whatever ASLR did to each process.
enum class AddressId : uint32_t {};

/// Stands for "frames are missing from here on"; comes before all others.
inline constexpr AddressId kCutAddress{0};

/// Numbers the addresses of all processes of a run. The same code in several processes is one
/// address.
class Addresses {
 public:
  explicit Addresses(const Run& run);

  /// The address of a location (index into ProcessHeap::locations) of run.processes[process].
  AddressId at(size_t process, uint32_t location) const { return (*ids_[process])[location]; }

  /// The module to look the address up in; path and build-id are "" for the unknown module.
  const symbols::ModuleKey& module(AddressId id) const { return modules_[entry(id).module]; }

  /// Relative to the module; of the address to look up (within the call).
  uint64_t offset(AddressId id) const { return entry(id).offset; }

  /// All modules, in order; the first is the unknown one.
  const std::vector<symbols::ModuleKey>& modules() const { return modules_; }

  size_t size() const { return entries_.size(); }

  /// Whether two locations of that process are the same address.
  bool has_duplicates(size_t process) const { return has_duplicates_[process]; }

 private:
  struct Entry {
    uint32_t module;
    uint64_t offset;
    auto operator<=>(const Entry&) const = default;
  };
  const Entry& entry(AddressId id) const { return entries_[static_cast<uint32_t>(id)]; }

  std::vector<symbols::ModuleKey> modules_;  // sorted
  std::vector<Entry> entries_;               // sorted after [0], the cut address
  /// Processes that share their locations share these.
  std::vector<std::shared_ptr<std::vector<AddressId>>> ids_;
  std::vector<bool> has_duplicates_;
};

}  // namespace memprof::profile
