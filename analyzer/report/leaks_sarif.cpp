// SARIF 2.1.0 (OASIS Standard, 27 March 2020) as code scanning reads it: one run, a rule for each
// state, a result for each stack that is not suppressed. A result's place is the first frame that
// is no allocator's and whose file is part of the tree that was worked on, as code scanning can
// show no other; else the first that has a file; else the module. A place with a file and a line is
// what code scanning demands of each result, or it refuses all of them; of suppressions it knows
// nothing.
#include <fmt/format.h>

#include <algorithm>
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
  std::vector<Frame> visible;  ///< innermost first, without allocator frames; one at least
  Reachability state;
  auto operator<=>(const Key&) const = default;
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

/// `file` is not empty. Line 0, which is none, becomes the first.
Json physical_json(const std::string& file, uint32_t line) {
  const bool absolute = file.front() == '/';
  Json artifact = {{"uri", (absolute ? "file://" : "") + percent_encoded(file)}};
  if (!absolute) artifact["uriBaseId"] = kSourceRoot;
  return {{"artifactLocation", std::move(artifact)},
          {"region", {{"startLine", std::max<uint32_t>(line, 1)}}}};
}

Json location_json(const Frame& frame) {
  Json json = {{"logicalLocations", Json::array({{{"fullyQualifiedName", frame.function}}})}};
  if (!frame.file.empty()) json["physicalLocation"] = physical_json(frame.file, frame.line);
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

Json place_json(const Key& key) {
  const Frame* place = nullptr;
  for (const Frame& frame : key.visible) {
    const bool better = place == nullptr || (frame.in_tree && !place->in_tree) ||
                        (place->file.empty() && !frame.file.empty());
    if (better) place = &frame;
  }
  Json json = location_json(*place);
  if (place->file.empty())
    json["physicalLocation"] = physical_json(place->module.empty() ? "/" : place->module, 0);
  return json;
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

std::string message_of(const Key& key, const heap::Held& held) {
  const std::string what = key.state == Reachability::kLost        ? "lost"
                           : key.state == Reachability::kReachable ? "still reachable at exit"
                                                                   : "never freed";
  return fmt::format("{} in {} {}, allocated by {}", size_text(held.bytes, false),
                     counted(held.blocks, "block", "blocks"), what,
                     short_name(key.visible.front().function));
}

Json result_json(const Key& key, const heap::Held& held) {
  Json json = {{"ruleId", state_name(key.state)},
               {"level", level_of(key.state)},
               {"message", {{"text", message_of(key, held)}}},
               {"locations", Json::array({place_json(key)})},
               {"partialFingerprints", {{"memprofStack/v1", fingerprint(key)}}},
               {"properties", {{"bytes", held.bytes}, {"blocks", held.blocks}}}};
  Json frames = Json::array();
  for (const Frame& frame : key.visible) {
    Json one = {{"location", location_json(frame)}};
    if (!frame.module.empty()) one["module"] = frame.module;
    frames.push_back(std::move(one));
  }
  json["stacks"] = Json::array({{{"message", {{"text", "where the blocks were allocated"}}},
                                 {"frames", std::move(frames)}}});
  return json;
}

Json rule_json(Reachability state, const char* text, const char* more) {
  return {{"id", state_name(state)},
          {"shortDescription", {{"text", text}}},
          {"fullDescription", {{"text", more}}},
          {"help", {{"text", more}}},
          {"defaultConfiguration", {{"level", level_of(state)}}}};
}

Key key_of(const LeaksOfRun& one, const Leak& row, uint64_t depth) {
  Key key{{}, row.state};
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
  if (key.visible.empty()) {
    const std::string& exe = one.run.processes[row.process].identity.exe;
    key.visible.push_back({"unknown code", "", 0, exe, false});
  }
  return key;
}

}  // namespace

void write_sarif_leaks(std::ostream& out, const LeaksInput& input, const Options& options) {
  std::map<Key, heap::Held> sums;
  heap::Held suppressed;
  for (const LeaksOfRun& one : input.runs) {
    for (const Leak& row : one.leaks.rows) {
      heap::Held& sum = row.suppression ? suppressed : sums[key_of(one, row, options.depth)];
      sum.bytes += row.held().bytes;
      sum.blocks += row.held().blocks;
    }
  }
  const Json driver = {
      {"name", "memprof"},
      {"rules",
       Json::array(
           {rule_json(
                Reachability::kLost, "Blocks that nothing pointed to at exit",
                "Nothing that the program could reach pointed to these blocks when it exited: "
                "it can never have freed them."),
            rule_json(
                Reachability::kUnknown, "Blocks that were never freed",
                "These blocks were live when the program exited. Whether it could still reach "
                "them is known with memprof run --reachability."),
            rule_json(Reachability::kReachable, "Blocks that were still reachable at exit",
                      "The program still pointed to these blocks when it exited, and could have "
                      "freed them.")})}};
  out << "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\n\"version\":\"2.1.0\",\n"
      << "\"runs\":[{\"tool\":" << dump({{"driver", driver}})
      << ",\n\"columnKind\":\"utf16CodeUnits\",\n\"properties\":"
      << dump({{"suppressed", {{"bytes", suppressed.bytes}, {"blocks", suppressed.blocks}}}})
      << ",\n\"results\":[";
  bool first = true;
  for (const auto& [key, held] : sums) {
    out << (first ? "\n  " : ",\n  ") << dump(result_json(key, held));
    first = false;
  }
  out << "]}]}\n";
}

}  // namespace memprof::report
