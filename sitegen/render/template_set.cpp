#include "sitegen/render/template_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "sitegen/base/slug.h"
#include "sitegen/base/source_files.h"
#include "sitegen/base/text.h"
#include "sitegen/render/builtin_layouts.h"

namespace memprof::sitegen {
namespace {

constexpr std::string_view kExtension = ".mustache";

/// More than that stays for the engine to include while it renders.
constexpr size_t kMaxExpandedBytes = size_t{64} << 10;

/// What the engine needs of a stream.
struct StringStream {
  std::string text;

  StringStream& operator<<(const std::string& more) {
    text += more;
    return *this;
  }
};

/// The line `{{> name}}` has a line break of its own; with the partial's there would be two.
std::string as_partial(std::string_view text) {
  return std::string(text.substr(0, text.size() - (text.ends_with('\n') ? 1 : 0)));
}

}  // namespace

/// Finds partials among the templates instead of in the data, and names such as `site.title`
/// without the engine's string stream.
class TemplateSet::Context : public kainjow::mustache::basic_context<std::string> {
 public:
  Context(const TemplateSet& set, const kainjow::mustache::data& data) : set_(set) { push(&data); }

  void push(const kainjow::mustache::data* data) override { items_.push_back(data); }
  void pop() override { items_.pop_back(); }

  const kainjow::mustache::data* get(const std::string& name) const override {
    if (name == ".") return items_.back();
    for (auto item = items_.rbegin(); item != items_.rend(); ++item) {
      if (const auto* found = find(*item, name)) return found;
    }
    return nullptr;
  }

  const kainjow::mustache::data* get_partial(const std::string& name) const override {
    return &set_.templates_.at(name).source;
  }

 private:
  static const kainjow::mustache::data* find(const kainjow::mustache::data* item,
                                             const std::string& name) {
    size_t dot = name.find('.');
    if (dot == std::string::npos) return item->get(name);
    for (size_t begin = 0; item != nullptr; begin = dot + 1, dot = name.find('.', begin)) {
      if (dot == std::string::npos)
        return begin < name.size() ? item->get(name.substr(begin)) : item;
      item = item->get(name.substr(begin, dot - begin));
    }
    return nullptr;
  }

  const TemplateSet& set_;
  std::vector<const kainjow::mustache::data*> items_;  // The innermost last.
};

TemplateSet::TemplateSet(const std::filesystem::path& folder, const AssetMap& assets) {
  for (const SourceFile& source : find_files(folder, kExtension)) {
    add(source.relative.substr(0, source.relative.size() - kExtension.size()),
        printable(source.path), read_file(source.path), assets);
  }
  for (const BuiltinLayout& layout : builtin_layouts()) {
    const std::string name(layout.name);
    if (!contains(name)) add(name, "built-in layout " + name, std::string(layout.text), assets);
  }
  check_partials();
  Expanded expanded;
  for (auto& [name, entry] : templates_) {
    const std::string& text = expand(name, assets, expanded);
    entry.source = kainjow::mustache::data(as_partial(text));
    entry.compiled = kainjow::mustache::mustache(text);
    entry.compiled.set_custom_escape(escape_html);
    if (!entry.compiled.is_valid()) throw Error(entry.file + ": " + entry.compiled.error_message());
  }
}

void TemplateSet::add(const std::string& name, const std::string& file, const std::string& text,
                      const AssetMap& assets) {
  check_text(text, file);
  Template entry{.file = file, .text = text, .tags = scan_template(text, file), .source = {}};
  for (const AssetTag& tag : entry.tags.assets) {
    if (assets.contains(tag.name)) continue;
    throw Error(position_at(text, tag.offset, file),
                fmt::format("unknown asset `{}`: there is no assets/{}", tag.name, tag.name));
  }
  templates_.emplace(name, std::move(entry));
}

/// The text of a template with the addresses of its assets, and with its partials as far as they
/// can stand in its text: the engine would parse them anew each time it comes to one. Where
/// delimiters change, a partial must begin with its own.
const std::string& TemplateSet::expand(const std::string& name, const AssetMap& assets,
                                       Expanded& expanded) const {
  if (const auto done = expanded.find(name); done != expanded.end()) return done->second;
  const Template& includer = templates_.at(name);
  std::string result;
  size_t copied = 0;
  auto asset = includer.tags.assets.begin();
  const auto take_assets_until = [&](size_t offset) {
    for (; asset != includer.tags.assets.end() && asset->offset < offset; ++asset) {
      result.append(includer.text, copied, asset->offset - copied);
      result += url_encode(assets.at(asset->name));
      copied = asset->end;
    }
  };
  for (const PartialTag& tag : includer.tags.partials) {
    take_assets_until(tag.offset);
    const std::string partial = as_partial(expand(tag.name, assets, expanded));
    const bool own_delimiters =
        includer.tags.changes_delimiters || templates_.at(tag.name).tags.changes_delimiters;
    if (own_delimiters || result.size() + partial.size() > kMaxExpandedBytes) continue;
    result.append(includer.text, copied, tag.offset - copied).append(partial);
    copied = tag.end;
  }
  take_assets_until(includer.text.size());
  result.append(includer.text, copied);
  return expanded.emplace(name, std::move(result)).first->second;
}

void TemplateSet::check_partials() const {
  std::map<std::string, bool> done;
  for (const auto& [name, includer] : templates_) {
    for (const PartialTag& tag : includer.tags.partials) {
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
  for (const PartialTag& tag : includer.tags.partials) {
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

std::string TemplateSet::render(const std::string& name, const kainjow::mustache::data& data,
                                const kainjow::mustache::data& shared) const {
  auto& compiled = compiled_.local();
  const auto layout = compiled.try_emplace(name, templates_.at(name).compiled).first;
  Context context(*this, shared);
  context.push(&data);
  StringStream html;
  layout->second.render(context, html);
  // Nothing is left that the engine could find: every template was compiled when it was added.
  assert(layout->second.is_valid());
  return std::move(html.text);
}

}  // namespace memprof::sitegen
