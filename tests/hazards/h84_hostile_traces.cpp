// What one hostile file can do at a time; damage by the ten thousand is in tests/fuzz.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/e2e/scenario.h"
#include "tests/support/trace_builder.h"

namespace memprof::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// The bounds that any input is held to.
constexpr rlim_t kMaxSeconds = 5;
constexpr rlim_t kMaxBytes = rlim_t{512} << 20;

constexpr char kTracer[] = "/usr/bin/strace";

Command report_command(const std::vector<std::string>& arguments) {
  Command command;
  command.argv = {MEMPROF_COMMAND, "report"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.limits = {{RLIMIT_CPU, kMaxSeconds}, {RLIMIT_DATA, kMaxBytes}};
  command.patience = std::chrono::seconds(30);
  return command;
}

Result report(const std::vector<std::string>& arguments) {
  const Result result = run(report_command(arguments));
  INFO(result.err);
  CHECK_FALSE(result.timed_out);
  CHECK_FALSE(result.signalled);
  return result;
}

json json_report(const std::string& path) {
  const Result result = report({path, "--format", "json"});
  INFO(result.err);
  REQUIRE(result.status == 0);
  const json parsed = json::parse(result.out, nullptr, false);
  REQUIRE_FALSE(parsed.is_discarded());
  return parsed;
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// A process with one block and an exit.
TraceBuilder small(uint64_t id = 7) {
  TraceBuilder builder;
  builder.trace_id(id).module("/no/such/program").alloc(0x1000, 100, {"main", "f"});
  return builder;
}

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char byte) {
    const auto code = static_cast<unsigned char>(byte);
    return (code < 0x20 && byte != '\n') || code == 0x7f;
  });
}

TEST_CASE(
    "Modules that are pipes, devices, directories or files of the kernel are named and not waited "
    "for",
    "[h84]") {
  const TemporaryDirectory files;
  const std::string pipe = files / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  fs::create_symlink(pipe, files / "to_pipe");
  fs::create_symlink("/dev/zero", files / "to_zero");
  fs::create_symlink(files / "loop", files / "loop");
  const std::vector<std::string> places = {pipe,
                                           files / "to_pipe",
                                           "/dev/zero",
                                           files / "to_zero",
                                           "/dev/tty",
                                           files.path(),
                                           files / "loop",
                                           "/proc/self/mem",
                                           "/proc/kmsg",
                                           "/proc/kcore",
                                           "/dev/stdin",
                                           "/../../../.." + pipe,
                                           "//dev///zero",
                                           "../../etc/passwd",
                                           "/proc/self/fd/0",
                                           "/etc/passwd",
                                           std::string(5000, 'x'),
                                           "/" + std::string(5000, 'y'),
                                           "",
                                           "/dev/zero (deleted)"};
  TraceBuilder builder;
  uint64_t address = 0x10000;
  for (const std::string& place : places) {
    builder.module(place, "", address);
    builder.exe(place).exec(place, format::ExecHow::kSpawn, 40);
    builder.alloc(address, 16, {"at " + std::to_string(address)});
    address += 0x10000;
  }
  builder.exit(0).write(files / "x.mtrace");
  const Result text = report({files.path(), "--process", "*"});
  CHECK(text.status == 0);
  const json parsed = json_report(files.path());
  CHECK(parsed["processes"][0]["totals"]["allocations"] == places.size());
}

TEST_CASE(
    "A report opens nothing to write and no pipe or device to read, and only files that the trace "
    "names",
    "[h84]") {
  if (access(kTracer, X_OK) != 0) {
    WARN("strace is not installed: skipped");
    return;
  }
  const TemporaryDirectory files;
  fs::create_directory(files / "traces");
  fs::create_directory(files / "log");
  write_file(files / "victim", "keep");
  small()
      .exe("/bin/../" + files.path() + "/victim")
      .module(files / "victim")
      .alloc(0x9000, 3, {"g"})
      .exec(files / "victim", format::ExecHow::kSpawn, 9)
      .exit(0)
      .write(files / "traces/a.mtrace");
  const bool to_file = GENERATE(false, true);
  Command command = report_command({files / "traces", "--format", "json"});
  command.limits.clear();
  if (to_file) command.argv.insert(command.argv.end(), {"-o", files / "out.json"});
  command.argv.insert(command.argv.begin(), {kTracer, "-f", "-qq", "-o", files / "log/calls", "-e",
                                             "trace=open,openat,creat,rename,renameat,renameat2,"
                                             "unlink,unlinkat,mkdir,truncate,link,symlink,"
                                             "connect,execve"});
  const Result result = run(command);
  REQUIRE(result.status == 0);
  std::ifstream lines(files / "log/calls");
  std::string line;
  unsigned writes = 0;
  unsigned opened = 0;
  unsigned executed = 0;
  while (std::getline(lines, line)) {
    INFO(line);
    opened += line.find("open") != std::string::npos ? 1U : 0U;
    executed += line.find("execve(") != std::string::npos ? 1U : 0U;
    CHECK(line.find("connect(") == std::string::npos);
    const bool changes =
        line.find("O_WRONLY") != std::string::npos || line.find("O_RDWR") != std::string::npos ||
        line.find("O_CREAT") != std::string::npos ||
        (line.find("open") == std::string::npos && line.find("execve(") == std::string::npos &&
         line.find("+++") == std::string::npos);
    if (!changes) continue;
    ++writes;
    CHECK(line.find(files / "out.json") != std::string::npos);
  }
  CHECK(opened > 5);
  CHECK(executed == 1);
  CHECK((writes > 0) == to_file);
  CHECK(read_file(files / "victim") == "keep");
}

TEST_CASE("A module that is a file of the kernel is not read", "[h84]") {
  if (access(kTracer, X_OK) != 0) {
    WARN("strace is not installed: skipped");
    return;
  }
  const TemporaryDirectory files;
  const std::string module = "/proc/version";
  small()
      .module(module)
      .alloc(0x9000, 3, {"g"})
      .exec(module, format::ExecHow::kSpawn, 9)
      .exit(0)
      .write(files / "a.mtrace");
  Command command = report_command({files / "a.mtrace"});
  command.limits.clear();
  command.argv.insert(command.argv.begin(), {kTracer, "-f", "-qq", "-y", "-o", files / "calls",
                                             "-e", "trace=openat,read,pread64,mmap"});
  REQUIRE(run(command).status == 0);
  std::ifstream lines(files / "calls");
  std::string line;
  bool opened = false;
  while (std::getline(lines, line)) {
    if (line.find(module) == std::string::npos) continue;
    INFO(line);
    CHECK(line.find(" openat(") != std::string::npos);
    opened = true;
  }
  CHECK(opened);
}

TEST_CASE("An output that is a symlink is replaced, and what it points to is left alone", "[h84]") {
  const TemporaryDirectory files;
  small().exit(0).write(files / "x.mtrace");
  write_file(files / "victim", "keep");
  fs::create_symlink(files / "victim", files / "out");
  CHECK(report({files / "x.mtrace", "-o", files / "out"}).status == 0);
  CHECK(read_file(files / "victim") == "keep");
  CHECK_FALSE(fs::is_symlink(files / "out"));
  CHECK_FALSE(read_file(files / "out").empty());
}

TEST_CASE("Images that are there twice, or are each other's parents, are reported once each",
          "[h84]") {
  const TemporaryDirectory files;
  small(1).parent(2, format::ParentLink::kFork).exit(0).write(files / "a.mtrace");
  small(2).parent(1, format::ParentLink::kFork).exit(0).write(files / "b.mtrace");
  small(3).parent(3, format::ParentLink::kFork).exit(0).write(files / "c.mtrace");
  fs::copy_file(files / "c.mtrace", files / "d.mtrace");
  fs::create_symlink(files / "c.mtrace", files / "e.mtrace");
  const json parsed = json_report(files.path());
  CHECK(parsed["processes"].size() == 5);
  for (const json& process : parsed["processes"]) {
    CHECK(process["totals"]["allocations"] == 1);
    if (!process["parent"].is_null()) CHECK(process["parent"] < process["id"]);
  }
}

TEST_CASE(
    "Foreign and half-written files in a trace directory are listed, and the rest is reported",
    "[h84]") {
  const TemporaryDirectory files;
  small().exit(0).write(files / "good.mtrace");
  write_file(files / "empty.mtrace", "");
  write_file(files / "zeros.mtrace", std::string(70'000, '\0'));
  write_file(files / "text.mtrace", "hello\n");
  write_file(files / "notes.txt", "hello\n");
  write_file(files / "\x1b[31mred\n.mtrace", "hello\n");
  const std::string whole = read_file(files / "good.mtrace");
  write_file(files / "half.mtrace", whole.substr(0, format::kHeaderBytes / 2));
  std::string other_version = whole;
  other_version[offsetof(format::FileHeader, version)] = 99;
  write_file(files / "version.mtrace", other_version);
  std::string other_order = whole;
  std::reverse(other_order.begin(), other_order.begin() + 8);
  write_file(files / "order.mtrace", other_order);
  fs::create_directory(files / "directory.mtrace");
  REQUIRE(mkfifo((files / "pipe.mtrace").c_str(), 0600) == 0);
  fs::create_symlink("/dev/zero", files / "zero.mtrace");
  fs::create_symlink("nowhere", files / "dangling.mtrace");
  const json parsed = json_report(files.path());
  CHECK(parsed["processes"].size() == 1);
  const json& unreadable = parsed["run"]["unreadable"];
  CHECK(unreadable.size() == 11);
  const auto reason = [&](const std::string& name) {
    for (const json& file : unreadable) {
      if (file["path"] == files / name) return file["reason"].get<std::string>();
    }
    return std::string();
  };
  CHECK(reason("version.mtrace").find("it has format version 99") != std::string::npos);
  CHECK(reason("order.mtrace").find("the other byte order") != std::string::npos);
  CHECK(reason("half.mtrace").find("within the header") != std::string::npos);
  CHECK(reason("pipe.mtrace").find("no regular file") != std::string::npos);
  const Result text = report({files.path()});
  CHECK(text.status == 0);
  CHECK_FALSE(has_control(text.out));
}

TEST_CASE("Errors about files with control characters in their names stay one clean line",
          "[h84]") {
  const TemporaryDirectory files;
  const std::string path = files / "\x1b]0;owned\x07\nline.mtrace";
  write_file(path, "hello\n");
  for (const std::string& named : {path, files.path()}) {
    const Result result = report({named});
    CHECK(result.status == 3);
    CHECK(result.out.empty());
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
    CHECK_FALSE(has_control(result.err));
  }
}

TEST_CASE(
    "Names with terminal escapes, markup and bad UTF-8 are harmless in text and whole in JSON",
    "[h84]") {
  const TemporaryDirectory files;
  const std::string name = "/opt/\x1b[31m\x07<script>alert(1)</script>&\"\\\r\n\t\xff\x7f\xc2\x9b";
  TraceBuilder()
      .exe(name)
      .argv({name, ""})
      .cwd(name)
      .module(name)
      .alloc(0x1000, 1 << 20, {"main"})
      .mark(name)
      .phase_begin(name)
      .phase_end(name)
      .exec(name, format::ExecHow::kSpawn, 40)
      .exit(0)
      .write(files / "x.mtrace");
  for (const char* group : {"line", "function", "file", "module", "stack"}) {
    const Result text = report({files.path(), "--group", group});
    CHECK(text.status == 0);
    CHECK_FALSE(has_control(text.out));
    CHECK(text.out.find("\xc2\x9b") == std::string::npos);
  }
  const json parsed = json_report(files.path());
  const std::string expected =
      "/opt/\x1b[31m\x07<script>alert(1)</script>&\"\\\r\n\t\xef\xbf\xbd\x7f\xc2\x9b";
  CHECK(parsed["processes"][0]["exe"] == expected);
  CHECK(parsed["processes"][0]["marks"][0]["name"] == expected);
}

/// A sparse file that claims all the chunks there can be. False where the file system does not hold
/// one that large.
bool write_sparse(const std::string& path, uint64_t bytes) {
  small().exit(0).write(path);
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const uint32_t claimed = UINT32_MAX;
  const bool fine = ::pwrite(file, &claimed, sizeof claimed,
                             offsetof(format::FileHeader, chunks_claimed)) == sizeof claimed &&
                    ::ftruncate(file, static_cast<off_t>(bytes)) == 0;
  ::close(file);
  return fine;
}

TEST_CASE("A sparse file of terabytes that claims every chunk costs what is in it", "[h84]") {
  const TemporaryDirectory files;
  uint64_t bytes = uint64_t{512} << 40;
  while (!write_sparse(files / "x.mtrace", bytes)) bytes /= 2;
  INFO(bytes << " bytes");
  if (bytes < uint64_t{1} << 40) {
    WARN("no file of a terabyte can be made here: skipped");
    return;
  }
  const json parsed = json_report(files / "x.mtrace");
  CHECK(parsed["processes"][0]["totals"]["allocations"] == 1);
}

TEST_CASE("A file of RSS samples that is large and senseless costs no memory", "[h84]") {
  const TemporaryDirectory files;
  small().exit(0).write(files / "x.mtrace");
  const std::string samples = files / "rss.samples";
  SECTION("a line without an end") {
    write_file(samples, "memprof-rss 1\nr 1 7 4096\n");
    fs::resize_file(samples, uint64_t{64} << 30);
  }
  SECTION("without a heading") {
    write_file(samples, "");
    fs::resize_file(samples, uint64_t{64} << 30);
  }
  SECTION("a link to a device") {
    fs::create_symlink("/dev/zero", samples);
  }
  SECTION("a pipe") {
    REQUIRE(mkfifo(samples.c_str(), 0600) == 0);
  }
  CHECK(json_report(files.path())["processes"].size() == 1);
}

}  // namespace
}  // namespace memprof::test
