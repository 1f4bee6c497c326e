#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <chrono>

#include "bench/workload.hpp"
#include "sync/ledger/ids.hpp"

namespace sitelog::bench {

namespace {

constexpr int64_t kFirstDay = 20'089;  // 2025-01-01, days since 1970-01-01
constexpr int64_t kDaysBefore = 400;   // so that no date's number is negative
constexpr size_t kPhonePrefix = 4;     // "000-"

void put_field(std::string& out, size_t field, const std::string& value) {
  out += '"';
  out += kFieldNames[field];
  out += "\":";
  out += is_integer(field) ? value : boost::json::serialize(boost::json::string(value));
}

void put_varint(std::string& out, uint64_t number) {
  while (number > 127) {
    out += static_cast<char>((number & 127) | 128);
    number >>= 7;
  }
  out += static_cast<char>(number);
}

uint64_t place_in(const std::vector<std::string>& all, const std::string& value) {
  return static_cast<uint64_t>(std::find(all.begin(), all.end(), value) - all.begin());
}

int64_t days_of(const std::string& date) {
  const std::chrono::year_month_day day{
      std::chrono::year{std::stoi(date.substr(0, 4))},
      std::chrono::month{static_cast<unsigned>(std::stoi(date.substr(5, 2)))},
      std::chrono::day{static_cast<unsigned>(std::stoi(date.substr(8, 2)))}};
  return std::chrono::sys_days(day).time_since_epoch().count();
}

void put_binary(std::string& out, size_t field, const std::string& value) {
  put_varint(out, field);
  const auto& choices = choices_of(field);
  if (!choices.empty()) {
    put_varint(out, place_in(choices, value));
  } else if (field == kDevice) {
    put_varint(out, std::stoull(value.substr(4)) - 1);  // "tab-001" is 0
  } else if (is_integer(field)) {
    put_varint(out, std::stoull(value));
  } else if (field == kDate) {
    put_varint(out, static_cast<uint64_t>(days_of(value) - kFirstDay + kDaysBefore));
  } else if (field == kPhone) {
    put_varint(out, std::stoull(value.substr(kPhonePrefix)));
  } else {
    put_varint(out, value.size());
    out += value;
  }
}

}  // namespace

std::string to_json_line(const Change& change) {
  std::string out;
  if (const Put* put = std::get_if<Put>(&change)) {
    out = "{\"op\":\"put\",\"rec\":{";
    for (size_t field = 0; field < kFieldCount; ++field) {
      if (field > 0) out += ',';
      put_field(out, field, (*put)[field]);
    }
  } else {
    const Edit& edit = std::get<Edit>(change);
    out = "{\"op\":\"edit\",\"id\":\"" + edit.id + "\",\"set\":{";
    for (size_t i = 0; i < edit.set.size(); ++i) {
      if (i > 0) out += ',';
      put_field(out, edit.set[i].first, edit.set[i].second);
    }
  }
  return out + "}}";
}

std::string to_tsv_line(const Change& change) {
  std::string out;
  if (const Put* put = std::get_if<Put>(&change)) {
    out = "P";
    for (const std::string& value : *put) out += '\t' + value;
  } else {
    const Edit& edit = std::get<Edit>(change);
    out = "E\t" + edit.id;
    for (const auto& [field, value] : edit.set) {
      out += '\t' + std::string(kFieldNames[field]) + '\t' + value;
    }
  }
  return out;
}

std::string to_binary(const Change& change) {
  const Put* put = std::get_if<Put>(&change);
  std::string body;
  put_varint(body, put != nullptr ? 1 : 2);
  std::array<uint8_t, 16> id{};
  from_hex(put != nullptr ? (*put)[kId] : std::get<Edit>(change).id, id.data(), id.size());
  body += as_text(id);
  if (put != nullptr) {
    for (size_t field = 1; field < kFieldCount; ++field) put_binary(body, field, (*put)[field]);
  } else {
    for (const auto& [field, value] : std::get<Edit>(change).set) put_binary(body, field, value);
  }
  std::string out;
  put_varint(out, body.size());
  return out + body;
}

std::string encode(const std::vector<Change>& changes, Format format) {
  std::string out;
  for (const Change& change : changes) {
    switch (format) {
      case Format::kJson: out += to_json_line(change) + '\n'; break;
      case Format::kTsv: out += to_tsv_line(change) + '\n'; break;
      case Format::kBinary: out += to_binary(change); break;
    }
  }
  return out;
}

}  // namespace sitelog::bench
