#include "analyzer/cli/help_formatter.h"

#include <algorithm>

#include "analyzer/cli/examples.h"
#include "analyzer/cli/option_words.h"
#include "analyzer/report/wrapped_text.h"

namespace memprof::cli {
namespace {

using report::wrapped;

constexpr size_t kColumns = 79;
constexpr size_t kTextColumn = 24;  // where descriptions begin

/// "  --top N               Rows in a table"; a name that is too long has a line to itself.
std::string entry(const std::string& name, const std::string& description) {
  std::string text = "  " + name;
  if (text.size() + 2 > kTextColumn) text += "\n";
  const size_t line_begin = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  text += std::string(kTextColumn - (text.size() - line_begin), ' ');
  return text + wrapped(description, kTextColumn, kColumns) + "\n";
}

std::string joined(const OptionWords& words) {
  std::string text;
  for (const std::string& name : words.names) text += (text.empty() ? "" : ", ") + name;
  return words.value.empty() ? text : text + " " + words.value;
}

std::string section(const std::string& title, const std::vector<OptionWords>& options) {
  std::string text;
  for (const OptionWords& words : options) text += entry(joined(words), words.description);
  return text.empty() ? "" : "\n" + title + ":\n" + text;
}

std::string examples(const CLI::App& app) {
  std::string text;
  for (const Example& example : examples_of(app.get_parent() == nullptr ? "" : app.get_name()))
    text += "  " + example.line + "\n      " + wrapped(example.purpose, 6, kColumns) + "\n";
  return text.empty() ? "" : "\nExamples:\n" + text;
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const {
  std::string text = wrapped(app->get_description(), 0, kColumns) + "\n\n";
  text += "Usage: " + wrapped(synopsis_of(*app), 7, kColumns) + "\n";
  text += section("Arguments", arguments_of(*app));
  std::string commands;
  for (const CLI::App* command : commands_of(*app))
    commands += entry(command->get_name(), command->get_description());
  if (!commands.empty()) text += "\nCommands (each has its own --help):\n" + commands;
  text += section("Options", options_of(*app));
  if (!app->get_footer().empty()) text += "\n" + wrapped(app->get_footer(), 0, kColumns) + "\n";
  return text + examples(*app);
}

}  // namespace memprof::cli
