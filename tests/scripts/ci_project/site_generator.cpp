// Renders nothing, ten times as much of it where SITE_LARGE is set, and loses a block in each
// build where SITE_LEAK is.
#include <cstdlib>
#include <cstring>

#include "memprof.h"

void parse_header() {
  free(malloc(100));
}

void lose() {
  memset(malloc(64), 1, 64);
}

void render(size_t bytes) {
  memprof::Phase phase{"render"};
  void* page = malloc(bytes);
  memset(page, 1, bytes);
  free(page);
}

int main() {
  for (int i = 0; i < 10; ++i) {
    memprof::Phase phase{"build"};
    parse_header();
    render(getenv("SITE_LARGE") != nullptr ? 1'000'000 : 100'000);
    if (getenv("SITE_LEAK") != nullptr) lose();
  }
}
