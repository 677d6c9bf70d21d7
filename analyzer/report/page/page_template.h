#pragma once

#include <string_view>

namespace memprof::report {

/// The page without its data, which goes between the two; both empty in a build without the page.
/// Made by analyzer/report/web/build.mjs.
extern const std::string_view kPageBegin;
extern const std::string_view kPageEnd;

}  // namespace memprof::report
