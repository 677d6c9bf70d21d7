#include "analyzer/report/moment_text.h"

#include <fmt/format.h>

#include "analyzer/report/quantity.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {

std::string moment_text(const profile::Moment& moment) {
  using What = profile::Moment::What;
  std::string name = printable(moment.name);
  if (moment.occurrence > 1) name += fmt::format(" #{}", moment.occurrence);
  switch (moment.what) {
    case What::kStart:
      return "the start";
    case What::kPeak:
      return "the peak";
    case What::kEnd:
      return "the end";
    case What::kTime:
      return duration_text(moment.time_ns);
    case What::kMark:
      return "mark " + name;
    case What::kPhaseBegin:
      return "the begin of phase " + name;
    case What::kPhaseEnd:
      return "the end of phase " + name;
    case What::kPhasePeak:
      return "the peak of phase " + name;
  }
  return "";
}

}  // namespace memprof::report
