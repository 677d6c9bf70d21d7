// Libraries that come and go while others allocate.
#pragma once

namespace memprof::test {

/// Loads and unloads two libraries `rounds` times each while `workers` threads allocate, and checks
/// all counts.
void check_loads(unsigned rounds, unsigned workers);

}  // namespace memprof::test
