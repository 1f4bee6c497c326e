#include "engine/report_lines.hpp"

#include <string_view>

namespace sitelog {

namespace json = boost::json;

namespace {

json::value told_cell(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return json::value(*text);
  if (const auto* number = std::get_if<int64_t>(&cell)) return json::value(*number);
  return json::object{{"permille", std::get<Percent>(cell).permille}};
}

json::array told_labelled(const std::vector<LabelledLine>& lines) {
  json::array out;
  for (const LabelledLine& line : lines) {
    out.emplace_back(json::object{{"label", line.label}, {"value", line.value}});
  }
  return out;
}

json::array told_header(const std::vector<std::vector<Heading>>& header) {
  json::array out;
  for (const auto& row : header) {
    json::array headings;
    for (const Heading& heading : row) {
      headings.emplace_back(json::object{
          {"text", heading.text}, {"columns", heading.columns}, {"rows", heading.rows}});
    }
    out.emplace_back(std::move(headings));
  }
  return out;
}

std::string text_at(const json::value& value, std::string_view name) {
  const auto* object = value.if_object();
  const auto* member = object == nullptr ? nullptr : object->if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->get_string())
                                                  : std::string();
}

int64_t number_at(const json::value& value, int64_t otherwise) {
  boost::system::error_code error;
  const auto number = value.to_number<int64_t>(error);
  return error ? otherwise : number;
}

int64_t number_at(const json::value& value, std::string_view name, int64_t otherwise) {
  const auto* object = value.if_object();
  const auto* member = object == nullptr ? nullptr : object->if_contains(name);
  return member == nullptr ? otherwise : number_at(*member, otherwise);
}

const json::array& list_at(const json::object& object, std::string_view name) {
  static const json::array none;
  const auto* member = object.if_contains(name);
  return member != nullptr && member->is_array() ? member->get_array() : none;
}

Cell cell_of(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_object()) return Percent{number_at(value, "permille", 0)};
  return number_at(value, 0);
}

std::vector<LabelledLine> labelled_of(const json::array& lines) {
  std::vector<LabelledLine> out;
  for (const auto& line : lines) out.push_back({text_at(line, "label"), text_at(line, "value")});
  return out;
}

}  // namespace

json::object told_row(const std::vector<Cell>& row) {
  json::array cells;
  for (const Cell& cell : row) cells.emplace_back(told_cell(cell));
  return {{"cells", std::move(cells)}};
}

json::object told_round_rows(const Table& table) {
  return {{"title", table.title},
          {"above", told_labelled(table.above)},
          {"header", told_header(table.header)},
          {"total_rows", table.total_rows},
          {"below", told_labelled(table.below)}};
}

void ToldTable::take_line(const json::object& line) {
  std::vector<Cell> row;
  for (const auto& cell : list_at(line, "cells")) row.push_back(cell_of(cell));
  table_.rows.push_back(std::move(row));
}

void ToldTable::take_answer(const json::object& answer) {
  table_.title = text_at(answer, "title");
  table_.above = labelled_of(list_at(answer, "above"));
  table_.below = labelled_of(list_at(answer, "below"));
  table_.total_rows = static_cast<int>(number_at(answer, "total_rows", 0));
  for (const auto& row : list_at(answer, "header")) {
    std::vector<Heading> headings;
    const auto* listed = row.if_array();
    for (const auto& heading : listed != nullptr ? *listed : json::array()) {
      headings.push_back({text_at(heading, "text"),
                          static_cast<int>(number_at(heading, "columns", 1)),
                          static_cast<int>(number_at(heading, "rows", 1))});
    }
    table_.header.push_back(std::move(headings));
  }
}

}  // namespace sitelog
