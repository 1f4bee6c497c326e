#include "sheets/xml_reader.hpp"

#include <expat.h>

#include <new>

#include "sheets/limits.hpp"
#include "sheets/refusals.hpp"

namespace sitelog {

namespace {

std::string_view local(std::string_view name) {
  const size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

std::optional<std::string_view> XmlAttributes::get(std::string_view name) const {
  for (const char** at = raw_; *at != nullptr; at += 2) {
    if (local(at[0]) == name) return std::string_view(at[1]);
  }
  return std::nullopt;
}

struct XmlReader::Parts {
  const XmlEvents& events;
  XML_Parser parser = nullptr;
  size_t depth = 0;
  std::optional<Refusal> failed;

  void fail(Refusal why) {
    if (!failed) failed = std::move(why);
    XML_StopParser(parser, XML_FALSE);
  }
  void ask_whether_to_stop() {
    if (auto why = events.stop()) fail(*std::move(why));
  }

  // After a stop expat may still call for what it holds already.
  static void begin(void* data, const char* name, const char** attributes) {
    auto& self = *static_cast<Parts*>(data);
    if (self.failed) return;
    if (++self.depth > limits::kXmlDepthMax) return self.fail(damaged_workbook());
    self.events.begin(local(name), XmlAttributes(attributes));
    self.ask_whether_to_stop();
  }
  static void end(void* data, const char* name) {
    auto& self = *static_cast<Parts*>(data);
    if (self.failed) return;
    --self.depth;
    self.events.end(local(name));
    self.ask_whether_to_stop();
  }
  static void text(void* data, const char* text, int length) {
    auto& self = *static_cast<Parts*>(data);
    if (!self.failed) self.events.text({text, static_cast<size_t>(length)});
  }
  static void document_type(void* data, const char*, const char*, const char*, int) {
    static_cast<Parts*>(data)->fail(
        {Reason::kInvalidFile,
         N_("the workbook has a document type with entities, which no spreadsheet writes: it is "
            "not read"),
         {}});
  }
};

XmlReader::XmlReader(const XmlEvents& events)
    : parts_(std::make_unique<Parts>(Parts{events, {}, 0, {}})) {
  parts_->parser = XML_ParserCreate(nullptr);
  if (parts_->parser == nullptr) throw std::bad_alloc();
  XML_SetUserData(parts_->parser, parts_.get());
  XML_SetElementHandler(parts_->parser, &Parts::begin, &Parts::end);
  XML_SetCharacterDataHandler(parts_->parser, &Parts::text);
  XML_SetStartDoctypeDeclHandler(parts_->parser, &Parts::document_type);
}

XmlReader::~XmlReader() {
  XML_ParserFree(parts_->parser);
}

bool XmlReader::feed(std::string_view piece) {
  if (parts_->failed) return false;
  if (XML_Parse(parts_->parser, piece.data(), static_cast<int>(piece.size()), XML_FALSE) !=
      XML_STATUS_OK) {
    if (!parts_->failed) parts_->failed = damaged_workbook();
    return false;
  }
  return true;
}

Result<> XmlReader::finish() {
  if (!parts_->failed && XML_Parse(parts_->parser, "", 0, XML_TRUE) != XML_STATUS_OK &&
      !parts_->failed) {
    parts_->failed = damaged_workbook();
  }
  if (parts_->failed) return *parts_->failed;
  return Done{};
}

}  // namespace sitelog
