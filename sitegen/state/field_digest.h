#pragma once

#include <functional>

#include "sitegen/base/digest.h"
#include "sitegen/content/page.h"
#include "sitegen/render/field_sink.h"

namespace memprof::sitegen {

/// Makes a digest of fields: layouts that are given the same have the same.
class FieldDigest : public FieldSink {
 public:
  /// `content_of` gives what stands for all that a page says of itself.
  explicit FieldDigest(std::function<Digest(const Page&)> content_of)
      : content_of_(std::move(content_of)) {}

  /// Of the fields given so far; starts anew.
  Digest take() { return digester_.take(); }

  /// What fields were made from, in place of them.
  void add(const Digest& digest) { digester_.add(digest); }

  void text(std::string_view name, std::string_view value) override;
  void truth(std::string_view name, bool value) override;
  void number(std::string_view name, size_t value) override;
  void node(std::string_view name, const Node& value) override;
  void url(std::string_view name, std::string_view output) override;
  void own_address(const std::string& output, std::string_view base_url) override;
  void page(const Page& page) override;
  void item(const ListItem& item) override;
  void begin_object(std::string_view name) override;
  void begin_list(std::string_view name, size_t count) override;
  void begin_item() override;
  void end_object() override;
  void end_list() override;
  void end_item() override;

 private:
  enum class Mark : uint8_t {
    kText,
    kTruth,
    kNumber,
    kNode,
    kUrl,
    kAddress,
    kPage,
    kItemFields,
    kObject,
    kList,
    kItem,
    kEnd
  };

  void add(Mark mark, std::string_view name);
  void add(const Node& node);

  std::function<Digest(const Page&)> content_of_;
  Digester digester_;
};

}  // namespace memprof::sitegen
