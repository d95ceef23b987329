// A model's text as nodes: Markdown, LaTeX and code, never as HTML. What it holds of HTML is shown as text.
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmTable } from "micromark-extension-gfm-table";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import katex from "katex";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { createLowlight } from "lowlight";
import bash from "highlight.js/lib/languages/bash";
import cpp from "highlight.js/lib/languages/cpp";
import go from "highlight.js/lib/languages/go";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import rust from "highlight.js/lib/languages/rust";

const lowlight = createLowlight({ bash, cpp, go, java, javascript, json, python, rust });
lowlight.registerAlias({ python: ["py", "python3"], cpp: ["c", "c++"], javascript: ["js", "ts", "typescript"], bash: ["sh"] });
const LONGEST = 200_000; // characters that are read as Markdown
const MOST_CODE = 60_000; // that are coloured
const LONGEST_STRETCH = 20_000; // without an empty line: what reads Markdown takes its square
const NESTED = /^(?:[ \t]*(?:[>*+-]|\d{1,9}[.)])){40}/m; // quotes and lists in each other

// Whether a text can be read as Markdown in good time; whatever else it is, it is shown as it stands.
const readable = (text) => text.length <= LONGEST && !NESTED.test(text) && !/[`$]{1000}/.test(text) && text.split(/\n[ \t]*\n/).every((part) => part.length <= LONGEST_STRETCH);

// Control characters and marks that turn the direction of writing are shown by their codes.
const UNSEEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]/g;
export const shown = (text) =>
  text.replace(/\r\n/g, "\n").replace(UNSEEN, (c) => `\u241a${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")} `);

export function Formula({ tex, display, marked }) {
  const at = useRef();
  useEffect(() => {
    try {
      katex.render(tex, at.current, { output: "mathml", displayMode: display, throwOnError: true, trust: false, strict: "ignore", maxExpand: 500, maxSize: 20 });
    } catch {
      at.current.textContent = tex;
      at.current.className += " unread";
    }
  }, [tex, display]);
  const name = display ? "math display" : "math";
  return <span ref={at} class={marked ? `${name} extracted` : name} title={tex.length < 200 ? tex : undefined} />;
}

export function Code({ text, language, span }) {
  const tree = useMemo(() => {
    if (!language || !lowlight.registered(language) || text.length > MOST_CODE) return null;
    return lowlight.highlight(language, text);
  }, [text, language]);
  return (
    <pre class={span ? "code extracted" : "code"} tabIndex={0}>
      <code>{tree ? tree.children.map(coloured) : shown(text)}</code>
    </pre>
  );
}

const coloured = (node, i) =>
  node.type === "text" ? shown(node.value) : (
    <span key={i} class={(node.properties.className ?? []).join(" ")}>{node.children.map(coloured)}</span>
  );

// ---- where the formulas are ---------------------------------------------------------------------------
const FENCE = /^( {0,3})(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^ {0,3}\2[`~]*[ \t]*$|$(?![\s\S]))/gm;
const INLINE = /(`+)(?!`)[^\n]*?[^`]\1(?!`)/g;
// `$5 or 4$, not 3$` are amounts: a formula in single dollars begins with no stop, nor with a number before a word
const FORMULA =
  /\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\]|\\\(([\s\S]+?)\\\)|\\begin\{(align|equation|gather|cases|aligned|array|pmatrix|bmatrix|matrix)(\*?)\}[\s\S]+?\\end\{\4\5\}|\$(?=[^\s$,;:!?)\]])(?!\d[\d.,]*\s+[A-Za-z]{2})((?:[^$\n\\]|\\[\s\S]|\n(?!\s*\n))*?[^\s$\\])\$(?!\d)|\\boxed\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}/g;
const FIRST = 0xe100, FILL = "\ue001", PRIVATE = /[\ue000-\uf8ff]/g, HELD = /[\ue100-\uf0ff]\ue001*/g;

// The text with each formula replaced by as many characters that say which it is, so that places stay.
function parted(text) {
  const plain = text.replace(PRIVATE, "\ufffd");
  const code = [];
  for (const rule of [FENCE, INLINE])
    for (const m of plain.matchAll(rule))
      if (!code.some(([a, b]) => m.index < b && m.index + m[0].length > a)) code.push([m.index, m.index + m[0].length]);
  code.sort((a, b) => a[0] - b[0]);
  const formulas = [];
  let made = "", last = 0, near = 0;
  for (const m of plain.matchAll(FORMULA)) {
    const end = m.index + m[0].length;
    while (near < code.length && code[near][1] <= m.index) near += 1;
    if (near < code.length && code[near][0] < end) continue;
    if (formulas.length >= 0xf0ff - FIRST) break;
    const display = m[0].startsWith("$$") || m[0].startsWith("\\[") || m[0].startsWith("\\begin");
    const tex = m[1] ?? m[2] ?? m[3] ?? m[6] ?? m[0];
    made += plain.slice(last, m.index) + String.fromCharCode(FIRST + formulas.length) + FILL.repeat(m[0].length - 1);
    formulas.push({ tex, display, start: m.index, end, source: m[0] });
    last = end;
  }
  return { text: made + plain.slice(last), formulas };
}

const meets = (span, start, end) => span && start < span[1] && end > span[0];

export function Rich({ text, span }) {
  const nodes = useMemo(() => {
    if (!readable(text)) return <Plain text={text} span={span} />;
    const held = parted(text);
    const tree = fromMarkdown(held.text, { extensions: [gfmTable()], mdastExtensions: [gfmTableFromMarkdown()] });
    return tree.children.map((node, i) => block(node, { ...held, span }, i));
  }, [text, span?.[0], span?.[1]]);
  return <div class="rich">{nodes}</div>;
}

export function Plain({ text, span }) {
  if (!span) return <pre class="plain" tabIndex={0}>{shown(text)}</pre>;
  return (
    <pre class="plain" tabIndex={0}>
      {shown(text.slice(0, span[0]))}
      <mark class="extracted">{shown(text.slice(...span))}</mark>
      {shown(text.slice(span[1]))}
    </pre>
  );
}

const source = (value, held) => value.replace(HELD, (run) => held.formulas[run.charCodeAt(0) - FIRST]?.source ?? run);
const place = (node) => [node.position.start.offset, node.position.end.offset];

function block(node, held, key) {
  const inner = () => node.children.map((child, i) => block(child, held, i));
  switch (node.type) {
    case "paragraph": return <p key={key}>{inner()}</p>;
    case "heading": return <p key={key} class={`heading h${node.depth}`}><span class="soft">{"#".repeat(node.depth)}</span> {inner()}</p>;
    case "blockquote": return <blockquote key={key}>{inner()}</blockquote>;
    case "list": return node.ordered ? <ol key={key} start={node.start ?? 1}>{inner()}</ol> : <ul key={key}>{inner()}</ul>;
    case "listItem": return <li key={key}>{inner()}</li>;
    case "thematicBreak": return <hr key={key} />;
    case "break": return <br key={key} />;
    case "emphasis": return <em key={key}>{inner()}</em>;
    case "strong": return <strong key={key}>{inner()}</strong>;
    case "code": return <Code key={key} text={source(node.value, held)} language={(node.lang ?? "").toLowerCase()} span={meets(held.span, ...place(node))} />;
    case "inlineCode": return <code key={key} class={meets(held.span, ...place(node)) ? "extracted" : ""}>{shown(source(node.value, held))}</code>;
    case "link": return <span key={key}>{inner()} <span class="soft">({shown(node.url)})</span></span>;
    case "table":
      return (
        <div key={key} class="wide"><table><tbody>
          {node.children.map((row, i) => <tr key={i}>{row.children.map((cell, j) => {
            const Cell = i ? "td" : "th";
            return <Cell key={j}>{cell.children.map((child, k) => block(child, held, k))}</Cell>;
          })}</tr>)}
        </tbody></table></div>
      );
    case "text": return words(node, held, key);
    default: { // HTML, images, references, definitions: as they were written
      const [a, b] = place(node);
      return <span key={key}>{shown(source(held.text.slice(a, b), held))}</span>;
    }
  }
}

function words(node, held, key) {
  const [start, end] = place(node), exact = end - start === node.value.length;
  const parts = [];
  let last = 0;
  const plain = (from, to) => {
    if (from >= to) return;
    const [a, b] = held.span ?? [0, 0];
    if (exact && meets(held.span, start + from, start + to)) {
      const x = Math.max(from, a - start), y = Math.min(to, b - start);
      parts.push(lines(node.value.slice(from, x)), <mark class="extracted">{lines(node.value.slice(x, y))}</mark>, lines(node.value.slice(y, to)));
    } else parts.push(lines(node.value.slice(from, to)));
  };
  for (const run of node.value.matchAll(HELD)) {
    plain(last, run.index);
    const formula = held.formulas[run[0].charCodeAt(0) - FIRST];
    if (formula) parts.push(<Formula tex={formula.tex} display={formula.display} marked={meets(held.span, formula.start, formula.end)} />);
    last = run.index + run[0].length;
  }
  plain(last, node.value.length);
  if (!exact && meets(held.span, start, end)) return <mark key={key} class="extracted">{parts}</mark>;
  return <span key={key}>{parts}</span>;
}

// A model's line ends mean something, other than Markdown's.
const lines = (text) => shown(text).split("\n").flatMap((line, i) => (i ? [<br />, line] : [line]));
