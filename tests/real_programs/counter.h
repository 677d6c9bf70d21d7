// The file that the counting preload (counter.c) keeps for each process image.
#pragma once

#include <stdint.h>

struct counts {
  int32_t pid;
  uint64_t allocations;
  uint64_t frees;  // of any block, whoever allocated it
  uint64_t bytes;  // asked for
  char exe[4096];  // as /proc/self/exe said when the image began
};
