#pragma once

#include <deque>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sitegen/base/output_folder.h"
#include "sitegen/output/html_links.h"
#include "sitegen/site/outputs.h"
#include "sitegen/site/site.h"
#include "sitegen/site/static_files.h"
#include "sitegen/state/build_state.h"

namespace memprof::sitegen {

// A build that may use what the last one left. What is the same as it was then is told so:
//
//   a page's front matter   by the file's stamp, or, where that does not tell, its bytes
//   its HTML                by that, and where the pages are that it leads to
//   an HTML file            by a digest of what its layout is given, and by its own stamp
//   a copied file           by the stamps of both
//
// where the key (build_key.h) is the same; for all but front matter, assets must be, too. So a
// wrong guess costs work, and none gives other bytes than a build from nothing.

/// Where the state is kept of builds of `source` into `output`.
std::filesystem::path state_file(const std::filesystem::path& source,
                                 const std::filesystem::path& output);

/// What holds of the last build, and what is to hold for the next one. The steps are in order; what
/// takes an index may be called from several threads at once, for each index once.
class Reuse {
 public:
  /// Reads `file`. Whatever is wrong with it, nothing holds then; see note().
  Reuse(std::filesystem::path file, const std::filesystem::path& output, const Digest& key);

  /// What the user should know of the state file; empty: nothing.
  const std::string& note() const { return note_; }

  /// 1. How many files may become pages.
  void expect_sources(size_t count) { sources_.resize(count); }

  /// The page of `source`, the file number `i`: as it was, without body and content, or read.
  /// Throws Error as parse_page() and read_file() do.
  Page load(size_t i, const SourceFile& source, std::span<const std::string> taxonomies);

  /// 2. `sources` are the numbers of the files that became the pages of `site`, which must outlive
  /// this, and `outputs` its HTML files.
  void enter_site(const Site& site, const std::vector<size_t>& sources,
                  const std::vector<Output>& outputs, const AssetMap& assets,
                  const Node& data_files);

  /// 3. Whether all that is known of page `i` holds: what became of its text, its summary. The
  /// record has its search entry and links; else they are to be entered there.
  bool holds_page(size_t i) const;

  /// What is new.
  void enter_links(size_t i, std::vector<PageLink> links);

  /// 4. Whether the HTML file of output `i` holds, as it is.
  bool holds_output(size_t i);
  bool is_kept(size_t i) const { return kept_[i] != 0; }

  /// Of the file in place.
  HtmlLinks links_in_place(const Output& output) const;

  /// Whether a kept page may lead to what is no longer there: a file or an anchor.
  bool has_lost_targets(const std::vector<HtmlLinks>& links,
                        const std::vector<std::string>& files) const;

  /// Where the entry of page `i` is in the search index in place, and its size. REQUIRES:
  /// holds_page(i).
  std::pair<size_t, size_t> search_entry(size_t i) const;

  /// The entry of page `i` is now there.
  void enter_search_entry(size_t i, size_t offset, size_t bytes);

  /// 5. What stands for the content of `page`.
  Digest content_of(const Page& page) const;

  /// Whether the file `path`, made of `content` and what the key stands for, holds as it is; with
  /// zero never. Enters it.
  bool holds_made_file(const std::string& path, const Digest& content);

  /// The same of a file that is copied.
  bool holds_static_file(const StaticFile& file);

  /// 6. Removes from `folder` what is in the state and nobody wants any more.
  void remove_unwanted(OutputFolder& folder) const;

  /// 7. When all is in place: writes the state of this build, whose pages are moved there.
  void save(std::vector<Page>& pages);

 private:
  struct Known {
    SourceRecord source;
    std::vector<PageLink> links;
    bool is_known = false;  // The file is as it was.
    bool is_new = false;    // What became of it is not.
  };

  Known& known(size_t page) { return sources_[source_of_[page]]; }
  const Known& known(size_t page) const { return sources_[source_of_[page]]; }
  FileRecord& enter_file(const std::string& path);
  bool has_search_entry(size_t i) const;
  std::string place(std::string_view path) const;
  bool is_in_place(const std::string& path, const FileStamp& stamp) const;
  FileStamp settled(const FileStamp& stamp) const;

  std::filesystem::path file_;
  std::string output_;  // With '/' at its end.
  int64_t began_ns_;
  std::string note_;
  BuildState last_;
  BuildState next_;  // Its records are put there at the end.

  const Site* site_ = nullptr;
  const std::vector<Output>* site_outputs_ = nullptr;
  Digest site_fields_;
  bool same_assets_ = false;
  size_t search_bytes_ = 0;  // Of the search index in place; 0 when there is none of ours.
  std::vector<Known> sources_;
  std::vector<size_t> source_of_;      // Of the site's pages.
  std::vector<OutputRecord> outputs_;  // Of the site's outputs, as is the next.
  std::vector<char> kept_;
  std::deque<std::pair<std::string, FileRecord>> files_;  // By path.
};

}  // namespace memprof::sitegen
