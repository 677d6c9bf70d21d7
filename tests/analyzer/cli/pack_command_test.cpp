// The profile file beside the traces it was made from, by the command that people use.
#include <sys/resource.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/analyzer/cli/command_line.h"
#include "tests/analyzer/profile/scratch_folder.h"
#include "tests/support/build_traces.h"
#include "tests/support/trace_builder.h"

using memprof::test::Result;
using memprof::test::run_memprof;
using memprof::test::run_program;
using memprof::test::ScratchFolder;
using memprof::test::TraceBuilder;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr uint64_t kMs = 1'000'000;
constexpr uint64_t kStart = 5'000'000'000;

/// Sites of all sizes in a process of 40 ms: each lives for a while, the last ones to the end.
void fill(TraceBuilder& trace, uint64_t first_ms, uint32_t sites) {
  for (uint32_t i = 0; i < sites; ++i) {
    const std::string leaf = "leaf" + std::to_string(i);
    trace.at(kStart + (first_ms + i % 40) * kMs + i)
        .alloc(0x100000 + i * 0x10000, 16 + i * i, {"main", "work", leaf})
        .alloc(0x108000 + i * 0x10000, 8, {"main", leaf});
    if (i % 3 != 0) trace.free(0x100000 + i * 0x10000);
  }
}

/// A run of a root, a fork of it that frees what it inherited, and an image of another program at
/// another load address.
void write_run(const ScratchFolder& folder) {
  TraceBuilder root;
  root.clock({kStart, kStart}).trace_id(1).run_id(7).process(100, 1);
  root.exe("/usr/bin/make").argv({"make", "-j2", "back\\slash", "two\nlines"});
  root.module("/usr/bin/make", "id-make", 0x400000);
  root.alloc(0x1000, 1000, {"main", "read"}).alloc(0x2000, 300, {"main", "[cut]"});
  root.phase_begin("parse").at(kStart + 3 * kMs).alloc(0x3000, 5000, {"main", "parse"});
  root.at(kStart + 4 * kMs).mark("parsed").free(0x3000).phase_end("parse");
  TraceBuilder child;
  child.trace_id(2).run_id(7).fork_of(root);
  child.process(101, 100).exe("/usr/bin/make").argv({"make"});
  child.free(0x1000).at(kStart + 6 * kMs).alloc(0x1000, 70, {"main", "child"}).exit(3);
  root.at(kStart + 90 * kMs).free(0x1000).exit(0);
  root.write(folder.path("root.mtrace"));
  child.write(folder.path("child.mtrace"));
  for (uint64_t i = 0; i < 2; ++i) {
    TraceBuilder other;
    other.clock({kStart + (10 + i) * kMs, kStart + (10 + i) * kMs}).trace_id(3 + i).run_id(7);
    other.process(static_cast<uint32_t>(102 + i), 100).exe("/usr/bin/cc1");
    other.argv({"cc1", "-o", std::to_string(i) + ".o"}).cwd("/src");
    other.module("/usr/bin/cc1", "id-cc1", 0x500000 + i * 0x100000);
    fill(other, 10 + i, 60 + static_cast<uint32_t>(i));
    other.at(kStart + (60 + i) * kMs).exit(0);
    other.write(folder.path("cc1-" + std::to_string(i) + ".mtrace"));
  }
  std::ofstream(folder.path("rss.samples")) << "memprof-rss 1\nr " << kStart + 20 * kMs
                                            << " 3 4096000\ns " << kStart + 95 * kMs << " 2 9\n";
}

/// A run and its profile.
struct Packed {
  explicit Packed(const std::string& fold) {
    fs::create_directory(folder.path("traces"));
    const ScratchFolder inner;
    write_run(inner);
    for (const auto& entry : fs::directory_iterator(inner.path()))
      fs::copy(entry.path(), fs::path(traces()) / entry.path().filename());
    const Result result = run_memprof({"pack", traces(), "-o", profile(), "--fold", fold});
    INFO(result.err);
    REQUIRE(result.status == 0);
    REQUIRE(result.out.empty());
  }
  std::string traces() const { return folder.path("traces"); }
  std::string profile() const { return folder.path("run.mprof"); }

  const ScratchFolder folder;
};

json report(const std::string& path, std::vector<std::string> options = {}) {
  options.insert(options.begin(), {"report", path, "--format", "json", "--top", "0"});
  const Result result = run_memprof(options);
  INFO(result.err);
  REQUIRE(result.status == 0);
  return json::parse(result.out);
}

std::vector<std::string> with_path(std::vector<std::string> arguments, const std::string& path) {
  for (std::string& argument : arguments) {
    const size_t at = argument.find("PATH");
    if (at != std::string::npos) argument.replace(at, 4, path);
  }
  return arguments;
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool is_input_error(const Result& result, const std::string& path, const std::string& part) {
  UNSCOPED_INFO("status " << result.status << ", err: " << result.err);
  return result.status == 3 && result.out.empty() && result.err.starts_with("memprof: error: ") &&
         result.err.find(path) != std::string::npos && result.err.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("Each command says the same of a profile without folding as of its traces", "[pack]") {
  const Packed run("0");
  const std::vector<std::vector<std::string>> commands{
      {"report", "PATH", "--format", "json", "--top", "0"},
      {"report", "PATH", "--format", "json", "--top", "3", "--by", "allocated"},
      {"report", "PATH", "--format", "json", "--at", "mark:parsed"},
      {"report", "PATH", "--format", "json", "--at", "end"},
      {"report", "PATH", "--format", "json", "--at", "0.02s"},
      {"report", "PATH", "--format", "json", "--process", "cc1", "--at", "0.02s"},
      {"report", "PATH", "--format", "json", "--phase", "parse"},
      {"report", "PATH"},
      {"report", "PATH", "--by", "temporary", "--group", "stack"},
      {"report", "PATH", "--process", "cc1*1.o"},
      {"tree", "PATH"},
      {"tree", "PATH", "--format", "json"}};
  for (const auto& command : commands) {
    const Result raw = run_memprof(with_path(command, run.traces()));
    const Result packed = run_memprof(with_path(command, run.profile()));
    INFO(command.back() << ": " << raw.err << packed.err);
    CHECK(raw.status == 0);
    CHECK(packed.status == 0);
    CHECK((raw.out == packed.out));
  }
}

TEST_CASE("A build of many processes adds up to what was written, folded or not", "[pack_many]") {
  const ScratchFolder folder;
  fs::create_directory(folder.path("traces"));
  const memprof::test::BuildTruth truth =
      memprof::test::write_build(folder.path("traces"), 40, 1000);
  const std::string traces = folder.path("traces");
  const std::string raw_tree = run_memprof({"tree", traces, "--format", "json"}).out;
  for (const std::string fold : {"0", "3"}) {
    const std::string profile = folder.path("fold" + fold + ".mprof");
    REQUIRE(run_memprof({"pack", traces, "-o", profile, "--fold", fold}).status == 0);
    CHECK((run_memprof({"tree", profile, "--format", "json"}).out == raw_tree));
    const json all = report(profile);
    REQUIRE(all["processes"].size() == truth.processes);
    const auto sum = [&](const char* key) {
      uint64_t total = 0;
      for (const json& process : all["processes"]) total += process["totals"][key].get<uint64_t>();
      return total;
    };
    CHECK(sum("allocations") == truth.allocations);
    CHECK(sum("frees") == truth.frees);
    CHECK(sum("bytes_allocated") == truth.bytes_allocated);
    CHECK(sum("live_bytes") == truth.live_bytes);
    CHECK(sum("peak_bytes") == truth.peak_bytes);
    uint64_t at_peak = all["tree"]["other"]["peak_bytes"].get<uint64_t>();
    for (const json& row : all["tree"]["sites"]) at_peak += row["peak_bytes"].get<uint64_t>();
    CHECK(at_peak == all["tree"]["peak_heap_bytes"].get<uint64_t>());
  }
  CHECK((report(folder.path("fold0.mprof")) == report(traces)));
}

TEST_CASE("A diff takes traces and profiles alike", "[pack]") {
  const Packed run("0");
  const auto rows = [](const std::string& before, const std::string& after) {
    const Result result = run_memprof({"diff", before, after, "--format", "json", "--top", "0"});
    INFO(result.err);
    REQUIRE(result.status == 0);
    json all = json::parse(result.out);
    for (const char* side : {"before", "after"}) all[side].erase("path");
    return all;
  };
  const json raw = rows(run.traces() + "@mark:parsed", run.traces() + "@peak");
  const json packed = rows(run.profile() + "@mark:parsed", run.profile() + "@peak");
  CHECK((raw["rows"] == packed["rows"]));
  CHECK((raw["total"] == packed["total"]));
  const json same = rows(run.traces(), run.profile());
  CHECK(same["total"]["delta"] == 0);
  CHECK(same["rows"].empty());
}

TEST_CASE("Folding keeps totals, tree, phases and marks; kept rows are exact and the rest is other",
          "[pack]") {
  const Packed run("2");
  const json raw = report(run.traces());
  const json folded = report(run.profile());
  CHECK(raw["run"] == folded["run"]);
  CHECK(raw["tree"]["peak_heap_bytes"] == folded["tree"]["peak_heap_bytes"]);
  CHECK(raw["tree"]["alive_at_peak"] == folded["tree"]["alive_at_peak"]);
  REQUIRE(raw["processes"].size() == folded["processes"].size());
  bool some_folded = false;
  for (size_t i = 0; i < raw["processes"].size(); ++i) {
    const json& a = raw["processes"][i];
    const json& b = folded["processes"][i];
    for (const char* key : {"id", "parent", "argv", "end", "totals", "rss", "marks"})
      CHECK(a[key] == b[key]);
    const std::set<json> rows(a["sites"].begin(), a["sites"].end());
    for (const json& row : b["sites"]) CHECK(rows.contains(row));
    some_folded = some_folded || b["sites"].size() < a["sites"].size();
    for (const auto& [key, total] : b["other"].items()) {
      uint64_t sum = total.get<uint64_t>();
      for (const json& row : b["sites"]) sum += row[key].get<uint64_t>();
      CHECK(sum == a["totals"][key].get<uint64_t>());
    }
    // What is left out is small in all ways.
    const std::set<json> kept(b["sites"].begin(), b["sites"].end());
    for (const json& row : a["sites"]) {
      if (kept.contains(row)) continue;
      for (const char* key : {"bytes_allocated", "peak_bytes", "live_bytes", "allocations"})
        CHECK(row[key].get<double>() <= 0.02 * a["totals"][key].get<double>());
    }
  }
  CHECK(some_folded);
}

TEST_CASE("A moment that was not kept is an error that names the nearest that was", "[pack]") {
  const Packed run("0");
  const Result missing = run_memprof(
      {"report", run.profile(), "--format", "json", "--at", "0.0203s", "--process", "cc1"});
  CHECK(missing.status == 2);
  const std::string before = "the nearest that was is ";
  const size_t at = missing.err.find(before);
  INFO(missing.err);
  REQUIRE(at != std::string::npos);
  std::string moment = missing.err.substr(at + before.size());
  moment.erase(moment.find('s') + 1);
  CHECK((report(run.profile(), {"--at", moment, "--process", "cc1"}) ==
         report(run.traces(), {"--at", moment, "--process", "cc1"})));
  CHECK(run_memprof({"report", run.profile(), "--details"}).status == 2);
}

TEST_CASE("A profile keeps names when the files are gone", "[pack]") {
  const ScratchFolder folder;
  fs::create_directory(folder.path("traces"));
  const std::string program = folder.path("program");
  fs::copy("/bin/true", program);
  TraceBuilder()
      .module(program)
      .alloc(0x1000, 64, {"main"})
      .exit(0)
      .write(folder.path("traces/x.mtrace"));
  REQUIRE(run_memprof({"pack", folder.path("traces"), "-o", folder.path("x.mprof")}).status == 0);
  const json before = report(folder.path("x.mprof"));
  CHECK(before == report(folder.path("traces")));
  fs::remove(program);
  fs::remove_all(folder.path("traces"));
  CHECK(before == report(folder.path("x.mprof")));
}

TEST_CASE("Plain sqlite3 finds totals, sites and functions in the views", "[pack]") {
  const Packed run("0");
  const json all = report(run.profile());
  const auto query = [&](const std::string& sql) {
    return run_program({"sqlite3", "-readonly", run.profile(), sql}).out;
  };
  CHECK(query("PRAGMA integrity_check") == "ok\n");
  CHECK(query("SELECT count(*) FROM process_list") ==
        std::to_string(all["processes"].size()) + "\n");
  uint64_t peak = 0;
  for (const json& row : all["processes"][2]["sites"]) peak += row["peak_bytes"].get<uint64_t>();
  CHECK(query("SELECT sum(peak_bytes) FROM peak WHERE process_id = (SELECT id FROM processes WHERE "
              "trace_id = 3)") == std::to_string(peak) + "\n");
  CHECK(query("SELECT count(*) > 0 FROM function_list") == "1\n");
  CHECK(query("SELECT max(depth) FROM stack_frames") == "2\n");
  CHECK(query("SELECT command FROM process_list WHERE pid = 102") == "cc1 -o 0.o \n");
}

TEST_CASE("A damaged, cut, foreign or newer profile is an error that names it", "[pack]") {
  const Packed run("0");
  const std::string good = bytes_of(run.profile());
  const std::string path = run.folder.path("bad.mprof");
  for (const size_t size :
       {size_t{16}, size_t{100}, size_t{4096}, good.size() / 2, good.size() - 1}) {
    write_bytes(path, good.substr(0, size));
    CHECK(is_input_error(run_memprof({"report", path}), path, ""));
  }
  std::string newer = good;
  newer[63] = 9;  // user_version
  write_bytes(path, newer);
  CHECK(is_input_error(run_memprof({"tree", path}), path, "version 9"));
  fs::remove(path);
  run_program({"sqlite3", path, "CREATE TABLE t(x)"});
  CHECK(is_input_error(run_memprof({"report", path}), path, "no profile"));
  write_bytes(path, good);
  run_program({"sqlite3", path, "CREATE VIEW more AS SELECT 1"});
  CHECK(is_input_error(run_memprof({"diff", path, path + "@end"}), path, "tables"));
  for (const char* change :
       {"UPDATE stacks SET parent_id = 1 WHERE id = 1", "UPDATE sites SET stack_id = 99999",
        "UPDATE processes SET held = x'00112233'", "UPDATE processes SET steps = x'28b52ffd00'",
        "DELETE FROM run", "DELETE FROM processes"}) {
    write_bytes(path, good);
    run_program({"sqlite3", path, change});
    INFO(change);
    CHECK(is_input_error(run_memprof({"report", path, "--at", "mark:parsed"}), path, ""));
  }
}

TEST_CASE("A full disk leaves the traces and no half profile", "[pack]") {
  const Packed run("0");
  const auto size = fs::file_size(run.profile());
  const std::string limit = std::to_string(size / 2 / 512);
  fs::remove(run.profile());
  const json before = report(run.traces());
  const Result result =
      run_program({"sh", "-c",
                   "trap '' XFSZ; ulimit -f " + limit + "; exec " + std::string(MEMPROF_COMMAND) +
                       " pack " + run.traces() + " -o " + run.profile() + " --fold 0"});
  CHECK(is_input_error(result, run.profile(), ""));
  CHECK_FALSE(fs::exists(run.profile()));
  for (const auto& entry : fs::directory_iterator(run.folder.path()))
    CHECK(entry.path().filename() == "traces");
  CHECK((report(run.traces()) == before));
}

TEST_CASE("A signal that ends packing leaves nothing half written", "[pack_many]") {
  const std::string signal = GENERATE("INT", "TERM", "HUP");
  const ScratchFolder folder;
  fs::create_directory(folder.path("traces"));
  memprof::test::write_build(folder.path("traces"), 60, 2000);
  // A signal is taken as it was when the shell began, so not by the shell's own &.
  const Result result = run_program(
      {"python3", "-c",
       "import glob, signal, subprocess, sys\n"
       "packing = subprocess.Popen(sys.argv[2:])\n"
       "while not glob.glob(sys.argv[1] + '/x.mprof.*') and packing.poll() is None: pass\n"
       "packing.send_signal(signal.SIG" +
           signal +
           ")\n"
           "sys.exit(packing.wait() == -signal.SIG" +
           signal + ")",
       folder.path(), MEMPROF_COMMAND, "pack", folder.path("traces"), "-o",
       folder.path("x.mprof")});
  INFO(result.err);
  CHECK(result.status == 1);
  for (const auto& entry : fs::directory_iterator(folder.path()))
    CHECK(entry.path().filename() == "traces");
}

TEST_CASE("Packing replaces a profile, never another file, and takes a directory", "[pack]") {
  const Packed run("0");
  CHECK(run_memprof({"pack", run.traces(), "-o", run.profile(), "--fold", "5"}).status == 0);
  const std::string other = run.folder.file("notes.txt", "mine");
  CHECK(run_memprof({"pack", run.traces(), "-o", other}).status == 2);
  CHECK(bytes_of(other) == "mine");
  CHECK(run_memprof({"pack", other, "-o", run.profile()}).status == 3);
  CHECK(run_memprof({"pack", run.traces(), "-o", run.profile(), "--fold", "101"}).status == 2);
  CHECK(run_memprof({"run", "-o", run.profile(), "--", "true"}).status == 2);
}

TEST_CASE("memprof run folds each process and removes its trace", "[pack]") {
  const ScratchFolder folder;
  const std::string script = "for i in 1 2 3; do ls / > /dev/null; done; (expr 1 + 1); exit 5";
  const Result kept = run_memprof(
      {"run", "-q", "--keep-trace", "-o", folder.path("kept.mprof"), "--", "sh", "-c", script});
  INFO(kept.err);
  CHECK(kept.status == 5);
  CHECK(kept.out == "2\n");
  json raw = report(folder.path("kept.mprof.traces"));
  json packed = report(folder.path("kept.mprof"));
  REQUIRE(packed["processes"].size() == raw["processes"].size());
  CHECK(packed["processes"].size() >= 5);
  CHECK(raw["run"] == packed["run"]);
  CHECK(raw["tree"]["peak_heap_bytes"] == packed["tree"]["peak_heap_bytes"]);
  for (size_t i = 0; i < raw["processes"].size(); ++i) {
    for (const char* key : {"totals", "rss", "parent", "argv", "end"})
      CHECK(raw["processes"][i][key] == packed["processes"][i][key]);
  }
  const Result gone =
      run_memprof({"run", "-o", folder.path("gone.mprof"), "--", "sh", "-c", script});
  CHECK(gone.status == 5);
  CHECK(gone.err.find("memprof report") != std::string::npos);
  CHECK_FALSE(fs::exists(folder.path("gone.mprof.traces")));
  CHECK(report(folder.path("gone.mprof"))["processes"].size() == packed["processes"].size());
  CHECK(run_memprof({"run", "-o", folder.path("none.mprof"), "--", "no-such-command"}).status ==
        127);
  CHECK_FALSE(fs::exists(folder.path("none.mprof")));
  CHECK_FALSE(fs::exists(folder.path("none.mprof.traces")));
}
