// Notices come with their text's pattern and what stands in it: "{}" for each.
import type { Notice } from "../door/types";
import { say } from "../words/words";

export function noticeText(notice: Notice): string {
  const text = notice.args.reduce((all, each) => all.replace("{}", () => each), notice.text);
  const field = notice.field ? `${notice.field}: ` : "";
  return field + (notice.records !== undefined ? say("notice.records", { n: notice.records, text }) : text);
}
