#include "tests/analyzer/compare/sarif_rules.h"

#include <functional>
#include <regex>
#include <set>

namespace memprof::test {
namespace {

using nlohmann::json;

class Rules {
 public:
  std::vector<std::string> problems;

  void file(const json& file) {
    object(file, "file", {"$schema", "version", "runs"}, {});
    if (text(file, "$schema", "file") && !file["$schema"].get<std::string>().ends_with(".json"))
      wrong("file.$schema", "is no schema");
    if (text(file, "version", "file") && file["version"] != "2.1.0")
      wrong("file.version", "is not 2.1.0");
    each(file, "runs", "file", 1, [this](const json& one, const std::string& at) { run(one, at); });
  }

 private:
  using Visit = std::function<void(const json&, const std::string&)>;

  void wrong(const std::string& where, const std::string& what) {
    problems.push_back(where + ": " + what);
  }

  /// An object with all of `needed`, and of others only `allowed`.
  bool object(const json& value, const std::string& at, const std::set<std::string>& needed,
              const std::set<std::string>& allowed) {
    if (!value.is_object()) {
      wrong(at, "is no object");
      return false;
    }
    for (const std::string& key : needed) {
      if (!value.contains(key)) wrong(at + "." + key, "is missing");
    }
    for (const auto& [key, unused] : value.items()) {
      if (!needed.contains(key) && !allowed.contains(key)) wrong(at + "." + key, "is not known");
    }
    return true;
  }

  /// Whether there is a text; where something else is, that is wrong.
  bool text(const json& parent, const std::string& key, const std::string& at) {
    if (!parent.is_object() || !parent.contains(key)) return false;
    const bool good = parent[key].is_string() && !parent[key].get<std::string>().empty();
    if (!good) wrong(at + "." + key, "is no text");
    return good;
  }

  void each(const json& parent, const std::string& key, const std::string& at, size_t least,
            const Visit& visit) {
    if (!parent.is_object() || !parent.contains(key)) return;
    const json& list = parent[key];
    const std::string where = at + "." + key;
    if (!list.is_array()) return wrong(where, "is no list");
    if (list.size() < least) wrong(where, "is empty");
    for (size_t i = 0; i < list.size(); ++i) visit(list[i], where + "[" + std::to_string(i) + "]");
  }

  void one(const json& parent, const std::string& key, const std::string& at, const Visit& visit) {
    if (parent.is_object() && parent.contains(key)) visit(parent[key], at + "." + key);
  }

  void message(const json& value, const std::string& at) {
    if (object(value, at, {"text"}, {})) text(value, "text", at);
  }

  void level(const json& parent, const std::string& at) {
    static const std::set<std::string> kLevels{"none", "note", "warning", "error"};
    if (text(parent, "level", at) && !kLevels.contains(parent["level"]))
      wrong(at + ".level", "is no level");
  }

  void rule(const json& value, const std::string& at) {
    const std::set<std::string> needed{"id", "shortDescription", "fullDescription", "help"};
    object(value, at, needed, {"defaultConfiguration"});
    if (text(value, "id", at) && !rule_ids_.insert(value["id"]).second)
      wrong(at + ".id", "is there twice");
    for (const char* key : {"shortDescription", "fullDescription", "help"})
      one(value, key, at, [this](const json& m, const std::string& w) { message(m, w); });
    one(value, "defaultConfiguration", at, [this](const json& c, const std::string& w) {
      object(c, w, {"level"}, {});
      level(c, w);
    });
  }

  void artifact(const json& value, const std::string& at) {
    object(value, at, {"uri"}, {"uriBaseId"});
    if (!text(value, "uri", at)) return;
    const std::string uri = value["uri"];
    // Relative to the checkout, without a scheme and without leaving it, or a file of the machine.
    static const std::regex kPath("(%[0-9A-F]{2}|[A-Za-z0-9._~/+@,-])+");
    const bool absolute = uri.starts_with("file:///");
    if (!std::regex_match(absolute ? uri.substr(7) : uri, kPath)) wrong(at + ".uri", "is no URI");
    if (absolute == value.contains("uriBaseId"))
      wrong(at + ".uriBaseId", "belongs to relative URIs, and to all of them");
    if (!absolute && (uri.starts_with("/") || ("/" + uri + "/").find("/../") != std::string::npos))
      wrong(at + ".uri", "leaves the tree");
    text(value, "uriBaseId", at);
  }

  void location(const json& value, const std::string& at, bool is_result) {
    std::set<std::string> needed;
    if (is_result) needed.insert("physicalLocation");
    object(value, at, needed, {"physicalLocation", "logicalLocations"});
    one(value, "physicalLocation", at, [this](const json& place, const std::string& w) {
      object(place, w, {"artifactLocation", "region"}, {});
      one(place, "artifactLocation", w,
          [this](const json& a, const std::string& where) { artifact(a, where); });
      one(place, "region", w, [this](const json& region, const std::string& where) {
        object(region, where, {"startLine"}, {});
        if (!region.contains("startLine") || !region["startLine"].is_number_unsigned() ||
            region["startLine"] == 0)
          wrong(where + ".startLine", "is no line");
      });
    });
    each(value, "logicalLocations", at, 1, [this](const json& place, const std::string& w) {
      object(place, w, {"fullyQualifiedName"}, {});
      text(place, "fullyQualifiedName", w);
    });
  }

  void result(const json& value, const std::string& at) {
    const std::set<std::string> needed{"ruleId", "message", "locations", "partialFingerprints"};
    object(value, at, needed, {"level", "stacks", "properties"});
    if (text(value, "ruleId", at) && !rule_ids_.contains(value["ruleId"]))
      wrong(at + ".ruleId", "is no rule's");
    level(value, at);
    one(value, "message", at, [this](const json& m, const std::string& w) { message(m, w); });
    each(value, "locations", at, 1,
         [this](const json& place, const std::string& w) { location(place, w, true); });
    one(value, "partialFingerprints", at, [this](const json& prints, const std::string& w) {
      if (!prints.is_object() || prints.empty()) return wrong(w, "has none");
      std::string together;
      for (const auto& [key, unused] : prints.items()) {
        if (text(prints, key, w)) together += prints[key].get<std::string>() + " ";
      }
      if (!fingerprints_.insert(together).second) wrong(w, "is another result's, too");
    });
    each(value, "stacks", at, 1, [this](const json& stack, const std::string& w) {
      object(stack, w, {"frames"}, {"message"});
      one(stack, "message", w,
          [this](const json& m, const std::string& where) { message(m, where); });
      each(stack, "frames", w, 0, [this](const json& frame, const std::string& where) {
        object(frame, where, {"location"}, {"module"});
        text(frame, "module", where);
        one(frame, "location", where,
            [this](const json& place, const std::string& there) { location(place, there, false); });
      });
    });
  }

  void run(const json& value, const std::string& at) {
    rule_ids_.clear();
    fingerprints_.clear();
    object(value, at, {"tool", "results"}, {"columnKind", "properties"});
    one(value, "tool", at, [this](const json& tool, const std::string& w) {
      object(tool, w, {"driver"}, {});
      one(tool, "driver", w, [this](const json& driver, const std::string& where) {
        object(driver, where, {"name", "rules"}, {});
        text(driver, "name", where);
        each(driver, "rules", where, 1,
             [this](const json& r, const std::string& there) { rule(r, there); });
      });
    });
    if (value.contains("columnKind") && value["columnKind"] != "utf16CodeUnits" &&
        value["columnKind"] != "unicodeCodePoints")
      wrong(at + ".columnKind", "is none");
    each(value, "results", at, 0,
         [this](const json& one_result, const std::string& w) { result(one_result, w); });
  }

  std::set<std::string> rule_ids_;
  std::set<std::string> fingerprints_;
};

}  // namespace

std::vector<std::string> sarif_problems(const json& file) {
  Rules rules;
  rules.file(file);
  return rules.problems;
}

}  // namespace memprof::test
