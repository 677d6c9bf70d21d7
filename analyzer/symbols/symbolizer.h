#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace memprof::symbols {

/// One source-level frame at an address. Several share an address where functions were inlined.
struct Frame {
  std::string function;  ///< demangled with parameters; "" when no symbol is known. Raw bytes, may
                         ///< be bad UTF-8
  std::string file;      ///< "" when unknown
  uint32_t line = 0;     ///< 0 when unknown
  bool inlined = false;  ///< its caller is the next frame of the same address

  bool operator==(const Frame&) const = default;
};

/// A module as the trace recorded it.
struct ModuleKey {
  std::string path;
  std::string build_id;  ///< raw bytes, "" when the module has none

  auto operator<=>(const ModuleKey&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// Where names may come from.
struct SymbolOptions {
  std::string debug_root = "/usr/lib/debug";
  /// Ask the servers in DEBUGINFOD_URLS for what is not on this machine. Otherwise no network is
  /// used, whatever the environment says.
  bool debuginfod = false;
  std::string cache_folder = "";  ///< where to keep frames from one run to the next; "": nowhere
};

/// What to look up in a module, and what came out.
struct Lookup {
  const ModuleKey* module = nullptr;
  std::vector<uint64_t> offsets;
  /// For each offset, in their order, innermost first; never empty: without any symbol there is one
  /// Frame whose function is "".
  std::vector<std::vector<Frame>> frames = {};
};

/// Turns (module, offset) into frames. The offset is the file's virtual address (address minus
/// bias) of the address to look up, so callers have already subtracted 1 from return addresses.
///
/// Reads files named by the trace, which is untrusted: only regular files are opened (never
/// blocking), and a file whose build-id differs from the recorded one gives no symbols. One thread
/// uses an instance; it looks into several modules at a time by threads of its own.
class Symbolizer {
 public:
  /// Throws Error when `options` ask for servers and there are none, or no client library.
  explicit Symbolizer(SymbolOptions options = {});
  ~Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  /// Fills in the frames. REQUIRES: the modules are different ones. Never throws for what a file
  /// holds.
  void resolve(std::vector<Lookup>& lookups);

  /// Why a module gives no or only poor names ("file not found", "build-id differs from the
  /// recorded one", "no debug info"), or "". Opens the module if resolve() has not.
  std::string problem(const ModuleKey& module) const;

  /// What keeps the cache from being used ("cannot write ..."), or "".
  std::string cache_problem() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace memprof::symbols
