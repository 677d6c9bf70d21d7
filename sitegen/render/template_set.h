#pragma once

#include <tbb/enumerable_thread_specific.h>

#include <filesystem>
#include <kainjow/mustache.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sitegen/base/error.h"
#include "sitegen/render/template_scan.h"
#include "sitegen/site/static_files.h"

namespace memprof::sitegen {

/// The mustache templates of a site. Each is known by its path below layouts/ without ".mustache",
/// both as a layout and as a partial: `{{> partials/head}}` is layouts/partials/head.mustache.
/// `{{#asset}}NAME{{/asset}}` is the address of an asset.
class TemplateSet {
 public:
  /// The templates in `folder`, and of the built-in ones those that it does not have. Throws Error
  /// when one cannot be read or is wrong, uses what does not exist, or includes itself, directly or
  /// by way of others.
  TemplateSet(const std::filesystem::path& folder, const AssetMap& assets);

  bool contains(const std::string& name) const { return templates_.contains(name); }

  /// The template `name` filled with `data` and, for names that it does not have, with `shared`.
  /// REQUIRES: contains(name). May be called from several threads at once.
  std::string render(const std::string& name, const kainjow::mustache::data& data,
                     const kainjow::mustache::data& shared = {}) const;

 private:
  class Context;

  struct Template {
    std::string file;  // As messages name it.
    std::string text;  // As it was read.
    TemplateTags tags;
    kainjow::mustache::data source;            // A string: for who includes it while rendering.
    kainjow::mustache::mustache compiled{""};  // With its partials in place.
  };

  void add(const std::string& name, const std::string& file, const std::string& text,
           const AssetMap& assets);
  using Expanded = std::map<std::string, std::string>;  // Texts of templates, by name.
  const std::string& expand(const std::string& name, const AssetMap& assets,
                            Expanded& expanded) const;
  void check_partials() const;
  void check_acyclic(const std::string& name, std::vector<std::string>& path,
                     std::map<std::string, bool>& done) const;

  std::map<std::string, Template> templates_;

  /// The engine's templates change while they are rendered, so each thread has its own.
  mutable tbb::enumerable_thread_specific<std::map<std::string, kainjow::mustache::mustache>>
      compiled_;
};

}  // namespace memprof::sitegen
