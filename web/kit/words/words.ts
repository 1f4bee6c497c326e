// The page's words in both languages, and what people called things.
import { createI18n } from "vue-i18n";
import { speak } from "../door/door";
import { local } from "../kept";
import en from "./en.json";
import zh from "./zh.json";

export type Tongue = "zh" | "en";
const kKept = "sitelog.language";

function firstTongue(): Tongue {
  const kept = local.get(kKept);
  if (kept === "zh" || kept === "en") return kept;
  for (const tag of navigator.languages) {
    if (tag.startsWith("zh")) return "zh";
    if (tag.startsWith("en")) return "en";
  }
  return "zh";
}

export const words = createI18n({
  legacy: false,
  locale: firstTongue(),
  fallbackLocale: "zh",
  messages: { zh, en },
  warnHtmlMessage: false,
});

// Of one folder, by their groups.
export type Words = Record<Tongue, Record<string, object>>;

// All at once: merged one by one each is copied anew with all before it.
export function addWords(folders: Words[]): void {
  const known = words.global.messages.value as Record<Tongue, Record<string, object>>;
  for (const to of ["zh", "en"] as const) {
    const all: Record<string, object> = { ...known[to] };
    for (const folder of folders) for (const [group, said] of Object.entries(folder[to])) all[group] = { ...all[group], ...said };
    words.global.setLocaleMessage(to, all as never);
  }
}

export function tongue(): Tongue {
  return words.global.locale.value as Tongue;
}

function apply(to: Tongue): void {
  document.documentElement.lang = to === "zh" ? "zh-CN" : "en";
  speak(to === "zh" ? "zh-CN" : "en");
}

export function speakIn(to: Tongue): void {
  words.global.locale.value = to;
  local.set(kKept, to);
  apply(to);
}

apply(tongue());

// A label of a campaign: English where it is asked for and there is any.
export function labelOf(of: { zh: string; en: string }): string {
  return tongue() === "en" && of.en ? of.en : of.zh;
}

export const say = words.global.t;
