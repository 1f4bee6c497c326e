#include "campaign/field_value.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <optional>

#include "campaign/names.hpp"
#include "campaign/text.hpp"
#include "sync/ledger/limits.hpp"

namespace sitelog {

Refusal invalid_value(std::string text, std::vector<std::string> args) {
  return {Reason::kInvalidValue, std::move(text), std::move(args)};
}

namespace json = boost::json;

namespace {

// How a raw value is named in a message.
std::string quoted(const json::value& raw) {
  const std::string text = raw.is_string()
                               ? std::string(raw.get_string().c_str(), raw.get_string().size())
                               : json::serialize(raw);
  return shortened(text, 40);
}

Result<Value> read_text(const Field& field, std::string_view raw) {
  if (const char* fault = fault_of(raw, Lines::kSeveral)) return invalid_value(fault);
  const std::string_view kept = trimmed(raw);
  // White space inside a text of one line becomes a blank.
  std::string text = field.type == FieldType::kLongText ? with_line_feeds(kept) : on_one_line(kept);
  if (const size_t length = length_of(text); length > field.length_max) {
    return invalid_value(N_("the text is too long: {} characters, at most {}"),
                         {std::to_string(length), std::to_string(field.length_max)});
  }
  return Value(std::move(text));
}

std::optional<int64_t> whole_number(const json::value& raw) {
  if (raw.is_int64()) return raw.get_int64();
  if (raw.is_double()) {
    const double number = raw.get_double();
    constexpr double kExact = 9007199254740992.0;  // 2^53: whole doubles are exact up to here
    if (!(std::abs(number) <= kExact) || std::trunc(number) != number) return std::nullopt;
    return static_cast<int64_t>(number);
  }
  if (!raw.is_string()) return std::nullopt;
  const std::string plain = half_width(trimmed(raw.get_string()));
  const char* begin = plain.data() + (plain.starts_with('+') ? 1 : 0);
  const char* end = plain.data() + plain.size();
  int64_t number = 0;
  const auto [stop, error] = std::from_chars(begin, end, number);
  return error == std::errc() && stop == end && begin != end ? std::optional(number) : std::nullopt;
}

Result<Value> read_integer(const Field& field, const json::value& raw) {
  const auto number = whole_number(raw);
  if (!number) return invalid_value(N_("“{}” is not a whole number"), {quoted(raw)});
  if (auto refusal = out_of_bounds(field, *number)) return *std::move(refusal);
  return Value(*number);
}

Result<Value> read_flag(const json::value& raw) {
  if (raw.is_bool()) return Value(raw.get_bool());
  if (raw.is_string()) {
    const std::string text = lower(trimmed(raw.get_string()));
    if (text == "true" || text == "yes" || text == "1" || text == "是") return Value(true);
    if (text == "false" || text == "no" || text == "0" || text == "否") return Value(false);
  }
  return invalid_value(N_("“{}” is neither yes nor no"), {quoted(raw)});
}

Result<Value> read_list(const Field& field, const json::value& raw) {
  TextList items;
  if (raw.is_string()) {
    items = split_list(raw.get_string());
    std::erase_if(items, [](const std::string& item) { return is_blank(item); });
  } else if (raw.is_array()) {
    for (const json::value& item : raw.get_array()) {
      if (!item.is_string()) return invalid_value(N_("“{}” is not a text"), {quoted(item)});
      std::string text(trimmed(item.get_string()));
      if (!is_blank(text) && std::find(items.begin(), items.end(), text) == items.end()) {
        items.push_back(std::move(text));
      }
    }
  } else {
    return invalid_value(N_("“{}” is not a list of texts"), {quoted(raw)});
  }
  if (items.size() > limits::kListItemsMax) {
    return invalid_value(N_("the list is too long: {} items, at most {}"),
                         {std::to_string(items.size()), std::to_string(limits::kListItemsMax)});
  }
  for (std::string& item : items) {
    const Result<Value> checked = read_text(field, item);
    if (!checked) return checked.refusal();
    item = *checked->text();
  }
  if (items.empty()) return Value();
  return Value(std::move(items));
}

Result<Value> read_choice(const Definition& definition, const Field& field, std::string_view raw) {
  const Vocabulary* vocabulary = definition.vocabulary(field.vocabulary);
  SITELOG_ASSERT(vocabulary != nullptr);
  const auto choice = find_choice(*vocabulary, raw);
  if (!choice) return choice.refusal();
  return Value((*choice)->key);
}

Result<Value> read_date(const Definition& definition, std::string_view raw) {
  if (const auto date = parse_date_within(raw, definition.from, definition.to)) {
    return Value(date->text());
  }
  const auto day = parse_day(raw);
  if (!day) {
    return invalid_value(N_("“{}” is not a day of the calendar, or not one as it is written here; "
                            "write it like 2020-06-01"),
                         {shortened(raw, 40)});
  }
  const auto first = next_day(*day, definition.from);
  return invalid_value(
      first && *first <= definition.to
          ? N_("the campaign, from {1} to {2}, has several days “{0}”: write it with its year, "
               "like 2020-06-01")
          : N_("the campaign, from {1} to {2}, has no day “{0}”: if it is another year's, write it "
               "with its year, like 2020-06-01"),
      {shortened(raw, 40), definition.from.text(), definition.to.text()});
}

}  // namespace

size_t default_length_max(FieldType type) {
  switch (type) {
    case FieldType::kLongText: return 10'000;
    case FieldType::kPhone: return 40;
    default: return 200;
  }
}

Result<Value> read_value(const Definition& definition, const Field& field, const json::value& raw) {
  if (raw.is_null()) return Value();
  if (raw.is_string() && is_blank(raw.get_string())) return Value();
  switch (field.type) {
    case FieldType::kInteger: return read_integer(field, raw);
    case FieldType::kFlag: return read_flag(raw);
    case FieldType::kList: return read_list(field, raw);
    default: break;
  }
  if (!raw.is_string()) return invalid_value(N_("“{}” is not a text"), {quoted(raw)});
  const std::string_view text = raw.get_string();
  switch (field.type) {
    case FieldType::kChoice: return read_choice(definition, field, text);
    case FieldType::kDate: return read_date(definition, text);
    case FieldType::kPhone: return read_text(field, half_width(text));
    default: return read_text(field, text);
  }
}

std::optional<Refusal> out_of_bounds(const Field& field, int64_t number) {
  if (number < field.min) {
    return invalid_value(N_("{} is too small: at least {}"),
                         {std::to_string(number), std::to_string(field.min)});
  }
  if (number > field.max) {
    return invalid_value(N_("{} is too large: at most {}"),
                         {std::to_string(number), std::to_string(field.max)});
  }
  return std::nullopt;
}

const Choice* find_key(const Vocabulary& vocabulary, std::string_view key) {
  const auto at = std::find_if(vocabulary.begin(), vocabulary.end(),
                               [&](const Choice& choice) { return choice.key == key; });
  return at != vocabulary.end() ? &*at : nullptr;
}

std::vector<std::string> with_choices(std::vector<std::string> args, const Vocabulary& vocabulary) {
  for (const Language language : {Language::kEnglish, Language::kChinese}) {
    std::vector<std::string> names;
    for (const Choice& choice : vocabulary) {
      names.push_back(choice.key + " " + choice.label.in(language));
    }
    args.push_back(join(names, between_items(language)));
  }
  return args;
}

bool looks_like_phone(std::string_view text) {
  const std::string plain = half_width(trimmed(text));
  size_t digits = 0;
  for (size_t i = 0; i < plain.size(); ++i) {
    const char byte = plain[i];
    if (byte >= '0' && byte <= '9') {
      ++digits;
    } else if (byte != ' ' && byte != '-' && byte != '(' && byte != ')' &&
               !(byte == '+' && i == 0)) {
      return false;
    }
  }
  return digits >= 7 && digits <= 15;
}

}  // namespace sitelog
