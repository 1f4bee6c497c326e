#include "campaign/table_reader.hpp"

#include <algorithm>

#include "campaign/text.hpp"
#include "sync/ledger/limits.hpp"

namespace sitelog {

bool is_key(std::string_view text) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= limits::kNameBytesMax && plain(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return plain(c) || c == '_' || c == '-'; });
}

const toml::node* TableReader::node(std::string_view key, Need need) {
  known_.emplace(key);
  const toml::node* found = table_->get(key);
  if (found == nullptr && need == Need::kRequired) {
    problems_->add(line(), N_("{} line {}: “{}” is missing here"), {std::string(key)});
  }
  return found;
}

void TableReader::wrong_type(const toml::node& node, std::string_view key, const char* message) {
  problems_->add(line_of(node), message, {std::string(key)});
}

std::string TableReader::text(std::string_view key, Need need) {
  const toml::node* found = node(key, need);
  if (found == nullptr) return {};
  if (!found->is_string()) {
    wrong_type(*found, key, N_("{} line {}: “{}” must be a text in quotes"));
    return {};
  }
  std::string text(trimmed(found->as_string()->get()));
  if (text.empty() && need == Need::kRequired) {
    wrong_type(*found, key, N_("{} line {}: “{}” must not be empty"));
  }
  if (has_control_characters(text)) {
    wrong_type(*found, key, N_("{} line {}: “{}” holds characters that can't be shown"));
    return {};
  }
  return text;
}

std::string TableReader::key(std::string_view key, Need need) {
  std::string found = text(key, need);
  if (!found.empty() && !is_key(found)) {
    problems_->add(line(key),
                   N_("{} line {}: “{}” must be of small letters a-z, digits, _ and -, not “{}”"),
                   {std::string(key), shortened(found, 40)});
    return {};
  }
  return found;
}

std::optional<int64_t> TableReader::integer(std::string_view key, Need need) {
  const toml::node* found = node(key, need);
  if (found == nullptr) return std::nullopt;
  if (!found->is_integer()) {
    wrong_type(*found, key, N_("{} line {}: “{}” must be a whole number"));
    return std::nullopt;
  }
  return found->as_integer()->get();
}

bool TableReader::flag(std::string_view key) {
  const toml::node* found = node(key);
  if (found == nullptr) return false;
  if (!found->is_boolean()) {
    wrong_type(*found, key, N_("{} line {}: “{}” must be true or false"));
    return false;
  }
  return found->as_boolean()->get();
}

Date TableReader::date(std::string_view key) {
  const toml::node* found = node(key, Need::kRequired);
  if (found == nullptr) return {};
  std::optional<Date> date;
  if (found->is_date()) {
    const toml::date read = found->as_date()->get();
    const Date candidate{read.year, read.month, read.day};
    if (exists(candidate)) date = candidate;
  } else if (found->is_string()) {
    date = parse_date(found->as_string()->get());
  }
  if (!date) wrong_type(*found, key, N_("{} line {}: “{}” must be a date like 2020-06-01"));
  return date.value_or(Date{});
}

Label TableReader::label() {
  std::string zh = text("zh", Need::kRequired);
  std::string en = text("en", Need::kRequired);
  return {std::move(zh), std::move(en)};
}

std::vector<std::string> TableReader::texts(std::string_view key, Need need) {
  const toml::node* found = node(key, need);
  if (found == nullptr) return {};
  std::vector<std::string> out;
  const toml::array* items = found->as_array();
  bool good = items != nullptr;
  for (size_t i = 0; good && i < items->size(); ++i) {
    const auto* item = (*items)[i].as_string();
    good = item != nullptr;
    if (good) out.push_back(item->get());
  }
  if (!good) wrong_type(*found, key, N_("{} line {}: “{}” must be a list of texts"));
  return good ? out : std::vector<std::string>{};
}

const toml::table* TableReader::table(std::string_view key, Need need) {
  const toml::node* found = node(key, need);
  if (found == nullptr) return nullptr;
  if (!found->is_table()) wrong_type(*found, key, N_("{} line {}: “{}” must be a table"));
  return found->as_table();
}

std::vector<const toml::table*> TableReader::tables(std::string_view key, Need need) {
  const toml::node* found = node(key, need);
  if (found == nullptr) return {};
  std::vector<const toml::table*> out;
  const toml::array* items = found->as_array();
  bool good = items != nullptr;
  for (size_t i = 0; good && i < items->size(); ++i) {
    good = (*items)[i].is_table();
    if (good) out.push_back((*items)[i].as_table());
  }
  if (!good) wrong_type(*found, key, N_("{} line {}: “{}” must be a list of tables"));
  return out;
}

size_t TableReader::line(std::string_view key) const {
  const toml::node* found = table_->get(key);
  return found != nullptr ? line_of(*found) : line();
}

void TableReader::refuse_others() {
  std::vector<std::string> known(known_.begin(), known_.end());
  for (const auto& [key, value] : *table_) {
    if (known_.contains(key.str())) continue;
    const size_t at = key.source().begin.line != 0 ? key.source().begin.line : line_of(value);
    problems_->add(at, N_("{} line {}: “{}” is not known here; known are: {}"),
                   {shortened(key.str(), 40), join(known, ", ")});
  }
}

}  // namespace sitelog
