#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace memprof::sitegen {

/// A tag `{{> name}}`.
struct PartialTag {
  std::string name;
  size_t offset = 0;  ///< Of its first brace.
  size_t end = 0;     ///< Behind its last one.
};

/// `{{#asset}}style.css{{/asset}}`: stands for the asset's address from the top of the site.
struct AssetTag {
  std::string name;
  size_t offset = 0;  ///< Of its first brace.
  size_t end = 0;     ///< Behind its last one.
};

/// What of a template is not for the engine alone; in the order of the text.
struct TemplateTags {
  std::vector<PartialTag> partials;
  std::vector<AssetTag> assets;
  bool changes_delimiters = false;
};

/// Checks the mustache template `text` of `file` and lists the partials and assets in it.
///
/// The template engine says where an error is only by a byte number, does not tell which partials a
/// template includes, and renders sections by recursion; so this looks first. Throws Error with the
/// position of an unclosed tag, a bad change of delimiters, a section that is not closed, closed by
/// another name or never opened, or sections nested more than 64 deep.
TemplateTags scan_template(std::string_view text, const std::string& file);

}  // namespace memprof::sitegen
