#include "tests/analyzer/cli/command_line.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/analyzer/profile/scratch_folder.h"

namespace memprof::test {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void redirect(int to, const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags, 0600);
  if (fd < 0 || ::dup2(fd, to) < 0) ::_exit(125);
  if (fd != to) ::close(fd);
}

}  // namespace

// Files, not pipes: what a command leaves running may keep them open for as long as it likes.
Result run_program(const std::vector<std::string>& arguments, const Setting& setting) {
  const ScratchFolder folder;
  folder.file("in", setting.input);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) {
    redirect(0, folder.path("in"), O_RDONLY);
    redirect(1, folder.path("out"), O_WRONLY | O_CREAT);
    redirect(2, folder.path("err"), O_WRONLY | O_CREAT);
    if (!setting.cwd.empty() && ::chdir(setting.cwd.c_str()) != 0) ::_exit(125);
    // Nobody's cache is read or written, unless the test says which.
    ::setenv("XDG_CACHE_HOME", "", 1);
    ::setenv("HOME", "", 1);
    for (const auto& [name, value] : setting.environment) ::setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
      argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(125);
  }
  int status = 0;
  struct rusage usage = {};
  ::wait4(child, &status, 0, &usage);
  Result result;
  result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  result.max_rss_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  result.out = text_of(folder.path("out"));
  result.err = text_of(folder.path("err"));
  return result;
}

Result run_memprof(std::vector<std::string> arguments, const Setting& setting) {
  arguments.insert(arguments.begin(), MEMPROF_COMMAND);
  return run_program(arguments, setting);
}

}  // namespace memprof::test
