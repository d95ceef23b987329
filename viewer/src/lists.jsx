// The problems of a run, and all its samples: filter box, facets, sorted grids.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Grid } from "./grid.jsx";
import { has, term, toggle } from "./filter.js";
import { ranks, sorting, useOrder } from "./order.js";
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

const PROBLEM_COLUMNS = ({ columns: c, words }, rank) => [
  { key: "id", title: "problem", sort: (i) => rank[i], cell: (i) => shown(c.id[i]) },
  { key: "title", title: "prompt", wide: true, cell: (i) => shown(c.title[i]) },
  { key: "gold", title: "gold", cell: (i) => shown(c.gold[i]) },
  { key: "rate", title: "pass rate", figure: true, sort: (i) => rate(c, i), cell: (i) => <><Share c={c} i={i} /> {percent(rate(c, i), 0)}</> },
  { key: "samples", title: "n", hint: "samples", figure: true, sort: (i) => c.samples[i], cell: (i) => c.samples[i] },
  ...(c.majority ? [{ key: "majority", title: "majority", sort: (i) => words.majority[c.majority[i]], cell: (i) => <Majority of={words.majority[c.majority[i]]} /> }] : []),
  ...(c.tokens.some((t) => t !== null) ? [{ key: "tokens", title: "tokens", hint: "mean of a sample", figure: true, sort: (i) => c.tokens[i], cell: (i) => number(c.tokens[i]) }]
    : c.chars ? [{ key: "tokens", title: "length", hint: "characters, mean of a sample", figure: true, sort: (i) => c.chars[i], cell: (i) => number(c.chars[i]) }] : []),
  ...(c.flag.some((f) => f.length) || c.dropped.some(Boolean) ? [{ key: "flags", title: "flags", hint: "what was found of the problem, and why it is in no training file", sort: (i) => words.dropped[c.dropped[i]] || null,
    cell: (i) => <span class="doubt">{shown(words.dropped[c.dropped[i]] || c.flag[i].map((f) => words.flag[f]).join(", "))}</span> }] : []),
  ...(c.accepted.some(Boolean) ? [{ key: "accepted", title: "kept", hint: "accepted by the last export", figure: true, sort: (i) => c.accepted[i], cell: (i) => c.accepted[i] || "" }] : []),
  ...(c.doubt?.some(Boolean) ? [{ key: "doubt", title: "doubt", hint: "why to look at a verdict again", sort: (i) => c.doubt[i], cell: (i) => (c.doubt[i] ? <span class="doubt">{words.doubt_kind[c.doubt_kind[i]]}</span> : "") }] : []),
];

const Majority = ({ of }) => (of === "right" ? <Verdict of="pass" label="right" /> : of === "wrong" ? <Verdict of="fail" label="wrong" /> : of ? <Verdict of="abstain" label={of} /> : "");

const PROBLEM_FACETS = ["is", "verdict", "majority", "finding", "why", "flag", "dropped", "scorer", "kind", "level", "source", "split"];
const NAMES = { is: "state", verdict: "has a sample with", kind: "error kind", why: "doubt", scorer: "scorer said", flag: "flags", dropped: "in no training file", finding: "audit finds", export: "export", finish: "end" };

const HARDEST = { key: "rate", down: false };

// What the list of problems is made of.
function useProblems(data) {
  return useMemo(() => {
    const c = data.columns;
    return {
      n: data.n, keys: problemKeys(data), columns: PROBLEM_COLUMNS(data, ranks(c.id)), version: data,
      texts: (i) => `${c.id[i]} ${c.title[i]} ${c.gold[i]}`,
      places: (found, i) => found.prompts.has(i) || found.samples.has(i),
    };
  }, [data]);
}

// The places of problems as the list shows them from which one was opened (its address says so); else in order of id.
export function useNeighbours(run, data, { from = "", by = "id", full }) {
  return useOrder({ run, ...useProblems(data), text: from, sort: sorting(by), full: full === "1" }).order;
}

function ProblemList({ run, query, data }) {
  const list = useProblems(data), c = data.columns;
  return (
    <List run={run} what="problems" query={query} {...list} facets={PROBLEM_FACETS} standard={HARDEST}
      href={(i, { q, sort, full }) => link(["run", run, "problem", c.id[i]], { from: q, by: sort ?? HARDEST.key, full })}
      label={(i) => `${c.id[i]}: ${percent(rate(c, i), 0)} of ${c.samples[i]} samples pass`}
      note={data.judged ? "" : "votes and doubts are still being counted"} />
  );
}

export function Samples({ run, query, version }) {
  const answer = useAnswer(["run", run, "samples"], version);
  const problems = useAnswer(["run", run, "problems"], version);
  if (!answer.data || !problems.data) return <Waiting answer={answer.error ? answer : problems} what="the samples" />;
  return <SampleList run={run} query={query} data={answer.data} problems={problems.data} />;
}

// "scorer: verdict" in few letters.
function Said({ of }) {
  const at = of.lastIndexOf(": "), verdict = of.slice(at + 2);
  return <span class={`verdict ${verdict}`} title={of}><span aria-hidden="true">{SIGNS[verdict]}</span><span class="unseen">{verdict}</span> {shown(of.slice(0, at))} </span>;
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
  const rank = useMemo(() => ranks(p.id), [problems]);
  const columns = useMemo(() => [
    { key: "id", title: "problem", sort: (i) => rank[c.problem[i]], cell: (i) => shown(p.id[c.problem[i]]) },
    { key: "index", title: "#", figure: true, sort: (i) => c.index[i], cell: (i) => c.index[i] },
    { key: "state", title: "verdict", sort: (i) => c.verdict[i], cell: (i) => <Verdict of={VERDICTS[c.verdict[i]]} /> },
    { key: "title", title: "answer", wide: true, cell: (i) => shown(words.answer[c.answer[i]]) },
    { key: "gold", title: "gold", cell: (i) => shown(p.gold[c.problem[i]]) },
    ...(c.said_of ? [{ key: "said", title: "scorers", cell: (i) => c.said_of[i].map((w) => <Said key={w} of={words.said_of[w]} />) }] : []),
    ...(c.value ? [{ key: "value", title: "value", figure: true, sort: (i) => c.value[i], cell: (i) => c.value[i] ?? "" }] : []),
    ...(c.tokens ? [{ key: "tokens", title: "tokens", figure: true, sort: (i) => c.tokens[i], cell: (i) => number(c.tokens[i]) }]
      : c.chars ? [{ key: "tokens", title: "length", figure: true, sort: (i) => c.chars[i], cell: (i) => number(c.chars[i]) }] : []),
    ...(words.export.length > 1 && c.export.some(Boolean) ? [{ key: "export", title: "export", sort: (i) => words.export[c.export[i]], cell: (i) => shown(words.export[c.export[i]]) }] : []),
    ...(c.doubt?.some(Boolean) ? [{ key: "doubt", title: "doubt", sort: (i) => c.doubt[i], cell: (i) => (c.doubt[i] ? <span class="doubt">{words.doubt_kind[c.doubt_kind[i]]}</span> : "") }] : []),
  ], [data, problems]);
  return (
    <List run={run} what="samples" query={query} n={data.n} keys={keys} columns={columns}
      facets={["verdict", "scorer", "kind", "export", "why", "finish", "level", "source"]}
      texts={(i) => `${p.id[c.problem[i]]} ${words.answer[c.answer[i]]} ${p.title[c.problem[i]]}`}
      standard={{ key: "id", down: false }} href={(i, { q }) => link(["run", run, "problem", p.id[c.problem[i]]], { s: c.index[i], find: q })}
      label={(i) => `${p.id[c.problem[i]]}, sample ${c.index[i]}: ${VERDICTS[c.verdict[i]]}`}
      places={(found, i) => found.prompts.has(c.problem[i]) || Boolean(found.samples.get(c.problem[i])?.has(c.index[i]))} version={data}
      note={data.judged ? "" : "votes and doubts are still being counted"} />
  );
}

function List({ run, what, query, n, keys, columns, facets, texts, places, version, standard, href, label, note }) {
  const box = useRef();
  const [folded, fold] = useState(() => innerWidth < 1100);
  const text = query.q ?? "", sort = sorting(query.sort) ?? standard;
  const say = (q, by = query.sort, full = query.full) => go(["run", run, what], { q, sort: by, full }, { replace: true });
  const full = query.full === "1";
  const { order, searched, faults } = useOrder({ run, n, keys, columns, texts, places, version, text, sort, full });
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
        <Grid columns={columns} order={order} href={(i) => href(i, query)} label={label} sort={sort} onSort={onSort} name={what} alone empty={n ? `no ${what} fit the filter` : `no ${what} yet`} />
      </div>
    </div>
  );
}
