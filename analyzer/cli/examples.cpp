#include "analyzer/cli/examples.h"

#include <map>

namespace memprof::cli {

const std::vector<Example>& examples_of(const std::string& command) {
  static const std::map<std::string, std::vector<Example>> examples = {
      {"",
       {{"memprof run -o make.trace -- make -j8", "record a build and all its processes"},
        {"memprof report make.trace", "which lines held the memory at its peak"}}},
      {"run",
       {{"memprof run -- make -j8", "record into memprof.make.PID"},
        {"memprof run -o build.trace -- make -j8", "record into build.trace"},
        {"memprof run -o build.mprof -- make -j8", "fold each process into one file as it ends"},
        {"MEMPROF_ONLY='*cc1plus,*ld*' memprof run -q -- make", "compilers and linkers alone"}}},
      {"pack",
       {{"memprof pack make.trace -o make.mprof", "one file of megabytes, names inside"},
        {"memprof pack make.trace -o all.mprof --fold 0", "with every stack, however small"}}},
      {"report",
       {{"memprof report make.trace", "the peak of the whole run, and what held it"},
        {"memprof report make.trace --process make --by allocated", "one program's allocations"},
        {"memprof report make.trace --at end", "what was live at the end"},
        {"memprof report make.trace --format html -o make.html", "a page for browsers"},
        {"memprof report make.trace --format json -o make.json", "for programs"},
        {"memprof report make.trace --format pprof -o make.pb.gz", "for go tool pprof"},
        {"memprof report make.trace --format folded -o make.folded", "for flame graph tools"},
        {"memprof report make.trace --format dhat -o make.dhat.json",
         "for valgrind's dh_view.html"}}},
      {"diff",
       {{"memprof diff old.trace new.trace", "two builds, each process at its own peak"},
        {"memprof diff make.trace@start make.trace@peak", "two moments of one build"},
        {"memprof diff old.trace new.trace --format html -o diff.html", "a page for browsers"},
        {"memprof diff old.trace new.trace --format pprof -o diff.pb.gz", "for go tool pprof"}}},
      {"tree",
       {{"memprof tree make.trace", "every process, below the one that started it"},
        {"memprof tree make.trace --format json", "for programs"}}},
      {"leaks", {{"memprof leaks make.trace", "what was never freed"}}},
      {"repeat", {{"memprof repeat -n 5 -- make", "whether the build grows from run to run"}}},
      {"check",
       {{"memprof check make.trace --budget budget.toml --write-baseline",
         "make a budget of this run"},
        {"memprof check make.trace --budget budget.toml", "hold a run to it"}}},
      {"scale", {{"memprof scale --values 1,2,4,8 -- seq {}", "what one more of the input costs"}}},
      {"history",
       {{"memprof check make.trace --budget budget.toml --db memory.db", "keep what was measured"},
        {"memprof history memory.db", "how it went from commit to commit"}}},
  };
  static const std::vector<Example> none;
  const auto found = examples.find(command);
  return found == examples.end() ? none : found->second;
}

}  // namespace memprof::cli
