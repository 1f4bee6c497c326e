import { expect, it } from "vitest";
import type { Notice } from "../door/types";
import { noticeText, withoutCommand } from "./notices";

const of = { record: "01a220ba9cff83baa43881d993aedd28", code: "6Y3HJV" };
const command = `sitelog send ${of.record}@${of.code}`;
const notice = (text: string, args: string[]): Notice => ({ reason: "notice", text, args });

it("a command on the record goes out of a notice with what stands round it, in both languages", () => {
  const chinese = withoutCommand(notice(`记录此前已送审：改动在再次送审后才计入（命令行：${command}）`, [command]), of);
  expect([noticeText(chinese.notice), chinese.hadCommand]).toEqual(["记录此前已送审：改动在再次送审后才计入", true]);
  const english = withoutCommand(notice(`it was sent before: what changed counts once it is sent again (command line: ${command})`, [command]), of);
  expect(noticeText(english.notice)).toBe("it was sent before: what changed counts once it is sent again");
});

it("another notice stays as it is, and so does a command in the middle of a sentence", () => {
  const other = notice("没有人担任审核人", ["审核人"]);
  expect(withoutCommand(other, of)).toEqual({ notice: other, hadCommand: false });
  const within = notice(`请执行 ${command} 再看`, [command]);
  expect(withoutCommand(within, of)).toEqual({ notice: within, hadCommand: true });
  expect(withoutCommand(notice(`（命令行：${command}）`, [command]), { record: of.record }).hadCommand).toBe(false);
});
