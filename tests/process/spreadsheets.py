"""Workbooks for tests, put together by hand: what other programs write, and what nobody should."""

import io
import zipfile
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# Styles by number: general, yyyy"年"m"月"d"日", percent, a custom date with a time.
STYLES = f"""{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="1">
<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>
<cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs>
<cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="31"/><xf numFmtId="9"/><xf numFmtId="164"/></cellXfs>
</styleSheet>"""


def letters(column):
    out = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        out = chr(65 + rest) + out
    return out


class Raw(str):
    """The inside of a cell, with its attributes before a |."""


def serial(day):
    """A day as a spreadsheet counts it, shown as a Chinese date."""
    import datetime
    number = (datetime.date.fromisoformat(day) - datetime.date(1899, 12, 30)).days
    return Raw(f's="1"|<v>{number}</v>')


def worksheet(rows):
    """`rows`: by their numbers, lists of cells: None, numbers, texts (shared), Raw."""
    shared, lines = [], []
    for number, cells in rows.items():
        out = []
        for column, cell in enumerate(cells):
            place = f'r="{letters(column)}{number}"'
            if cell is None:
                continue
            if isinstance(cell, Raw):
                attributes, inside = cell.split("|", 1)
                out.append(f"<c {place} {attributes}>{inside}</c>")
            elif isinstance(cell, str):
                out.append(f'<c {place} t="s"><v>{len(shared)}</v></c>')
                shared.append(cell)
            else:
                out.append(f"<c {place}><v>{cell}</v></c>")
        lines.append(f'<row r="{number}">{"".join(out)}</row>')
    return "".join(lines), shared


def workbook(sheets, hidden=(), shared_as=None, replace=None):
    """The bytes of a workbook: `sheets` by name, each rows by number. `replace`: parts by path."""
    files, texts = {}, []
    relations, listed = [], []
    for number, (name, rows) in enumerate(sheets.items(), 1):
        body, shared = worksheet(rows)
        for index in reversed(range(len(shared))):
            body = body.replace(f't="s"><v>{index}</v>', f't="s"><v>{index + len(texts)}</v>')
        texts += shared
        files[f"xl/worksheets/sheet{number}.xml"] = (
            f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>')
        relations.append(f'<Relationship Id="rId{number}" Type="{RELATIONS}/worksheet" '
                         f'Target="worksheets/sheet{number}.xml"/>')
        state = ' state="hidden"' if name in hidden else ""
        listed.append(f'<sheet name="{escape(name)}" sheetId="{number}"{state} r:id="rId{number}"/>')
    files["xl/sharedStrings.xml"] = shared_as or (
        f'{HEAD}<sst xmlns="{MAIN}">'
        + "".join(f"<si><t xml:space=\"preserve\">{escape(text)}</t></si>" for text in texts) + "</sst>")
    files["xl/styles.xml"] = STYLES
    relations.append(f'<Relationship Id="s" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>')
    relations.append(f'<Relationship Id="t" Type="{RELATIONS}/styles" Target="/xl/styles.xml"/>')
    files["xl/workbook.xml"] = (f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
                                + "".join(listed) + "</sheets></workbook>")
    files["xl/_rels/workbook.xml.rels"] = (
        f'{HEAD}<Relationships xmlns="{PACKAGE}">' + "".join(relations) + "</Relationships>")
    files["_rels/.rels"] = (f'{HEAD}<Relationships xmlns="{PACKAGE}"><Relationship Id="a" '
                            f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
    files.update(replace or {})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return out.getvalue()


def read_cells(file, sheet="xl/worksheets/sheet1.xml"):
    """What stands in a workbook's sheet, by place, as a plain reader sees it; formulas as "=…"."""
    import re
    import xml.etree.ElementTree as tree
    with zipfile.ZipFile(file) as archive:
        shared = ["".join(part.text or "" for part in item.iter(f"{{{MAIN}}}t"))
                  for item in tree.fromstring(archive.read("xl/sharedStrings.xml"))]
        out = {}
        for cell in tree.fromstring(archive.read(sheet)).iter(f"{{{MAIN}}}c"):
            formula, value = cell.find(f"{{{MAIN}}}f"), cell.find(f"{{{MAIN}}}v")
            if formula is not None:
                out[cell.get("r")] = "=" + (formula.text or "")
            elif value is not None:
                text = value.text or ""
                out[cell.get("r")] = shared[int(text)] if cell.get("t") == "s" else text
        return out
