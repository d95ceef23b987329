// One problem: prompt, gold or tests, answer classes, its samples, and one of them in full.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { diffLines, diffWordsWithSpace } from "diff";
import { canMark, mark as sendMark } from "./data.js";
import { words } from "./filter.js";
import { Grid } from "./grid.jsx";
import { useNeighbours } from "./lists.jsx";
import { go, link } from "./route.js";
import { Copy, number, short, useAnswer, useKeys, Verdict, Waiting } from "./parts.jsx";
import { Code, Plain, Rich, shown } from "./text.jsx";

export function Problem({ run, id, query, version }) {
  const list = useAnswer(["run", run, "problems"], version);
  const place = useMemo(() => list.data?.columns.id.indexOf(id), [list.data, id]);
  const [marked, setMarked] = useState(0);
  const answer = useAnswer(place >= 0 ? ["run", run, "problem", place] : null, `${version} ${marked}`);
  if (!list.data) return <Waiting answer={list} what="the problems" />;
  if (place < 0) return <p class="fault" role="alert">this run has no problem {shown(id)}</p>;
  if (!answer.data) return <Waiting answer={answer} what={`problem ${id}`} />;
  return <Page key={id} run={run} list={list.data} place={place} data={answer.data} query={query} again={() => setMarked(marked + 1)} />;
}

// Where the words of a filter stand in what is shown, marked by the browser (where it can).
function useMarkedWords(root, wanted) {
  const key = words(wanted ?? "").join("\n");
  useEffect(() => {
    if (!key || !globalThis.CSS?.highlights) return;
    const look = () => {
      const ranges = [], walk = document.createTreeWalker(root.current, NodeFilter.SHOW_TEXT);
      while (walk.nextNode() && ranges.length < MOST_MARKED) {
        const node = walk.currentNode, low = node.data.toLowerCase(), text = low.length === node.data.length ? low : node.data;
        for (const word of key.split("\n"))
          for (let at = text.indexOf(word); at >= 0 && ranges.length < MOST_MARKED; at = text.indexOf(word, at + word.length)) {
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + word.length);
            ranges.push(range);
          }
      }
      CSS.highlights.set("searched", new Highlight(...ranges));
    };
    look();
    const watch = new MutationObserver(look);
    watch.observe(root.current, { childList: true, subtree: true, characterData: true });
    return () => (watch.disconnect(), CSS.highlights.delete("searched"));
  }, [key]);
}

const MOST_MARKED = 1000;

function Page({ run, list, place, data, query, again }) {
  const root = useRef(), ids = list.columns.id, order = useNeighbours(run, list, query), stand = order.indexOf(place);
  const before = stand > 0 ? ids[order[stand - 1]] : undefined, after = stand >= 0 ? ids[order[stand + 1]] : undefined;
  const { from, by, full, find } = query, back = { q: from, sort: by, full };
  useMarkedWords(root, find ?? from);
  const [only, setOnly] = useState(null);
  const samples = data.samples, wanted = Number(query.s);
  const at = Math.max(0, samples.findIndex((s) => s.index === wanted));
  const sample = samples[at];
  const address = (more) => ["run", run, "problem", data.id, { ...query, ...more }];
  const open = (more) => go(address(more).slice(0, 4), { ...query, ...more });
  const shownOnes = useMemo(() => samples.map((_, i) => i).filter((i) => only === null || samples[i].class === only), [samples, only]);
  const step = (by) => {
    const next = shownOnes[shownOnes.indexOf(at) + by] ?? (shownOnes.includes(at) ? undefined : shownOnes[0]);
    if (next !== undefined) open({ s: samples[next].index, diff: undefined });
  };
  const turn = (to) => to !== undefined && go(["run", run, "problem", to], { from, by, full });
  useKeys({ j: () => step(1), k: () => step(-1), n: () => turn(after), p: () => turn(before), u: () => go(["run", run, "problems"], back) });
  return (
    <article ref={root} class="problem" aria-label={`problem ${data.id}`}>
      <header class="crown">
        <h1><a class="soft" href={link(["run", run, "problems"], back)}>problems</a> / {shown(data.id)}</h1>
        <span class="buttons">
          <button type="button" disabled={before === undefined} onClick={() => turn(before)} title="p">‹ previous</button>
          <button type="button" disabled={after === undefined} onClick={() => turn(after)} title="n">next ›</button>
          <Copy text={() => location.href} label="Copy link" />
        </span>
      </header>
      <div class="two-sides">
        <div class="left">
          <Prompt data={data} />
          <Found run={run} data={data} />
          <Truth data={data} />
          {data.classes.length > 0 && <Classes data={data} only={only} setOnly={setOnly} />}
          <SampleRows run={run} data={data} rows={shownOnes} at={at} query={query} />
        </div>
        <div class="right">
          {sample ? <Sample key={sample.index} run={run} problem={data} sample={sample} query={query} open={open} step={step} again={again} /> : <p class="note">no samples yet</p>}
        </div>
      </div>
    </article>
  );
}

function Prompt({ data }) {
  return (
    <section class="card" aria-label="prompt">
      <h2>prompt <Copy text={() => data.prompt.map((m) => m.content).join("\n\n")} /></h2>
      {data.prompt.map((message, i) => (
        <div key={i} class="message">
          {data.prompt.length > 1 && <small class="role">{shown(String(message.role))}</small>}
          {data.entry_point && /^(from|import|def|class|#|@)/.test(message.content) ? <Code text={message.content} language="python" /> : <Rich text={String(message.content)} />}
        </div>
      ))}
      <p class="note">{[data.source, data.split, ...data.flags].filter(Boolean).map(shown).join(" · ")}</p>
      {Object.keys(data.meta).length > 0 && <details><summary>further columns</summary><Plain text={JSON.stringify(data.meta, null, 1)} /></details>}
    </section>
  );
}

const TOLD = {
  dropped: "in no training file", contaminated_by: "holds an item of", duplicate_of: "equal to", similar_to: "nearly equal to", variant_of: "with other numbers, the same as",
};

// What an audit and the last export found of the problem.
function Found({ run, data }) {
  const told = Object.entries(data.told ?? {}), findings = Object.entries(data.findings ?? {});
  if (!told.length && !findings.length) return null;
  return (
    <section class="card" aria-label="what was found">
      <h2>found of this problem</h2>
      {findings.map(([kind, words]) => <p key={kind} class="doubted"><strong>{kind}</strong>: {shown(words)}</p>)}
      {told.map(([what, value]) => <p key={what} class="doubted"><strong>{TOLD[what]}</strong> {what.endsWith("_of") || what === "similar_to" ? <a href={link(["run", run, "problem", value])}>{shown(value)}</a> : shown(value)}</p>)}
    </section>
  );
}

const text = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 1));

function Truth({ data }) {
  const pairs = Array.isArray(data.tests) && data.tests.every((t) => t && typeof t === "object" && "input" in t);
  return (
    <section class="card" aria-label="gold and tests">
      {data.gold !== null && <><h2>gold answer <Copy text={data.gold} /></h2><div class="truth"><Rich text={/[\\^_]/.test(data.gold) && !/[$]|\\[([]/.test(data.gold) ? `$${data.gold}$` : data.gold} /></div></>}
      {data.tests !== null && <h2>tests <Copy text={() => text(data.tests)} /></h2>}
      {pairs ? (
        <details open={data.tests.length <= 5}><summary>{data.tests.length} pairs of input and output</summary>
          <div class="wide"><table><thead><tr><th>#</th><th>input</th><th>expected</th></tr></thead>
            <tbody>{data.tests.slice(0, 50).map((t, i) => <tr key={i}><td>{i}</td><td><pre>{shown(short(text(t.input), 2000))}</pre></td><td><pre>{shown(short(text(t.output ?? ""), 2000))}</pre></td></tr>)}</tbody></table></div>
        </details>
      ) : data.tests !== null && <details open={text(data.tests).length < 1500}><summary>test code{data.entry_point && <> of <code>{shown(data.entry_point)}</code></>}</summary><Code text={text(data.tests)} language={typeof data.tests === "string" ? "python" : "json"} /></details>}
      {data.gold === null && data.tests === null && <p class="note">neither a gold answer nor tests: nothing can be verified</p>}
    </section>
  );
}

function Classes({ data, only, setOnly }) {
  const all = data.classes.reduce((sum, c) => sum + c.votes, 0);
  return (
    <section class="card" aria-label="answer classes">
      <h2>answers and their votes <small class="soft">majority {data.majority}</small></h2>
      <ul class="classes">
        {data.classes.map((c) => (
          <li key={c.label}>
            <button type="button" aria-pressed={only === c.label} onClick={() => setOnly(only === c.label ? null : c.label)}
              aria-label={`${c.answer}: ${c.votes} of ${all} votes, ${c.right ? "right" : "not right"}; show only these samples`}>
              <i class={c.right ? "pass" : (c.verdicts.fail ?? 0) ? "fail" : "abstain"} style={{ width: `${(100 * c.votes) / all}%` }} aria-hidden="true" />
              <span class="what">{c.right ? "✓ " : ""}{shown(short(c.answer, 60))}{c.spellings > 1 && <small> {c.spellings} spellings</small>}</span>
              <span class="figure">{c.votes}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function SampleRows({ run, data, rows, at, query }) {
  const s = data.samples;
  const columns = [
    { key: "index", title: "#", figure: true, cell: (i) => s[i].index },
    { key: "state", title: "verdict", cell: (i) => <Verdict of={s[i].mark?.counts ? s[i].mark.verdict : s[i].verdict} label={s[i].mark?.counts ? `${s[i].mark.verdict} (marked)` : undefined} /> },
    { key: "title", title: "answer", wide: true, cell: (i) => shown(short(s[i].answer ?? "", 80)) },
    ...(s.some((x) => x.value !== null) ? [{ key: "value", title: "value", figure: true, cell: (i) => (s[i].value === null ? "" : Number(s[i].value.toPrecision(3))) }] : []),
    { key: "tokens", title: s.some((x) => x.tokens !== null) ? "tokens" : "length", figure: true, cell: (i) => number(s[i].tokens ?? s[i].text.length) },
    ...(s.some((x) => x.export || x.beyond) ? [{ key: "export", title: "export", cell: (i) => shown(s[i].beyond ? "beyond the stop" : s[i].export) }] : []),
    ...(s.some((x) => x.doubts.length) ? [{ key: "doubt", title: "doubt", cell: (i) => (s[i].doubts.length ? <span class="doubt">{s[i].doubts[0].kind}</span> : "") }] : []),
  ];
  return (
    <section class="card samples" style={{ "--rows": rows.length }} aria-label="samples">
      <Grid columns={columns} order={rows} selected={at} name="samples" empty="no samples"
        href={(i) => link(["run", run, "problem", data.id], { ...query, s: s[i].index, diff: undefined })} label={(i) => `sample ${s[i].index}: ${s[i].verdict}, ${short(s[i].answer ?? "no answer", 40)}`} />
    </section>
  );
}

const stored = { rich: true };

export function Sample({ run, problem, sample, query, open, step, again, alone }) {
  const [rich, setRich] = useState(stored.rich), [raw, setRaw] = useState(false), [marking, setMarking] = useState(false), [thinks, setThinks] = useState(false);
  const other = problem.samples.find((s) => String(s.index) === query.diff);
  const flip = () => setRich((stored.rich = !rich));
  const compare = () => {
    const against = problem.samples.find((s) => s.index !== sample.index && s.verdict !== sample.verdict) ?? problem.samples.find((s) => s.index !== sample.index);
    open({ s: sample.index, diff: other ? undefined : against?.index });
  };
  useKeys(alone ? {} : { r: flip, x: () => setRaw(!raw), m: () => canMark && setMarking(!marking), c: compare, t: () => setThinks(!thinks) });
  const program = sample.scores.some((s) => s.details?.tests || s.details?.mode);
  return (
    <section class="card sample" aria-label={`sample ${sample.index}`}>
      <header>
        <h2>{alone && `${shown(problem.id)}, `}sample {sample.index} <Verdict of={sample.verdict} />{sample.mark && <Marked mark={sample.mark} />}</h2>
        <span class="buttons">
          {!alone && <>
            <button type="button" onClick={() => step(-1)} title="k" aria-label="previous sample">‹</button>
            <button type="button" onClick={() => step(1)} title="j" aria-label="next sample">›</button>
          </>}
          <Copy text={sample.text} label="Copy text" />
          <button type="button" aria-pressed={!rich} onClick={flip} title="r">plain</button>
          {!alone && problem.samples.length > 1 && <button type="button" aria-pressed={Boolean(other)} onClick={compare} title="c">diff</button>}
          <button type="button" aria-pressed={raw} onClick={() => setRaw(!raw)} title="x">JSON</button>
          {!alone && canMark && <button type="button" aria-expanded={marking} onClick={() => setMarking(!marking)} title="m">doubt</button>}
        </span>
      </header>
      <p class="note facts">
        {[sample.tokens !== null && `${number(sample.tokens)} tokens`, `${number(sample.text.length)} characters`, `ended by ${shown(sample.finish)}`, sample.export && `export: ${shown(sample.export)}`,
          sample.beyond && "beyond the stop: counts nowhere", sample.logprob !== null && `log-probability ${sample.logprob.toFixed(1)}`, sample.seed !== null && `seed ${sample.seed}`].filter(Boolean).join(" · ")}
      </p>
      {alone && <details><summary>prompt{problem.gold !== null && <>, gold {shown(short(problem.gold, 60))}</>}</summary>{problem.prompt.map((m, i) => <Plain key={i} text={String(m.content)} />)}</details>}
      {marking && <MarkForm run={run} problem={problem} sample={sample} done={() => (setMarking(false), again())} />}
      {sample.doubts.map((d) => <p key={d.kind} class="doubted"><strong>{d.kind}</strong>: {shown(d.words)}</p>)}
      <Scores sample={sample} tests={problem.tests} />
      {raw ? <><Copy text={() => JSON.stringify(sample, null, 1)} label="Copy JSON" /><Code text={JSON.stringify(sample, null, 1)} language="json" /></> : other ? (
        <Diff a={other} b={sample} samples={problem.samples} choose={(index) => open({ s: sample.index, diff: index })} />
      ) : (
        <>
          {sample.reasoning && <details class="reasoning" open={thinks} onToggle={(e) => setThinks(e.target.open)}><summary>reasoning, {number(sample.reasoning.length)} characters</summary>{thinks && (rich ? <Rich text={sample.reasoning} /> : <Plain text={sample.reasoning} />)}</details>}
          <div class="answer" aria-label="text">
            {!sample.text ? <p class="note">the text is empty</p> : !rich ? <Plain text={sample.text} span={sample.span} />
              : program && !/```|~~~/.test(sample.text) ? <Code text={sample.text} language="python" /> : <Rich text={sample.text} span={program ? null : sample.span} />}
          </div>
        </>
      )}
    </section>
  );
}

function Scores({ sample, tests }) {
  return (
    <div class="scores">
      {sample.scores.length === 0 && <p class="note">not judged yet</p>}
      {sample.scores.map((s, i) => {
        const { tests: results, ...details } = s.details ?? {};
        return (
          <div key={i} class="score">
            <Verdict of={s.verdict} /> <strong>{shown(s.scorer)}</strong>
            {s.value !== null && <span> {Number(s.value.toPrecision(4))}</span>}
            {s.answer !== null && !results && <span> read <code>{shown(short(s.answer, 200))}</code></span>}
            {s.reason && <span class="reason"> {shown(s.reason)}</span>}
            {results && <Tests results={results} given={tests} of={details.of} />}
            <details><summary>version {shown(short(s.version, 40))}, {s.seconds.toFixed(3)} s</summary><Plain text={JSON.stringify(details, null, 1)} /></details>
          </div>
        );
      })}
    </div>
  );
}

// What a test asked, what was expected and what came: from the test's own text where it is an assert.
function Tests({ results, given, of }) {
  const pairs = Array.isArray(given) ? given : null;
  const failed = results.filter((r) => r.status !== "pass").length;
  const rows = results.map((r, i) => {
    const pair = pairs?.[i];
    if (pair && typeof pair === "object" && "input" in pair) return [text(pair.input), text(pair.output ?? ""), r];
    const said = r.test.match(/^(?:assert\s+)?([\s\S]+?)\s*==\s*([\s\S]+)$/);
    return said ? [said[1], said[2], r] : [r.test, "", r];
  });
  return (
    <details class="tests" open={failed > 0 || results.length <= 6}>
      <summary>{results.length - failed} of {results.length} shown tests passed{of > results.length && `, ${of} in all`}</summary>
      <div class="wide"><table>
        <thead><tr><th>test</th><th>expected</th><th>got</th><th>verdict</th></tr></thead>
        <tbody>{rows.map(([input, expected, r], i) => (
          <tr key={i} class={r.status === "pass" ? "" : "wrong"}>
            <td><code>{shown(short(input, 300))}</code></td><td><code>{shown(short(expected, 300))}</code></td>
            <td>{r.reason ? <code>{shown(short(r.reason, 400))}</code> : r.status === "pass" ? "as expected" : ""}</td>
            <td><Verdict of={r.status === "pass" ? "pass" : "fail"} label={r.status.replaceAll("_", " ")} /></td>
          </tr>
        ))}</tbody>
      </table></div>
    </details>
  );
}

function Diff({ a, b, samples, choose }) {
  const parts = useMemo(() => {
    if (a.text.length + b.text.length < 20_000) {
      const words = diffWordsWithSpace(a.text, b.text, { timeout: 400 });
      if (words) return words;
    }
    return diffLines(a.text, b.text, { timeout: 1000 }) ?? [{ value: a.text, removed: true }, { value: b.text, added: true }];
  }, [a, b]);
  return (
    <div class="diff">
      <label>from sample <select value={a.index} onChange={(e) => choose(e.target.value)}>
        {samples.filter((s) => s.index !== b.index).map((s) => <option key={s.index} value={s.index}>{s.index}: {s.verdict}, {short(s.answer ?? "no answer", 30)}</option>)}
      </select> to sample {b.index}</label>
      <pre class="plain" tabIndex={0}>{parts.map((p, i) => (p.added ? <ins key={i}>{shown(p.value)}</ins> : p.removed ? <del key={i}>{shown(p.value)}</del> : <span key={i}>{shown(p.value)}</span>))}</pre>
    </div>
  );
}

const Marked = ({ mark }) => <span class="marked" title={mark.note}> marked {mark.verdict}{!mark.counts && " (of an earlier text or gold)"}{mark.note && `: ${short(mark.note, 80)}`}</span>;

function MarkForm({ run, problem, sample, done }) {
  const first = useRef(), [fault, setFault] = useState("");
  const [verdict, setVerdict] = useState(sample.mark?.verdict ?? (sample.verdict === "pass" ? "fail" : "pass"));
  const [note, setNote] = useState(sample.mark?.note ?? "");
  useEffect(() => first.current.focus(), []);
  const send = async (said) => {
    try {
      await sendMark(run, { problem: problem.id, about: sample.about, sample: sample.index, verdict: said, note });
      done();
    } catch (error) {
      setFault(error.message);
    }
  };
  return (
    <form class="mark" onSubmit={(e) => (e.preventDefault(), send(verdict))}>
      <label>it should be <select ref={first} value={verdict} onChange={(e) => setVerdict(e.target.value)}>
        {["pass", "fail", "abstain"].map((v) => <option key={v} value={v}>{v}</option>)}
      </select></label>
      <label class="grow">because <input value={note} onInput={(e) => setNote(e.target.value)} maxLength={4000} /></label>
      <button type="submit">Save the mark</button>
      {sample.mark && <button type="button" onClick={() => send(null)}>Take it away</button>}
      {fault && <p class="fault" role="alert">{fault}</p>}
    </form>
  );
}
