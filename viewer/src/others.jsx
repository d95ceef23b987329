// The list of runs, a loop, two runs side by side, the marks of a run, and help.
import { Plot } from "./charts.jsx";
import { mode } from "./data.js";
import { link, go } from "./route.js";
import { Band, Copy, number, percent, Section, short, Table, useAnswer, useKeys, Verdict, Waiting } from "./parts.jsx";
import { Rich, shown } from "./text.jsx";
import { useState } from "preact/hooks";

const RUN_COLUMNS = [
  ["run", (r) => r.name], ["problems from", (r) => r.source], ["model", (r) => r.model], ["problems", (r) => r.problems], ["completions", (r) => r.completions],
  ["pass rate", (r) => r.pass_rate], ["pass@1", (r) => r["pass@1"]?.mean], ["accepted", (r) => r.accepted], ["changed", (r) => r.changed],
];

export function Runs({ version }) {
  const answer = useAnswer(["runs"], version);
  const [first, setFirst] = useState(""), [by, setBy] = useState({ at: 8, down: true });
  if (!answer.data) return <Waiting answer={answer} what="the runs" />;
  const { runs, loops } = answer.data;
  const whole = runs.filter((r) => !r.fault), get = RUN_COLUMNS[by.at][1], sign = by.down ? -1 : 1;
  whole.sort((a, b) => ((x, y) => (x === y ? 0 : x === null || x === undefined ? 1 : y === null || y === undefined ? -1 : (x < y ? -1 : 1) * sign))(get(a), get(b)));
  const head = RUN_COLUMNS.map(([title], at) => (
    <button type="button" onClick={() => setBy({ at, down: by.at === at && !by.down })}>{title}{by.at === at ? (by.down ? " ↓" : " ↑") : ""}</button>
  ));
  return (
    <article aria-label="runs">
      <header class="crown"><h1>Runs</h1></header>
      {loops.length > 0 && <Section title="Loops"><ul>{loops.map((l) => <li key={l.name}><a href={link(["loop", l.name])}>{shown(l.name)}</a></li>)}</ul></Section>}
      <Table label="runs" words={3} head={[...head, ""]}
        rows={[...whole, ...runs.filter((r) => r.fault)].map((r) => (r.fault ? [<a href={link(["run", r.name])}>{shown(r.name)}</a>, <span class="fault">{shown(r.fault)}</span>] : [
          <a href={link(["run", r.name])}>{shown(r.name)}</a>, shown(short(r.source, 40)), shown(short(r.model, 40)), number(r.problems), number(r.completions), percent(r.pass_rate),
          r["pass@1"] ? <Band of={r["pass@1"]} /> : "–", number(r.accepted), <small>{r.changed.replace("T", " ").slice(0, 16)}</small>,
          first === r.name ? <small>… with</small> : <button type="button" onClick={() => (first ? go(["compare", first, r.name]) : setFirst(r.name))}>{first ? "with this" : "compare"}</button>,
        ]))} />
    </article>
  );
}

const signed = (x) => `${x >= 0 ? "+" : "−"}${(100 * Math.abs(x)).toFixed(1)}`;

export function Compare({ before, after }) {
  const answer = useAnswer(["compare", before, after]);
  if (!answer.data) return <Waiting answer={answer} what="both runs" />;
  const d = answer.data;
  const side = (name, place, id) => (place === null || place === undefined ? shown(id) : <a href={link(["run", name, "problem", id])}>{shown(id)}</a>);
  return (
    <article aria-label="comparison">
      <header class="crown"><h1><a href={link(["run", before])}>{shown(before)}</a> <span class="soft">and</span> <a href={link(["run", after])}>{shown(after)}</a></h1>
        <button type="button" onClick={() => go(["compare", after, before])}>the other way round</button></header>
      {d.refused ? <p class="fault" role="alert">{shown(d.refused)}</p> : <>
        <Section title="What differs in their making" note={d.graders ? "Verdicts come from other scorers or versions: a difference may be the graders'." : ""}>
          {d.differs.length ? <Table words={3} head={["", before, after]} rows={d.differs.map((x) => [shown(x.key), <code>{shown(short(JSON.stringify(x.before) ?? "", 100))}</code>, <code>{shown(short(JSON.stringify(x.after) ?? "", 100))}</code>])} /> : <p>nothing</p>}
          {(d.only[0] > 0 || d.only[1] > 0) && <p class="note">Problems of one run alone, in no figure: {d.only[0]} and {d.only[1]}.</p>}
          {d.result.left_out > 0 && <p class="note">Problems without a verdict in one run, in no figure: {number(d.result.left_out)}.</p>}
          {d.notes.length > 0 && <ul class="warning">{d.notes.map((line) => <li key={line}>{shown(line)}</li>)}</ul>}
        </Section>
        <Section title="Figures" note={`${number(d.result.problems)} problems of both; the difference is paired by problem, with its 95 % interval. Where that holds 0, no difference is shown.`}>
          <Table label="figures" head={["", before, after, "difference, points", ""]} rows={d.result.changes.map((c) => [c.figure, percent(c.before.mean), percent(c.after.mean),
            <span>{signed(c.change.mean)} <small>{signed(c.change.low)} to {signed(c.change.high)}</small></span>, shown(c.finding)])} />
          <p>First sample of each problem: {d.result.mcnemar.won} problems won, {d.result.mcnemar.lost} lost (McNemar's exact test, p = {Number(d.result.mcnemar.p.toPrecision(3))}).</p>
        </Section>
        <Section title={`Flips: ${number(d.result.flips.length)}`} note="Problems that one run alone mostly solves; each name opens the problem in that run.">
          <Table label="flips" words={3} head={[`in ${before}`, `in ${after}`, "", "right before", "right after"]} rows={d.result.flips.slice(0, 500).map((f) => [
            side(before, f.places?.[0], f.problem_id), side(after, f.places?.[1], f.problem_id), f.after[0] / f.after[1] > f.before[0] / f.before[1] ? <Verdict of="pass" label="won" /> : <Verdict of="fail" label="lost" />, `${f.before[0]} of ${f.before[1]}`, `${f.after[0]} of ${f.after[1]}`])} />
        </Section>
      </>}
    </article>
  );
}

export function Loop({ name, version }) {
  const answer = useAnswer(["loop", name], version);
  if (!answer.data) return <Waiting answer={answer} what="the loop" />;
  const { rounds, best, stopped, warnings, traces } = answer.data, done = rounds.filter((r) => r.metrics);
  const n = done[0]?.metrics.held_out.n, x = done.map((r) => r.round);
  const line = (label, get, colour) => ({ name: label, x, colour, y: done.map((r) => get(r)?.mean ?? null), low: done.map((r) => get(r)?.low ?? null), high: done.map((r) => get(r)?.high ?? null) });
  const plain = (label, get, colour) => ({ name: label, x, colour, y: done.map((r) => get(r) ?? null) });
  const run = (r, part, words) => (r.runs[part] ? <a href={link(["run", r.runs[part]])}>{words}</a> : mode === "page" && r.reports[part] ? <a href={r.reports[part]}>{words}</a> : "");
  return (
    <article aria-label="loop">
      <header class="crown"><h1>{shown(name)}</h1></header>
      <p class="note">{done.length} rounds finished{best !== null && best !== undefined ? `; best: round ${best}` : ""}{stopped && `; stopped: ${stopped}`}</p>
      {warnings.length > 0 && <ul class="warning">{warnings.map((w) => <li key={w}>{shown(w)}</li>)}</ul>}
      {done.length > 0 && <Section title="Held-out problems after each round" note="Intervals are 95 %, over problems.">
        <div class="two">
          <Plot title="shares right by round" x="round" share lines={[line("pass@1", (r) => r.metrics.held_out.pass_1, 0), line(`maj@${n}`, (r) => r.metrics.held_out.maj_n, 1), line(`pass@${n}`, (r) => r.metrics.held_out.pass_n, 2)]} />
          <Plot title="distance and diversity by round" x="round" y="nats" lines={[plain("KL from the base policy", (r) => r.kl, 0), plain("entropy of a problem's answers", (r) => r.metrics.held_out.answer_entropy, 1)]} />
        </div>
        <Table label="rounds" words={2} head={["round", "runs", "pass@1", `maj@${n}`, `pass@${n}`, "answers", "accepted", "KL", "seconds"]} rows={rounds.map((r) => {
          const h = r.metrics?.held_out, s = r.metrics?.samples;
          return [`${r.round}${r.round === best ? " (best)" : ""}`, <>{[...new Set([...Object.keys(r.runs), ...Object.keys(r.reports)])].map((part) => <span key={part}>{run(r, part, shown(part))} </span>)}</>, ...(h ? [<Band of={h.pass_1} />, <Band of={h.maj_n} />, <Band of={h.pass_n} />, h.distinct_answers?.toFixed(2) ?? "",
            s ? `${number(s.accepted)} of ${number(s.completions)}` : "", r.kl === null || r.kl === undefined ? "" : r.kl.toFixed(2), Object.values(r.metrics.seconds).reduce((a, b) => a + b, 0).toFixed(0)] : ["running"])];
        })} />
      </Section>}
      {traces.length > 0 && <Section title="Traces before and after" note="The first sample of held-out problems, by the base model and by the best round's; those that got better first, then those that got worse.">
        {traces.map((t) => (
          <div class="card" key={t.id}>
            <div class="message"><strong>{shown(t.id)}</strong> <Rich text={t.prompt} />{t.gold !== null && <p class="note">gold: {shown(t.gold)}</p>}</div>
            <div class="two">{["before", "after"].map((side) => <div key={side}><p><small class="role">{side}</small> <Verdict of={t[side].verdict} /></p><Rich text={t[side].text} /></div>)}</div>
          </div>
        ))}
      </Section>}
    </article>
  );
}

export function Marks({ run, version }) {
  const answer = useAnswer(["run", run], version);
  if (!answer.data) return <Waiting answer={answer} what="the marks" />;
  const { marks, path } = answer.data, tool = `verirs marks ${path}`;
  return (
    <article aria-label="marks">
      <header class="crown"><h1>Marks of {shown(run)}</h1></header>
      <p class="note">Verdicts that somebody doubts. They lie beside the run, in <code>{shown(path)}.marks.jsonl</code>, and change nothing in it.</p>
      {marks.length ? <Table label="marks" words={5} head={["problem", "sample", "was", "should be", "because", "when"]} rows={marks.map((m) => [
        <a href={link(["run", run, "problem", m.problem_id], { s: m.sample_index })}>{shown(m.problem_id)}</a>, m.sample_index, <Verdict of={m.was} />, <Verdict of={m.verdict} />, shown(m.note), <small>{m.at.replace("T", " ").slice(0, 16)}</small>])} />
        : <p>None yet. Open a sample and press <kbd>m</kbd>.</p>}
      <Section title="What to do with them">
        <ul>
          <li>as test cases for the grader: <code>{shown(tool)} --cases cases.jsonl</code> <Copy text={`${tool} --cases cases.jsonl`} /></li>
          <li>as verdicts in place of the verifiers', for an export: <code>verirs export {shown(path)} --marks</code> <Copy text={`verirs export ${path} --marks`} /></li>
        </ul>
      </Section>
    </article>
  );
}

const KEYS = [["/", "the filter box"], ["f", "search full texts, or the list alone"], ["d", "most doubtful first"], ["↑ ↓ PgUp PgDn Home End", "in a list"], ["Enter", "open the row"], ["j k", "next, previous sample"], ["n p", "next, previous problem"], ["u", "back to the problems"],
  ["c", "diff with another sample"], ["r", "plain text, or Markdown and formulas"], ["t", "reasoning"], ["x", "JSON"], ["m", "doubt the verdict"], ["g", "overview"], ["l", "problems"], ["s", "samples"], ["?", "this help"]];

export function Help({ close }) {
  useKeys({ Escape: close });
  return (
    <div class="help" role="dialog" aria-label="help" aria-modal="true" onClick={close}>
      <div class="card" onClick={(e) => e.stopPropagation()}>
        <h2>Keys <button type="button" autoFocus onClick={close}>close</button></h2>
        <Table words={2} head={["key", ""]} rows={KEYS.map(([k, what]) => [<kbd>{k}</kbd>, what])} />
        <h2>Filter</h2>
        <p>Words that a row must hold, with <em>full text</em> also in whole prompts, golds, tests and samples; <code>key:value</code>, <code>-key:value</code>; numbers as <code>rate&lt;50%</code>, <code>tokens&gt;=900</code>; <code>"two words"</code>. The address keeps it: copy it to share a view.</p>
      </div>
    </div>
  );
}
