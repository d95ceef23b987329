// The viewer: which view the address asks for, and the bar above it.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, forget, hasSamples, mode } from "./data.js";
import { go, link, useRoute } from "./route.js";
import { Problems, Samples } from "./lists.jsx";
import { Problem } from "./problem.jsx";
import { Overview } from "./overview.jsx";
import { Compare, Help, Loop, Marks, Runs } from "./others.jsx";
import { Fence, short, useAnswer, useKeys } from "./parts.jsx";
import { shown } from "./text.jsx";

const OFTEN = 2000, SELDOM = 10_000; // ms between two looks at a run that is judged still, or done

// Changes whenever the server says that the run has; stays empty without a server.
function useVersion(run) {
  const [version, set] = useState("");
  useEffect(() => {
    if (mode !== "served") return;
    let gone = false, timer, known = "";
    const look = async () => {
      let wait = OFTEN;
      try {
        const question = run ? ["run", run, "state"] : ["runs"];
        forget(question.join("/"));
        const found = await ask(question);
        const now = run ? found.version : JSON.stringify(found);
        if (known && now !== known) forget(run ? `run/${run}` : "runs");
        if (!gone && now !== known) set((known = now));
        if (run && found.judged >= found.problems) wait = SELDOM / 2;
        if (!run) wait = SELDOM / 2;
      } catch {
        wait = SELDOM;
      }
      if (!gone) timer = setTimeout(look, document.hidden ? SELDOM : wait);
    };
    look();
    return () => ((gone = true), clearTimeout(timer));
  }, [run]);
  return version;
}

function useTheme() {
  const [theme, set] = useState(() => {
    try {
      return localStorage.getItem("verirs-theme") ?? "";
    } catch {
      return "";
    }
  });
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("verirs-theme", theme);
    } catch {} // a page from a disk may have no storage
  }, [theme]);
  return [theme, set];
}

function Runner() {
  const { parts, query } = useRoute(), [theme, setTheme] = useTheme(), [help, setHelp] = useState(false);
  const list = useAnswer(["runs"]);
  const alone = list.data?.runs.length + list.data?.loops.length === 1 ? (list.data.runs[0] ?? list.data.loops[0]).name : undefined;
  const [kind = alone && (list.data.runs.length ? "run" : "loop"), name = alone, view = "", id] = parts;
  const model = list.data?.runs.find((r) => r.name === name)?.model;
  const run = kind === "run" ? name : null, version = useVersion(run);
  useEffect(() => {
    document.title = `${[id, view && !id ? view : "", name].filter(Boolean).join(" · ") || "runs"} · verirs`;
    scrollTo(0, 0);
  }, [kind, name, view, id]);
  useKeys({
    "?": () => setHelp(!help),
    g: () => run && go(["run", run]),
    l: () => run && hasSamples(run) && go(["run", run, "problems"]),
    s: () => run && hasSamples(run) && go(["run", run, "samples"]),
  });
  const tab = (to, words) => <a href={link(["run", run, ...(to ? [to] : [])])} aria-current={view === to ? "page" : undefined}>{words}</a>;
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  return (
    <>
      <nav class="top" aria-label="views">
        <a class="home" href="#/" aria-label="all runs"><b>verirs</b></a>
        {run && <><span class="where">{shown(run)}{model && <small> {shown(short(model, 40))}</small>}</span>{tab("", "Overview")}{hasSamples(run) && <>{tab("problems", "Problems")}{tab("samples", "Samples")}{tab("marks", "Marks")}</>}</>}
        {kind === "loop" && <span class="where">{shown(name)}</span>}
        <span class="space" />
        <button type="button" onClick={() => setTheme(dark ? "light" : "dark")} aria-label={dark ? "light colours" : "dark colours"}>{dark ? "☀" : "☾"}</button>
        <button type="button" onClick={() => setHelp(!help)} aria-label="help">?</button>
      </nav>
      <main class={view === "problems" || view === "samples" ? "full" : ""}>
        <Fence of={location.hash}>
        {kind === "run" && view === "" && <Overview run={name} version={version} />}
        {kind === "run" && view === "problems" && <Problems run={name} query={query} version={version} />}
        {kind === "run" && view === "samples" && <Samples run={name} query={query} version={version} />}
        {kind === "run" && view === "problem" && <Problem run={name} id={id} query={query} version={version} />}
        {kind === "run" && view === "marks" && <Marks run={name} version={version} />}
        {kind === "loop" && <Loop name={name} version={version} />}
        {kind === "compare" && <Compare key={`${name}/${view}`} before={name} after={view} />}
        {!kind && list.error && <p class="fault" role="alert">{shown(list.error)}</p>}
        {!kind && list.data && <Runs version={version} />}
        </Fence>
      </main>
      {help && <Help close={() => setHelp(false)} />}
    </>
  );
}

render(<Runner />, document.getElementById("app"));
