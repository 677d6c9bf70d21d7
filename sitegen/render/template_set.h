#pragma once

#include <filesystem>
#include <kainjow/mustache.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sitegen/base/error.h"
#include "sitegen/render/template_scan.h"

namespace memprof::sitegen {

/// The mustache templates of a site. Each is known by its path below layouts/ without ".mustache",
/// both as a layout and as a partial: `{{> partials/head}}` is layouts/partials/head.mustache.
/// For one thread at a time.
class TemplateSet {
 public:
  /// The templates in `folder`, and of the built-in ones those that it does not have. Throws Error
  /// when one cannot be read or is wrong, includes what does not exist, or includes itself,
  /// directly or by way of others.
  explicit TemplateSet(const std::filesystem::path& folder);

  bool contains(const std::string& name) const { return templates_.contains(name); }

  /// The template `name` filled with `data`. REQUIRES: contains(name).
  std::string render(const std::string& name, const kainjow::mustache::data& data);

 private:
  class Context;

  struct Template {
    std::string file;                // As messages name it.
    kainjow::mustache::data source;  // A string; the engine wants partials in this form.
    kainjow::mustache::mustache compiled;
    std::vector<PartialTag> partials;
  };

  void add(const std::string& name, const std::string& file, const std::string& text);
  void check_partials() const;
  void check_acyclic(const std::string& name, std::vector<std::string>& path,
                     std::map<std::string, bool>& done) const;
  Error error_at(const Template& includer, const PartialTag& tag, const std::string& why) const;

  std::map<std::string, Template> templates_;
};

}  // namespace memprof::sitegen
