// memprof_trace_bytes [--raw] FILE...: what traces are made of. Prints the committed bytes of all
// chunks, the births (a realloc is one) and the deaths (a realloc is one, too): three numbers in a
// line. With --raw it writes those bytes themselves instead, for a compressor.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "analyzer/trace/record_decoder.h"
#include "analyzer/trace/trace_file.h"

namespace memprof::bench {
namespace {

struct Counts : trace::RecordVisitor {
  uint64_t bytes = 0;
  uint64_t births = 0;
  uint64_t deaths = 0;

  void death(const trace::Death&) { ++deaths; }
  void birth(const trace::Birth&) { ++births; }
  void resize(const trace::Resize&) {
    ++deaths;
    ++births;
  }
};

void write_raw(const void* bytes, size_t size) {
  if (std::fwrite(bytes, 1, size, stdout) != size) {
    throw std::runtime_error("standard output: cannot write");
  }
}

void read(const std::string& path, bool raw, Counts& counts) {
  const trace::TraceFile file = trace::TraceFile::open(path);
  const trace::ChunkReader reader(file);
  std::vector<std::byte> buffer;
  for (const trace::Chunk& chunk : file.chunks()) {
    const std::span<const std::byte> records = reader.read(chunk, buffer);
    counts.bytes += sizeof chunk.header + records.size();
    if (raw) {
      write_raw(&chunk.header, sizeof chunk.header);
      write_raw(records.data(), records.size());
      continue;
    }
    trace::RecordDecoder decoder(chunk.header, records);
    while (decoder.next(counts)) {
    }
    if (decoder.damaged_bytes() != 0) throw std::runtime_error(path + ": damaged");
  }
}

}  // namespace
}  // namespace memprof::bench

int main(int argc, char** argv) {
  const bool raw = argc > 1 && std::strcmp(argv[1], "--raw") == 0;
  const std::vector<std::string> paths(argv + (raw ? 2 : 1), argv + argc);
  if (argc < (raw ? 3 : 2)) {
    std::fputs("usage: memprof_trace_bytes [--raw] FILE...\n", stderr);
    return 2;
  }
  try {
    memprof::bench::Counts counts;
    for (const std::string& path : paths) memprof::bench::read(path, raw, counts);
    if (!raw) {
      std::printf("%llu %llu %llu\n", static_cast<unsigned long long>(counts.bytes),
                  static_cast<unsigned long long>(counts.births),
                  static_cast<unsigned long long>(counts.deaths));
    }
    if (std::fflush(stdout) != 0) throw std::runtime_error("standard output: cannot write");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "memprof_trace_bytes: error: %s\n", error.what());
    return 1;
  }
  return 0;
}
