#include "sitegen/render/template_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "sitegen/base/slug.h"
#include "sitegen/base/source_files.h"
#include "sitegen/base/text.h"
#include "sitegen/render/builtin_layouts.h"

namespace memprof::sitegen {
namespace {

constexpr std::string_view kExtension = ".mustache";

std::string with_assets(const std::string& text, const std::string& file,
                        const std::vector<AssetTag>& tags, const AssetMap& assets) {
  std::string result;
  size_t copied = 0;
  for (const AssetTag& tag : tags) {
    const auto asset = assets.find(tag.name);
    if (asset == assets.end()) {
      throw Error(position_at(text, tag.offset, file),
                  fmt::format("unknown asset `{}`: there is no assets/{}", tag.name, tag.name));
    }
    result.append(text, copied, tag.offset - copied).append(url_encode(asset->second));
    copied = tag.end;
  }
  return result.append(text, copied);
}

}  // namespace

/// Finds partials among the templates instead of in the data.
class TemplateSet::Context : public kainjow::mustache::context<std::string> {
 public:
  Context(const TemplateSet& set, const kainjow::mustache::data& data)
      : kainjow::mustache::context<std::string>(&data), set_(set) {}

  const kainjow::mustache::data* get_partial(const std::string& name) const override {
    return &set_.templates_.at(name).source;
  }

 private:
  const TemplateSet& set_;
};

TemplateSet::TemplateSet(const std::filesystem::path& folder, const AssetMap& assets) {
  for (const SourceFile& source : find_files(folder, kExtension)) {
    add(source.relative.substr(0, source.relative.size() - kExtension.size()),
        printable(source.path.native()), read_file(source.path), assets);
  }
  for (const BuiltinLayout& layout : builtin_layouts()) {
    const std::string name(layout.name);
    if (!contains(name)) add(name, "built-in layout " + name, std::string(layout.text), assets);
  }
  check_partials();
}

void TemplateSet::add(const std::string& name, const std::string& file, const std::string& text,
                      const AssetMap& assets) {
  check_text(text, file);
  TemplateTags tags = scan_template(text, file);
  const std::string expanded = with_assets(text, file, tags.assets, assets);
  kainjow::mustache::mustache compiled(expanded);
  if (!compiled.is_valid()) throw Error(file + ": " + compiled.error_message());
  // The line `{{> name}}` has a line break of its own; with the partial's there would be two.
  const std::string partial =
      expanded.ends_with('\n') ? expanded.substr(0, expanded.size() - 1) : expanded;
  templates_.emplace(name, Template{file, text, kainjow::mustache::data(partial),
                                    std::move(compiled), std::move(tags.partials)});
}

void TemplateSet::check_partials() const {
  std::map<std::string, bool> done;
  for (const auto& [name, includer] : templates_) {
    for (const PartialTag& tag : includer.partials) {
      if (!contains(tag.name)) {
        throw Error(position_at(includer.text, tag.offset, includer.file),
                    fmt::format("unknown partial `{}`", tag.name));
      }
    }
  }
  std::vector<std::string> path;
  for (const auto& [name, start] : templates_) check_acyclic(name, path, done);
}

/// Depth first: `path` leads from where the search began to the includer of `name`, and a template
/// is done once all it includes has been looked at.
void TemplateSet::check_acyclic(const std::string& name, std::vector<std::string>& path,
                                std::map<std::string, bool>& done) const {
  if (done[name]) return;
  path.push_back(name);
  const Template& includer = templates_.at(name);
  for (const PartialTag& tag : includer.partials) {
    const auto on_path = std::find(path.begin(), path.end(), tag.name);
    if (on_path != path.end()) {
      throw Error(position_at(includer.text, tag.offset, includer.file),
                  fmt::format("partials include each other in a cycle: {} -> {}",
                              fmt::join(on_path, path.end(), " -> "), tag.name));
    }
    check_acyclic(tag.name, path, done);
  }
  path.pop_back();
  done[name] = true;
}

std::string TemplateSet::render(const std::string& name,
                                const kainjow::mustache::data& data) const {
  auto& compiled = compiled_.local();
  const auto layout = compiled.try_emplace(name, templates_.at(name).compiled).first;
  Context context(*this, data);
  std::ostringstream html;
  layout->second.render(context, html);
  // Nothing is left that the engine could find: every template was compiled when it was added.
  assert(layout->second.is_valid());
  return html.str();
}

}  // namespace memprof::sitegen
