#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sitegen/content/date.h"
#include "sitegen/content/node.h"
#include "sitegen/content/page.h"

namespace memprof::sitegen {

/// What stands for a page, a section or a term in a list.
struct ListItem {
  const std::string& title;
  const std::string& output;  ///< Below the output folder.
  std::optional<Date> date = {};
  std::string_view summary = {};  ///< Empty: none.
  size_t count = 0;               ///< 0: none.
};

/// Takes what a layout is given, a named field after the other. A name given twice counts as given
/// last. What several fields follow from is given as it is, so that who only compares need not make
/// them.
class FieldSink {
 public:
  virtual ~FieldSink() = default;

  virtual void text(std::string_view name, std::string_view value) = 0;
  virtual void truth(std::string_view name, bool value) = 0;
  virtual void number(std::string_view name, size_t value) = 0;

  /// A value of front matter.
  virtual void node(std::string_view name, const Node& value) = 0;

  /// The address of the file `output`.
  virtual void url(std::string_view name, std::string_view output) = 0;

  /// `url`, `permalink` where the site has a `base_url`, and `root`: of the file `output` itself.
  virtual void own_address(const std::string& output, std::string_view base_url) = 0;

  /// What a page says of itself: page_fields().
  virtual void page(const Page& page) = 0;

  /// All fields of an item of a list, in the object or item that is open.
  virtual void item(const ListItem& item) = 0;

  /// The fields up to the matching end are those of an object.
  virtual void begin_object(std::string_view name) = 0;
  virtual void end_object() = 0;

  /// Between these there are `count` items and no more, each an object of its own. Makes
  /// `has_NAME`, too, by whether there are any.
  virtual void begin_list(std::string_view name, size_t count) = 0;
  virtual void begin_item() = 0;
  virtual void end_item() = 0;
  virtual void end_list() = 0;
};

}  // namespace memprof::sitegen
