// A campaign's deadlines as a line of days.
export interface Deadline {
  date: string;
  zh: string;
  en: string;
}

export interface DeadlineDay {
  date: string;
  // From today: 0 is today, less are past.
  days: number;
  // Along the line, 0 to 1.
  at: number;
  what: Deadline[];
}

export interface DaysLine {
  days: DeadlineDay[];
  // Where today is on the line; beyond its ends at them.
  today: number;
}

const kDay = 24 * 3600 * 1000;

function dayNumber(day: string): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / kDay);
}

// `today` as 2020-07-01, as people call it where they are.
export function lineOfDays(from: string, to: string, deadlines: Deadline[], today: string): DaysLine {
  const known = deadlines.filter((each) => !Number.isNaN(dayNumber(each.date)));
  const all = [from, to, ...known.map((each) => each.date)].map(dayNumber).filter((each) => !Number.isNaN(each));
  const first = Math.min(...all);
  const last = Math.max(...all);
  const at = (day: number) => (last > first ? Math.min(1, Math.max(0, (day - first) / (last - first))) : 0);
  const now = dayNumber(today);
  const byDay = new Map<string, Deadline[]>();
  for (const each of known) byDay.set(each.date, [...(byDay.get(each.date) ?? []), each]);
  const days = [...byDay.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([date, what]) => ({ date, what, days: dayNumber(date) - now, at: at(dayNumber(date)) }));
  return { days, today: at(now) };
}

export function todayHere(now: Date = new Date()): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
