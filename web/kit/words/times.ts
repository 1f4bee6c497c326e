// Days and moments as people write them, of the zone that this computer is in. Written here and not by
// Intl, which takes longer to begin than a view to draw.
import { say, tongue } from "./words";

const kMinute = 60_000;
const kHour = 60 * kMinute;
const kMonths = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

// A device's clock may say what is no moment.
const kLastMs = 8.64e15;

function dateOf(wallMs: number): Date | undefined {
  return Math.abs(wallMs) <= kLastMs ? new Date(wallMs) : undefined;
}

const two = (n: number) => String(n).padStart(2, "0");

function dayText(at: Date): string {
  const [year, month, day] = [at.getFullYear(), at.getMonth(), at.getDate()];
  return tongue() === "zh" ? `${String(year)}年${String(month + 1)}月${String(day)}日` : `${String(day)} ${String(kMonths[month])} ${String(year)}`;
}

function clockText(at: Date): string {
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

function isSameDay(one: Date, other: Date): boolean {
  return one.getFullYear() === other.getFullYear() && one.getMonth() === other.getMonth() && one.getDate() === other.getDate();
}

// The exact moment: 2020年7月1日 14:02.
export function moment(wallMs: number): string {
  const at = dateOf(wallMs);
  return at ? `${dayText(at)} ${clockText(at)}` : "?";
}

// To the second, where two moments are to be told apart: 2020年7月1日 14:02:09.
export function exactMoment(wallMs: number): string {
  const at = dateOf(wallMs);
  return at ? `${moment(wallMs)}:${two(at.getSeconds())}` : "?";
}

// 14:02.
export function clock(wallMs: number): string {
  const at = dateOf(wallMs);
  return at ? clockText(at) : "?";
}

// For programs (ISO 8601, in UTC); undefined where it is no moment.
export function machineMoment(wallMs: number): string | undefined {
  return dateOf(wallMs)?.toISOString();
}

// Under an hour how long ago; today the time; else the day.
export function ago(wallMs: number, nowMs: number = Date.now()): string {
  const at = dateOf(wallMs);
  if (!at) return "?";
  // The clock it is told by ticks twice a minute: what has just come may be a little ahead of it.
  const since = nowMs - wallMs;
  if (Math.abs(since) < kMinute) return say("time.now");
  if (since >= 0 && since < kHour) return say("time.minutes", { n: Math.floor(since / kMinute) });
  return isSameDay(at, new Date(nowMs)) ? clockText(at) : dayText(at);
}

// "2020-07-01" as 2020年7月1日; what is no day as it is.
export function dayInText(day: string): string {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  return parts ? dayText(new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]))) : day;
}

// 1,234,567.5: alike in both languages.
export function number(value: number): string {
  const [whole = "", ...part] = String(value).split(".");
  return [whole.replace(/\d(?=(\d{3})+$)/g, "$&,"), ...part].join(".");
}
