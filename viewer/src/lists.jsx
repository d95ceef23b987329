// The problems of a run, and all its samples: filter box, facets, sorted grids.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { search } from "./data.js";
import { Grid } from "./grid.jsx";
import { has, matcher, term, toggle, words as wordsOf } from "./filter.js";
import { go, link } from "./route.js";
import { number, percent, SIGNS, VERDICTS, useAnswer, useKeys, Verdict, Waiting, short } from "./parts.jsx";
import { shown } from "./text.jsx";

export const rate = (c, i) => (c.pass[i] + c.fail[i] ? c.pass[i] / (c.pass[i] + c.fail[i]) : null);

export function Problems({ run, query, version }) {
  const answer = useAnswer(["run", run, "problems"], version);
  if (!answer.data) return <Waiting answer={answer} what="the problems" />;
  return <ProblemList run={run} query={query} data={answer.data} />;
}

function is(c, i) {
  const r = rate(c, i), found = [];
  if (c.pass[i]) found.push("solved");
  if (r === 0) found.push("unsolved");
  if (r === 1) found.push("all right");
  if (r > 0 && r < 1) found.push("mixed");
  if (r === null) found.push("unjudged");
  if (c.truncated[i]) found.push("truncated");
  if (c.accepted[i]) found.push("accepted");
  if (c.doubt?.[i]) found.push("doubtful");
  return found;
}

function problemKeys({ columns: c, words }) {
  const one = (name) => ({ words: (i) => [words[name][c[name][i]]] });
  const many = (name) => ({ words: (i) => c[name][i].map((w) => words[name][w]) });
  const figure = (name) => ({ numbers: (i) => c[name][i] });
  const keys = {
    is: { words: (i) => is(c, i) },
    rate: { numbers: (i) => rate(c, i) },
    verdict: { words: (i) => VERDICTS.filter((v) => c[v][i]) },
    scorer: many("said"), kind: many("error_kind"), flag: many("flag"), dropped: one("dropped"), source: one("source"), split: one("split"), level: one("level"),
    id: { words: (i) => [c.id[i]] },
    ...Object.fromEntries(["samples", "pass", "fail", "abstain", "error", "unwanted", "truncated", "accepted", "tokens"].map((k) => [k, figure(k)])),
  };
  if (!c.majority) return keys;
  return { ...keys, majority: one("majority"), why: one("doubt_kind"), finding: many("finding"), doubt: figure("doubt"), classes: figure("classes"), agreement: figure("agreement"), chars: figure("chars") };
}

const Share = ({ c, i }) => {
  const of = c.samples[i] || 1;
  return (
    <span class="share" aria-hidden="true">
      {VERDICTS.map((v) => c[v][i] > 0 && <i key={v} class={v} style={{ width: `${(100 * c[v][i]) / of}%` }} />)}
    </span>
  );
};

const PROBLEM_COLUMNS = ({ columns: c, words }) => [
  { key: "id", title: "problem", sort: (i) => c.id[i], cell: (i) => shown(c.id[i]) },
  { key: "title", title: "prompt", wide: true, cell: (i) => shown(c.title[i]) },
  { key: "gold", title: "gold", cell: (i) => shown(c.gold[i]) },
  { key: "rate", title: "pass rate", figure: true, sort: (i) => rate(c, i), cell: (i) => <><Share c={c} i={i} /> {percent(rate(c, i), 0)}</> },
  { key: "samples", title: "n", hint: "samples", figure: true, sort: (i) => c.samples[i], cell: (i) => c.samples[i] },
  ...(c.majority ? [{ key: "majority", title: "majority", sort: (i) => words.majority[c.majority[i]], cell: (i) => <Majority of={words.majority[c.majority[i]]} /> }] : []),
  ...(c.tokens.some((t) => t !== null) ? [{ key: "tokens", title: "tokens", hint: "mean of a sample", figure: true, sort: (i) => c.tokens[i], cell: (i) => number(c.tokens[i]) }]
    : c.chars ? [{ key: "tokens", title: "length", hint: "characters, mean of a sample", figure: true, sort: (i) => c.chars[i], cell: (i) => number(c.chars[i]) }] : []),
  ...(c.flag.some((f) => f.length) || c.dropped.some(Boolean) ? [{ key: "flags", title: "flags", hint: "what was found of the problem, and why it is in no training file", sort: (i) => words.dropped[c.dropped[i]] || null,
    cell: (i) => <span class="doubt">{shown(words.dropped[c.dropped[i]] || c.flag[i].map((f) => words.flag[f]).join(", "))}</span> }] : []),
  { key: "accepted", title: "kept", hint: "accepted by the last export", figure: true, sort: (i) => c.accepted[i], cell: (i) => c.accepted[i] || "" },
  ...(c.doubt ? [{ key: "doubt", title: "doubt", hint: "why to look at a verdict again", sort: (i) => c.doubt[i], cell: (i) => (c.doubt[i] ? <span class="doubt">{words.doubt_kind[c.doubt_kind[i]]}</span> : "") }] : []),
];

const Majority = ({ of }) => (of === "right" ? <Verdict of="pass" label="right" /> : of === "wrong" ? <Verdict of="fail" label="wrong" /> : of ? <Verdict of="abstain" label={of} /> : "");

const PROBLEM_FACETS = ["is", "verdict", "majority", "finding", "why", "flag", "dropped", "scorer", "kind", "level", "source", "split"];
const NAMES = { is: "state", verdict: "has a sample with", kind: "error kind", why: "doubt", scorer: "scorer said", flag: "flags", dropped: "in no training file", finding: "audit finds", export: "export", finish: "end" };

function ProblemList({ run, query, data }) {
  const keys = useMemo(() => problemKeys(data), [data]);
  const columns = useMemo(() => PROBLEM_COLUMNS(data), [data]);
  const c = data.columns;
  const texts = (i) => `${c.id[i]} ${c.title[i]} ${c.gold[i]}`;
  return (
    <List run={run} what="problems" query={query} n={data.n} keys={keys} columns={columns} facets={PROBLEM_FACETS} texts={texts}
      standard={{ key: "rate", down: false }} href={(i, q) => link(["run", run, "problem", c.id[i]], { from: q.q })}
      label={(i) => `${c.id[i]}: ${percent(rate(c, i), 0)} of ${c.samples[i]} samples pass`}
      places={(found, i) => found.prompts.has(i) || found.samples.has(i)} version={data}
      note={data.judged ? "" : "votes and doubts are still being counted"} />
  );
}

export function Samples({ run, query, version }) {
  const answer = useAnswer(["run", run, "samples"], version);
  const problems = useAnswer(["run", run, "problems"], version);
  if (!answer.data || !problems.data) return <Waiting answer={answer.error ? answer : problems} what="the samples" />;
  return <SampleList run={run} query={query} data={answer.data} problems={problems.data} />;
}

function SampleList({ run, query, data, problems }) {
  const { columns: c, words } = data, p = problems.columns;
  const one = (name) => ({ words: (i) => (c[name][i] === null ? [] : [words[name][c[name][i]]]) });
  const keys = useMemo(() => ({
    verdict: { words: (i) => [VERDICTS[c.verdict[i]]] },
    answer: one("answer"), finish: one("finish"), export: one("export"), kind: one("error_of"),
    id: { words: (i) => [p.id[c.problem[i]]] },
    index: { numbers: (i) => c.index[i] },
    source: { words: (i) => [problems.words.source[p.source[c.problem[i]]]] },
    level: { words: (i) => [problems.words.level[p.level[c.problem[i]]]] },
    ...(c.said_of ? { scorer: { words: (i) => c.said_of[i].map((w) => words.said_of[w]) } } : {}),
    ...(c.tokens ? { tokens: { numbers: (i) => c.tokens[i] } } : {}),
    ...(c.value ? { value: { numbers: (i) => c.value[i] } } : {}),
    ...(c.doubt ? { doubt: { numbers: (i) => c.doubt[i] }, why: one("doubt_kind"), chars: { numbers: (i) => c.chars[i] } } : {}),
  }), [data, problems]);
  const columns = useMemo(() => [
    { key: "id", title: "problem", sort: (i) => p.id[c.problem[i]], cell: (i) => shown(p.id[c.problem[i]]) },
    { key: "index", title: "#", figure: true, sort: (i) => c.index[i], cell: (i) => c.index[i] },
    { key: "state", title: "verdict", sort: (i) => c.verdict[i], cell: (i) => <Verdict of={VERDICTS[c.verdict[i]]} /> },
    { key: "title", title: "answer", wide: true, cell: (i) => shown(words.answer[c.answer[i]]) },
    { key: "gold", title: "gold", cell: (i) => shown(p.gold[c.problem[i]]) },
    ...(c.value ? [{ key: "value", title: "value", figure: true, sort: (i) => c.value[i], cell: (i) => c.value[i] ?? "" }] : []),
    ...(c.tokens ? [{ key: "tokens", title: "tokens", figure: true, sort: (i) => c.tokens[i], cell: (i) => number(c.tokens[i]) }]
      : c.chars ? [{ key: "tokens", title: "length", figure: true, sort: (i) => c.chars[i], cell: (i) => number(c.chars[i]) }] : []),
    { key: "export", title: "export", sort: (i) => words.export[c.export[i]], cell: (i) => shown(words.export[c.export[i]]) },
    ...(c.doubt ? [{ key: "doubt", title: "doubt", sort: (i) => c.doubt[i], cell: (i) => (c.doubt[i] ? <span class="doubt">{words.doubt_kind[c.doubt_kind[i]]}</span> : "") }] : []),
  ], [data, problems]);
  return (
    <List run={run} what="samples" query={query} n={data.n} keys={keys} columns={columns}
      facets={["verdict", "scorer", "kind", "export", "why", "finish", "level", "source"]}
      texts={(i) => `${p.id[c.problem[i]]} ${words.answer[c.answer[i]]} ${p.title[c.problem[i]]}`}
      standard={{ key: "id", down: false }} href={(i) => link(["run", run, "problem", p.id[c.problem[i]]], { s: c.index[i] })}
      label={(i) => `${p.id[c.problem[i]]}, sample ${c.index[i]}: ${VERDICTS[c.verdict[i]]}`}
      places={(found, i) => found.prompts.has(c.problem[i]) || Boolean(found.samples.get(c.problem[i])?.has(c.index[i]))} version={data}
      note={data.judged ? "" : "votes and doubts are still being counted"} />
  );
}

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

function List({ run, what, query, n, keys, columns, facets, texts, places, version, standard, href, label, note }) {
  const box = useRef();
  const [folded, fold] = useState(() => innerWidth < 1100);
  const text = query.q ?? "", sort = query.sort ? { key: query.sort.replace(/^-/, ""), down: query.sort.startsWith("-") } : standard;
  const say = (q, by = query.sort, full = query.full) => go(["run", run, what], { q, sort: by, full }, { replace: true });
  const wanted = text;
  const full = query.full === "1", searched = useTexts(run, full ? wordsOf(text) : [], version);
  const holds = (i, word) => {
    const found = searched.found.get(word);
    return found !== undefined && places(found, i);
  };
  const { match, faults } = useMemo(() => matcher(wanted, keys, texts, holds), [wanted, keys, searched]);
  const order = useMemo(() => {
    const found = [];
    for (let i = 0; i < n; i += 1) if (match(i)) found.push(i);
    const by = columns.find((c) => c.key === sort.key)?.sort;
    return by ? sorted(found, by, sort.down) : found;
  }, [match, columns, sort.key, sort.down]);
  const counts = useMemo(() => facets.filter((f) => keys[f]?.words).map((f) => {
    const seen = new Map();
    for (const i of order) for (const w of keys[f].words(i)) if (w) seen.set(w, (seen.get(w) ?? 0) + 1);
    return [f, [...seen].sort((a, b) => b[1] - a[1]).slice(0, 30)];
  }), [order, keys]);
  useKeys({
    "/": () => box.current.focus(),
    f: () => say(text, query.sort, full ? undefined : "1"),
    d: () => say(text, sort.key === "doubt" && sort.down ? undefined : "-doubt"),
  });
  const onSort = (key) => say(text, sort.key === key && !sort.down ? `-${key}` : key);
  return (
    <div class={`list ${folded ? "folded" : ""}`}>
      <aside aria-label="facets">
        {!folded && counts.map(([f, values]) => values.some(([w, of]) => of < order.length || has(text, term(f, w))) && (
          <fieldset key={f}>
            <legend>{NAMES[f] ?? f}</legend>
            {values.map(([word, of]) => (
              <button key={word} type="button" aria-pressed={has(text, term(f, word))} onClick={() => say(toggle(text, term(f, word)))}>
                <span>{f === "verdict" && SIGNS[word] ? `${SIGNS[word]} ` : ""}{shown(short(word, 60))}</span> <small>{number(of)}</small>
              </button>
            ))}
          </fieldset>
        ))}
      </aside>
      <div class="main">
        <div class="bar">
          <input ref={box} type="search" value={text} onInput={(e) => say(e.target.value)} aria-label={`filter ${what}`} spellcheck={false}
            placeholder={`filter: words, key:value, ${what === "problems" ? "rate<50%" : "verdict:fail"}   ( / )`} />
          <button type="button" aria-pressed={full} title="f: words are looked for in whole prompts, golds, tests and samples" onClick={() => say(text, query.sort, full ? undefined : "1")}>full text</button>
          <button type="button" aria-expanded={!folded} onClick={() => fold(!folded)}>facets</button>
          <button type="button" aria-pressed={sort.key === "doubt" && sort.down} title="d" onClick={() => say(text, sort.key === "doubt" && sort.down ? undefined : "-doubt")}>most doubtful first</button>
          <span class="note" role="status">{number(order.length)} of {number(n)} {what}{searched.share < 1 && `; ${Math.floor(100 * searched.share)}% of the texts searched`}{note && `; ${note}`}</span>
        </div>
        {(faults.length > 0 || searched.fault) && <p class="fault" role="alert">{shown([...faults, searched.fault].filter(Boolean).join("; "))}</p>}
        <Grid columns={columns} order={order} href={(i) => href(i, query)} label={label} sort={sort} onSort={onSort} name={what} empty={n ? `no ${what} fit the filter` : `no ${what} yet`} />
      </div>
    </div>
  );
}
