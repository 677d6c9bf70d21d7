#include "analyzer/cli/man_page.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "analyzer/cli/examples.h"
#include "analyzer/cli/option_words.h"

namespace memprof::cli {
namespace {

struct Entry {
  const char* name;
  const char* meaning;
};

constexpr Entry kRecorderVariables[] = {
    {"MEMPROF_OUT", "Directory for the traces; default memprof.COMMAND.PID in the current one."},
    {"MEMPROF_FOLLOW=0", "Record the first process only."},
    {"MEMPROF_ONLY, MEMPROF_SKIP",
     "Comma-separated globs on the executable: record only these, or not these."},
    {"MEMPROF_REACHABILITY=1",
     "Find out at each exit which blocks are lost and which can still be reached. Other threads "
     "are stopped for that, a second at most."},
    {"MEMPROF_RSS=0", "No RSS samples from inside the process."},
    {"MEMPROF_MAX_BYTES",
     "At most so much trace for each process (K, M, G); past it the process counts as truncated."},
    {"MEMPROF_MIN_FREE",
     "Stop recording before the disk has less than this free; default 1 GiB or 5 %, the smaller."},
    {"MEMPROF_UNWIND=check|compare|libunwind|own",
     "How stacks are walked. check: twice, with and without what the last walk found; compare: "
     "also by libunwind and libgcc. The program aborts where they differ."},
};

constexpr Entry kAnalyzerVariables[] = {
    {"MEMPROF_LIBRARY", "libmemprof.so, where it is not beside the memprof command."},
    {"XDG_CACHE_HOME", "Names are kept in memprof below it, else in ~/.cache/memprof."},
    {"DEBUGINFOD_URLS", "The servers that --debuginfod asks."},
    {"NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR", "No colour, or colour always, with --color auto."},
};

constexpr Entry kStatuses[] = {
    {"0", "All is well."},
    {"1", "A check failed."},
    {"2", "Wrong usage."},
    {"3", "The input cannot be read, or the output cannot be written."},
};

/// `text` as roff takes it literally.
std::string roff(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool line_begin = result.empty() || result.back() == '\n';
    if (line_begin && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else if (c == '\'') {
      result += "\\(aq";
    } else {
      result += c;
    }
  }
  return result;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return text;
}

/// "memprof-report".
std::string page_name(const CLI::App& command) {
  std::string name = full_name(command);
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

class Page {
 public:
  Page(std::ostream& out, const CLI::App& command) : out_(out), command_(command) {}

  void write(const std::string& version) {
    const bool root = command_.get_parent() == nullptr;
    out_ << ".TH " << upper(roff(page_name(command_))) << " 1 \"\" \"memprof " << roff(version)
         << "\" \"User Commands\"\n.nh\n.ad l\n";
    section("NAME");
    out_ << roff(page_name(command_)) << " \\- " << roff(name_line()) << "\n";
    section("SYNOPSIS");
    out_ << ".B " << roff(full_name(command_)) << "\n"
         << roff(synopsis_of(command_).substr(full_name(command_).size() + 1)) << "\n";
    section("DESCRIPTION");
    out_ << roff(command_.get_description()) << ".\n";
    if (!command_.get_footer().empty()) out_ << ".PP\n" << roff(command_.get_footer()) << "\n";
    options("ARGUMENTS", arguments_of(command_));
    if (root) commands();
    options("OPTIONS", options_of(command_));
    if (root) {
      entries("ENVIRONMENT OF THE RECORDER", kRecorderVariables);
      out_ << ".PP\nThese count without memprof run, too: LD_PRELOAD=/path/libmemprof.so make.\n";
      entries("ENVIRONMENT", kAnalyzerVariables);
      entries("EXIT STATUS", kStatuses);
      out_ << ".PP\nmemprof run ends with the command\\(aqs own status, or 128 and the signal that "
              "ended it.\n";
    }
    examples();
    see_also(root);
  }

 private:
  void section(const std::string& title) { out_ << ".SH " << title << "\n"; }

  /// In small letters, as this line is written: "a heap profiler", "say where the memory was".
  std::string name_line() const {
    std::string text = command_.get_description();
    const std::string own = "memprof: ";
    if (text.starts_with(own)) text.erase(0, own.size());
    if (!text.empty())
      text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
  }

  void options(const std::string& title, const std::vector<OptionWords>& list) {
    if (list.empty()) return;
    section(title);
    for (const OptionWords& words : list) {
      out_ << ".TP\n";
      std::string names;
      for (const std::string& name : words.names)
        names += (names.empty() ? "\\fB" : ", \\fB") + roff(name) + "\\fR";
      out_ << names;
      if (!words.value.empty()) out_ << " \\fI" << roff(words.value) << "\\fR";
      out_ << "\n" << roff(words.description) << "\n";
    }
  }

  void commands() {
    section("COMMANDS");
    for (const CLI::App* command : commands_of(command_)) {
      out_ << ".TP\n\\fB" << roff(page_name(*command)) << "\\fR(1)\n"
           << roff(command->get_description()) << "\n";
    }
  }

  template <size_t kCount>
  void entries(const std::string& title, const Entry (&list)[kCount]) {
    section(title);
    for (const Entry& one : list)
      out_ << ".TP\n.B " << roff(one.name) << "\n" << roff(one.meaning) << "\n";
  }

  void examples() {
    const bool root = command_.get_parent() == nullptr;
    const std::vector<Example>& list = examples_of(root ? "" : command_.get_name());
    if (list.empty()) return;
    section("EXAMPLES");
    for (const Example& example : list)
      out_ << ".TP\n.B " << roff(example.line) << "\n" << roff(example.purpose) << "\n";
  }

  void see_also(bool root) {
    section("SEE ALSO");
    const CLI::App& app = root ? command_ : *command_.get_parent();
    std::vector<std::string> names;
    if (!root) names.push_back(page_name(app));
    for (const CLI::App* command : commands_of(app)) {
      if (command != &command_) names.push_back(page_name(*command));
    }
    for (size_t i = 0; i < names.size(); ++i) {
      out_ << ".BR " << roff(names[i]) << " (1)" << (i + 1 < names.size() ? "," : "") << "\n";
    }
  }

  std::ostream& out_;
  const CLI::App& command_;
};

}  // namespace

void write_man_page(std::ostream& out, const CLI::App& command, const std::string& version) {
  Page(out, command).write(version);
}

}  // namespace memprof::cli
