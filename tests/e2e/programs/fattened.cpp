// fattened: a program of several functions that keep memory. Built twice, once with one of them
// keeping more.
#include <map>
#include <string>
#include <vector>

#ifndef MEMPROF_TEST_ROWS
#define MEMPROF_TEST_ROWS 100
#endif

namespace {

std::vector<std::string> g_table;
std::map<int, std::string> g_index;

void fill_index() {
  for (int i = 0; i < 500; ++i) g_index[i] = std::string(100, 'i');
}

void fill_table() {
  for (int i = 0; i < MEMPROF_TEST_ROWS; ++i) g_table.push_back(std::string(200, 't'));
}

size_t scratch() {
  const std::vector<char> temporary(50'000);
  return temporary.size();
}

}  // namespace

int main() {
  fill_index();
  fill_table();
  return scratch() + g_table.size() + g_index.size() == 0 ? 1 : 0;
}
