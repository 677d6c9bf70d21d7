#pragma once

#include <vector>

#include "tests/fuzz/trace_images.h"

namespace memprof::fuzz {

/// Does one to four things to the traces of a run: flips bits, puts values at the edges of their
/// range into fields of headers and records, drops, repeats and exchanges records, cuts, moves and
/// repeats chunks and whole images. The same images and seed give the same damage.
void damage(std::vector<Image>& images, unsigned seed);

}  // namespace memprof::fuzz
