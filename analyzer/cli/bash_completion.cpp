#include "analyzer/cli/bash_completion.h"

#include <algorithm>
#include <string>
#include <vector>

#include "analyzer/cli/option_words.h"

namespace memprof::cli {
namespace {

// What comes before and after the tables, which are `case` branches.
constexpr char kHead[] =
    R"bash(# Completion of memprof for bash. Written by memprof itself: see memprof(1).

# The options of a command.
_memprof_options() {
  case $1 in
)bash";

constexpr char kValues[] = R"bash(  esac
}

# What an option of a command takes: words, @files, @any (nothing to offer); nothing for a flag.
_memprof_values() {
  case "$1 $2" in
)bash";

constexpr char kTail[] = R"bash(  esac
}

# Fills COMPREPLY with those of the words $1 that begin with $2.
_memprof_offer() {
  COMPREPLY=($(compgen -W "$1" -- "$2"))
}

_memprof_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\n'
  COMPREPLY=($(compgen -f -- "$1"))
}

_memprof() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command= word at values
  COMPREPLY=()
  # bash has "--format=json" as three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = && COMP_CWORD -ge 2 ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((at = 1; at < COMP_CWORD; ++at)); do
    word=${COMP_WORDS[at]}
    if [[ -z $command ]]; then
      [[ $word == -* ]] || command=$word
      continue
    fi
    # From here on the line is another command's, where this one runs one.
    case $command in
)bash";

constexpr char kLast[] = R"bash(        if [[ $word == -- ]]; then
          _memprof_other $((at + 1))
          return
        elif [[ $word != -* ]]; then
          _memprof_other "$at"
          return
        elif [[ -n $(_memprof_values "$command" "$word") ]]; then
          ((++at))
        fi
        ;;
    esac
  done
  values=$(_memprof_values "$command" "$previous")
  case $values in
    @files) _memprof_files "$current" ;;
    @any) ;;
    ?*) _memprof_offer "$values" "$current" ;;
    *)
      if [[ -z $command ]]; then
        _memprof_offer "$(_memprof_options) $(_memprof_commands)" "$current"
      elif [[ $current == -* ]]; then
        _memprof_offer "$(_memprof_options "$command")" "$current"
      elif [[ $(_memprof_runs "$command") ]]; then
        COMPREPLY=($(compgen -c -- "$current"))
      else
        _memprof_files "$current"
      fi
      ;;
  esac
}

# The line from word $1 on is a command of its own.
_memprof_other() {
  if declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif ((COMP_CWORD == $1)); then
    COMPREPLY=($(compgen -c -- "${COMP_WORDS[COMP_CWORD]}"))
  else
    _memprof_files "${COMP_WORDS[COMP_CWORD]}"
  fi
}

complete -F _memprof memprof
)bash";

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

/// Whether what follows the command's own options is a command line.
bool runs_another(const CLI::App& command) {
  const std::vector<OptionWords> arguments = arguments_of(command);
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const OptionWords& words) { return words.names.front() == "COMMAND"; });
}

std::string values_of(const OptionWords& words) {
  for (const char* file : {"FILE", "PATH", "DIR"}) {
    if (words.value == file) return "@files";
  }
  if (words.value == "MOMENT") return "start peak end";
  if (words.value.find('|') == std::string::npos) return "@any";
  std::string text = words.value;
  std::replace(text.begin(), text.end(), '|', ' ');
  return text;
}

void write_options(std::ostream& out, const std::string& name, const CLI::App& command) {
  std::vector<std::string> names;
  for (const OptionWords& words : options_of(command))
    names.insert(names.end(), words.names.begin(), words.names.end());
  out << "    " << name << ") echo \"" << joined(names, " ") << "\" ;;\n";
}

void write_values(std::ostream& out, const CLI::App& command) {
  for (const OptionWords& words : options_of(command)) {
    if (words.value.empty()) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : words.names)
      patterns.push_back("\"" + command.get_name() + " " + name + "\"");
    out << "    " << joined(patterns, " | ") << ") echo \"" << values_of(words) << "\" ;;\n";
  }
}

}  // namespace

void write_bash_completion(std::ostream& out, const CLI::App& app) {
  const std::vector<const CLI::App*> commands = commands_of(app);
  std::vector<std::string> names;
  std::vector<std::string> runners;
  for (const CLI::App* command : commands) {
    names.push_back(command->get_name());
    if (runs_another(*command)) runners.push_back(command->get_name());
  }
  out << kHead;
  write_options(out, "\"\"", app);
  for (const CLI::App* command : commands) write_options(out, command->get_name(), *command);
  out << kValues;
  for (const CLI::App* command : commands) write_values(out, *command);
  out << "  esac\n}\n\n_memprof_commands() {\n  echo \"" << joined(names, " ") << "\"\n}\n\n"
      << "# Says something if the command runs another one.\n_memprof_runs() {\n  case $1 in\n    "
      << joined(runners, " | ") << ") echo yes ;;\n"
      << kTail << "      " << joined(runners, " | ") << ")\n"
      << kLast;
}

}  // namespace memprof::cli
