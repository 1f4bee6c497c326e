#include "http/odata_query.hpp"

#include <charconv>
#include <limits>
#include <set>

#include "http/request.hpp"
#include "sync/ledger/ids.hpp"

namespace sitelog {

namespace {

Refusal wrong_option(const char* text, std::vector<std::string> args) {
  return {Reason::kUsage, text, std::move(args)};
}

Refusal not_spoken(const std::string& option) {
  return {Reason::kUnknownForm,
          N_("{} is not spoken here: $top, $skip, $filter, $select, $count, $skiptoken are, and "
             "$orderby by _record"),
          {option.substr(0, 40)}};
}

Result<int64_t> count_in(const std::string& option, const std::string& text) {
  int64_t out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || out < 0 ||
      out > std::numeric_limits<int32_t>::max()) {
    return wrong_option(N_("{} takes a whole number that is not below 0"), {option});
  }
  return out;
}

Result<std::vector<std::string>> selected(std::string_view text, const ODataSet& set) {
  std::vector<std::string> out;
  if (trimmed_blanks(text) == "*") return out;
  for (;;) {
    const size_t end = std::min(text.find(','), text.size());
    const std::string name(trimmed_blanks(text.substr(0, end)));
    if (set.property(name) == nullptr) {
      return wrong_option(N_("{} has no property {}"), {set.name, name.substr(0, 40)});
    }
    out.push_back(name);
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

Result<> take(ODataQuery& query, const std::string& option, const std::string& text,
              const ODataSet& set) {
  if (option == "$top" || option == "$skip") {
    const auto count = count_in(option, text);
    if (!count) return count.refusal();
    if (option == "$top") query.top = *count;
    if (option == "$skip") query.skip = *count;
  } else if (option == "$count") {
    if (text != "true" && text != "false") {
      return wrong_option(N_("{} takes true or false"), {option});
    }
    query.count = text == "true";
  } else if (option == "$filter") {
    auto filter = ODataFilter::parse(text, set);
    if (!filter) return filter.refusal();
    query.filter = *std::move(filter);
    query.kept.emplace_back(option, text);
  } else if (option == "$select") {
    auto names = selected(text, set);
    if (!names) return names.refusal();
    query.select = *std::move(names);
    query.kept.emplace_back(option, text);
  } else if (option == "$orderby") {
    const auto by = trimmed_blanks(text);
    if (by != "_record" && by != "_record asc") return not_spoken("$orderby=" + text);
  } else if (option == "$skiptoken") {
    if (text.empty()) return wrong_option(N_("this $skiptoken is not one that was given"), {});
    query.skip_token = text;
  } else if (option == "$format") {
    if (text != "json" && !text.starts_with("application/json"))
      return not_spoken("$format=" + text);
  } else {
    return not_spoken(option);
  }
  return Done{};
}

}  // namespace

Result<ODataQuery> ODataQuery::parse(const Given& given, const ODataSet& set) {
  ODataQuery out;
  std::set<std::string> taken;
  for (const auto& [name, text] : given) {
    const std::string option = name.starts_with('$') ? name : "$" + name;
    if (!taken.insert(option).second) {
      return wrong_option(N_("{} is given more than once"), {option.substr(0, 40)});
    }
    if (const auto done = take(out, option, text, set); !done) return done.refusal();
  }
  if (out.count && out.filter) return not_spoken("$count + $filter");
  return out;
}

}  // namespace sitelog
