import { expect, it } from "vitest";
import { tableText } from "./table";

it("reads a table in UTF-8, with and without its mark, and in GBK as Excel writes it", () => {
  expect(tableText(new TextEncoder().encode("八矿").buffer as ArrayBuffer)).toBe("八矿");
  expect(tableText(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]).buffer)).toBe("a");
  expect(tableText(new Uint8Array([0xb0, 0xcb, 0xbf, 0xf3]).buffer)).toBe("八矿");
});
