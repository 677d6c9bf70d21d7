// Language runtimes, with threads and processes of their own making.
#include <catch2/catch.hpp>

#include "tests/real_programs/real_program.h"

namespace memprof::test {
namespace {

TEST_CASE("python3 with multiprocessing", "[python]") {
  check_real_program({
      .needs = {"python3"},
      .script = "python3 work.py",
      .files =
          {{"work.py",
            "import json, multiprocessing, os, subprocess, sys, threading\n"
            "def square(n):\n"
            "    return sum(len(str(i)) for i in range(n)) + len(json.dumps([n] * 50))\n"
            "def put(queue, n):\n"
            "    queue.put({'n': n, 'text': 'x' * n})\n"
            "if __name__ == '__main__':\n"
            "    for method in 'fork', 'spawn', 'forkserver':\n"
            "        context = multiprocessing.get_context(method)\n"
            "        with context.Pool(2) as pool:\n"
            "            print(method, pool.map(square, range(100, 120)))\n"
            "            pool.close()\n"
            "            pool.join()\n"
            "    queue = multiprocessing.Queue()\n"
            "    ones = [multiprocessing.Process(target=put, args=(queue, n)) for n in (1, 2)]\n"
            "    for one in ones: one.start()\n"
            "    print(sorted(queue.get()['n'] for _ in ones))\n"
            "    for one in ones: one.join()\n"
            "    found = []\n"
            "    threads = [threading.Thread(target=lambda n=n: found.append(square(n)))\n"
            "               for n in range(8)]\n"
            "    for thread in threads: thread.start()\n"
            "    for thread in threads: thread.join()\n"
            "    print(sorted(found))\n"
            "    bare = {'LD_PRELOAD': os.environ.get('LD_PRELOAD', '')}\n"
            "    print(subprocess.run(['/bin/echo', 'child'], env=bare, "
            "capture_output=True).stdout)\n"
            "    print(subprocess.check_output('echo $0', shell=True))\n"}},
      .recorded = {"python3.11"},
  });
}

TEST_CASE("perl", "[perl]") {
  check_real_program({
      .needs = {"perl"},
      .script = "perl work.pl",
      .files =
          {{"work.pl",
            "use strict; use warnings; $| = 1;\n"
            "my %h; for my $i (1 .. 20000) { push @{$h{$i % 97}}, \"item $i\"; }\n"
            "my @k = sort { @{$h{$b}} <=> @{$h{$a}} || $a <=> $b } keys %h;\n"
            "print \"@k[0..9]\\n\";\n"
            "my $text = join ' ', map { sprintf '%x', $_ * 7919 } 1 .. 5000;\n"
            "(my $copy = $text) =~ s/([a-f]+)(\\d)/$2$1/g; print unpack('%32C*', $copy), \"\\n\";\n"
            "my $pid = open(my $child, '-|') // die; if (!$pid) { print 'from the child'; exit 3; "
            "}\n"
            "print <$child>; close $child; print ' ', $? >> 8, \"\\n\";\n"
            "print `echo backticks`; system 'echo', 'system'; eval { die { code => 5 } };\n"
            "print $@->{code}, \"\\n\"; eval 'sub f { return shift() + 1 }'; print f(41), "
            "\"\\n\";\n"
            "exec 'echo', 'exec';\n"}},
      .recorded = {"perl"},
  });
}

TEST_CASE("node", "[node]") {
  check_real_program({
      .needs = {"node"},
      .script = "node work.js",
      .files =
          {{"work.js",
            "const { Worker, isMainThread, parentPort } = require('worker_threads');\n"
            "const zlib = require('zlib');\n"
            "const { execFileSync, fork } = require('child_process');\n"
            "if (!isMainThread) {\n"
            "  parentPort.postMessage(zlib.gzipSync(Buffer.alloc(100000, 'x')).length);\n"
            "} else if (process.argv[2]) {\n"
            "  process.send({ double: 2 * process.argv[2] });\n"
            "} else {\n"
            "  const rows = Array.from({ length: 20000 }, (_, i) => ({ i, text: 'row ' + i }));\n"
            "  const back = JSON.parse(JSON.stringify(rows));\n"
            "  console.log(back.filter((row) => /7$/.test(row.text)).length);\n"
            "  console.log(execFileSync('echo', ['child']).toString().trim());\n"
            "  new Worker(__filename).on('message', (length) => {\n"
            "    console.log(length);\n"
            "    fork(__filename, ['21']).on('message', (m) => console.log(m.double));\n"
            "  });\n"
            "}\n"}},
      .recorded = {"node"},
  });
}

TEST_CASE("ruby", "[ruby]") {
  check_real_program({
      .needs = {"ruby"},
      .script = "ruby work.rb",
      .files =
          {{"work.rb",
            "h = Hash.new { |all, key| all[key] = [] }\n"
            "20000.times { |i| h[i % 97] << \"item #{i}\" }\n"
            "puts h.transform_values(&:size).sort.first(3).inspect\n"
            "puts 4.times.map { |n| Thread.new { (1..500).map { |i| i.to_s * n }.join.size } }\n"
            "  .map(&:value).inspect\n"
            "puts `echo child`; pid = fork { puts 'forked'; exit! 3 }; Process.wait pid\n"
            "puts $?.exitstatus; GC.start; puts 'text'.gsub(/t/) { |c| c.upcase }\n"}},
      .recorded = {"ruby3.1"},
  });
}

TEST_CASE("luajit, which calls malloc from code made at run time", "[luajit]") {
  check_real_program({
      .needs = {"luajit"},
      .script = "luajit work.lua",
      .files =
          {{"work.lua",
            "local ffi = require 'ffi'\n"
            "ffi.cdef 'void *malloc(size_t n); void free(void *p); void *realloc(void *, "
            "size_t);'\n"
            "local sum, t = 0, {}\n"
            "for i = 1, 5000 do local p = ffi.C.malloc(i); p = ffi.C.realloc(p, 2 * i)\n"
            "  ffi.fill(p, i, 7); sum = sum + ffi.cast('char *', p)[i - 1]; ffi.C.free(p) end\n"
            "for i = 1, 20000 do t[i] = tostring(i) .. 'x' end\n"
            "print(sum, #table.concat(t), select(2, table.concat(t):gsub('7', '')))\n"
            "print(io.popen('echo child'):read('*a'))\n"}},
      .recorded = {"luajit"},
  });
}

TEST_CASE("sbcl, whose heap is its own", "[sbcl]") {
  check_real_program({
      .needs = {"sbcl"},
      .script = "sbcl --noinform --no-sysinit --no-userinit --disable-debugger --load work.lisp "
                "--quit",
      .files =
          {{"work.lisp",
            "(defun f (n) (if (< n 2) n (+ (f (- n 1)) (f (- n 2)))))\n"
            "(let ((h (make-hash-table))) (dotimes (i 20000) (push i (gethash (mod i 97) h)))\n"
            "  (format t \"~a ~a~%\" (hash-table-count h) (f 20)))\n"
            "(gc :full t)\n"
            "(format t \"~a~%\" (handler-case (error \"caught\") (error (e) (princ-to-string "
            "e))))\n"
            "(sb-ext:run-program \"/bin/echo\" '(\"child\") :output *standard-output*)\n"}},
      .recorded = {"sbcl"},
  });
}

TEST_CASE("java", "[java]") {
  check_real_program({
      .needs = {"java", "javac"},
      .script = "java -XX:+UseSerialGC Work.java",
      .files =
          {{"Work.java",
            "import java.util.*;\nimport java.util.stream.*;\n"
            "public class Work { public static void main(String[] a) throws Exception {\n"
            "  System.out.println(IntStream.range(0, 50000).parallel().mapToObj(\n"
            "      i -> \"n\" + i % 100).collect(Collectors.groupingBy(s -> s)).size());\n"
            "  Thread t = new Thread(() -> System.out.println(\"thread\")); t.start(); t.join();\n"
            "  Process p = new ProcessBuilder(\"echo\", \"child\").start();\n"
            "  System.out.print(new String(p.getInputStream().readAllBytes()));\n"
            "  System.out.println(p.waitFor()); } }\n"}},
      .recorded = {"java", "echo"},
      .in_flight = 8,  // compiler threads
  });
}

TEST_CASE("rust: cargo, rustc and what they build", "[rust]") {
  check_real_program({
      .needs = {"cargo"},
      .script = "export CARGO_HOME=$USER_HOME/.cargo RUSTUP_HOME=$USER_HOME/.rustup\n"
                "cargo build -q --offline && target/debug/hello",
      .files =
          {{"Cargo.toml", "[package]\nname = \"hello\"\nversion = \"0.1.0\"\n"},
           {"src/main.rs",
            "use std::collections::HashMap;\n"
            "fn main() {\n"
            "    let mut m: HashMap<String, Vec<u64>> = HashMap::new();\n"
            "    for i in 0..5000u64 { m.entry(format!(\"k{}\", i % 61)).or_default().push(i); }\n"
            "    let t = std::thread::spawn(move || m.values().map(Vec::len).sum::<usize>());\n"
            "    println!(\"{}\", t.join().unwrap());\n"
            "    println!(\"{:?}\", std::panic::catch_unwind(|| 1 / \"\".len()).is_err());\n"
            "}\n"}},
      .recorded = {"hello"},
      .varying = {"thread 'main' \\([0-9]+\\)"},
  });
}

TEST_CASE("go: what it builds is reported as not covered, but for its C parts", "[go]") {
  check_real_program({
      .needs = {"go", "gcc"},
      .script = "export GOCACHE=$PWD/../cache GO111MODULE=off\n"
                "CGO_ENABLED=0 go build -o hello hello.go && ./hello\n"
                "CGO_ENABLED=1 go build -o with_c with_c.go && ./with_c",
      .files = {{"hello.go",
                 "package main\nimport (\"fmt\"; \"os/exec\"; \"sync\")\n"
                 "func main() {\n"
                 "  var w sync.WaitGroup; c := make(chan int, 100)\n"
                 "  for i := 0; i < 100; i++ { w.Add(1)\n"
                 "    go func(n int) { c <- len(make([]byte, n)); w.Done() }(i) }\n"
                 "  w.Wait(); close(c); sum := 0; for n := range c { sum += n }\n"
                 "  out, err := exec.Command(\"echo\", \"child\").Output()\n"
                 "  fmt.Println(sum, string(out), err)\n"
                 "}\n"},
                {"with_c.go",
                 "package main\n// #include <stdlib.h>\nimport \"C\"\nimport \"fmt\"\n"
                 "func main() { text := C.CString(\"from C\"); fmt.Println(C.GoString(text))\n"
                 "  for i := 1; i < 100; i++ { C.free(C.malloc(C.size_t(i))) } }\n"}},
      .recorded = {"echo", "with_c"},
      .not_covered = {"hello"},
  });
}

}  // namespace
}  // namespace memprof::test
