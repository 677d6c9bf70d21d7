#include "analyzer/report/page/page_template.h"

namespace memprof::report {

const std::string_view kPageBegin;
const std::string_view kPageEnd;

}  // namespace memprof::report
