// Days and moments as people write them.
import { say, tongue } from "./words";

const kMinute = 60_000;
const kHour = 60 * kMinute;

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = tongue() + JSON.stringify(options);
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(tongue() === "zh" ? "zh-CN" : "en-GB", options);
    formatters.set(key, found);
  }
  return found;
}

// A device's clock may say what is no moment.
const kLastMs = 8.64e15;

function told(options: Intl.DateTimeFormatOptions, wallMs: number): string {
  return Math.abs(wallMs) <= kLastMs ? formatter(options).format(wallMs) : "?";
}

// The exact moment: 2020年7月1日 14:02.
export function moment(wallMs: number): string {
  return told({ year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" }, wallMs);
}

// To the second, where two moments are to be told apart: 2020年7月1日 14:02:09.
export function exactMoment(wallMs: number): string {
  return told({ year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" }, wallMs);
}

// 14:02.
export function clock(wallMs: number): string {
  return told({ hour: "2-digit", minute: "2-digit" }, wallMs);
}

// Under an hour how long ago; today the time; else the day.
export function ago(wallMs: number, nowMs: number = Date.now()): string {
  if (!(Math.abs(wallMs) <= kLastMs)) return "?";
  const since = nowMs - wallMs;
  if (since >= 0 && since < kMinute) return say("time.now");
  if (since >= 0 && since < kHour) return say("time.minutes", { n: Math.floor(since / kMinute) });
  const day = formatter({ year: "numeric", month: "2-digit", day: "2-digit" });
  if (day.format(wallMs) === day.format(nowMs)) return clock(wallMs);
  return told({ year: "numeric", month: "long", day: "numeric" }, wallMs);
}

// "2020-07-01" as 2020年7月1日; what is no day as it is.
export function dayInText(day: string): string {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!parts) return day;
  const at = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
  return formatter({ year: "numeric", month: "long", day: "numeric" }).format(at);
}

const numbers = new Map<string, Intl.NumberFormat>();

export function number(value: number): string {
  let found = numbers.get(tongue());
  if (!found) {
    found = new Intl.NumberFormat(tongue() === "zh" ? "zh-CN" : "en-GB");
    numbers.set(tongue(), found);
  }
  return found.format(value);
}
