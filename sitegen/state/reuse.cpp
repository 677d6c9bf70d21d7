#include "sitegen/state/reuse.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "sitegen/base/source_files.h"
#include "sitegen/base/text.h"
#include "sitegen/render/output_fields.h"
#include "sitegen/state/field_digest.h"

namespace memprof::sitegen {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxStateBytes = size_t{8} << 30;
constexpr const char* kSearchFile = "search.json";

Digest digest_of_assets(const AssetMap& assets) {
  Digester digester;
  for (const auto& [name, output] : assets) {
    digester.add(std::string_view(name));
    digester.add(std::string_view(output));
  }
  return digester.take();
}

}  // namespace

fs::path state_file(const fs::path& source, const fs::path& output) {
  std::error_code ignored;
  // What does not exist yet would stay relative.
  const fs::path absolute = fs::absolute(output, ignored);
  const Digest place = digest_of(fs::weakly_canonical(absolute, ignored).native());
  return source / ".sitegen" / fmt::format("{:016x}.state", place.high);
}

Reuse::Reuse(fs::path file, const fs::path& output, const Digest& key)
    : file_(std::move(file)), output_(output.native() + "/"), began_ns_(file_clock_ns()) {
  std::error_code ignored;
  if (fs::exists(file_, ignored)) {
    try {
      last_ = unpack_state(read_file(file_, kMaxStateBytes));
    } catch (const Error& error) {
      note_ = fmt::format("{}: {}; building everything", printable(file_.native()), error.what());
      last_ = {};
    }
  }
  if (last_.key != key) {
    // What is in the output folder is known, but no longer what it should be.
    last_.pages.clear();
    for (auto& [path, record] : last_.outputs) record = {};
    for (auto& [path, record] : last_.files) record = {};
  }
  next_.key = key;
  const FileRecord* search = last_.files.find(kSearchFile, 0);
  if (search != nullptr && is_in_place(kSearchFile, search->stamp)) {
    search_bytes_ = search->stamp.size_bytes;
  }
}

FileStamp Reuse::settled(const FileStamp& stamp) const {
  return stamp.is_settled(began_ns_) ? stamp : FileStamp{};
}

Page Reuse::load(size_t i, const SourceFile& source, std::span<const std::string> taxonomies) {
  Known& page = sources_[i];
  const SourceRecord* last = last_.pages.find(source.relative, i);
  page.source.stamp = settled(source.stamp);
  if (last != nullptr && last->stamp == source.stamp) {
    page.is_known = true;
    page.source.text = last->text;
  } else {
    const std::string text = read_file(source.path);
    page.source.text = digest_of(text);
    page.is_known = last != nullptr && last->text == page.source.text;
    if (!page.is_known) return parse_page(source, text, taxonomies);
  }
  page.source.packed = last->packed;
  page.source.search_offset = last->search_offset;
  page.source.search_bytes = last->search_bytes;
  PageRecord record = unpack_page(page.source.packed);
  page.links = std::move(record.links);
  record.page.source = source;
  return std::move(record.page);
}

void Reuse::enter_site(const Site& site, const std::vector<size_t>& sources,
                       const std::vector<Output>& outputs, const AssetMap& assets,
                       const Node& data_files) {
  site_ = &site;
  site_outputs_ = &outputs;
  source_of_ = sources;
  outputs_.resize(outputs.size());
  kept_.resize(outputs.size());
  next_.assets = digest_of_assets(assets);
  same_assets_ = next_.assets == last_.assets;
  FieldDigest fields([](const Page&) { return Digest(); });
  site_fields(site, data_files, fields);
  site_fields_ = fields.take();
}

bool Reuse::holds_page(size_t i) const {
  const std::vector<PageLink>& links = known(i).links;
  return known(i).is_known && same_assets_ && has_search_entry(i) &&
         std::all_of(links.begin(), links.end(), [this](const PageLink& link) {
           const Page* target = site_->find_page(link.relative);
           return target != nullptr && target->output == link.output;
         });
}

void Reuse::enter_links(size_t i, std::vector<PageLink> links) {
  known(i).links = std::move(links);
  known(i).is_new = true;
}

bool Reuse::has_search_entry(size_t i) const {
  const SourceRecord& record = known(i).source;
  return record.search_bytes == 0 ? site_->pages[i].is_index()
                                  : record.search_offset < search_bytes_ &&
                                        record.search_bytes < search_bytes_ - record.search_offset;
}

std::pair<size_t, size_t> Reuse::search_entry(size_t i) const {
  return {known(i).source.search_offset, known(i).source.search_bytes};
}

void Reuse::enter_search_entry(size_t i, size_t offset, size_t bytes) {
  known(i).source.search_offset = offset;
  known(i).source.search_bytes = bytes;
}

Digest Reuse::content_of(const Page& page) const {
  const Known& of = known(static_cast<size_t>(&page - site_->pages.data()));
  Digester digester;
  digester.add(of.source.text);
  digester.add(std::string_view(page.source.relative));
  for (const PageLink& link : of.links) digester.add(std::string_view(link.output));
  return digester.take();
}

std::string Reuse::place(std::string_view path) const {
  return std::string(output_).append(path);
}

bool Reuse::is_in_place(const std::string& path, const FileStamp& stamp) const {
  return stamp != FileStamp() && stamp_of(place(path)) == stamp;
}

bool Reuse::holds_output(size_t i) {
  const Output& output = (*site_outputs_)[i];
  FieldDigest fields([this](const Page& page) { return content_of(page); });
  fields.text("layout", layout_of(output));
  output_fields(*site_, output, fields);
  fields.add(site_fields_);
  fields.add(next_.assets);
  outputs_[i].fields = fields.take();
  const OutputRecord* last = last_.outputs.find(output.path, i);
  if (last == nullptr || last->fields != outputs_[i].fields ||
      !is_in_place(output.path, last->stamp)) {
    return false;
  }
  outputs_[i] = *last;
  kept_[i] = 1;
  return true;
}

HtmlLinks Reuse::links_in_place(const Output& output) const {
  return find_links(read_file(place(output.path), kMaxStateBytes));
}

bool Reuse::has_lost_targets(const std::vector<HtmlLinks>& links,
                             const std::vector<std::string>& files) const {
  std::unordered_set<std::string_view> html;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const std::string& path = (*site_outputs_)[i].path;
    html.insert(path);
    if (is_kept(i)) continue;
    const OutputRecord* last = last_.outputs.find(path, i);
    if (last == nullptr) continue;
    // Nobody knows what was in it.
    if (!is_in_place(path, last->stamp)) return true;
    const HtmlLinks before = links_in_place((*site_outputs_)[i]);
    const std::unordered_set<std::string_view> anchors(links[i].anchors.begin(),
                                                       links[i].anchors.end());
    for (const std::string& anchor : before.anchors) {
      if (!anchors.contains(anchor)) return true;
    }
  }
  const std::unordered_set<std::string_view> other(files.begin(), files.end());
  return std::any_of(last_.outputs.begin(), last_.outputs.end(),
                     [&](const auto& entry) { return !html.contains(entry.first); }) ||
         std::any_of(last_.files.begin(), last_.files.end(),
                     [&](const auto& entry) { return !other.contains(entry.first); });
}

FileRecord& Reuse::enter_file(const std::string& path) {
  return files_.emplace_back(path, FileRecord()).second;
}

bool Reuse::holds_made_file(const std::string& path, const Digest& content) {
  FileRecord& record = enter_file(path);
  if (content == Digest()) return false;
  Digester digester;
  digester.add(content);
  digester.add(next_.assets);
  record.content = digester.take();
  const FileRecord* last = last_.files.find(path, files_.size() - 1);
  if (last == nullptr || last->content != record.content || !is_in_place(path, last->stamp)) {
    return false;
  }
  record.stamp = last->stamp;
  return true;
}

bool Reuse::holds_static_file(const StaticFile& file) {
  FileRecord& record = enter_file(file.output);
  if (file.source.path.empty()) return false;
  record.source = settled(file.source.stamp);
  const FileRecord* last = last_.files.find(file.output, files_.size() - 1);
  if (last == nullptr || last->source != file.source.stamp ||
      !is_in_place(file.output, last->stamp)) {
    return false;
  }
  record.stamp = last->stamp;
  return true;
}

void Reuse::remove_unwanted(OutputFolder& folder) const {
  std::unordered_set<std::string_view> wanted;
  for (const Output& output : *site_outputs_) wanted.insert(output.path);
  for (const auto& [path, record] : files_) wanted.insert(path);
  for (const auto& [path, record] : last_.outputs) {
    if (!wanted.contains(path)) folder.remove(std::string(path));
  }
  for (const auto& [path, record] : last_.files) {
    if (!wanted.contains(path)) folder.remove(std::string(path));
  }
}

void Reuse::save(std::vector<Page>& pages) {
  std::vector<std::string> packed(pages.size());
  next_.pages.reserve(pages.size());
  next_.outputs.reserve(outputs_.size());
  for (size_t i = 0; i < pages.size(); ++i) {
    Known& page = known(i);
    if (page.is_new) {
      PageRecord record{.links = std::move(page.links), .page = std::move(pages[i])};
      packed[i] = pack_page(record);
      page.source.packed = packed[i];
      pages[i].source = std::move(record.page.source);
    }
    next_.pages.add(pages[i].source.relative, page.source);
  }
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const std::string& path = (*site_outputs_)[i].path;
    if (!is_kept(i)) outputs_[i].stamp = stamp_of(place(path)).value_or(FileStamp());
    next_.outputs.add(path, outputs_[i]);
  }
  for (auto& [path, record] : files_) {
    if (record.stamp == FileStamp()) {
      record.stamp = stamp_of(place(path)).value_or(FileStamp());
    }
    next_.files.add(path, record);
  }
  write_state(file_, pack_state(next_));
}

}  // namespace memprof::sitegen
