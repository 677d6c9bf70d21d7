#include "sitegen/content/config.h"

#include <fmt/format.h>

#include <algorithm>

#include "sitegen/base/slug.h"
#include "sitegen/base/source_files.h"
#include "sitegen/base/text.h"
#include "sitegen/content/node_fields.h"
#include "sitegen/content/toml_reader.h"

namespace memprof::sitegen {
namespace {

/// Where the path of an address with a scheme and a host begins; npos when it is no such address.
size_t path_start(const std::string& url) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) return std::string::npos;
  const size_t host = url.find("//") + 2;
  const size_t path = std::min(url.find('/', host), url.size());
  return path == host ? std::string::npos : path;
}

class ConfigReader {
 public:
  ConfigReader(const std::string& file, Config& config) : fields_(file), config_(config) {}

  void read(const std::string& key, const Node& value) {
    if (key == "title") {
      config_.title = fields_.text(key, value);
    } else if (key == "base_url") {
      config_.base_url = base_url(key, value);
    } else if (key == "language") {
      config_.language = fields_.text(key, value);
    } else if (key == "description") {
      config_.description = fields_.text(key, value);
    } else if (key == "author") {
      config_.author = fields_.text(key, value);
    } else if (key == "taxonomies") {
      config_.taxonomies = taxonomies(key, value);
    } else if (key == "page_size") {
      config_.page_size = fields_.count(key, value);
    } else if (key == "feed_limit") {
      config_.feed_limit = fields_.count(key, value);
    } else if (key == "home_lists_all") {
      config_.home_lists_all = fields_.truth(key, value);
    } else if (key == "sidebar") {
      config_.sidebar = fields_.truth(key, value);
    } else if (key == "raw_html") {
      config_.raw_html = fields_.truth(key, value);
    } else if (key == "check_links") {
      config_.check_links = fields_.truth(key, value);
    } else if (key == "menu") {
      config_.menu = menu(value);
    } else if (key == "params") {
      fields_.map(key, value);
      config_.params = value;
    } else {
      fields_.fail(value, fmt::format("unknown key `{}`; your own belong into [params]", key));
    }
  }

 private:
  std::string base_url(const std::string& key, const Node& value) const {
    std::string url = fields_.text(key, value);
    if (path_start(url) == std::string::npos || url.find_first_of("?# \"<>\\") != url.npos) {
      fields_.fail(value, fmt::format("bad base_url `{}`: expected https://HOST/PATH/", url));
    }
    if (!url.ends_with('/')) url += '/';
    return url;
  }

  std::vector<std::string> taxonomies(const std::string& key, const Node& value) const {
    std::vector<std::string> names;
    for (const Node* item : fields_.scalars(key, value)) {
      if (item->text.empty() || slugify(item->text) != item->text) {
        fields_.fail(
            *item, fmt::format("bad taxonomy `{}`: expected a name such as `series`", item->text));
      }
      if (std::find(names.begin(), names.end(), item->text) != names.end()) {
        fields_.fail(*item, fmt::format("taxonomy `{}` is given twice", item->text));
      }
      names.push_back(item->text);
    }
    return names;
  }

  std::vector<MenuItem> menu(const Node& value) const {
    std::vector<MenuItem> items;
    if (value.kind != Node::Kind::kList) fields_.fail(value, "expected [[menu]] tables");
    for (const Node& entry : value.items) {
      MenuItem& item = items.emplace_back();
      for (const auto& [key, field] : fields_.map("menu", entry)) {
        if (key == "title") {
          item.title = fields_.text(key, field);
        } else if (key == "url") {
          item.url = fields_.text(key, field);
        } else {
          fields_.fail(field, fmt::format("unknown key `{}` in [[menu]]", key));
        }
      }
      if (item.title.empty() || item.url.empty()) {
        fields_.fail(entry, "an item of the menu needs a title and a url");
      }
    }
    return items;
  }

  NodeFields fields_;
  Config& config_;
};

}  // namespace

std::string Config::base_path() const {
  return base_url.empty() ? "/" : base_url.substr(path_start(base_url));
}

Config load_config(const std::filesystem::path& file) {
  const std::string text = read_file(file);
  const std::string name = printable(file.native());
  check_text(text, name);
  const Node root = read_toml(text, name);
  Config config;
  ConfigReader reader(name, config);
  for (const auto& [key, value] : root.entries) reader.read(key, value);
  return config;
}

}  // namespace memprof::sitegen
