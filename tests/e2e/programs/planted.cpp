// planted [UNITS]: builds something over and over, with the faults that the environment plants:
//
//     PLANTED_BUILDS=N    how many builds, each a phase "build" with phases "parse" and "render"; 1
//     PLANTED_LEAK=N      each build loses a block of N bytes
//     PLANTED_CACHE=N     each build adds an entry of N bytes to a cache that is never emptied
//     PLANTED_FIXTURE=N   N bytes are made before the first build and kept
//     PLANTED_SPIKE=N     N bytes live for a moment within "render"
//     PLANTED_CHILD=N     each build has a child process hold N bytes
//     PLANTED_NOISE=SEED  blocks of any size, up to 1 MiB in all, come and go from build to build
//
// A build without faults takes 1,000 bytes for each of UNITS (10) and gives all of it back.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "preload/include/memprof.h"

namespace {

size_t setting(const char* name, size_t usual) {
  const char* value = std::getenv(name);
  return value == nullptr ? usual : std::strtoul(value, nullptr, 10);
}

std::vector<std::unique_ptr<char[]>> g_cache;
std::unique_ptr<char[]> g_fixture;
std::vector<std::unique_ptr<char[]>> g_noise;

/// What the compiler cannot know to be of no use.
char* volatile g_used;

[[gnu::noinline]] void lose_block(size_t bytes) {
  g_used = new char[bytes];
  g_used = nullptr;
}

[[gnu::noinline]] void fill_cache(size_t bytes) {
  g_cache.push_back(std::make_unique<char[]>(bytes));
}

[[gnu::noinline]] void make_fixture(size_t bytes) {
  g_fixture = std::make_unique<char[]>(bytes);
}

[[gnu::noinline]] size_t spike(size_t bytes) {
  const std::vector<char> all(bytes, 'x');
  return all.size();
}

[[gnu::noinline]] void make_noise(std::mt19937_64& random) {
  g_noise.resize(64);
  for (auto& block : g_noise) {
    if (random() % 2 == 0) block = std::make_unique<char[]>(random() % 16384);
  }
}

[[gnu::noinline]] void hold_in_child(size_t bytes) {
  const pid_t child = fork();
  if (child == 0) {
    ::execl("/proc/self/exe", "planted-child", std::to_string(bytes).c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) _exit(98);
}

[[gnu::noinline]] size_t build(size_t units) {
  std::vector<std::unique_ptr<char[]>> pages;
  {
    const memprof::Phase parse("parse");
    for (size_t i = 0; i < units; ++i) pages.push_back(std::make_unique<char[]>(1000));
  }
  const memprof::Phase render("render");
  const size_t spike_bytes = setting("PLANTED_SPIKE", 0);
  return pages.size() + (spike_bytes != 0 ? spike(spike_bytes) : 0);
}

}  // namespace

int main(int argc, char** argv) {
  if (std::strcmp(argv[0], "planted-child") == 0) {
    const std::vector<char> held(std::strtoul(argv[1], nullptr, 10), 'x');
    return held.empty() ? 1 : 0;
  }
  const size_t units = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10;
  if (const size_t bytes = setting("PLANTED_FIXTURE", 0); bytes != 0) make_fixture(bytes);
  std::mt19937_64 random(setting("PLANTED_NOISE", 0));
  for (size_t i = setting("PLANTED_BUILDS", 1); i > 0; --i) {
    const memprof::Phase phase("build");
    build(units);
    if (const size_t bytes = setting("PLANTED_LEAK", 0); bytes != 0) lose_block(bytes);
    if (const size_t bytes = setting("PLANTED_CACHE", 0); bytes != 0) fill_cache(bytes);
    if (const size_t bytes = setting("PLANTED_CHILD", 0); bytes != 0) hold_in_child(bytes);
    if (setting("PLANTED_NOISE", 0) != 0) make_noise(random);
  }
  return 0;
}
