#include "analyzer/profile/parent_links.h"

#include <catch2/catch.hpp>
#include <optional>
#include <vector>

using memprof::format::ParentLink;
using memprof::heap::End;
using memprof::profile::Image;
using memprof::profile::link_parents;

namespace {

constexpr uint64_t kSecond = 1'000'000'000;

Image image(uint64_t trace_id, uint32_t pid, uint32_t ppid, uint64_t start_ns, uint64_t end_ns) {
  Image result;
  result.trace_id = trace_id;
  result.pid = pid;
  result.ppid = ppid;
  result.start_ns = start_ns;
  result.end_ns = end_ns;
  result.end = End::kExit;
  return result;
}

Image forked(Image child, uint64_t parent_id) {
  child.link = ParentLink::kFork;
  child.parent_id = parent_id;
  return child;
}

Image told(Image child, uint64_t parent_id, uint32_t env_parent_pid) {
  child.link = ParentLink::kEnviron;
  child.parent_id = parent_id;
  child.env_parent_pid = env_parent_pid;
  return child;
}

Image ended_by(Image process, End end) {
  process.end = end;
  return process;
}

/// The parent of the last image.
std::optional<size_t> last_parent(const std::vector<Image>& images) {
  return link_parents(images).back();
}

}  // namespace

TEST_CASE("An image without a link is a root, and several may be") {
  const auto parents = link_parents({image(1, 10, 1, 0, 100), image(2, 11, 10, 50, 60)});
  CHECK_FALSE(parents[0]);
  CHECK_FALSE(parents[1]);
}

TEST_CASE("A forked image's parent is the one it names, whatever the pids say") {
  CHECK(last_parent({image(1, 10, 1, 0, 100), image(2, 11, 1, 0, 100),
                     forked(image(3, 12, 11, 50, 60), 1)}) == 0);
}

TEST_CASE("A forked image whose parent's trace is missing is a root") {
  CHECK_FALSE(last_parent({image(1, 10, 1, 0, 100), forked(image(3, 12, 10, 50, 60), 99)}));
}

TEST_CASE("After an exec the parent is the image before, as the environment says") {
  CHECK(last_parent({image(1, 10, 1, 0, 100), ended_by(image(2, 11, 10, 10, 20), End::kExec),
                     told(image(3, 11, 10, 21, 60), 2, 11)}) == 1);
}

TEST_CASE("A spawned image's parent is the one whose pid is its ppid") {
  CHECK(last_parent({image(1, 10, 1, 0, 100), told(image(2, 11, 10, 30, 60), 1, 10)}) == 0);
}

TEST_CASE("A variable inherited through system() is stale: the parent is the image of the ppid") {
  // 10 starts sh (11), which got its environment from 10; sh's child 12 got the same by a raw fork
  // and exec.
  CHECK(last_parent({image(1, 10, 1, 0, 100), told(image(2, 11, 10, 10, 90), 1, 10),
                     told(image(3, 12, 11, 20, 30), 1, 10)}) == 1);
}

TEST_CASE("Of several images of the ppid the latest that was alive at our start is the parent") {
  const std::vector<Image> before = {image(1, 10, 1, 0, 100), image(2, 11, 10, 1, 5),
                                     ended_by(image(3, 11, 10, 10, 20), End::kExec),
                                     told(image(4, 11, 10, 20, 90), 3, 11)};
  SECTION("while it runs") {
    auto images = before;
    images.push_back(told(image(5, 12, 11, 50, 60), 1, 10));
    CHECK(last_parent(images) == 3);
  }
  SECTION("not one that had already ended") {
    std::vector<Image> images(before.begin(), before.begin() + 2);
    images.push_back(told(image(5, 12, 11, 50, 60), 1, 10));
    CHECK(last_parent(images) == 0);
  }
}

TEST_CASE("An image without an end record may still be its child's parent after its last event") {
  CHECK(last_parent({image(1, 10, 1, 0, 100), ended_by(image(2, 11, 10, 1, 5), End::kOpen),
                     told(image(3, 12, 11, 50, 60), 1, 10)}) == 1);
}

TEST_CASE(
    "A raw exec leaves a stale variable: the image of the same pid that just ended is the parent") {
  CHECK(last_parent({image(1, 10, 1, 0, 100), ended_by(image(2, 11, 10, 10, 20), End::kExec),
                     told(image(3, 11, 10, 21, 60), 1, 77)}) == 1);
}

TEST_CASE("A reused pid is not taken for an exec that was long ago") {
  CHECK(last_parent({image(1, 10, 1, 0, 100 * kSecond),
                     ended_by(image(2, 11, 10, 10, 20), End::kExec),
                     told(image(3, 11, 10, 50 * kSecond, 60 * kSecond), 1, 77)}) == 0);
}

TEST_CASE("When nothing else is known the parent is what the environment named") {
  CHECK(last_parent({image(1, 10, 1, 0, 100), told(image(2, 12, 999, 30, 60), 1, 77)}) == 0);
  CHECK_FALSE(last_parent({image(1, 10, 1, 0, 100), told(image(2, 12, 999, 30, 60), 42, 77)}));
}

TEST_CASE("Traces that name each other or themselves make no cycle") {
  const auto parents =
      link_parents({forked(image(1, 10, 11, 0, 100), 2), forked(image(2, 11, 10, 1, 100), 1),
                    forked(image(3, 12, 12, 2, 100), 3)});
  CHECK_FALSE(parents[0]);
  CHECK(parents[1] == 0);
  CHECK_FALSE(parents[2]);
}
