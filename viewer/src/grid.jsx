// A list of any length: only the rows that can be seen exist. Rows are links; arrows move, Enter opens.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

const AHEAD = 8, MOST = 150; // rows ahead; rows at once, whatever the layout says of its height

// columns: [{ key, title, cell(i), wide?, figure?, sort? }]; order: row numbers to show; href(i); label(i);
// alone: it is the view, so its keys work before anything has the focus
export function Grid({ columns, order, href, label, sort, onSort, name, empty, selected, alone }) {
  const box = useRef(), focus = useRef(false);
  const [size, setSize] = useState({ top: 0, height: 600, row: 36 });
  const [active, show] = useState(0), now = useRef(0); // keys may come faster than a picture
  const setActive = (at) => show((now.current = at));
  useLayoutEffect(() => {
    const measure = () => {
      const row = parseFloat(getComputedStyle(box.current).getPropertyValue("--row")) || 36;
      setSize((s) => ({ ...s, height: box.current.clientHeight, row }));
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    setActive(0);
    box.current.scrollTop = 0;
  }, [sort?.key, sort?.down]);
  const last = order.length - 1;
  const first = Math.max(0, Math.floor(size.top / size.row) - AHEAD);
  const end = Math.min(order.length, first + MOST, Math.ceil((size.top + size.height) / size.row) + AHEAD);
  const move = (to) => {
    const at = Math.max(0, Math.min(last, to)), body = box.current;
    setActive(at);
    focus.current = true;
    const top = at * size.row, inside = body.clientHeight - size.row;
    if (top < body.scrollTop) body.scrollTop = top;
    else if (top > body.scrollTop + inside) body.scrollTop = top - inside;
  };
  useLayoutEffect(() => { // before the next key can come
    if (!focus.current) return;
    const row = box.current.querySelector('[data-active="true"]');
    if (row) {
      row.focus({ preventScroll: true });
      focus.current = false;
    }
  });
  const page = Math.max(1, Math.floor(size.height / size.row) - 1);
  const pressed = (event) => {
    if (event.currentTarget === document && event.target !== document.body) return;
    const to = { ArrowDown: now.current + 1, ArrowUp: now.current - 1, PageDown: now.current + page, PageUp: now.current - page, Home: 0, End: last }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move(to);
  };
  const latest = useRef();
  latest.current = pressed;
  useEffect(() => {
    if (!alone) return;
    const anywhere = (event) => latest.current(event);
    document.addEventListener("keydown", anywhere);
    return () => document.removeEventListener("keydown", anywhere);
  }, [alone]);
  const rows = [];
  for (let at = first; at < end; at += 1) {
    const i = order[at];
    rows.push(
      <a key={i} role="row" class={`row${selected === i ? " selected" : ""}`} style={{ top: `${at * size.row}px` }} href={href(i)}
        aria-rowindex={at + 2} aria-label={label(i)} aria-current={selected === i ? "true" : undefined}
        data-active={at === active} tabIndex={at === active ? 0 : -1} onFocus={() => setActive(at)}>
        {columns.map((c) => <span key={c.key} role="gridcell" class={`cell ${c.key} ${c.figure ? "figure" : ""} ${c.wide ? "grow" : ""}`}>{c.cell(i)}</span>)}
      </a>,
    );
  }
  return (
    <div class="grid" role="grid" aria-label={name} aria-rowcount={order.length + 1} aria-colcount={columns.length}>
      <div class="head" role="row" aria-rowindex={1}>
        {columns.map((c) => (
          <span key={c.key} role="columnheader" class={`cell ${c.key} ${c.figure ? "figure" : ""} ${c.wide ? "grow" : ""}`}
            aria-sort={sort?.key === c.key ? (sort.down ? "descending" : "ascending") : undefined}>
            {c.sort && onSort ? (
              <button type="button" onClick={() => onSort(c.key)} title={c.hint}>{c.title}{sort?.key === c.key ? (sort.down ? " ↓" : " ↑") : ""}</button>
            ) : <span title={c.hint}>{c.title}</span>}
          </span>
        ))}
      </div>
      <div class="body" ref={box} role="rowgroup" onScroll={(e) => setSize((s) => ({ ...s, top: e.target.scrollTop }))} onKeyDown={pressed}>
        <div class="tall" style={{ height: `${order.length * size.row}px` }}>{rows}</div>
        {order.length === 0 && <p class="note empty">{empty}</p>}
      </div>
    </div>
  );
}
