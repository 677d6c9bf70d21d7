// h40_shows ARGUMENTS...: prints its arguments and its environment in their order, without what a
// recorder adds.
#include <stdio.h>
#include <string.h>

extern "C" char** environ;

/// A list of libraries without the recorder.
static void show_list(const char* list) {
  fputs("LD_PRELOAD=", stdout);
  bool first = true;
  while (*list != '\0') {
    const size_t bytes = strcspn(list, ": ");
    if (bytes > 0 && memmem(list, bytes, "libmemprof.so", 13) == nullptr) {
      printf("%s%.*s", first ? "" : ":", static_cast<int>(bytes), list);
      first = false;
    }
    list += bytes;
    list += *list != '\0';
  }
  putchar('\n');
}

int main(int argc, char** argv) {
  for (int i = 0; i < argc; ++i) printf("argument %s\n", argv[i]);
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (strncmp(*variable, "MEMPROF_", 8) == 0) continue;
    if (strncmp(*variable, "LD_PRELOAD=", 11) != 0) {
      puts(*variable);
    } else if (strcmp(*variable, "LD_PRELOAD=") != 0 && strchr(*variable, ':') != nullptr) {
      show_list(*variable + 11);
    }
  }
  return 0;
}
