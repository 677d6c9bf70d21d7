#pragma once

#include <string_view>

#include "sitegen/content/node.h"
#include "sitegen/content/page.h"

namespace memprof::sitegen {

/// Takes what a layout is given, a named field after the other. A name given twice counts as given
/// last.
class FieldSink {
 public:
  virtual ~FieldSink() = default;

  virtual void text(std::string_view name, std::string_view value) = 0;
  virtual void truth(std::string_view name, bool value) = 0;

  /// A value of front matter.
  virtual void node(std::string_view name, const Node& value) = 0;

  /// What became of the page's text: `content`, and `toc` where it has one.
  virtual void page_content(const Page& page) = 0;

  /// The fields up to the matching end are those of an object.
  virtual void begin_object(std::string_view name) = 0;
  virtual void end_object() = 0;

  /// Between these there are items only, each an object of its own.
  virtual void begin_list(std::string_view name) = 0;
  virtual void begin_item() = 0;
  virtual void end_item() = 0;
  virtual void end_list() = 0;
};

}  // namespace memprof::sitegen
