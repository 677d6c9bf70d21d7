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
};

/// A module as the trace recorded it.
struct ModuleKey {
  std::string path;
  std::string build_id;  ///< raw bytes, "" when the module has none

  auto operator<=>(const ModuleKey&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// Turns (module, offset) into frames. The offset is the file's virtual address (address minus
/// bias) of the address to look up, so callers have already subtracted 1 from return addresses.
///
/// Reads files named by the trace, which is untrusted: only regular files are opened (never
/// blocking), and a file whose build-id differs from the recorded one gives no symbols. One
/// instance per thread.
class Symbolizer {
 public:
  /// Separate debug files are looked for beside a module and below `debug_root`, never over a
  /// network.
  explicit Symbolizer(std::string debug_root = "/usr/lib/debug");
  ~Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  /// Frames for each of `offsets`, in their order, innermost first; never empty: without any symbol
  /// there is one Frame whose function is "". Never throws for what a file holds.
  std::vector<std::vector<Frame>> resolve(const ModuleKey& module,
                                          const std::vector<uint64_t>& offsets);

  /// Why a module gives no or only poor names ("file not found", "build-id differs from the
  /// recorded one", "no debug info"), or "". Opens the module if resolve() has not.
  std::string problem(const ModuleKey& module) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace memprof::symbols
