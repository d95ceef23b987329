// Small things that every view uses.
import { Component } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ask } from "./data.js";
import { shown } from "./text.jsx";

export const percent = (x, digits = 1) => (x === null || x === undefined ? "–" : `${(100 * x).toFixed(digits)}%`);
export const number = (n) => (n === null || n === undefined ? "–" : n.toLocaleString("en"));
export const short = (text, n) => (text.length <= n ? text : text.slice(0, n - 1) + "…");

export const SIGNS = { pass: "✓", fail: "✗", abstain: "–", error: "!", unwanted: "⊘" };
export const VERDICTS = Object.keys(SIGNS); // in the order of a sample's column
export const Verdict = ({ of, label }) => (
  <span class={`verdict ${of}`}><span aria-hidden="true">{SIGNS[of] ?? "?"}</span> {label ?? of}</span>
);

export function Band({ of }) {
  if (!of) return "–";
  return <span class="band">{percent(of.mean)} <small>{percent(of.low)}–{percent(of.high)}</small></span>;
}

// What a question's answer is now: { data, error }; asked again when `version` changes, and the old shown until then.
export function useAnswer(question, version = "") {
  const key = question ? question.join("/") : "";
  const [state, set] = useState({});
  useEffect(() => {
    if (!question) return;
    let gone = false;
    ask(question).then(
      (data) => gone || set({ key, data }),
      (error) => gone || set({ key, error: error.message }),
    );
    return () => (gone = true);
  }, [key, version]);
  return state.key === key ? state : {};
}

export function Waiting({ answer, what }) {
  if (answer.error) return <p class="fault" role="alert">{shown(answer.error)}</p>;
  return <p class="note" role="status">reading {what} …</p>;
}

// A fault of the page's own in one view leaves the others alone.
export class Fence extends Component {
  state = {};
  static getDerivedStateFromError(fault) {
    return { fault };
  }
  componentDidUpdate(before) {
    if (before.of !== this.props.of && this.state.fault) this.setState({ fault: undefined });
  }
  render({ children }, { fault }) {
    return fault ? <p class="fault" role="alert">this view broke ({String(fault.message ?? fault)}); please report it with the address</p> : children;
  }
}

export function Copy({ text, label = "Copy", title }) {
  const [said, set] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === "function" ? text() : text);
      set("copied");
    } catch {
      set("not allowed here");
    }
    setTimeout(() => set(""), 1500);
  };
  return <button type="button" onClick={copy} title={title} aria-live="polite">{said || label}</button>;
}

export function Section({ title, note, children, id }) {
  return (
    <section id={id} aria-label={title}>
      <h2>{title}</h2>
      {note && <p class="note">{note}</p>}
      {children}
    </section>
  );
}

export function Table({ head, rows, words = 1, label }) {
  return (
    <div class="wide">
      <table aria-label={label}>
        <thead><tr>{head.map((cell, i) => <th key={i} scope="col" class={i < words ? "" : "figure"}>{cell}</th>)}</tr></thead>
        <tbody>{rows.map((row, i) => <tr key={i}>{row.map((cell, j) => <td key={j} class={j < words ? "" : "figure"}>{cell}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

export const typing = (event) => /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.ctrlKey || event.metaKey || event.altKey;

// keys: { "j": function }; not while somebody types
export function useKeys(keys) {
  const now = useRef(keys);
  now.current = keys;
  useLayoutEffect(() => { // there as soon as the view can be seen
    const pressed = (event) => {
      if (event.key === "Escape" && /^(INPUT|TEXTAREA)$/.test(event.target.tagName)) event.target.blur();
      if (typing(event)) return;
      const found = now.current[event.key];
      if (found) {
        event.preventDefault();
        found(event);
      }
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}
