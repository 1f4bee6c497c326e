// Notices come with their text's pattern and what stands in it: "{}" for each.
import type { Notice } from "../door/types";
import { say } from "../words/words";

export function noticeText(notice: Notice): string {
  const text = notice.args.reduce((all, each) => all.replace("{}", () => each), notice.text);
  const field = notice.field ? `${notice.field}: ` : "";
  return field + (notice.records !== undefined ? say("notice.records", { n: notice.records, text }) : text);
}

// A record as the command line names it, as it was seen.
interface Named {
  record: string;
  code?: string;
}

// What names a command on this record to type: where that command is, among what stands in the text.
function commandIn(notice: Notice, of: Named): string | undefined {
  return of.code === undefined ? undefined : notice.args.find((each) => each.endsWith(` ${of.record}@${of.code}`));
}

// The same without the command, where a page has a button for it; whether there was one.
export function withoutCommand(notice: Notice, of: Named): { notice: Notice; hadCommand: boolean } {
  const command = commandIn(notice, of);
  if (command === undefined) return { notice, hadCommand: false };
  const at = notice.text.indexOf(command);
  const opens = Math.max(notice.text.lastIndexOf("（", at), notice.text.lastIndexOf("(", at));
  const after = notice.text[at + command.length];
  const isBeside = at >= 0 && opens >= 0 && (after === "）" || after === ")");
  if (!isBeside) return { notice, hadCommand: true };
  const text = notice.text.slice(0, opens).trimEnd() + notice.text.slice(at + command.length + 1);
  return { notice: { ...notice, text, args: notice.args.filter((each) => each !== command) }, hadCommand: true };
}
