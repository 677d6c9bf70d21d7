// SARIF 2.1.0 (OASIS Standard, 27 March 2020) as code scanning reads it: one run, a rule for each
// state, a result for each stack. A result's place is the first frame that is no allocator's and
// whose file is part of the tree that was worked on, as code scanning can show no other; else the
// first that has a file.
#include <fmt/format.h>

#include <map>
#include <tuple>

#include "analyzer/compare/shared_stacks.h"
#include "analyzer/report/cxx_name.h"
#include "analyzer/report/groups.h"
#include "analyzer/report/json_values.h"
#include "analyzer/report/leaks_report.h"
#include "analyzer/report/quantity.h"

namespace memprof::report {
namespace {

using compare::Leak;
using compare::Reachability;

constexpr char kSourceRoot[] = "SRCROOT";

struct Frame {
  std::string function;
  std::string file;
  uint32_t line;
  std::string module;
  bool in_tree;  ///< the file lies below the run's working directory
  auto operator<=>(const Frame&) const = default;
};

/// What makes two results one.
struct Key {
  std::vector<Frame> visible;  ///< innermost first, without allocator frames
  Reachability state;
  bool suppressed;
  auto operator<=>(const Key&) const = default;
};

struct Sum {
  heap::Held held;
  std::string suppression;
};

std::string percent_encoded(const std::string& path) {
  constexpr char kPlain[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/+@,";
  std::string result;
  for (const char c : path) {
    const bool plain = c != '\0' && std::string_view(kPlain).find(c) != std::string_view::npos;
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

Json location_json(const Frame& frame) {
  Json json = {{"logicalLocations", Json::array({{{"fullyQualifiedName", frame.function}}})}};
  if (frame.file.empty()) return json;
  const bool absolute = frame.file.front() == '/';
  Json artifact = {{"uri", (absolute ? "file://" : "") + percent_encoded(frame.file)}};
  if (!absolute) artifact["uriBaseId"] = kSourceRoot;
  Json physical = {{"artifactLocation", std::move(artifact)}};
  if (frame.line != 0) physical["region"] = {{"startLine", frame.line}};
  json["physicalLocation"] = std::move(physical);
  return json;
}

/// The same for the same code wherever it moves within its file.
std::string fingerprint(const Key& key) {
  // FNV-1a, 64 bits.
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    hash = (hash ^ 0xff) * 0x100000001b3;
  };
  add(state_name(key.state));
  for (const Frame& frame : key.visible) {
    add(frame.function);
    add(frame.file);
  }
  return fmt::format("{:016x}", hash);
}

/// Null when no file is known.
const Frame* place_of(const Key& key) {
  const Frame* place = nullptr;
  for (const Frame& frame : key.visible) {
    if (frame.in_tree) return &frame;
    if (place == nullptr && !frame.file.empty()) place = &frame;
  }
  return place;
}

const char* level_of(Reachability state) {
  switch (state) {
    case Reachability::kLost:
      return "error";
    case Reachability::kUnknown:
      return "warning";
    case Reachability::kReachable:
      break;
  }
  return "note";
}

std::string message_of(const Key& key, const Sum& sum) {
  const std::string what = key.state == Reachability::kLost        ? "lost"
                           : key.state == Reachability::kReachable ? "still reachable at exit"
                                                                   : "never freed";
  const std::string where = key.visible.empty() ? "unknown code" : key.visible.front().function;
  return fmt::format("{} in {} {}, allocated by {}", size_text(sum.held.bytes, false),
                     counted(sum.held.blocks, "block", "blocks"), what, short_name(where));
}

Json result_json(const Key& key, const Sum& sum) {
  Json json = {{"ruleId", state_name(key.state)},
               {"level", level_of(key.state)},
               {"message", {{"text", message_of(key, sum)}}},
               {"locations", Json::array()},
               {"partialFingerprints", {{"memprofStack/v1", fingerprint(key)}}},
               {"properties", {{"bytes", sum.held.bytes}, {"blocks", sum.held.blocks}}}};
  if (const Frame* frame = place_of(key)) json["locations"].push_back(location_json(*frame));
  Json frames = Json::array();
  for (const Frame& frame : key.visible) {
    Json one = {{"location", location_json(frame)}};
    if (!frame.module.empty()) one["module"] = frame.module;
    frames.push_back(std::move(one));
  }
  json["stacks"] = Json::array({{{"message", {{"text", "where the blocks were allocated"}}},
                                 {"frames", std::move(frames)}}});
  json["suppressions"] = Json::array();
  if (key.suppressed) {
    json["suppressions"].push_back({{"kind", "external"}, {"justification", sum.suppression}});
  }
  return json;
}

Json rule_json(Reachability state, const char* text) {
  return {{"id", state_name(state)},
          {"shortDescription", {{"text", text}}},
          {"defaultConfiguration", {{"level", level_of(state)}}}};
}

Key key_of(const LeaksOfRun& one, const Leak& row, uint64_t depth) {
  Key key{{}, row.state, row.suppression.has_value()};
  const profile::Addresses& addresses = one.names.addresses();
  const std::string& cwd = one.run.processes.front().identity.cwd;
  for (const FrameRef ref :
       visible_frames(one.names, profile::addresses_of(one.run, addresses, row.stack))) {
    if (key.visible.size() >= depth) break;
    const symbols::Frame& frame = one.names.frames(ref.address)[ref.frame];
    const symbols::ModuleKey& module = addresses.module(ref.address);
    std::string file = compare::below(frame.file, cwd);
    const bool in_tree = file != frame.file;
    key.visible.push_back({function_label(frame, module, addresses.offset(ref.address)),
                           std::move(file), frame.line, module.path, in_tree});
  }
  return key;
}

}  // namespace

void write_sarif_leaks(std::ostream& out, const LeaksInput& input, const Options& options) {
  std::map<Key, Sum> sums;
  for (const LeaksOfRun& one : input.runs) {
    for (const Leak& row : one.leaks.rows) {
      Sum& sum = sums[key_of(one, row, options.depth)];
      sum.held.bytes += row.held().bytes;
      sum.held.blocks += row.held().blocks;
      if (row.suppression) {
        const compare::Suppression& suppression = input.suppressions.all()[*row.suppression];
        sum.suppression = "leak:" + suppression.pattern + " (" + suppression.from + ")";
      }
    }
  }
  const Json driver = {
      {"name", "memprof"},
      {"rules",
       Json::array(
           {rule_json(Reachability::kLost, "Blocks that nothing pointed to at exit"),
            rule_json(Reachability::kUnknown, "Blocks that were never freed"),
            rule_json(Reachability::kReachable, "Blocks that were still reachable at exit")})}};
  out << "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\n\"version\":\"2.1.0\",\n"
      << "\"runs\":[{\"tool\":" << dump({{"driver", driver}})
      << ",\n\"columnKind\":\"utf16CodeUnits\""
      << ",\n\"results\":[";
  bool first = true;
  for (const auto& [key, sum] : sums) {
    out << (first ? "\n  " : ",\n  ") << dump(result_json(key, sum));
    first = false;
  }
  out << "]}]}\n";
}

}  // namespace memprof::report
