// Where the page gets its data: from the server, from files beside it, or from the page itself.
const boot = JSON.parse(document.getElementById("boot").textContent);
export const mode = boot.mode;
export const canMark = mode === "served";
const arrived = new Map(); // file -> what waits for it
const waiting = new Map(); // file -> its promise, while it comes
const kept = new Map(); // question -> promise
const KEPT = 60;

const policy = globalThis.trustedTypes?.createPolicy("verirs", {
  createScriptURL: (file) => {
    if (!/^data\/[\w-]+\.js$/.test(file)) throw new TypeError("not a file of this folder");
    return file;
  },
});

// A file of the folder calls this with its name and its data.
globalThis.verirs = (file, data) => arrived.get(file)?.resolve(data);

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

function fromFile(file) {
  if (waiting.has(file)) return waiting.get(file);
  const coming = load(file);
  waiting.set(file, coming);
  coming.catch(() => {}).finally(() => waiting.delete(file));
  return coming;
}

function load(file) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const done = () => {
      arrived.delete(file);
      script.remove();
    };
    arrived.set(file, { resolve: (data) => (done(), resolve(unpack(data))) });
    script.onerror = () => (done(), reject(new Error(`${file} is missing beside the page`)));
    script.src = policy ? policy.createScriptURL(file) : file;
    document.head.append(script);
  });
}

const address = (question) => "data/" + question.map(encodeURIComponent).join("/");

async function fromServer(question) {
  let answer;
  try {
    answer = await fetch(address(question));
  } catch {
    throw new Error("the server does not answer; is `verirs view` still running?");
  }
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error ?? answer.statusText);
  return said;
}

const lines = (problem) => [...problem.prompt.map((m) => String(m.content)), problem.gold ?? "", typeof problem.tests === "string" ? problem.tests : JSON.stringify(problem.tests ?? "")];

// Which problems and samples of a run hold a text, whatever its case: { prompts: [place], samples: { place: [index] } }.
// `tell` gets what is found so far and the share that was looked at; it returns true to stop.
export async function search(run, wanted, tell) {
  if (mode !== "folder") {
    const found = await ask(["run", run, "search", wanted]);
    tell(found, 1);
    return;
  }
  const { file, starts } = boot.chunks[run], low = wanted.toLowerCase(), found = { prompts: [], samples: {} };
  for (let chunk = 0; chunk < starts.length; chunk += 1) {
    const rows = await fromFile(`${file}${chunk}.js`); // not kept: all of them are more than a page should hold
    rows.forEach((problem, at) => {
      const place = starts[chunk] + at;
      if (lines(problem).join(" ").toLowerCase().includes(low)) found.prompts.push(place);
      const samples = problem.samples.filter((s) => !s.beyond && [s.text, s.reasoning, ...s.scores.map((said) => said.reason)].join("\n").toLowerCase().includes(low)).map((s) => s.index);
      if (samples.length) found.samples[place] = samples;
    });
    if (tell(found, (chunk + 1) / starts.length)) return;
  }
}

async function fromFolder(question) {
  const [kind, name, what, place] = question;
  if (kind === "run" && what === "problem") {
    const { file, starts } = boot.chunks[name];
    let chunk = starts.length - 1;
    while (starts[chunk] > place) chunk -= 1;
    const rows = await ask(["chunk", `${file}${chunk}.js`]);
    return rows[place - starts[chunk]];
  }
  if (kind === "chunk") return fromFile(name);
  const file = boot.files[question.join("/")];
  if (!file) throw new Error("this is not in the exported folder");
  return fromFile(file);
}

function fromPage(question) {
  const [kind, , what, place] = question;
  if (kind === "run" && what === "problem") {
    return ask(["shown"]).then((rows) => {
      if (rows[place]) return rows[place];
      throw new Error("this page holds a few samples only; `verirs view` shows all of them");
    });
  }
  const data = boot.data[question.join("/")];
  return data ? unpack(data) : Promise.reject(new Error("this page does not hold that; `verirs view` shows it"));
}

const how = { served: fromServer, folder: fromFolder, page: fromPage }[mode];

// The answer to a question, kept for a while.
export function ask(question) {
  const key = question.join("/");
  const known = kept.get(key);
  kept.delete(key);
  const found = known ?? how(question);
  kept.set(key, found);
  found.catch(() => kept.delete(key));
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  return found;
}

export function forget(prefix) {
  for (const key of [...kept.keys()]) if (key.startsWith(prefix)) kept.delete(key);
}

export async function mark(run, said) {
  const answer = await fetch(`run/${encodeURIComponent(run)}/mark`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(said),
  });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error ?? answer.statusText);
  forget(`run/${run}`);
  return found;
}
export const hasSamples = (run) => mode !== "page" || Boolean(boot.data[`run/${run}/samples`]);
