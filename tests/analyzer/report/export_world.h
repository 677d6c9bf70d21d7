// What the tests of formats for other tools share: a run that has everything, and the JSON report
// to compare with.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "analyzer/profile/names.h"
#include "analyzer/report/options.h"
#include "tests/analyzer/profile/run_builder.h"

namespace memprof::test {

using WriteReport = void (*)(std::ostream&, const profile::Run&, profile::FrameSource&,
                             const report::Options&);

/// What a format makes of a run, in bytes.
std::string written(WriteReport write, const profile::Run& run, profile::FrameSource& source,
                    const report::Options& options = {});

/// The JSON report with all its rows.
nlohmann::json json_rows(const profile::Run& run, profile::FrameSource& source,
                         report::Options options = {});

/// Runs a program with these bytes in a file as its last argument; its standard output. Fails the
/// test when it fails.
std::string output_of(std::vector<std::string> program, const std::string& bytes);

/// All counts of a site different ones, so that none can stand for another.
heap::Counts different_counts(uint64_t n);

/// Two processes of one executable, and one of another, with inlined frames, recursion, a cut
/// stack, code without symbols, the same functions at several addresses, and hostile names:
/// semicolons, newlines, terminal escapes, bytes that are no UTF-8, quotes, 100 kB of name.
profile::Run hostile_run(FakeFrames& frames);

}  // namespace memprof::test
