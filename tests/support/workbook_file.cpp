#include "tests/support/workbook_file.hpp"

#include <zip.h>

#include <stdexcept>

namespace sitelog {

namespace {

void need(bool done) {
  if (!done) throw std::runtime_error("no zip archive could be made");
}

}  // namespace

std::string zip_of(const std::map<std::string, std::string>& files) {
  zip_error_t error;
  zip_source_t* buffer = ::zip_source_buffer_create(nullptr, 0, 0, &error);
  need(buffer != nullptr);
  ::zip_source_keep(buffer);
  zip_t* archive = ::zip_open_from_source(buffer, ZIP_TRUNCATE, &error);
  need(archive != nullptr);
  for (const auto& [path, content] : files) {
    zip_source_t* source = ::zip_source_buffer(archive, content.data(), content.size(), 0);
    const zip_int64_t at = ::zip_file_add(archive, path.c_str(), source, ZIP_FL_ENC_UTF_8);
    need(at >= 0);
    const auto index = static_cast<zip_uint64_t>(at);
    need(::zip_file_set_mtime(archive, index, 315'532'800, 0) == 0);
  }
  need(::zip_close(archive) == 0);
  need(::zip_source_open(buffer) == 0);
  std::string out;
  char chunk[4096];
  for (;;) {
    const zip_int64_t count = ::zip_source_read(buffer, chunk, sizeof chunk);
    need(count >= 0);
    if (count == 0) break;
    out.append(chunk, static_cast<size_t>(count));
  }
  ::zip_source_close(buffer);
  ::zip_source_free(buffer);
  return out;
}

std::string WorkbookFile::bytes() const {
  const std::string kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
  const auto relation = [&](const char* id, const char* type, const char* target) {
    return std::string("<Relationship Id=\"") + id + "\" Type=\"" + kind + type + "\" Target=\"" +
           target + "\"/>";
  };
  return zip_of(
      {{"_rels/.rels", "<Relationships>" + relation("b", "officeDocument", "xl/workbook.xml") +
                           "</Relationships>"},
       {"xl/_rels/workbook.xml.rels",
        "<Relationships>" + relation("r1", "worksheet", "worksheets/sheet1.xml") +
            relation("s", "sharedStrings", "/xl/sharedStrings.xml") +
            relation("t", "styles", "./x/../styles.xml") + "</Relationships>"},
       {"xl/workbook.xml", "<workbook xmlns:r=\"r\"><workbookPr " + book_properties + "/><sheets>" +
                               sheets + "</sheets></workbook>"},
       {"xl/styles.xml", "<styleSheet>" + styles + "</styleSheet>"},
       {"xl/sharedStrings.xml", "<sst>" + shared + "</sst>"},
       {"xl/worksheets/sheet1.xml",
        "<worksheet><sheetData>" + sheet + "</sheetData></worksheet>"}});
}

}  // namespace sitelog
