#include "analyzer/cli/option_words.h"

namespace memprof::cli {
namespace {

OptionWords words_of(const CLI::Option& option) {
  OptionWords words;
  words.description = option.get_description();
  if (option.get_positional()) {
    words.names.push_back(option.get_name(true, false));
    return words;
  }
  for (const std::string& name : option.get_snames()) words.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) words.names.push_back("--" + name);
  if (option.get_items_expected_max() != 0) words.value = option.get_type_name();
  if (!option.get_default_str().empty())
    words.description += " (default: " + option.get_default_str() + ")";
  for (const CLI::Option* other : option.get_excludes())
    words.description += "; not with " + other->get_name();
  return words;
}

std::vector<OptionWords> select(const CLI::App& command, bool positional) {
  std::vector<OptionWords> result;
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_group().empty() && option->get_positional() == positional)
      result.push_back(words_of(*option));
  }
  return result;
}

}  // namespace

std::vector<OptionWords> options_of(const CLI::App& command) {
  return select(command, false);
}

std::vector<OptionWords> arguments_of(const CLI::App& command) {
  return select(command, true);
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : full_name(*parent) + " " + command.get_name();
}

std::string synopsis_of(const CLI::App& command) {
  std::string text = full_name(command) + " [OPTION]...";
  if (!commands_of(command).empty()) text += " COMMAND ...";
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = option->get_name(true, false);
    if (name == "COMMAND") {
      text += " [--] COMMAND [ARGUMENT]...";  // which takes all that follows
      continue;
    }
    const bool several = option->get_items_expected_max() > 1;
    text += " " + (option->get_required() ? name : "[" + name + "]") + (several ? "..." : "");
  }
  return text;
}

}  // namespace memprof::cli
