// The words of tables: what stands on paper unless the campaign says otherwise.
#include <array>
#include <utility>

#include "campaign/counting_rules.hpp"
#include "campaign/report.hpp"

namespace sitelog {

namespace {

struct Word {
  std::string_view name;
  Label usual;  // {} is what is summed
};

const std::array<Word, 20>& words() {
  static const std::array<Word, 20> kWords{{
      {"unit", {"单位", "Unit"}},
      {"total", {"总计", "Total"}},
      {"reporting_unit", {"填报单位（盖章）", "Reporting unit (stamp)"}},
      {"filled_in_by", {"填报人", "Filled in by"}},
      {"telephone", {"联系电话", "Telephone"}},
      {"date", {"填报时间", "Date"}},
      {"signature", {"分管领导签字", "Signature of the leader in charge"}},
      {"statistics", {"情况统计表", ": statistics"}},
      {"progress", {"任务完成情况表", ": progress"}},
      {"unspecified", {"未注明", "Not stated"}},
      {"sessions", {"场次", "Sessions"}},
      {"participants", {"参加人数", "Participants"}},
      {"quota", {"任务{}", "Quota"}},
      {"done", {"已完成{}", "Done"}},
      {"percent", {"完成率", "Percent"}},
      {"missing", {"尚差{}", "Missing"}},
      {"over", {"超额{}", "Over"}},
      {"by_kind", {"分类{}", "{} by kind"}},
      {"without_quota",
       {"没有任务的单位完成{}（不计入完成率）",
        "Done by units without a quota, which the percentage leaves out"}},
      {"part", {"其中：", "of which: "}},
  }};
  return kWords;
}

// What is summed is called as its field is.
const Label* label_of_field(const Definition& definition, std::string_view word) {
  const Form* form = definition.form(definition.report.form);
  if (form == nullptr) return nullptr;
  const std::string& name = word == "sessions"       ? definition.report.sessions
                            : word == "participants" ? definition.report.participants
                                                     : std::string();
  for (const Field& field : form->fields) {
    if (!name.empty() && field.name == name) return &field.label;
  }
  return nullptr;
}

Label filled_with(Label label, const Label& what) {
  const auto fill = [](std::string& text, const std::string& with) {
    if (const size_t at = text.find("{}"); at != text.npos) text.replace(at, 2, with);
  };
  fill(label.zh, what.zh);
  fill(label.en, what.en);
  return label;
}

Label left_out_label(const std::string& why) {
  if (why == name_of(LeftOut::kStatus)) {
    return {"未计入：没有写明状态（条）", "Not counted, status not stated (records)"};
  }
  if (why == name_of(LeftOut::kDate)) {
    return {"未计入：日期在方案期限外，说明未经认可（条）",
            "Not counted, outside the campaign and no accepted explanation (records)"};
  }
  if (why == name_of(LeftOut::kKind) || why == name_of(LeftOut::kLevel)) {
    return {
        why == name_of(LeftOut::kKind) ? "未计入：类型不在本方案之内，说明未经认可（条）"
                                       : "未计入：层级不在本方案之内，说明未经认可（条）",
        "Not counted, " + why + " unknown to the campaign and no accepted explanation (records)"};
  }
  return {"未计入：数值超出允许范围，说明未经认可（条）",
          "Not counted, number out of bounds and no accepted explanation (records)"};
}

}  // namespace

std::vector<std::string_view> word_names() {
  std::vector<std::string_view> out;
  for (const Word& word : words()) out.push_back(word.name);
  return out;
}

Label word_of(const Definition& definition, std::string_view name) {
  const auto own = definition.words.find(name);
  if (own != definition.words.end()) return own->second;
  if (const Label* label = label_of_field(definition, name)) return *label;
  for (const Word& word : words()) {
    if (word.name != name) continue;
    const bool of_sum = word.usual.zh.find("{}") != std::string::npos;
    return of_sum ? filled_with(word.usual, word_of(definition, "sessions")) : word.usual;
  }
  return {};
}

ReportWords::ReportWords(const Definition& definition) {
  for (const std::string_view name : word_names()) all_.emplace(name, word_of(definition, name));
}

const std::string& ReportWords::in(std::string_view language, std::string_view name) const {
  return all_.find(name)->second.in(language);
}

std::vector<LabelledLine> ReportWords::above(std::string_view language, const ReportHead& head,
                                             const std::string& unit_name) const {
  return {{in(language, "reporting_unit"), head.unit_name.empty() ? unit_name : head.unit_name},
          {in(language, "filled_in_by"), head.person},
          {in(language, "telephone"), head.phone},
          {in(language, "date"), head.date}};
}

std::vector<LabelledLine> ReportWords::below(std::string_view language,
                                             const LeftOutCounts& left_out) const {
  std::vector<LabelledLine> out;
  for (const auto& [why, records] : left_out) {
    out.push_back({left_out_label(why).in(language), std::to_string(records)});
  }
  out.push_back({in(language, "signature"), ""});
  return out;
}

}  // namespace sitelog
