#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sitegen/base/digest.h"
#include "sitegen/base/file_stamp.h"
#include "sitegen/content/page.h"
#include "sitegen/render/render.h"

namespace memprof::sitegen {

/// What became of a file of content/.
struct PageRecord {
  std::vector<PageLink> links;  ///< From its text to other pages' files.
  Page page;                    ///< Without source, body and content.
};

/// A file of content/.
struct SourceRecord {
  FileStamp stamp;          ///< All zero where it does not tell: see FileStamp::is_settled().
  Digest text;              ///< Of the file's bytes.
  std::string_view packed;  ///< Its PageRecord, see pack_page().
  uint64_t search_offset =
      0;  ///< Of its entry in the search index; of an index page there is none.
  uint64_t search_bytes = 0;
};

/// An HTML file of the output.
struct OutputRecord {
  Digest fields;    ///< Of all that it was made of.
  FileStamp stamp;  ///< Of the file as it was written.
};

/// Any other file of the output. What was copied has a source; what was made has not.
struct FileRecord {
  FileStamp source;  ///< As of SourceRecord.
  Digest content;    ///< Of all that it was made of, where that is known; else zero.
  FileStamp stamp;   ///< Of the file as it was written.
};

/// Records by name, in the order that they were added in. A build asks for those of the last one in
/// nearly the order that it left them in, so a table of names is made only once a guess is wrong.
template <typename Record>
class Records {
 public:
  /// Each name once; it must outlive this.
  void add(std::string_view name, const Record& record) { entries_.emplace_back(name, record); }

  /// The record of `name`, probably number `guess`; nullptr when there is none. May be called from
  /// several threads at once, as long as nothing is added.
  const Record* find(std::string_view name, size_t guess) const {
    if (guess < entries_.size() && entries_[guess].first == name) return &entries_[guess].second;
    std::call_once(*indexed_, [this] {
      for (size_t i = 0; i < entries_.size(); ++i) index_.emplace(entries_[i].first, i);
    });
    const auto found = index_.find(name);
    return found == index_.end() ? nullptr : &entries_[found->second].second;
  }

  size_t size() const { return entries_.size(); }
  void reserve(size_t count) { entries_.reserve(count); }
  void clear() { *this = {}; }
  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  std::vector<std::pair<std::string_view, Record>> entries_;
  mutable std::unordered_map<std::string_view, size_t> index_;
  std::unique_ptr<std::once_flag> indexed_ = std::make_unique<std::once_flag>();
};

/// What a build leaves for the next one. What is in the output anyway is not here: links and the
/// entries of the search index are read from there, where stamps say that it is as it was. Views
/// point into `bytes`, or to what its maker keeps.
struct BuildState {
  std::unique_ptr<const std::string> bytes;
  Digest key;                   ///< See build_key.h: of another key, nothing here holds.
  Digest assets;                ///< Of their addresses, which layouts and so all HTML have in them.
  Records<SourceRecord> pages;  ///< By source.relative.
  Records<OutputRecord> outputs;  ///< By path below the output folder.
  Records<FileRecord> files;      ///< Likewise.
};

std::string pack_page(PageRecord& record);

/// Reads what pack_page() made; views point into `bytes`. Throws Error where it is not that.
PageRecord unpack_page(std::string_view bytes);

/// The bytes of a state file. It begins with a magic word and the version of its format, then a
/// checksum of the rest; a file of another version is of no use.
std::string pack_state(BuildState& state);

/// Reads what pack_state() made. Throws Error that says what is wrong where it is not that:
/// damaged, cut off, of another version. The pages are not looked into.
BuildState unpack_state(std::string bytes);

/// Puts `bytes` into the file `path`, whole or not at all, and makes the folder that it is in.
/// Throws Error when it cannot.
void write_state(const std::filesystem::path& path, std::string_view bytes);

}  // namespace memprof::sitegen
