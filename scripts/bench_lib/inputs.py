"""The generated input files. The same options give the same bytes."""

import subprocess

from bench_lib.bench import ROOT, BenchError, words

CPP_HEADERS = """algorithm filesystem functional future iostream map memory numeric random ranges
set string unordered_map variant vector""".split()

CPP_BODY = r"""
template <int N> struct Node {
  std::variant<int, double, std::string, std::vector<Node<N - 1>>> value;
  std::map<std::string, std::shared_ptr<Node<N - 1>>> children;
  std::string text() const {
    return std::visit([](const auto& v) -> std::string {
      using T = std::decay_t<decltype(v)>;
      if constexpr (std::is_arithmetic_v<T>) return std::to_string(v);
      else if constexpr (std::is_same_v<T, std::string>) return v;
      else return std::to_string(v.size());
    }, value);
  }
};
template <> struct Node<0> { int leaf; std::string text() const { return std::to_string(leaf); } };

void tree(std::ostream& out) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator("."))
    out << entry.path();
}

int later(int n) {
  std::vector<std::future<int>> all;
  for (int i = 0; i < n; ++i) all.push_back(std::async([i] { return i; }));
  int sum = 0;
  for (auto& one : all) sum += one.get();
  return sum;
}

int main(int argc, char** argv) {
  std::map<std::string, std::set<std::string>> words;
  std::unordered_map<int, std::function<std::string(std::string)>> edits;
  for (int i = 0; i < argc; ++i) {
    std::string word(argv[i]);
    words[word].insert(word + word);
    edits[i] = [word](std::string s) { return s + word; };
  }
  std::vector<int> numbers(100);
  std::iota(numbers.begin(), numbers.end(), argc);
  std::shuffle(numbers.begin(), numbers.end(), std::mt19937(1));
  std::ranges::sort(numbers);
  for (int n : numbers | std::views::filter([](int x) { return x % 3 == 0; }))
    std::cout << n << edits[n % argc]("x");
  tree(std::cout);
  return later(argc) + static_cast<int>(Node<12>{}.text().size());
}
"""

PYTHON_BODY = """
import json
records = [{"id": i, "name": f"name {i}", "tags": [f"tag {j}" for j in range(i % 7)],
            "point": (i * 0.5, i * 1.5)} for i in range(RECORDS)]
text = json.dumps(records)
words = {}
for record in json.loads(text):
    for tag in record["tags"]:
        words.setdefault(tag + str(record["id"] % 500), []).append(record["name"].upper())
print(len(text), len(sorted(" ".join(sorted(names)) for names in words.values())))
"""


def run_unmeasured(argv, cwd=None):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=cwd,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode != 0:
        raise BenchError(f"preparing: {words(argv)}: ended with status {done.returncode}:\n"
                         + done.stdout[-2000:])


def preprocessed_cpp(bench):
    """One C++ file with many headers and instantiations, preprocessed."""
    def make(path):
        headers = ["map", "string"] if bench.options.quick else CPP_HEADERS
        body = "std::map<int, std::string> names;" if bench.options.quick else CPP_BODY
        source = path.with_suffix(".cpp")
        source.write_text("".join(f"#include <{name}>\n" for name in headers) + body)
        run_unmeasured(["g++", "-E", "-std=c++20", str(source), "-o", str(path)])
    return bench.made("heavy.ii", make)


def python_script(bench):
    records = 2000 if bench.options.quick else 60_000
    return bench.made("script.py", lambda path: path.write_text(
        PYTHON_BODY.replace("RECORDS", str(records))))


def xml_document(bench):
    """Of 120,000 elements."""
    items = 2000 if bench.options.quick else 40_000

    def make(path):
        with path.open("w") as out:
            out.write("<items>\n")
            for i in range(items):
                out.write(f'<item id="{i}"><name>name {i}</name>'
                          f"<text>some text of item {i}</text></item>\n")
            out.write("</items>\n")
    return bench.made("document.xml", make)


def sql_script(bench):
    """That inserts 60,000 rows into a table with an index."""
    rows = 2000 if bench.options.quick else 60_000

    def make(path):
        with path.open("w") as out:
            out.write("create table items (id integer primary key, name text, x real);\n"
                      "create index names on items (name);\nbegin;\n")
            for i in range(rows):
                out.write(f"insert into items values ({i}, 'name {i * 7919 % rows}', {i}.5);\n")
            out.write("commit;\nselect count(*), sum(x) from items;\n")
    return bench.made("insert.sql", make)


def site(bench):
    """Of 1,000 pages."""
    pages = 50 if bench.options.quick else 1000
    return bench.made("site", lambda path: run_unmeasured(
        [bench.program("sitegen"), "new", str(path), "--pages", str(pages)]))


def project(bench):
    """A part of memprof, configured for make and without a compiler cache."""
    return bench.made("project", lambda path: run_unmeasured(
        ["cmake", "-G", "Unix Makefiles", "-S", str(ROOT), "-B", str(path), "-DCCACHE=OFF",
         "-DMEMPROF_BENCH=OFF"]))
