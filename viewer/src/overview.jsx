// What is said of a whole run: figures, curves, verdicts, selection, rankers, origin.
import { Plot, Stacked } from "./charts.jsx";
import { hasSamples, mode } from "./data.js";
import { link } from "./route.js";
import { Band, Copy, number, percent, Section, short, Table, useAnswer, Verdict, Waiting } from "./parts.jsx";
import { Code, Plain, shown } from "./text.jsx";
import { Sample } from "./problem.jsx";

const CURVES = {
  "pass@k": "any of k is right",
  "maj@k": "the majority of k is right",
  "weighted_maj@k": "the majority of k, weighted by the ranker, is right",
  "best@k": "the favourite of k of the ranker (the last in the stack) is right",
};
const GAINED = {
  "pass@k": "a verifier (pass@k)", "maj@k": "votes (maj@k)",
  "weighted_maj@k": "votes that the ranker weighs (weighted_maj@k)", "best@k": "the ranker (best@k)",
};
const ENDS = ["selected", "found, not selected", "not found", "unknown"];
const NOTES = { pass: "verified right", fail: "verified wrong", abstain: "could not be judged", error: "judging broke; not counted as wrong", unwanted: "of no form to train on; in no estimate" };
const power = (k) => Number.isInteger(Math.log2(k));

export function Overview({ run, version }) {
  const answer = useAnswer(["run", run], version);
  if (!answer.data) return <Waiting answer={answer} what="the run" />;
  const { summary: s, told, ...about } = answer.data;
  return (
    <article class="overview" aria-label="overview">
      <header class="crown"><h1>{shown(run)}</h1></header>
      <p class="note">{told ? told.line.map(shown).join(" · ") : "not exported yet: no figures; problems and samples are there as they come"}</p>
      {s && <Tiles s={s} told={told} run={run} />}
      {told?.warnings.length > 0 && <ul class="warning" role="note">{told.warnings.map((w) => <li key={w}>{shown(w)}</li>)}</ul>}
      {s && <>
        <Until s={s} told={told} />
        <Estimates s={s} />
        <Gains s={s} />
        <Verdicts s={s} run={run} />
        <Curation s={s} run={run} />
        <Selection s={s} run={run} />
        <Gap s={s} />
        <Distance s={s} />
        <Rankers s={s} />
        <Turn s={s} told={told} />
      </>}
      {about.shown && <Shown rows={about.shown} />}
      {told && <Origin told={told} s={s} />}
      <Files {...about} />
    </article>
  );
}

const Tile = ({ name, value, note, href }) => {
  const inner = <><span>{name}</span><strong>{value}</strong><small>{note}</small></>;
  return href ? <a class="tile" href={href}>{inner}</a> : <div class="tile">{inner}</div>;
};

function Tiles({ s, told, run }) {
  const at = s.estimates["pass@k"]?.at ?? {}, largest = Math.max(1, ...Object.keys(at).map(Number));
  const to = (what, q) => (hasSamples(run) ? link(["run", run, what], { q }) : undefined);
  return (
    <div class="tiles">
      <Tile name="problems" value={number(s.problems)} note={`${number(s.problems_solved)} with a verified pass`} href={to("problems")} />
      <Tile name="completions" value={number(s.completions)} note={`${number(s.truncated)} cut off by max_tokens`} href={to("samples")} />
      <Tile name="pass rate" value={percent(s.pass_rate)} note={s.until ? "mean over problems" : "of the verified completions"} href={to("samples", "verdict:pass")} />
      {largest > 1 && <Tile name={`pass@${largest}`} value={percent(at[largest].mean)} note={`95 % interval ${percent(at[largest].low)}–${percent(at[largest].high)}`} />}
      {s.selection && <Tile name="accepted" value={number(s.selection.accepted)} note={`${percent(s.selection.acceptance)} of the completions`} href={to("samples", "export:accepted")} />}
      {told.cost.length > 0 && <Tile name="an accepted trace took" value={told.cost[0]} note={told.cost[1] ?? ""} />}
      {s.selection?.pairs > 0 && <Tile name="pairs" value={number(s.selection.pairs)} note="right over verified wrong" />}
    </div>
  );
}

function Until({ s, told }) {
  if (!s.until) return null;
  const rows = Object.entries(s.until.stops).map(([why, n]) => [shown(why), number(n), percent(n / Math.max(1, s.problems))]);
  return (
    <Section title="Sampled until enough" note={`${s.until.rounds.toFixed(2)} rounds a problem, at most ${s.until.most_rounds}.`}>
      <div class="two"><ul>{told.until.map((line) => <li key={line}>{shown(line)}</li>)}</ul><Table head={["stopped", "problems", "share"]} rows={rows} /></div>
    </Section>
  );
}

function Estimates({ s }) {
  const found = Object.entries(s.estimates).filter(([, e]) => Object.keys(e.at).length);
  if (!found.length) return null;
  const lines = Object.entries(s.curves.estimates).map(([name, c]) => ({ name, x: s.curves.k, y: c.mean, low: c.low, high: c.high, colour: Object.keys(CURVES).indexOf(name) }));
  const ks = Object.keys(s.estimates["pass@k"].at);
  return (
    <Section title="Estimates" note={`Means over ${number(s.problems_verified)} problems with verified completions; bands and small figures are 95 % intervals over problems.`}>
      <div class="two">
        <Plot lines={lines} title="Estimates by number of samples" x="k samples a problem" share doubling />
        <div>
          <Table label="estimates" head={["k", ...found.map(([name]) => name)]} rows={ks.map((k) => [k, ...found.map(([, e]) => (e.at[k] ? <Band of={e.at[k]} /> : ""))])} />
          <ul>{found.map(([name, e]) => <li key={name}><b>{name}</b>: {CURVES[name]} ({shown(e.method)})</li>)}</ul>
        </div>
      </div>
    </Section>
  );
}

function Gains({ s }) {
  const c = s.curves, passes = c.estimates["pass@k"];
  if (!passes || !c.kl) return null;
  const same = c.k.map((_, i) => i).filter((i) => passes.problems[i] === passes.problems[0]), last = same.at(-1) ?? 0;
  const reach = passes.mean[last] - passes.mean[0];
  if (last === 0 || reach <= 0) return null;
  const ks = [...new Set([...same.filter((i) => power(c.k[i])), last])].sort((a, b) => a - b), named = Object.entries(c.estimates);
  const by = named.map(([name]) => GAINED[name]).join(", ");
  return (
    <Section title="Share of the gain" note={`Of the ${(100 * reach).toFixed(1)} points from pass@1 to pass@${c.k[last]}, the share that selecting among k samples gets: by ${by}. KL: what a verifier's choice costs, and what best-of-k by any number does not exceed.`}>
      <Table head={["k", ...named.map(([name]) => name), "KL, verifier", "KL, bound"]}
        rows={ks.map((i) => [c.k[i], ...named.map(([, e]) => percent((e.mean[i] - passes.mean[0]) / reach, 0)), c.kl.verifier[i].toFixed(2), c.kl.bound[i].toFixed(2)])} />
    </Section>
  );
}

function Verdicts({ s, run }) {
  const total = Math.max(1, Object.values(s.verdicts).reduce((a, b) => a + b, 0));
  const said = Object.keys(NOTES).filter((v) => v !== "unwanted" || s.scorers.some((x) => x.verdicts[v]));
  const linked = (v, n) => (hasSamples(run) && n ? <a href={link(["run", run, "samples"], { q: `verdict:${v}` })}>{number(n)}</a> : number(n));
  return (
    <Section title="Verdicts">
      <div class="two">
        <div><h3>Completions</h3><Table label="verdicts" words={2} head={["verdict", "", "completions", "share"]} rows={Object.entries(s.verdicts).map(([v, n]) => [<Verdict of={v} />, NOTES[v], linked(v, n), percent(n / total)])} /></div>
        <div><h3>Scorers</h3><Table label="scorers" words={2} head={["scorer", "version", ...said, "seconds"]} rows={s.scorers.map((x) => [shown(x.scorer), <code>{shown(x.version)}</code>, ...said.map((v) => number(x.verdicts[v] ?? 0)), x.seconds.toFixed(1)])} />
          {s.scorers.some((x) => x.verdicts.abstain && x.verdicts.abstain === Object.values(x.verdicts).reduce((a, b) => a + b, 0)) && <p class="note">A ranker abstains: it gives a number, no verdict.</p>}</div>
      </div>
      {Object.keys(s.errors).length > 0 && <><h3>Errors by type</h3><Table head={["error", "verdicts"]} rows={Object.entries(s.errors).map(([k, n]) => [shown(k), number(n)])} /></>}
    </Section>
  );
}

const DONE = { drop: "they are in no training file", mark: "they are marked and kept", refuse: "there are none" };

function Curation({ s, run }) {
  const c = s.curation;
  if (!c) return null;
  const to = (id) => (hasSamples(run) ? <a href={link(["run", run, "problem", id])}>{shown(id)}</a> : shown(id));
  const all = (q, words) => (hasSamples(run) ? <a href={link(["run", run, "problems"], { q })}>{words}</a> : words);
  const first = c.funnel[0], hits = c.contamination.filter((b) => b.problems);
  const counts = [["duplicate", c.duplicates, "equal to an earlier one"], ["nearly equal to another", c.similar, "nearly equal to an earlier one"],
    ["another with other numbers", c.variants, "the same with other numbers or signs"]].filter(([, n]) => n);
  return (
    <Section title="Curation" note="What became of the problems on their way to the training files; rows are accepted candidates.">
      <div class="two">
        <div><h3>Left after each step</h3><Table label="funnel" head={["step", "problems", "share", "rows"]} rows={c.funnel.map((step) => [shown(step.name), number(step.problems), percent(step.problems / Math.max(1, first.problems)), number(step.rows)])} />
          {counts.length > 0 && <Table head={["problems", ""]} words={1} rows={counts.map(([flag, n, words]) => [all(`flag:"${flag}"`, words), number(n)])} />}</div>
        <div>{hits.length > 0 ? <><h3>Items of benchmarks</h3><p>{DONE[c.action]}: {all("flag:contaminated", "the problems")}.</p>
            <Table label="contamination" head={["benchmark", "items found", "problems", "other numbers"]} rows={hits.map((b) => [shown(b.benchmark), `${number(b.items_found)} of ${number(b.items)}`, number(b.problems), number(b.other_numbers)])} />
            <Table label="the largest shares" words={2} head={["problem", "item", "share"]} rows={hits.flatMap((b) => b.worst).slice(0, 20).map((w) => [to(w.problem_id), shown(w.item), percent(w.share, 0)])} /></>
          : c.contamination.length > 0 && <p>None of {number(c.contamination.length)} benchmarks has an item in the problems.</p>}
          {c.conflicts.length > 0 && <><h3>Equal problems with unequal golds: {number(c.conflicting)}</h3>
            <Table label="conflicts" words={4} head={["problem", "equal to it", "gold", "other gold"]} rows={c.conflicts.map((x) => [to(x.problem_ids[0]), to(x.problem_ids[1]), <code>{shown(short(x.golds[0], 80))}</code>, <code>{shown(short(x.golds[1], 80))}</code>])} /></>}</div>
      </div>
    </Section>
  );
}

function Selection({ s, run }) {
  const t = s.selection;
  if (!t) return null;
  const total = Math.max(1, s.completions);
  const facts = [["accepted", number(t.accepted), percent(t.acceptance)], ["problems with an accepted one", number(t.problems_accepted), ""], ...Object.entries(s.rows).map(([k, n]) => [`rows in ${shown(k)}`, number(n), ""])];
  const why = Object.entries(t.rejected).map(([reason, n]) => [hasSamples(run) ? <a href={link(["run", run, "samples"], { q: `export:"${reason}"` })}>{shown(reason)}</a> : shown(reason), number(n), percent(n / total)]);
  return (
    <Section title="Selection">
      <div class="two">
        <div><h3>Accepted</h3><Table head={["", "number", "share"]} rows={facts} /></div>
        {why.length > 0 && <div><h3>Rejected, by reason</h3><Table head={["reason", "completions", "share"]} rows={why} /></div>}
      </div>
    </Section>
  );
}

function Gap({ s }) {
  const ks = s.curves.k, found = Object.entries(s.curves.gap);
  if (!found.length) return null;
  const at = ks.map((_, i) => i).filter((i) => i === ks.length - 1 || power(ks[i]));
  return (
    <Section title="Selection gap" note="Shares of all problems, by k. Found but not selected: a better selector would help. Not found: only more samples or a better model would. Unknown: fewer than k verified samples.">
      <div class="two">{found.map(([name, e]) => (
        <div key={name}>
          <p>{name}: in {percent(e.not_selected.at(-1))} of the problems a right one of k = {ks.at(-1)} is not taken.</p>
          <Stacked title={`Selection gap of ${name}`} names={ENDS} rows={at.map((i) => [String(ks[i]), [e.selected[i], e.not_selected[i], e.not_found[i], e.unknown[i]]])} />
        </div>
      ))}</div>
    </Section>
  );
}

function Distance({ s }) {
  const { kl, k, overoptimization: over } = s.curves;
  if (!kl) return null;
  const lines = [
    { name: "a verifier: one that passes of k (exact)", x: k, y: kl.verifier, colour: 0 },
    { name: "any ranker, at most: ln k − (k−1)/k", x: k, y: kl.bound, colour: 3, dashed: true },
    ...(over ? [{ name: "this ranker (estimate)", x: over.k, y: over.kl, colour: 1 }] : []),
  ];
  return (
    <Section title="Distance from the policy" note="KL divergence, in nats.">
      <div class="two">
        <Plot lines={lines} title="KL from the policy" x="k samples a problem" y="nats" doubling />
        <div>
          <p>How far the selected texts lie from what the model writes by itself, for one problem on average. It says nothing about a model trained on them.</p>
          {kl.pass_only !== null && <p>Keeping only what passes: {kl.pass_only.toFixed(2)} nats (−ln of the pass rate), over the {number(kl.pass_only_problems)} solved problems.</p>}
        </div>
      </div>
    </Section>
  );
}

const number3 = (x) => (x === null || x === undefined ? "–" : x.toFixed(3));
const bounded = (x, i) => (x === null || !i ? number3(x) : <span>{x.toFixed(3)} <small>{i.low.toFixed(3)}–{i.high.toFixed(3)}</small></span>);

function Rankers({ s }) {
  const found = Object.entries(s.rankers);
  if (s.rankers_missing) return <Section title="Rankers"><p>{shown(s.rankers_missing)}</p></Section>;
  if (!found.length) return null;
  return (
    <Section title="Rankers" note="Judged by the verifiers' labels, which no ranker saw.">
      {found.map(([name, r]) => {
        const bins = r.calibration?.bins ?? [];
        const most = Math.max(...Object.values(r.all_samples).map((v) => v.problems));
        const rows = [
          ["candidates with a number", `${number(r.with_number)} of ${number(r.candidates)}`],
          ["labelled ones without a number", number(r.without_number)],
          ["labelled by a verifier", `${number(r.labelled)}, ${number(r.right)} of them right`],
          ["AUROC over all", bounded(r.auroc, r.auroc_interval)],
          ["AUROC within problems", bounded(r.auroc_within, r.auroc_within_interval)],
          ["reward accuracy (favourite right), ties lost / shared / won", [r.top_strict, r.all_samples.best?.mean, r.top_lenient].map((x) => percent(x)).join(" / ")],
          ["mean reciprocal rank of the first right one", number3(r.mrr)],
          ["ties within problems", percent(r.ties_within)],
          ...(r.calibration ? [[`calibration error (${shown(r.method)})`, number3(r.calibration.ece)], ["Brier score", number3(r.calibration.brier)]] : []),
          ...Object.entries(r.all_samples).map(([k, v]) => [`of all samples: ${k.replaceAll("_", " ")}${v.problems < most ? `, of the ${number(v.problems)} problems with answers` : ""}`, <Band of={v} />]),
        ];
        return (
          <div class="ranker" key={name}>
            <h3>{shown(name)}</h3>
            {r.words.map((w) => <p key={w} class={/worse than chance|Do not/.test(w) ? "bad" : ""}>{shown(w)}</p>)}
            <div class="two">
              <div><Table head={["", ""]} rows={rows} />
                {r.by_difficulty.length > 0 && <><h4>By difficulty of the problem</h4><Table head={["pass rate", "problems", "right above wrong", "best", "pass@1"]} rows={r.by_difficulty.map((d) => [d.pass_rate.map((v) => percent(v, 0)).join("–"), number(d.problems), percent(d.pair_accuracy), percent(d.best), percent(d.pass_1)])} /></>}</div>
              {bins.length > 0 && <div><h4>Reliability</h4><Plot title={`Reliability of ${name}`} x="calibrated chance" y="share right" share
                lines={[{ name: "bins of samples", x: bins.map((b) => b.mean_chance), y: bins.map((b) => b.pass_rate), colour: 1 }, { name: "calibrated", x: [0, 1], y: [0, 1], colour: 3, dashed: true }]} /></div>}
            </div>
          </div>
        );
      })}
    </Section>
  );
}

function Turn({ s, told }) {
  const over = s.curves.overoptimization;
  if (!over || over.k.length < 3) return null;
  const d = over.kl.map((v) => Math.sqrt(Math.max(0, v)));
  const parts = [["share right", over.gold, over.fit.gold, "%", 0], ["the ranker's own score", over.proxy, over.fit.proxy, "score", 1], ["length", over.length, null, "characters", 2]];
  return (
    <Section title="Over-optimisation" note={`Best of k by the ranker, k = 1 to ${over.k.at(-1)}, over the same ${number(over.problems)} problems; fit d (α − β d), d = √KL (Gao et al. 2023). If the ranker's score rises while the share right falls, it is gamed.`}>
      {told.turn && <p class={told.turned ? "bad" : ""}>{shown(told.turn)}</p>}
      <div class="three">{parts.map(([name, y, fit, unit, colour]) => (
        <div key={name}><h3>{name}</h3><Plot title={`${name} of the ranker's best of k`} x="√KL (√nats)" y={unit === "%" ? "" : unit} share={unit === "%"}
          lines={[{ name, x: d, y, colour }, ...(fit ? [{ name: `fit: α ${Number(fit.alpha.toPrecision(3))}, β ${Number(fit.beta.toPrecision(3))}`, x: d, y: d.map((v) => y[0] + v * (fit.alpha - fit.beta * v)), colour: 3, dashed: true }] : [])]} /></div>
      ))}</div>
    </Section>
  );
}

function Shown({ rows }) {
  return (
    <Section title="Sample traces" note="Two accepted and two rejected ones; what is invisible is shown by its code. `verirs view RUN` shows every sample.">
      <div class="two">{rows.map((p) => <Sample key={p.id + p.samples[0].index} run="" problem={p} sample={p.samples[0]} query={{}} open={() => {}} step={() => {}} alone />)}</div>
    </Section>
  );
}

function Origin({ told, s }) {
  return (
    <Section title="Origin" note={s.origin.reproducible}>
      <Table label="origin" head={["", ""]} words={2} rows={told.origin.map(([k, v]) => [shown(k), <code>{shown(String(v))}</code>])} />
      {told.runs && <Table label="runs of the mix" words={4} head={told.runs[0].map(shown)} rows={told.runs[1].map((r) => r.map((v) => shown(String(v))))} />}
    </Section>
  );
}

function Files({ config, log, path }) {
  return (
    <>
      {config && <Section title="Configuration"><details><summary>config.toml</summary><Copy text={config} /><Code text={config} language="" /></details></Section>}
      {log && <Section title="Log"><details><summary>the end of log.txt</summary><Plain text={log} /></details></Section>}
      <footer class="note">verirs: verifier-based rejection sampling. {mode === "page" && path && <>Every sample: <code>verirs view {shown(path)}</code></>}</footer>
    </>
  );
}
