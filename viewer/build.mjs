// Builds the viewer into verirs/report/app: one script, one style sheet, and the licences of what is in them.
import { build } from "esbuild";
import { readFileSync, readdirSync, existsSync, writeFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "verirs", "report", "app");
mkdirSync(out, { recursive: true });

const made = await build({
  absWorkingDir: here,
  entryPoints: [{ in: "src/main.jsx", out: "app" }, { in: "src/app.css", out: "app" }],
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome103", "firefox113", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  charset: "ascii",
  // its version for browsers decodes with innerHTML, which the page's content policy forbids
  alias: { "decode-named-character-reference": join(here, "node_modules/decode-named-character-reference/index.js") },
  legalComments: "none",
  metafile: true,
});

const packages = new Set();
for (const input of Object.keys(made.metafile.inputs)) {
  const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//g);
  if (found) packages.add(found.at(-1).slice("node_modules/".length, -1));
}
const lines = ["What is in app.js, with its licence.", ""];
for (const name of [...packages].sort()) {
  const folder = join(here, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
  lines.push("=".repeat(80), `${name} ${about.version} (${about.license})`, about.homepage ?? "", "");
  lines.push(file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8").trim() : "", "");
}
writeFileSync(join(out, "LICENSES.txt"), lines.join("\n").replaceAll("\r\n", "\n"));
for (const [file, { bytes }] of Object.entries(made.metafile.outputs)) console.log(file, bytes);
