// What a run recorded, as tests ask for it: processes, their heaps, and stacks by function name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analyzer/heap/replay.h"
#include "analyzer/trace/trace_file.h"

namespace memprof::test {

/// The functions of an executable or library by address, from `nm`: independent of the analyzer.
class Functions {
 public:
  explicit Functions(const std::string& file);

  /// The function that holds the file's address `offset`, "" when there is none.
  std::string at(uint64_t offset) const;

 private:
  struct Function {
    uint64_t end;
    std::string name;
  };
  std::map<uint64_t, Function> by_start_;
};

struct Process {
  trace::Identity identity;
  heap::ProcessHeap heap;

  std::string exe_name() const;

  /// Frames of the site, innermost first; the cut location, where there is one, last.
  std::vector<heap::Location> frames(const heap::Site& site) const;
  const heap::Module& module_of(const heap::Location& location) const;

  /// The last part of the path of the module the location lies in.
  std::string module_name(const heap::Location& location) const;
  bool in_executable(const heap::Location& location) const;

  /// What the sites whose innermost frame is the executable's own code add up to: without what
  /// libraries and the loader allocate for themselves.
  heap::Counts own_counts() const;

  /// By the name of the innermost function of the executable in the stack ("" for stacks without
  /// one).
  std::map<std::string, heap::Counts> counts_by_function() const;

  /// Whether the sites add up to the totals.
  bool sums_agree() const;
};

/// All that a trace directory holds.
class Recording {
 public:
  /// Reads and replays all trace files there. None is a recording without processes.
  explicit Recording(const std::string& directory);

  const std::vector<Process>& processes() const { return processes_; }

  /// The process image with that pid and executable's base name. Throws std::runtime_error, listing
  /// what is there, unless there is exactly one.
  const Process& process(uint32_t pid, const std::string& exe_name) const;

  /// The only process with that executable's base name.
  const Process& process(const std::string& exe_name) const;

  /// The process that `child` names as its parent, or nullptr.
  const Process* parent_of(const Process& child) const;

 private:
  const Process& only(const std::vector<const Process*>& found, const std::string& wanted) const;

  std::vector<Process> processes_;
};

}  // namespace memprof::test
