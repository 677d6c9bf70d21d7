#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace memprof::symbols {

/// A frame as another symbolizer tells it: linkage name where it knows one, "" and 0 where it knows
/// nothing.
struct PeerFrame {
  std::string function;
  std::string file;
  uint32_t line = 0;
};

using PeerStacks = std::vector<std::vector<PeerFrame>>;

/// Whether the shell finds `tool`.
bool have_tool(const std::string& tool);

/// llvm-symbolizer's frames at each address of `file`, innermost first.
PeerStacks ask_llvm(const std::string& file, const std::vector<uint64_t>& addresses);

/// The same from binutils' addr2line.
PeerStacks ask_addr2line(const std::string& file, const std::vector<uint64_t>& addresses);

/// The address range of section `name`, read from the section headers; {0, 0} when it is not there.
std::pair<uint64_t, uint64_t> section_range(const std::string& file, const std::string& name);

/// The build-id, read from its section; "" when there is none.
std::string build_id_of(const std::string& file);

std::string read_bytes(const std::string& file);
void write_bytes(const std::string& file, const std::string& bytes);

}  // namespace memprof::symbols
