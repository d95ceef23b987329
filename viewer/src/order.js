// Which rows of a list fit a filter, and in which order: for the lists, and for a problem's neighbours in them.
import { useEffect, useMemo, useState } from "preact/hooks";
import { search } from "./data.js";
import { matcher, words as wordsOf } from "./filter.js";

const SOON = 250; // ms without a key, before texts are searched

// Where the words of a filter stand in the full texts: word -> { prompts, samples }, and the share that was looked at.
function useTexts(run, wanted, version) {
  const key = wanted.join("\n");
  const [state, set] = useState({ found: new Map(), share: 1, fault: "" });
  useEffect(() => {
    if (!key) return set({ found: new Map(), share: 1, fault: "" });
    let gone = false;
    const found = new Map(), list = key.split("\n");
    const look = async () => {
      for (const [i, word] of list.entries()) {
        await search(run, word.slice(0, 200), (hits, share) => {
          if (gone) return true;
          found.set(word, { prompts: new Set(hits.prompts), samples: new Map(Object.entries(hits.samples).map(([at, of]) => [Number(at), new Set(of)])) });
          set({ found: new Map(found), share: (i + share) / list.length, fault: "" });
        });
        if (gone) return;
      }
    };
    set({ found: new Map(), share: 0, fault: "" });
    const timer = setTimeout(() => look().catch((error) => gone || set({ found, share: 1, fault: error.message })), SOON);
    return () => ((gone = true), clearTimeout(timer));
  }, [run, key, version]);
  return state;
}

function sorted(order, get, down) {
  const values = new Map();
  for (const i of order) values.set(i, get(i));
  const sign = down ? -1 : 1;
  return order.sort((a, b) => {
    const x = values.get(a), y = values.get(b);
    if (x === y) return a - b;
    if (x === null || x === undefined) return 1; // without a value last, whichever way
    if (y === null || y === undefined) return -1;
    return (x < y ? -1 : 1) * sign;
  });
}

// "-key" of an address: down by that column.
export const sorting = (said) => (said ? { key: said.replace(/^-/, ""), down: said.startsWith("-") } : undefined);

// Of each text its place among all, numbers in them by their size: q2 before q10.
export function ranks(texts) {
  const by = new Intl.Collator("en", { numeric: true }), found = new Array(texts.length);
  [...texts.keys()].sort((a, b) => by.compare(texts[a], texts[b]) || a - b).forEach((i, rank) => (found[i] = rank));
  return found;
}

// What a list shows: { order: row numbers, searched: how far the full texts are, faults: of the filter }.
export function useOrder({ run, n, keys, columns, texts, places, version, text, sort, full }) {
  const searched = useTexts(run, full ? wordsOf(text) : [], version);
  const holds = (i, word) => {
    const found = searched.found.get(word);
    return found !== undefined && places(found, i);
  };
  const { match, faults } = useMemo(() => matcher(text, keys, texts, holds), [text, keys, searched]);
  const order = useMemo(() => {
    const found = [];
    for (let i = 0; i < n; i += 1) if (match(i)) found.push(i);
    const by = columns.find((c) => c.key === sort.key)?.sort;
    return by ? sorted(found, by, sort.down) : found;
  }, [match, columns, sort.key, sort.down]);
  return { order, searched, faults };
}
