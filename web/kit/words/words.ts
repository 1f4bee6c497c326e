// The page's words in both languages, and what people called things.
import { createI18n } from "vue-i18n";
import { speak } from "../door/door";
import { local } from "../kept";
import zh from "./zh.json?all";

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
  locale: "zh",
  fallbackLocale: "zh",
  messages: { zh, en: {} as Groups },
  warnHtmlMessage: false,
});

// What a page's folders say beyond the kit, by their groups. English is brought once somebody reads it.
export type Groups = Record<string, object>;
export interface PageWords {
  zh: Groups[];
  en: () => Promise<Groups[]>;
}

// All at once: merged one by one each is copied anew with all before it.
function merge(to: Tongue, kit: Groups, folders: Groups[]): void {
  const all: Groups = { ...kit };
  for (const folder of folders) for (const [group, said] of Object.entries(folder)) all[group] = { ...all[group], ...said };
  words.global.setLocaleMessage(to, all);
}

let page: PageWords | undefined;
let isEnglishHere = false;

export async function bringEnglish(): Promise<void> {
  if (isEnglishHere) return;
  const [kit, folders] = await Promise.all([import("./en.json?all"), page?.en() ?? []]);
  merge("en", kit.default, folders);
  isEnglishHere = true;
}

export function tongue(): Tongue {
  return words.global.locale.value as Tongue;
}

function apply(to: Tongue): void {
  words.global.locale.value = to;
  document.documentElement.lang = to === "zh" ? "zh-CN" : "en";
  speak(to === "zh" ? "zh-CN" : "en");
}

// Throws where English can't be had just now: what was spoken stays.
export async function speakIn(to: Tongue): Promise<void> {
  if (to === "en") await bringEnglish();
  local.set(kKept, to);
  apply(to);
}

// Before anything is drawn: in the language that was chosen, or that the browser asks for.
export async function beginToSpeak(words: PageWords): Promise<void> {
  page = words;
  merge("zh", zh, words.zh);
  const first = firstTongue();
  try {
    if (first === "en") await bringEnglish();
    apply(first);
  } catch {
    apply("zh");
  }
}

// A label of a campaign: English where it is asked for and there is any.
export function labelOf(of: { zh: string; en: string }): string {
  return tongue() === "en" && of.en ? of.en : of.zh;
}

export const say = words.global.t;
