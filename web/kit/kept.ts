// What a browser keeps for a page: by this computer's user (local) or by one tab. A browser may refuse it
// or have no room left: then it is kept as long as the page is open.
export interface Keeping {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  drop(key: string): void;
}

function keeping(storage: () => Storage): Keeping {
  const here = new Map<string, string>();
  const tried = <Told>(act: (by: Storage) => Told): Told | undefined => {
    try {
      return act(storage());
    } catch {
      return undefined;
    }
  };
  return {
    get: (key) => here.get(key) ?? tried((by) => by.getItem(key)) ?? undefined,
    set(key, value) {
      const done = tried((by) => {
        by.setItem(key, value);
        return true;
      });
      if (done) here.delete(key);
      else here.set(key, value);
    },
    drop(key) {
      here.delete(key);
      tried((by) => by.removeItem(key));
    },
  };
}

export const local = keeping(() => localStorage);
export const tab = keeping(() => sessionStorage);
