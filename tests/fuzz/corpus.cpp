// fuzz_corpus DIRECTORY: makes the inputs that fuzzing of traces starts from, in DIRECTORY/traces,
// as trace_images.h packs them: some built by hand, with a record of every kind and names that are
// hard to print, one recorded from a real program now; and in DIRECTORY/profiles a profile file.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "analyzer/profile/file/trace_packer.h"
#include "tests/fuzz/trace_images.h"
#include "tests/support/run_program.h"
#include "tests/support/trace_builder.h"

namespace fs = std::filesystem;

namespace memprof::fuzz {
namespace {

using test::TraceBuilder;

constexpr char kHardName[] =
    "\x1b[31m<script>alert('x')</script>&amp;\r\n\t\"\\\xff\xc3(\xe2\x80\xae\u202e\x7f";

/// Streams, chunks, stamps, phases that nest wrongly, execs that fail and one that does not.
TraceBuilder everything(uint64_t id) {
  TraceBuilder builder;
  builder.trace_id(id)
      .exe(std::string("/opt/") + kHardName)
      .argv({kHardName, "--x", ""})
      .cwd(kHardName);
  builder.module("/usr/lib/../lib/libx.so", "\x01\x02\x03", 0x400000);
  builder.sample({5000, 6000, 100}, format::SampleReason::kStart);
  uint64_t stamp = 6'000'000'000;
  for (uint64_t i = 0; i < 40; ++i) {
    builder.at(stamp += 400'000);
    if (i == 10) builder.stamped();
    if (i > 10) builder.thread(1 + static_cast<uint32_t>(i % 3));
    builder.alloc(0x10000 + i * 64, i * 40'000, {"main", i % 2 == 0 ? "even" : "odd", "leaf"});
    if (i % 3 == 1) builder.free(0x10000 + (i - 1) * 64);
    if (i % 5 == 2) builder.realloc(0x10000 + i * 64, 0x90000 + i * 64, 100, {"main", "grow"}, 50);
    if (i % 7 == 3) builder.phase_begin(kHardName).mark("m", {7000, 0, 100}).phase_end("p");
    if (i % 20 == 5) builder.new_chunk().exec("/bin/true").exec_failed(2);
    if (i % 20 == 15) builder.hand_over(40 + static_cast<uint32_t>(i), "worker");
    if (i == 30) builder.module(kHardName, "", 0x7f0000000000).alloc(0x77770, 5, {kHardName});
  }
  builder.module_end(1).exec("/nonexistent/program", format::ExecHow::kSpawn, 77);
  return builder;
}

/// A parent, a child that frees what it inherited, and a grandchild that does too.
std::vector<TraceBuilder> family() {
  TraceBuilder parent = everything(11);
  TraceBuilder child;
  child.trace_id(12)
      .process(200, 1)
      .fork_of(parent)
      .free(0x10000 + 39 * 64)
      .alloc(0x20000, 9, {"main", "in child"});
  TraceBuilder grandchild;
  grandchild.trace_id(13)
      .process(300, 200)
      .fork_of(child)
      .free(0x20000)
      .free(0x10000 + 38 * 64)
      .exit(1);
  parent.free(0x10000 + 39 * 64).exit(0);
  return {parent, child, grandchild};
}

std::vector<std::byte> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<std::byte> bytes(fs::file_size(path));
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

void write_run(const fs::path& path, const std::vector<Image>& images) {
  const std::vector<uint8_t> packed = pack(images);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(packed.data()),
            static_cast<std::streamsize>(packed.size()));
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

Image image_of(const TraceBuilder& builder) {
  return pieces_of(builder.bytes());
}

/// A process and the child that it forks.
std::vector<Image> record() {
  const test::TemporaryDirectory traces;
  const test::TemporaryDirectory ledgers;
  test::Command command;
  command.argv = {MEMPROF_TEST_PROGRAMS "/h83_rich", ledgers.path(),
                  MEMPROF_TEST_PROGRAMS "/libfirst.so"};
  const test::Result result = test::run(test::preloaded(command, MEMPROF_LIBRARY, traces.path()));
  if (result.status != 0) throw std::runtime_error("h83_rich failed: " + result.err);
  std::vector<Image> images;
  for (const auto& entry : fs::directory_iterator(traces.path())) {
    if (entry.path().extension() == format::kFileSuffix)
      images.push_back(pieces_of(read_file(entry.path())));
  }
  if (images.size() != 2)
    throw std::runtime_error("h83_rich left " + std::to_string(images.size()) + " traces");
  return images;
}

void write_profile(const fs::path& path) {
  const test::TemporaryDirectory traces;
  size_t number = 0;
  for (const TraceBuilder& builder : family())
    builder.write((fs::path(traces.path()) / (std::to_string(number++) + ".mtrace")).string());
  fs::remove(path);
  profile::PackJob job;
  job.directory = traces.path();
  job.file = path.string();
  job.fold_percent = 1;
  job.policy.has_ended = [](const std::string&) { return true; };
  const auto names = profile::frames_from_files();
  profile::pack_traces(job, *names);
}

void make_corpus(const fs::path& directory) {
  const fs::path traces = directory / "traces";
  fs::create_directories(traces);
  write_run(traces / "one", {image_of(everything(7).exit(3))});
  std::vector<Image> images;
  for (const TraceBuilder& builder : family()) images.push_back(image_of(builder));
  write_run(traces / "family", images);
  write_run(traces / "counter",
            {image_of(everything(8).counter_stamps().lost(3).stop(format::StopReason::kDiskLow))});
  write_run(traces / "recorded", record());
  fs::create_directories(directory / "profiles");
  write_profile(directory / "profiles" / "family.mprof");
}

}  // namespace
}  // namespace memprof::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: fuzz_corpus DIRECTORY\n";
    return 2;
  }
  try {
    memprof::fuzz::make_corpus(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << "fuzz_corpus: error: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
