#!/usr/bin/env python3
"""Makes docs/operations.md of what the programs say of their operations.

usage: docs/make_operations.py BIN [--check]      BIN: the folder of sitelog and sitelogd
"""

import json
import pathlib
import subprocess
import sys

PAGE = pathlib.Path(__file__).with_name("operations.md")
HEAD = """# Operations

*Made by `./dev operations` from the table in `engine/` (see [architecture](architecture.md)); not to be edited.*

What can be asked of a data folder: by the command lines, and by programs at the local socket (`control.sock`).
`sitelogd operations --json` and `sitelog operations --json` print the same with a JSON Schema of every answer.

Arguments are read strictly: what is unknown, missing, of another type or out of bounds is refused before anything is
done, all of it at once, by argument. In answers `NAME?` is left out where it says nothing; lines come before the answer.
"""


def table_of(program):
    lines = subprocess.run([program, "--lang", "en", "operations", "--json"], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    return {row["operation"]: row for row in map(json.loads, lines)}


def shape(schema):
    """A JSON Schema in a few words."""
    if "type" not in schema:
        return "any"
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = kinds[0]
    if kind == "array":
        words = f"[{shape(schema['items'])} …]"
    elif kind == "object" and "properties" in schema:
        required = schema.get("required", [])
        words = "{" + ", ".join(f"{name}{'' if name in required else '?'}: {shape(of)}"
                                for name, of in schema["properties"].items()) + "}"
    elif kind == "object":
        words = f"{{NAME: {shape(schema['additionalProperties'])} …}}"
    else:
        words = {"string": "text", "boolean": "flag"}.get(kind, kind)
    return f"{words} or null" if "null" in kinds else words


def bounds(argument):
    for least, most, what in (("min_bytes", "max_bytes", " bytes"), ("min", "max", ""),
                              ("min_count", "max_count", " of them")):
        if least in argument:
            return f"{argument[least]} to {argument[most]}{what}"
    return " ".join(f"`{choice}`" for choice in argument.get("choices", []))


def section(row):
    writes = ", writes" if row["writes"] else ""
    out = [f"### `{row['operation']}`", "",
           f"{row['help']['en']} · {row['help']['zh']} (right: {row['right']}{writes})", ""]
    if row["arguments"]:
        out += ["| argument | type | bounds | |", "|---|---|---|---|"]
        for argument in row["arguments"]:
            needed = ", required" if argument["required"] else ""
            out.append(f"| `{argument['name']}` | {argument['type']}{needed} | {bounds(argument)} "
                       f"| {argument['help']['en']} · {argument['help']['zh']} |")
        out.append("")
    for names in row.get("one_of", []):
        out += ["Exactly one of " + ", ".join(f"`{name}`" for name in names) + ".", ""]
    for what, words in (("input", "Reads, one by one"), ("line", "Lines"), ("answer", "Answer")):
        if row.get(what, {}).get("properties") or (what in row and what != "answer"):
            out += [f"{words}: `{shape(row[what])}`", ""]
    return "\n".join(out)


def page(folder):
    top, site = (table_of(pathlib.Path(folder) / name) for name in ("sitelogd", "sitelog"))
    both = [name for name in top if top[name] == site.get(name)]
    parts = [HEAD]
    for title, table, names in (
            ("At headquarters and at sites", top, both),
            ("At headquarters", top, [name for name in top if name not in both]),
            ("At sites", site, [name for name in site if name not in both])):
        parts += [f"## {title}\n"] + [section(table[name]) for name in sorted(names)]
    return "\n".join(parts).rstrip("\n") + "\n"


def main():
    made = page(sys.argv[1])
    if "--check" in sys.argv:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == made:
            return 0
        print("docs/operations.md is not what the programs say: run ./dev operations")
        return 1
    PAGE.write_text(made, encoding="utf-8")
    print(f"written: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
