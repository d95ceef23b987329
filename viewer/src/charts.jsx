// Curves with bands and stacked shares, as SVG.
const WIDTH = 520, HEIGHT = 250, LEFT = 44, TOP = 10, RIGHT = 12, BOTTOM = 34;
const round = (x) => Number(x.toPrecision(10));

function ticks(low, high, most = 5) {
  const step = (high - low || 1) / most, scale = 10 ** Math.floor(Math.log10(step));
  const by = [1, 2, 2.5, 5, 10].map((m) => m * scale).find((s) => s >= step * 0.999);
  const found = [];
  for (let t = Math.ceil(low / by - 1e-9) * by; t <= high + by * 1e-9; t += by) found.push(round(t));
  return found;
}

// lines: [{ name, x, y, low?, high?, colour, dashed? }]; share: y is a share, shown in percent
export function Plot({ lines, title, x, y, share, doubling }) {
  const drawn = lines.filter((l) => l.y.some((v) => v !== null));
  if (!drawn.length) return null;
  const all = drawn.flatMap((l) => [...l.y, ...(l.low ?? []), ...(l.high ?? [])]).filter((v) => v !== null);
  const steps = ticks(Math.min(...all, share ? Math.min(...all) : 0), Math.max(...all));
  const low = Math.min(...all, steps[0] ?? 0), high = Math.max(...all, steps.at(-1) ?? 1);
  const scale = doubling ? (v) => Math.log2(v) : (v) => v;
  const xs = drawn.flatMap((l) => l.x), first = scale(Math.min(...xs)), last = scale(Math.max(...xs));
  const atX = (v) => LEFT + ((WIDTH - LEFT - RIGHT) * (scale(v) - first)) / (last - first || 1);
  const atY = (v) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (v - low) / (high - low || 1));
  const whole = xs.every(Number.isInteger);
  const marks = doubling ? [...new Set(xs)].filter((v) => Number.isInteger(Math.log2(v))) : ticks(first, last, 6).filter((t) => !whole || Number.isInteger(t));
  const path = (l, values) => values.map((v, i) => (v === null ? "" : `${i && values[i - 1] !== null ? "L" : "M"}${atX(l.x[i]).toFixed(1)} ${atY(v).toFixed(1)}`)).join("");
  const band = (l) => {
    const points = l.x.map((v, i) => [atX(v), l.low[i], l.high[i]]).filter(([, a, b]) => a !== null && b !== null);
    return `M${points.map(([px, , b]) => `${px.toFixed(1)} ${atY(b).toFixed(1)}`).join("L")}L${points.reverse().map(([px, a]) => `${px.toFixed(1)} ${atY(a).toFixed(1)}`).join("L")}Z`;
  };
  const told = (v) => (share ? `${round(100 * v)}%` : String(v));
  return (
    <figure>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={title}>
        {steps.map((t) => <g key={t}><path class="rule" d={`M${LEFT} ${atY(t)}H${WIDTH - RIGHT}`} /><text x={LEFT - 6} y={atY(t) + 4} text-anchor="end">{told(t)}</text></g>)}
        {marks.map((t) => <text key={t} x={atX(t)} y={HEIGHT - BOTTOM + 16} text-anchor="middle">{t}</text>)}
        <text x={(LEFT + WIDTH) / 2} y={HEIGHT - 4} text-anchor="middle">{x}</text>
        {y && <text x={4} y={TOP + 4} class="unit">{y}</text>}
        {drawn.map((l) => l.low && <path key={l.name} class={`band f${l.colour}`} d={band(l)} />)}
        {drawn.map((l) => <path key={l.name} class={`curve s${l.colour} ${l.dashed ? "dashed" : ""}`} d={path(l, l.y)} />)}
        {drawn.map((l) => l.x.length <= 16 && l.y.map((v, i) => v !== null && !l.dashed && <circle key={`${l.name}${i}`} class={`f${l.colour}`} cx={atX(l.x[i])} cy={atY(v)} r="2.6"><title>{`${l.name} at ${l.x[i]}: ${share ? `${(100 * v).toFixed(1)}%` : Number(v.toPrecision(4))}`}</title></circle>))}
      </svg>
      <figcaption>{drawn.map((l) => <span key={l.name}><i class={`k${l.colour}`} />{l.name}</span>)}</figcaption>
    </figure>
  );
}

// rows: [[label, [shares]]]
export function Stacked({ rows, names, title }) {
  const high = 22, gap = 6, left = 40;
  return (
    <figure>
      <svg viewBox={`0 0 ${WIDTH} ${rows.length * (high + gap)}`} role="img" aria-label={title}>
        {rows.map(([label, shares], r) => {
          let at = left;
          return (
            <g key={label}>
              <text x={left - 6} y={r * (high + gap) + 15} text-anchor="end">{label}</text>
              {shares.map((share, i) => {
                const wide = share * (WIDTH - left - 4), from = at;
                at += wide;
                return wide > 0.2 && <g key={i}><rect class={`g${i}`} x={from} y={r * (high + gap)} width={wide} height={high}><title>{`${names[i]}: ${(100 * share).toFixed(1)}%`}</title></rect>
                  {wide > 44 && <text class={`g${i}t`} x={from + wide / 2} y={r * (high + gap) + 15} text-anchor="middle">{(100 * share).toFixed(1)}%</text>}</g>;
              })}
            </g>
          );
        })}
      </svg>
      <figcaption>{names.map((n, i) => <span key={n}><i class={`g${i}`} />{n}</span>)}</figcaption>
    </figure>
  );
}
