#include "tests/analyzer/symbols/peer.h"

#include <elf.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace memprof::symbols {
namespace {

std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen failed: " + command);
  std::string text;
  char buffer[1 << 16];
  size_t got = 0;
  while ((got = fread(buffer, 1, sizeof buffer, pipe)) > 0) text.append(buffer, got);
  pclose(pipe);
  return text;
}

/// Runs `command` with the addresses, one a line, on its stdin.
std::string ask(const std::string& command, const std::vector<uint64_t>& addresses) {
  char name[] = "/tmp/symbols_test.XXXXXX";
  const int descriptor = mkstemp(name);
  if (descriptor < 0) throw std::runtime_error("mkstemp failed");
  close(descriptor);
  std::ostringstream lines;
  for (uint64_t address : addresses) lines << "0x" << std::hex << address << '\n';
  write_bytes(name, lines.str());
  std::string text = output_of(command + " < " + name + " 2>/dev/null");
  unlink(name);
  return text;
}

uint32_t number(const std::string& text) {
  return static_cast<uint32_t>(std::strtoul(text.c_str(), nullptr, 10));
}

/// "file:line" or, with `columns` 2, "file:line:column".
void set_position(std::string text, int columns, PeerFrame& frame) {
  if (columns == 2) text.resize(text.rfind(':'));
  const size_t colon = text.rfind(':');
  frame.line = number(text.substr(colon + 1));
  frame.file = text.substr(0, colon);
  if (frame.file == "??") frame.file.clear();
}

PeerFrame frame_of(const std::string& function, const std::string& position, int columns) {
  PeerFrame frame;
  frame.function = function == "??" ? "" : function;
  set_position(position.substr(0, position.find(" (")), columns, frame);
  return frame;
}

struct Headers {
  std::string bytes;
  Elf64_Ehdr file = {};
  std::vector<Elf64_Shdr> sections;
};

Headers headers_of(const std::string& file) {
  Headers headers{read_bytes(file), {}, {}};
  std::memcpy(&headers.file, headers.bytes.data(), sizeof headers.file);
  headers.sections.resize(headers.file.e_shnum);
  std::memcpy(headers.sections.data(), headers.bytes.data() + headers.file.e_shoff,
              headers.sections.size() * sizeof(Elf64_Shdr));
  return headers;
}

Elf64_Shdr find_section(const Headers& headers, const std::string& name) {
  const Elf64_Shdr& names = headers.sections.at(headers.file.e_shstrndx);
  for (const Elf64_Shdr& section : headers.sections) {
    if (name == headers.bytes.data() + names.sh_offset + section.sh_name) return section;
  }
  return {};
}

}  // namespace

bool have_tool(const std::string& tool) {
  return std::system(("command -v " + tool + " > /dev/null 2>&1").c_str()) == 0;
}

PeerStacks ask_llvm(const std::string& file, const std::vector<uint64_t>& addresses) {
  std::istringstream lines(
      ask("llvm-symbolizer-14 --inlines --no-demangle --obj=" + file, addresses));
  PeerStacks stacks(1);
  std::string function;
  std::string position;
  while (std::getline(lines, function)) {
    if (function.empty()) {
      stacks.emplace_back();
      continue;
    }
    std::getline(lines, position);
    stacks.back().push_back(frame_of(function, position, 2));
  }
  stacks.pop_back();
  return stacks;
}

PeerStacks ask_addr2line(const std::string& file, const std::vector<uint64_t>& addresses) {
  std::istringstream lines(ask("addr2line -a -f -i -e " + file, addresses));
  PeerStacks stacks;
  std::string function;
  std::string position;
  while (std::getline(lines, function)) {
    if (function.starts_with("0x")) {
      stacks.emplace_back();
      continue;
    }
    std::getline(lines, position);
    stacks.back().push_back(frame_of(function, position, 1));
  }
  return stacks;
}

std::pair<uint64_t, uint64_t> section_range(const std::string& file, const std::string& name) {
  const Elf64_Shdr section = find_section(headers_of(file), name);
  return {section.sh_addr, section.sh_addr + section.sh_size};
}

std::string build_id_of(const std::string& file) {
  const Headers headers = headers_of(file);
  const Elf64_Shdr section = find_section(headers, ".note.gnu.build-id");
  constexpr size_t kNoteHeaderBytes = sizeof(Elf64_Nhdr) + sizeof "GNU";
  if (section.sh_size < kNoteHeaderBytes) return "";
  return headers.bytes.substr(section.sh_offset + kNoteHeaderBytes,
                              section.sh_size - kNoteHeaderBytes);
}

std::string read_bytes(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_bytes(const std::string& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace memprof::symbols
