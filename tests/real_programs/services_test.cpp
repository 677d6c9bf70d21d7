// Servers and databases.
#include <catch2/catch.hpp>

#include "tests/real_programs/real_program.h"

namespace memprof::test {
namespace {

TEST_CASE("sqlite3", "[sqlite]") {
  check_real_program({
      .needs = {"sqlite3"},
      .script = "sqlite3 data.db < work.sql && sqlite3 data.db .dump | cksum",
      .files =
          {{"work.sql",
            "create table t(id integer primary key, name text, n int);\n"
            "with recursive c(i) as (select 1 union all select i + 1 from c where i < 20000)\n"
            "  insert into t select i, printf('row %d', i * 7919 % 1009), i % 13 from c;\n"
            "create index by_name on t(name, n);\n"
            "select n, count(*), min(name), max(id) from t group by n order by n;\n"
            "select count(distinct name) from t where name like '%7%';\n"
            "update t set n = n + 1 where id % 3 = 0; delete from t where n = 5; vacuum;\n"
            "select sum(n), json_group_array(id) from (select * from t order by id limit 20);\n"
            "pragma integrity_check;\n"}},
      .recorded = {"sqlite3"},
  });
}

TEST_CASE("redis-server with redis-benchmark", "[redis]") {
  check_real_program({
      .needs = {"redis-check-rdb", "redis-benchmark", "redis-cli"},
      .script =
          // The server by another name, which comes in a package that starts no service.
      "ln -s $(command -v redis-check-rdb) redis-server\n"
      "./redis-server --port 0 --unixsocket $PWD/s --save '' --daemonize yes --dir $PWD "
      "  --logfile log >/dev/null\n"
      "until redis-cli -s s ping >/dev/null 2>&1; do sleep 0.05; done\n"
      "redis-benchmark -s s -n 3000 -c 10 -q -t set,get,lpush,lpop,sadd,hset,zadd >/dev/null\n"
      "redis-cli -s s eval 'for i = 1, 500 do redis.call(\"rpush\", \"l\", i) end return 1' 0\n"
      "redis-cli -s s lrange l 495 -1; redis-cli -s s set k v; redis-cli -s s get k\n"
      "redis-cli -s s save; redis-cli -s s debug reload; redis-cli -s s bgsave\n"
      "until redis-cli -s s info | grep -q rdb_bgsave_in_progress:0; do sleep 0.05; done\n"
      "redis-cli -s s flushall async; redis-cli -s s dbsize; redis-cli -s s shutdown nosave\n"
      "while [ -e s ]; do sleep 0.05; done\n",
      .recorded = {"redis-check-rdb", "redis-benchmark", "redis-cli"},
      .in_flight = 1,  // the thread that frees what was flushed
  });
}

TEST_CASE("initdb, and the postgres processes that it starts", "[postgres]") {
  constexpr uid_t kNobody = 65534;
  check_real_program({
      .needs = {"initdb"},
      .script = "initdb -D data --no-sync --no-instructions -A trust && cat data/PG_VERSION &&\n"
                "echo 'select count(*) > 100 from pg_proc' | "
                "postgres --single -D data -c log_checkpoints=off template1",
      .recorded = {"initdb", "postgres"},
      .user = kNobody,
  });
}

TEST_CASE("tmux", "[tmux]") {
  check_real_program({
      .needs = {"tmux"},
      .script = "export TMUX_TMPDIR=$PWD TERM=screen SHELL=/bin/sh\n"
                "t() { tmux -f /dev/null \"$@\"; }\n"
                "t new-session -d -x 60 -y 10 'seq 1 8; tmux wait-for -S shown; exec cat'\n"
                "t wait-for shown; t capture-pane -p\n"
                "t split-window 'echo second; exec cat'; t new-window -n third 'exec cat'\n"
                "t list-panes -a -F '#{window_index} #{pane_index} #{pane_width}x#{pane_height}'\n"
                "t set-buffer 'some text'; t show-buffer; echo; t kill-server\n"
                "while pgrep -f $PWD/ >/dev/null; do sleep 0.05; done\n",
      .recorded = {"tmux", "cat"},
      .privileged = true,
  });
}

}  // namespace
}  // namespace memprof::test
