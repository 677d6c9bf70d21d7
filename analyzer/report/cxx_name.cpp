// Demangled C++ is read by counting brackets. What makes that harder than it looks: operators whose
// names are brackets (operator<, operator->, operator()), and parentheses that are part of a name,
// as in
// "(anonymous namespace)::f" or "f()::{lambda(int)#1}::operator()". So the scanner steps over an
// operator's symbol and over braces as a whole, and takes a "(" for the parameter list only outside
// of <> and when a name stands before it.
#include "analyzer/report/cxx_name.h"

#include <cctype>

namespace memprof::report {
namespace {

/// Parameter lists up to this length are worth their space: they tell overloads apart.
constexpr size_t kShortParameters = 24;

constexpr std::string_view kOperator = "operator";

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Whether the word "operator" stands at `at`.
bool operator_at(std::string_view name, size_t at) {
  if (name.substr(at, kOperator.size()) != kOperator) return false;
  const size_t end = at + kOperator.size();
  return (at == 0 || !is_word(name[at - 1])) && (end == name.size() || !is_word(name[end]));
}

/// End of the operator's symbol or words that begin at `at` (just behind "operator").
size_t end_of_operator(std::string_view name, size_t at) {
  if (name.substr(at).starts_with("()") || name.substr(at).starts_with("[]")) return at + 2;
  if (at < name.size() && name[at] == ' ') {
    for (const std::string_view word : {" new[]", " delete[]", " new", " delete"}) {
      if (name.substr(at).starts_with(word)) return at + word.size();
    }
    const size_t parameters = name.find('(', at);  // a conversion: its type is the name
    return parameters == std::string_view::npos ? name.size() : parameters;
  }
  while (at < name.size() &&
         std::string_view("<>=-+*/%^&|~!,").find(name[at]) != std::string_view::npos) {
    // operator< <int>(...): the template's bracket comes after a blank, so it is not taken here.
    ++at;
  }
  return at;
}

/// End of the bracket that opens at `at`; the name's size when it never closes.
size_t end_of_bracket(std::string_view name, size_t at) {
  const char open = name[at];
  const char close = open == '(' ? ')' : open == '<' ? '>' : '}';
  size_t depth = 0;
  while (at < name.size()) {
    if (operator_at(name, at)) {
      at = end_of_operator(name, at + kOperator.size());
      continue;
    }
    const char c = name[at++];
    if (c == open) ++depth;
    if (c == close && (close != '>' || name[at - 2] != '-') && --depth == 0) return at;
  }
  return name.size();
}

constexpr std::string_view kAnonymous = "(anonymous namespace)";

/// Calls `piece(begin, end, kind)` for each top-level piece of a name: plain characters one by one
/// ('c'), whole brackets by what opens them ('<', '(', '{'), operators as 'o'.
template <typename Piece>
void for_each_piece(std::string_view name, Piece piece) {
  for (size_t at = 0; at < name.size();) {
    size_t end = at + 1;
    char kind = 'c';
    if (operator_at(name, at)) {
      end = end_of_operator(name, at + kOperator.size());
      kind = 'o';
    } else if (name.substr(at).starts_with(kAnonymous)) {
      end = at + kAnonymous.size();
      kind = 'o';
    } else if (name[at] == '<' || name[at] == '(' || name[at] == '{') {
      end = end_of_bracket(name, at);
      kind = name[at];
    }
    if (!piece(at, end, kind)) return;
    at = end;
  }
}

/// std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> > is std::string
/// to all.
std::string with_plain_strings(std::string_view name) {
  std::string result(name);
  for (const std::string_view prefix :
       {"std::__cxx11::basic_string<char,", "std::basic_string<char,"}) {
    for (size_t at = 0; (at = result.find(prefix, at)) != std::string::npos;) {
      const size_t end = end_of_bracket(result, at + prefix.find('<'));
      result.replace(at, end - at, "std::string");
    }
  }
  return result;
}

/// The template arguments in `bracket` ("<...>") with all brackets within them emptied.
std::string collapsed(std::string_view bracket) {
  std::string result = "<";
  for_each_piece(bracket.substr(1), [&](size_t begin, size_t end, char kind) {
    const std::string_view piece = bracket.substr(1 + begin, end - begin);
    result += kind == '<' ? "<...>" : std::string(piece);
    return true;
  });
  if (result.ends_with(" >")) result.erase(result.size() - 2, 1);
  return result;
}

}  // namespace

std::string_view qualified_name(std::string_view function) {
  constexpr std::string_view kDecltype = "decltype";
  size_t name_begin = 0;
  size_t name_end = function.size();
  size_t operator_end = function.size();
  for_each_piece(function, [&](size_t begin, size_t end, char kind) {
    if (kind == 'o') operator_end = end;
    if (kind == '(' && begin > name_begin) {
      const std::string_view before = function.substr(name_begin, begin - name_begin);
      // "decltype(auto) f()" and "f()::{lambda()#1}" go on after the bracket.
      const bool goes_on = before == kDecltype || function.substr(end).starts_with("::");
      if (!goes_on) name_end = begin;
      return goes_on;
    }
    if (kind == 'c' && function[begin] == ' ' && begin != operator_end) name_begin = begin + 1;
    return true;
  });
  return function.substr(name_begin, name_end - name_begin);
}

std::string short_name(std::string_view function) {
  const std::string name = with_plain_strings(function);
  std::string result;
  for_each_piece(name, [&](size_t begin, size_t end, char kind) {
    const std::string_view piece = std::string_view(name).substr(begin, end - begin);
    if (kind == '<') {
      result += collapsed(piece);
    } else if (kind == '(' && piece.size() > kShortParameters) {
      result += "(...)";
    } else {
      result += piece;
    }
    return true;
  });
  return result;
}

}  // namespace memprof::report
