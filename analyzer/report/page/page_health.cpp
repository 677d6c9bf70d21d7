#include "analyzer/report/page/page_health.h"

#include <sstream>
#include <string>

#include "analyzer/report/text_health.h"

namespace memprof::report {

Json health_json(const profile::Run& run, profile::Names& names,
                 const std::vector<size_t>& processes, PageStrings& strings) {
  std::ostringstream text;
  const Options plain;
  write_health({text, run, names, plain}, processes);
  Json lines = Json::array();
  std::istringstream in(text.str());
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  ")) lines.push_back(strings.id(line.substr(2)));
  }
  return lines;
}

}  // namespace memprof::report
