// The language of the filter box, over columns.
//   words            all in the row's texts        "two words"
//   key:value        the row has it                -key:value  it has it not
//   key<5 key>=0.5   numbers
const TOKEN = /(-?)(?:([a-z@_]+)(:|<=|>=|<|>|=))?(?:"([^"]*)"|(\S+))/gi;

export function parse(text) {
  const found = [];
  for (const [, minus, key, op, quoted, bare] of text.matchAll(TOKEN))
    found.push({ not: minus === "-", key: key?.toLowerCase(), op, value: quoted ?? bare ?? "" });
  return found;
}

export const term = (key, value) => `${key}:${/[\s"]/.test(value) ? `"${value.replaceAll('"', "")}"` : value}`;

export function has(text, wanted) {
  return split(text).includes(wanted);
}

export function toggle(text, wanted) {
  const terms = split(text);
  const left = terms.filter((t) => t !== wanted);
  return (left.length < terms.length ? left : [...terms, wanted]).join(" ");
}

const split = (text) => [...text.matchAll(TOKEN)].map((m) => m[0]);

// The words of a filter that stand alone.
export const words = (text) => [...new Set(parse(text).filter((t) => !t.key && t.value).map((t) => t.value.toLowerCase()))];

// keys: name -> { numbers: i => number|null } or { words: i => [texts] }; texts: i => text to search
// holds: (i, word) => whether the row's full texts hold it
export function matcher(text, keys, texts, holds = () => false) {
  const tests = parse(text).map((t) => test(t, keys, texts, holds));
  const faults = tests.filter((t) => typeof t === "string");
  return { faults, match: faults.length ? () => false : (i) => tests.every((t) => t(i)) };
}

function test({ not, key, op, value }, keys, texts, holds) {
  if (!key) {
    const wanted = value.toLowerCase();
    return (i) => (texts(i).toLowerCase().includes(wanted) || holds(i, wanted)) !== not;
  }
  const column = keys[key];
  if (!column) return `no column ${key}; there are ${Object.keys(keys).join(", ")}`;
  if (column.words && op === ":") {
    const wanted = value.toLowerCase();
    return (i) => column.words(i).some((w) => w.toLowerCase() === wanted) !== not;
  }
  const number = Number(value.replace(/%$/, "")) / (value.endsWith("%") ? 100 : 1);
  if (!column.numbers || !Number.isFinite(number)) return `${key}${op}${value}: not understood`;
  const compare = {
    ":": (a) => a === number,
    "=": (a) => a === number,
    "<": (a) => a < number,
    ">": (a) => a > number,
    "<=": (a) => a <= number,
    ">=": (a) => a >= number,
  }[op];
  return (i) => {
    const found = column.numbers(i);
    return found !== null && found !== undefined && compare(found) !== not;
  };
}
