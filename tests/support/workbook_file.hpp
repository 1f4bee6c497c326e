#pragma once

#include <map>
#include <string>

namespace sitelog {

// A zip archive of these files, by path.
std::string zip_of(const std::map<std::string, std::string>& files);

// The least that a workbook is made of; each part as XML text.
struct WorkbookFile {
  std::string book_properties;  // attributes of workbookPr
  std::string sheets = R"(<sheet name="Sheet1" sheetId="1" r:id="r1"/>)";
  std::string styles;  // inside of styleSheet
  std::string shared;  // inside of sst
  std::string sheet;   // inside of sheetData, of the sheet r1
  std::string bytes() const;
};

}  // namespace sitelog
