// The main of a target without libFuzzer: runs it on each file, then on files damaged by seed.
//
//   fuzz_NAME [--runs N] [--seed S] [--kept FILE] FILE...
//
// The same arguments give the same inputs. What an input did wrong ends the process; the input is
// then in FILE
// ("fuzz_NAME.failed"). So does taking longer or more memory than any input may.
#include <sys/resource.h>
#include <sys/time.h>

#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/target.h"

namespace {

constexpr time_t kMaxSeconds = 5;
constexpr long kMaxResidentKiB = 512 * 1024;
constexpr size_t kMaxGrowth = 64 * 1024;

using Input = std::vector<uint8_t>;

struct Arguments {
  unsigned long runs = 0;
  unsigned long seed = 1;
  std::string kept;
  std::vector<std::string> files;
};

[[noreturn]] void usage(const char* why) {
  std::fprintf(stderr, "%s\nusage: fuzz_NAME [--runs N] [--seed S] [--kept FILE] FILE...\n", why);
  std::exit(2);
}

unsigned long number(const char* text) {
  char* end = nullptr;
  const unsigned long value = std::strtoul(text, &end, 10);
  if (*text == '\0' || *end != '\0') usage("not a number");
  return value;
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  arguments.kept = std::string(argv[0]) + ".failed";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool option = word.starts_with("--");
    if (option && i + 1 == argc) usage("an option without its value");
    if (word == "--runs") {
      arguments.runs = number(argv[++i]);
    } else if (word == "--seed") {
      arguments.seed = number(argv[++i]);
    } else if (word == "--kept") {
      arguments.kept = argv[++i];
    } else if (option) {
      usage("unknown option");
    } else {
      arguments.files.push_back(word);
    }
  }
  if (arguments.files.empty()) usage("no files");
  return arguments;
}

Input read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) usage(("cannot read " + path).c_str());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The input that runs, for whoever ends the process: written first, since what happens then may
// allow nothing any more.
void keep(const std::string& path, const Input& input) {
  ::unlink(path.c_str());  // A file cut to nothing and written anew is synced to the disk by some
                           // file systems.
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(input.data()),
            static_cast<std::streamsize>(input.size()));
}

void too_slow(int) {
  constexpr char kMessage[] = "does not hold: an input takes less than 5 s\n";
  [[maybe_unused]] const ssize_t written = ::write(2, kMessage, sizeof kMessage - 1);
  std::abort();
}

void run_watched(const Input& input) {
  // Counted in processor time: a busy machine is not the input's fault.
  const itimerval limit{{0, 0}, {kMaxSeconds, 0}};
  ::setitimer(ITIMER_PROF, &limit, nullptr);
  LLVMFuzzerTestOneInput(input.data(), input.size());
  const itimerval none{};
  ::setitimer(ITIMER_PROF, &none, nullptr);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  memprof::fuzz::require(usage.ru_maxrss < kMaxResidentKiB, "an input takes less than 512 MiB");
}

}  // namespace

// Freed memory is held back for a while only; the bound is meant for the analyzer, not for the
// sanitizer.
extern "C" const char* __asan_default_options() {
  return "quarantine_size_mb=16:allocator_may_return_null=0:malloc_context_size=2";
}

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  std::signal(SIGPROF, too_slow);
  std::vector<Input> corpus;
  for (const std::string& file : arguments.files) corpus.push_back(read_file(file));
  for (size_t i = 0; i < corpus.size(); ++i) {
    keep(arguments.kept, corpus[i]);
    run_watched(corpus[i]);
  }
  std::mt19937_64 random(arguments.seed);
  for (unsigned long run = 0; run < arguments.runs; ++run) {
    Input input = corpus[random() % corpus.size()];
    const size_t bytes = input.size();
    input.resize(bytes + kMaxGrowth);
    input.resize(LLVMFuzzerCustomMutator(input.data(), bytes, input.size(),
                                         static_cast<unsigned>(random())));
    keep(arguments.kept, input);
    run_watched(input);
  }
  ::unlink(arguments.kept.c_str());
  std::printf("%zu files, %lu damaged ones: fine\n", corpus.size(), arguments.runs);
  return 0;
}
