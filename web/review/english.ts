// What each folder of a view says in English.
import type { Groups } from "@kit/words/words";

export default Object.values(import.meta.glob<Groups>("./*/words.json", { query: "?en", eager: true, import: "default" }));
