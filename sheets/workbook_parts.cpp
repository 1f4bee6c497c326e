#include "sheets/workbook_parts.hpp"

#include <charconv>
#include <map>
#include <optional>

#include "sheets/limits.hpp"
#include "sheets/refusals.hpp"

namespace sitelog {

namespace {

std::string text_of(std::optional<std::string_view> attribute) {
  return std::string(attribute.value_or(std::string_view()));
}

bool is_true(std::optional<std::string_view> attribute) {
  return attribute == "1" || attribute == "true";
}

std::optional<int64_t> number_of(std::optional<std::string_view> attribute) {
  if (!attribute) return std::nullopt;
  int64_t out = 0;
  const auto [end, error] =
      std::from_chars(attribute->data(), attribute->data() + attribute->size(), out);
  if (error != std::errc() || end != attribute->data() + attribute->size()) return std::nullopt;
  return out;
}

// `target` as seen from the part `from`, without "." and "..".
std::string resolved(const std::string& from, std::string_view target) {
  std::string path = target.starts_with('/')
                         ? std::string(target.substr(1))
                         : from.substr(0, from.rfind('/') + 1) + std::string(target);
  std::vector<std::string> parts;
  for (size_t at = 0; at <= path.size();) {
    const size_t slash = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, slash - at);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    at = slash + 1;
  }
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : "/") + part;
  return out;
}

struct Relations {
  std::map<std::string, std::string> worksheets;  // path by id
  std::string document, styles, shared_texts;     // paths
};

Result<Relations> read_relations(ZipArchive& archive, const std::string& part) {
  const size_t slash = part.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : part.substr(0, slash + 1);
  const std::string file = slash == std::string::npos ? part : part.substr(slash + 1);
  Relations out;
  XmlEvents events;
  events.begin = [&](std::string_view name, const XmlAttributes& attributes) {
    if (name != "Relationship" || attributes.get("TargetMode") == "External") return;
    const std::string type = text_of(attributes.get("Type"));
    const std::string path = resolved(part, text_of(attributes.get("Target")));
    const std::string kind = type.substr(type.rfind('/') + 1);
    if (kind == "worksheet" && out.worksheets.size() < limits::kSheetsMax) {
      out.worksheets[text_of(attributes.get("Id"))] = path;
    }
    if (kind == "officeDocument") out.document = path;
    if (kind == "styles") out.styles = path;
    if (kind == "sharedStrings") out.shared_texts = path;
  };
  const auto read = read_part(archive, folder + "_rels/" + file + ".rels", events);
  if (!read) return read.refusal();
  return out;
}

Result<> read_book(ZipArchive& archive, const std::string& path, const Relations& relations,
                   WorkbookParts& out) {
  XmlEvents events;
  events.begin = [&](std::string_view name, const XmlAttributes& attributes) {
    if (name == "workbookPr") out.from_1904 = is_true(attributes.get("date1904"));
    if (name != "sheet") return;
    const auto found = relations.worksheets.find(text_of(attributes.get("id")));
    const auto state = attributes.get("state");
    out.sheets.push_back({text_of(attributes.get("name")),
                          state == "hidden" || state == "veryHidden",
                          found != relations.worksheets.end() ? found->second : ""});
  };
  events.stop = [&]() -> std::optional<Refusal> {
    return out.sheets.size() > limits::kSheetsMax ? std::optional(too_much_at_once())
                                                  : std::nullopt;
  };
  return read_part(archive, path, events);
}

// `cellXfs` lists what cells give the numbers of; it follows `numFmts`.
Result<> read_styles(ZipArchive& archive, const std::string& path, WorkbookParts& out) {
  std::map<int64_t, NumberFormat> codes;
  bool of_cells = false;
  XmlEvents events;
  events.begin = [&](std::string_view name, const XmlAttributes& attributes) {
    const auto id = number_of(attributes.get("numFmtId"));
    if (name == "numFmt" && id) codes[*id] = format_of_code(text_of(attributes.get("formatCode")));
    if (name == "cellXfs") of_cells = true;
    if (name != "xf" || !of_cells) return;
    const auto code = id ? codes.find(*id) : codes.end();
    out.styles.push_back(code != codes.end() ? code->second : built_in_format(id.value_or(0)));
  };
  events.end = [&](std::string_view name) {
    if (name == "cellXfs") of_cells = false;
  };
  events.stop = [&]() -> std::optional<Refusal> {
    const bool many = out.styles.size() > limits::kStylesMax || codes.size() > limits::kStylesMax;
    return many ? std::optional(too_much_at_once()) : std::nullopt;
  };
  return read_part(archive, path, events);
}

Result<> read_shared_texts(ZipArchive& archive, const std::string& path, WorkbookParts& out) {
  RunText run;
  size_t bytes = 0;
  XmlEvents events;
  events.begin = [&](std::string_view name, const XmlAttributes&) { run.begin(name); };
  events.text = [&](std::string_view text) { run.text(text); };
  events.end = [&](std::string_view name) {
    run.end(name);
    if (name != "si") return;
    out.shared_texts.push_back(run.take());
    bytes += out.shared_texts.back().size() + limits::kCellOverheadBytes;
  };
  events.stop = [&]() -> std::optional<Refusal> {
    const bool much = out.shared_texts.size() > limits::kSharedTextsMax ||
                      bytes + run.size() > limits::kSheetContentBytesMax;
    return much ? std::optional(too_much_at_once()) : std::nullopt;
  };
  return read_part(archive, path, events);
}

int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  const char small = static_cast<char>(digit | 0x20);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// _x000D_ stands for the character of that number, where XML could not hold it.
std::string unescaped(const std::string& text) {
  constexpr size_t kEscape = 7;
  std::string out;
  for (size_t at = 0; at < text.size();) {
    int code = 0;
    bool escape = at + kEscape <= text.size() && text[at] == '_' && text[at + 1] == 'x' &&
                  text[at + kEscape - 1] == '_';
    for (size_t i = 2; escape && i < kEscape - 1; ++i) {
      const int digit = hex_digit(text[at + i]);
      escape = digit >= 0;
      code = code * 16 + digit;
    }
    if (!escape || code == 0 || code >= 0x80) {
      out += text[at++];
      continue;
    }
    out += static_cast<char>(code);
    at += kEscape;
  }
  return out;
}

}  // namespace

void RunText::begin(std::string_view name) {
  if (name == "rPh") ++aloud_;
  in_text_ = name == "t" && aloud_ == 0;
}

void RunText::end(std::string_view name) {
  if (name == "rPh" && aloud_ > 0) --aloud_;
  in_text_ = false;
}

void RunText::text(std::string_view text) {
  if (in_text_) gathered_ += text;
}

std::string RunText::take() {
  in_text_ = false;
  return unescaped(std::exchange(gathered_, {}));
}

Result<> read_part(ZipArchive& archive, const std::string& path, const XmlEvents& events) {
  XmlReader reader(events);
  const auto read = archive.read(path, [&](std::string_view piece) { return reader.feed(piece); });
  if (!read) return read.refusal();
  return reader.finish();
}

Result<WorkbookParts> read_workbook_parts(ZipArchive& archive) {
  const auto root = read_relations(archive, "");
  if (!root) return root.refusal();
  if (root->document.empty()) return damaged_workbook();
  const auto relations = read_relations(archive, root->document);
  if (!relations) return relations.refusal();
  WorkbookParts out;
  if (auto read = read_book(archive, root->document, *relations, out); !read) {
    return read.refusal();
  }
  if (!relations->styles.empty()) {
    if (auto read = read_styles(archive, relations->styles, out); !read) return read.refusal();
  }
  if (!relations->shared_texts.empty()) {
    if (auto read = read_shared_texts(archive, relations->shared_texts, out); !read) {
      return read.refusal();
    }
  }
  return out;
}

}  // namespace sitelog
