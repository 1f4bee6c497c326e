#include "http/odata_filter.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kDepthMax = 16;
constexpr size_t kTermsMax = 100;

using Comparison = ODataFilter::Comparison;

std::optional<Comparison> comparison_of(std::string_view word) {
  if (word == "eq") return Comparison::kEqual;
  if (word == "ne") return Comparison::kUnequal;
  if (word == "gt") return Comparison::kGreater;
  if (word == "ge") return Comparison::kAtLeast;
  if (word == "lt") return Comparison::kLess;
  if (word == "le") return Comparison::kAtMost;
  return std::nullopt;
}

// Below, equal or above; both are of one kind.
int compare(const json::value& a, const json::value& b) {
  if (a.is_string()) return a.get_string().compare(b.get_string());
  if (a.is_bool()) return int{a.get_bool()} - int{b.get_bool()};
  return a.get_int64() < b.get_int64() ? -1 : int{a.get_int64() > b.get_int64()};
}

bool holds(Comparison comparison, const json::value& a, const json::value& b) {
  if (a.is_null() || b.is_null()) {
    const bool same = a.is_null() == b.is_null();
    if (comparison == Comparison::kEqual) return same;
    return comparison == Comparison::kUnequal && !same;
  }
  if (a.kind() != b.kind()) return comparison == Comparison::kUnequal;
  const int order = compare(a, b);
  switch (comparison) {
    case Comparison::kEqual: return order == 0;
    case Comparison::kUnequal: return order != 0;
    case Comparison::kGreater: return order > 0;
    case Comparison::kAtLeast: return order >= 0;
    case Comparison::kLess: return order < 0;
    case Comparison::kAtMost: return order <= 0;
  }
  return false;
}

Refusal wrong(const char* text, std::vector<std::string> args = {}) {
  return {Reason::kUsage, text, std::move(args)};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "2020-06-01", and with a time behind it where that is asked for.
bool is_date(std::string_view word) {
  return word.size() == 10 && word[4] == '-' && word[7] == '-' &&
         std::all_of(word.begin(), word.end(), [](char c) { return is_digit(c) || c == '-'; });
}

bool is_time(std::string_view word) {
  return word.size() >= 20 && is_date(word.substr(0, 10)) && word[10] == 'T' &&
         word.back() == 'Z' && std::all_of(word.begin() + 11, word.end() - 1, [](char c) {
           return is_digit(c) || c == ':' || c == '.';
         });
}

// With three digits of a second, as rows have it: so that they compare as texts.
std::string whole_time(std::string_view word) {
  std::string out(word.substr(0, word.size() - 1));
  const size_t point = out.find('.');
  if (point == out.npos) out += ".000";
  const size_t wanted = out.find('.') + 4;
  out.resize(wanted, '0');
  return out + "Z";
}

}  // namespace

struct ODataFilter::Node {
  // Of parts where there are any (all of them, or any), else a comparison.
  bool any = false;
  std::vector<std::shared_ptr<const Node>> parts;
  Term term = {};
};

class ODataFilterParser {
 public:
  ODataFilterParser(std::string_view text, const ODataSet& set) : rest_(text), set_(set) {}

  using Node = ODataFilter::Node;
  using Parsed = Result<std::shared_ptr<const Node>>;

  Parsed whole() {
    auto out = any_of(0);
    if (!out) return out;
    skip();
    if (!rest_.empty()) return unexpected();
    return out;
  }

 private:
  void skip() {
    while (rest_.starts_with(' ') || rest_.starts_with('\t')) rest_.remove_prefix(1);
  }

  Refusal unexpected() const {
    return wrong(N_("$filter can't be read from here on: {}"), {std::string(rest_.substr(0, 40))});
  }

  // Up to a blank or bracket.
  std::string_view word() {
    skip();
    const size_t end = std::min(rest_.find_first_of(" \t()"), rest_.size());
    const auto out = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return out;
  }

  bool takes(std::string_view wanted) {
    const auto before = rest_;
    if (word() == wanted) return true;
    rest_ = before;
    return false;
  }

  Parsed joined(bool any, size_t depth) {
    Node out;
    out.any = any;
    do {
      auto part = any ? joined(false, depth) : one(depth);
      if (!part) return part;
      out.parts.push_back(*std::move(part));
    } while (takes(any ? "or" : "and"));
    if (out.parts.size() == 1) return out.parts.front();
    return std::shared_ptr<const Node>(std::make_shared<Node>(std::move(out)));
  }

  Parsed any_of(size_t depth) { return joined(true, depth); }

  Parsed one(size_t depth) {
    if (depth > kDepthMax || ++terms_ > kTermsMax) {
      return wrong(N_("this $filter is too long or nested too deeply"));
    }
    skip();
    if (!rest_.starts_with('(')) return comparison();
    rest_.remove_prefix(1);
    auto out = any_of(depth + 1);
    if (!out) return out;
    skip();
    if (!rest_.starts_with(')')) return unexpected();
    rest_.remove_prefix(1);
    return out;
  }

  Parsed comparison() {
    const std::string name(word());
    if (rest_.starts_with('(') || name == "not") {
      return Refusal{Reason::kUnknownForm,
                     N_("$filter takes comparisons joined by and, or and brackets; {} is not "
                        "spoken here"),
                     {name.substr(0, 40)}};
    }
    const ODataProperty* property = set_.property(name);
    if (property == nullptr) {
      return wrong(N_("{} has no property {}"), {set_.name, name.substr(0, 40)});
    }
    const std::string how(word());
    const auto comparison = comparison_of(how);
    if (!comparison) {
      return Refusal{Reason::kUnknownForm,
                     N_("$filter compares by eq, ne, gt, ge, lt and le, not by {}"),
                     {how.substr(0, 40)}};
    }
    auto literal = this->literal(*property);
    if (!literal) return literal.refusal();
    Node out;
    out.term = {name, *comparison, *std::move(literal)};
    return std::shared_ptr<const Node>(std::make_shared<Node>(std::move(out)));
  }

  // 'it''s'
  std::optional<std::string> text() {
    std::string out;
    for (size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] != '\'') {
        out += rest_[i];
      } else if (rest_.substr(i + 1).starts_with('\'')) {
        out += rest_[i++];
      } else {
        rest_.remove_prefix(i + 1);
        return out;
      }
    }
    return std::nullopt;
  }

  Result<json::value> literal(const ODataProperty& property) {
    using Kind = ODataProperty::Kind;
    const auto other = [&property] {
      return wrong(N_("$filter compares {} with a value of another type"), {property.name});
    };
    skip();
    if (rest_.starts_with('\'')) {
      auto said = text();
      if (!said) return unexpected();
      if (property.kind != Kind::kText) return other();
      return json::value(*said);
    }
    const std::string_view said = word();
    if (said.empty()) return unexpected();
    if (said == "null") return json::value(nullptr);
    switch (property.kind) {
      case Kind::kText: return other();
      case Kind::kFlag:
        if (said == "true" || said == "false") return json::value(said == "true");
        return other();
      case Kind::kDate:
        if (is_date(said)) return json::value(said);
        return other();
      case Kind::kTime:
        if (is_time(said)) return json::value(whole_time(said));
        return other();
      case Kind::kInteger: break;
    }
    int64_t number = 0;
    const auto read = std::from_chars(said.data(), said.data() + said.size(), number);
    if (read.ec != std::errc() || read.ptr != said.data() + said.size()) return other();
    return json::value(number);
  }

  std::string_view rest_;
  const ODataSet& set_;
  size_t terms_ = 0;
};

Result<ODataFilter> ODataFilter::parse(std::string_view text, const ODataSet& set) {
  auto root = ODataFilterParser(text, set).whole();
  if (!root) return root.refusal();
  ODataFilter out;
  out.root_ = *std::move(root);
  return out;
}

std::vector<ODataFilter::Term> ODataFilter::needed() const {
  std::vector<Term> out;
  std::vector<const Node*> open{root_.get()};
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    if (node->parts.empty()) out.push_back(node->term);
    if (node->any) continue;
    for (const auto& part : node->parts) open.push_back(part.get());
  }
  return out;
}

bool ODataFilter::fits(const json::object& row) const {
  return fits(*root_, row);
}

bool ODataFilter::fits(const Node& node, const json::object& row) {
  const auto part = [&row](const auto& each) { return fits(*each, row); };
  if (node.parts.empty()) {
    const auto* value = row.if_contains(node.term.property);
    return value != nullptr && holds(node.term.comparison, *value, node.term.literal);
  }
  return node.any ? std::any_of(node.parts.begin(), node.parts.end(), part)
                  : std::all_of(node.parts.begin(), node.parts.end(), part);
}

}  // namespace sitelog
