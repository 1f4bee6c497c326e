#include "engine/told_change.hpp"

#include "campaign/units.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// A record of a system form by what it says under one of its fields.
ToldChange laid_down(std::string_view kind, json::object data) {
  return {kind, std::move(data)};
}

std::string said_in(const Queries& queries, const TouchedRecord& touched, const char* field) {
  const auto state = queries.record_state({touched.unit, touched.record, touched.form});
  return state ? state->text(field) : std::string();
}

}  // namespace

bool is_told_of(const BookCode& book) {
  return !is_staff_book(book);
}

std::optional<ToldChange> told_change(const Queries& queries, const TouchedRecord& touched) {
  if (!is_told_of(touched.unit)) return std::nullopt;
  json::object data;
  if (touched.unit != kRootBook) data["unit"] = touched.unit;
  if (touched.form.empty()) return laid_down("records", std::move(data));
  const bool own = touched.form == kFormGrant && touched.unit == kRootBook;  // headquarters'
  if (own || touched.form == kFormClock) return std::nullopt;
  if (touched.form == kFormUnit)
    return laid_down("unit", {{"unit", said_in(queries, touched, "code")}});
  if (touched.form == kFormCampaign) {
    return laid_down("campaign", {{"campaign", said_in(queries, touched, "id")}});
  }
  if (touched.form == kFormRules && touched.unit == kRootBook) return laid_down("rules", {});
  if (touched.form == kFormPolicy) return laid_down("policy", std::move(data));
  if (touched.form == kFormPerson || touched.form == kFormPeople) {
    return laid_down("people", std::move(data));
  }
  if (touched.form == kFormGrant) {
    data["device"] = touched.record.hex();
    return laid_down("device", std::move(data));
  }
  if (!is_of_campaigns(touched.form)) return std::nullopt;
  data["record"] = touched.record.hex();
  data["form"] = touched.form;
  data["campaign"] = touched.campaign;
  data["review"] = touched.review;
  data["conflict"] = touched.in_conflict;
  return ToldChange{"record", std::move(data)};
}

}  // namespace sitelog
