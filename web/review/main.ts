// The review page: headquarters, county and jury at headquarters' door.
import "@kit/parts/page.css";
import { whenSignedOut } from "@kit/door/door";
import { queries } from "@kit/server/queries";
import { sessionEnded } from "@kit/server/session";
import { words } from "@kit/words/words";
import { VueQueryPlugin } from "@tanstack/vue-query";
import { createApp } from "vue";
import App from "./App.vue";
import { router } from "./router";
import { views } from "./views";

// Each folder of a view has its own words, both languages side by side.
type Words = Record<"zh" | "en", Record<string, unknown>>;
for (const each of Object.values(import.meta.glob<Words>("./*/words.json", { eager: true, import: "default" }))) {
  words.global.mergeLocaleMessage("zh", each.zh);
  words.global.mergeLocaleMessage("en", each.en);
}
whenSignedOut(sessionEnded);
// Every view is at hand before it is opened, also where headquarters is out of reach by then.
const kAtHandMs = 4000;
setTimeout(() => void Promise.allSettled(views.map((view) => view.load())), kAtHandMs);
createApp(App).use(router).use(words).use(VueQueryPlugin, { queryClient: queries }).mount("#page");
