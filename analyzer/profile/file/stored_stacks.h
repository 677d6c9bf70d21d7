#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/heap/process_heap.h"
#include "analyzer/profile/file/database.h"
#include "analyzer/profile/names.h"

namespace memprof::profile {

/// Gives modules, addresses and stacks of processes their ids in a profile file, the same for the
/// same code in any process, and writes what is new. Ids begin with 1; 0 is the unknown module,
/// the address that stands for missing frames, the stack without frames. A stack's id is above its
/// caller's.
class StoredStacks {
 public:
  /// Reads what the file has.
  explicit StoredStacks(Database& database);

  uint64_t module_id(const heap::Module& module);

  /// A process's stacks are asked for between enter() and the next one.
  void enter(const heap::ProcessHeap& heap);
  /// A number for each site's stack, the same for equal ones.
  std::vector<uint64_t> site_numbers();
  /// The id of a site's stack.
  uint64_t stack_id(heap::ContextId context);

  /// Looks up the names of all addresses that have come since the last time and writes them.
  void resolve_new(FrameSource& names);

 private:
  struct Address {
    uint64_t module;
    uint64_t offset;
    bool operator==(const Address&) const = default;
  };
  struct Hash {
    size_t operator()(const Address& a) const {
      return static_cast<size_t>((a.offset ^ a.module << 48) * 0x9e3779b97f4a7c15ULL);
    }
  };

  Address address_of(uint32_t location) const;
  uint64_t address_id(uint32_t location);
  uint64_t text_id(std::unordered_map<std::string, uint64_t>& ids, Statement& insert,
                   const std::string& text);
  void write_frames(uint64_t address, const std::vector<symbols::Frame>& frames);

  Statement insert_module_;
  Statement set_problem_;
  Statement insert_address_;
  Statement insert_stack_;
  Statement insert_function_;
  Statement insert_file_;
  Statement insert_frame_;

  std::map<symbols::ModuleKey, uint64_t> modules_;
  std::unordered_map<Address, uint64_t, Hash> addresses_;
  std::unordered_map<Address, uint64_t, Hash> stacks_;  ///< by parent and address
  std::unordered_map<std::string, uint64_t> functions_;
  std::unordered_map<std::string, uint64_t> files_;
  std::vector<Address> new_addresses_;

  const heap::ProcessHeap* heap_ = nullptr;
  std::vector<uint64_t> module_ids_;  ///< by module of the process
  std::vector<uint64_t> known_;       ///< stack ids by context of the process; 0: not yet
};

}  // namespace memprof::profile
