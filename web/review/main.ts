// The review page: headquarters, county and jury at headquarters' door.
import "@kit/parts/page.css";
import { whenSignedOut } from "@kit/door/door";
import { nextTask } from "@kit/parts/later";
import { queries } from "@kit/server/queries";
import { sessionEnded } from "@kit/server/session";
import { beginToSpeak, bringEnglish, words, type Groups } from "@kit/words/words";
import { VueQueryPlugin } from "@tanstack/vue-query";
import { createApp } from "vue";
import App from "./App.vue";
import { router } from "./router";
import { bringViews } from "./views";

whenSignedOut(sessionEnded);
// Every view and the other language are at hand before they are asked for, also where headquarters is out of reach by then.
const kAtHandMs = 15_000;
setTimeout(() => void Promise.allSettled([bringViews(), bringEnglish()]), kAtHandMs);

// Each folder of a view has its own words.
const spoken = beginToSpeak({
  zh: Object.values(import.meta.glob<Groups>("./*/words.json", { query: "?zh", eager: true, import: "default" })),
  en: async () => (await import("./english")).default,
});
// In a task of its own: to read the page is one already.
void spoken.then(nextTask).then(() => createApp(App).use(router).use(words).use(VueQueryPlugin, { queryClient: queries }).mount("#page"));
