// The review page: headquarters, county and jury at headquarters' door.
import "@kit/parts/page.css";
import { whenSignedOut } from "@kit/door/door";
import { queries } from "@kit/server/queries";
import { sessionEnded } from "@kit/server/session";
import { addWords, words, type Words } from "@kit/words/words";
import { VueQueryPlugin } from "@tanstack/vue-query";
import { createApp } from "vue";
import App from "./App.vue";
import { router } from "./router";
import { views } from "./views";

// Each folder of a view has its own words, both languages side by side.
addWords(Object.values(import.meta.glob<Words>("./*/words.json", { eager: true, import: "default" })));
whenSignedOut(sessionEnded);
// Every view is at hand before it is opened, also where headquarters is out of reach by then.
const kAtHandMs = 15_000;
setTimeout(() => void Promise.allSettled(views.map((view) => view.load())), kAtHandMs);
createApp(App).use(router).use(words).use(VueQueryPlugin, { queryClient: queries }).mount("#page");
