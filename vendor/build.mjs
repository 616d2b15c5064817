// Bundles CodeMirror for the designer: `npm run vendor`. With --check nothing is written, and a difference is an error.
//
// What is bundled is what package-lock.json pins. The bundle is committed together with its licences and its SHA-256, so
// that neither a visitor nor an installation needs npm, and nothing is loaded from elsewhere.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { minify } from "terser";

const OUT = "designer/static/designer/vendor";
const isCheck = process.argv.includes("--check");

const { metafile, outputFiles } = await build({
  entryPoints: ["vendor/codemirror.mjs"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  alias: { "@codemirror/language": "./vendor/language.mjs", "@lezer/common": "./vendor/language.mjs" },
  metafile: true,
  write: false,
  banner: { js: "// @ts-nocheck\n/* CodeMirror (MIT), https://codemirror.net/: versions and licences are in LICENSES.txt. */" },
});
// terser makes 2 kB less of the bundle than esbuild alone, as it is sent.
const { code } = await minify(outputFiles[0].text, { module: true, ecma: 2020, compress: { passes: 3 }, format: { comments: /CodeMirror|ts-nocheck/ } });
const names = [...new Set(Object.keys(metafile.inputs).map((path) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean))].sort();
const licences = names.map((name) => {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  return `${name} ${version}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim()}\n`;
});
const files = {
  "codemirror.js": Buffer.from(code),
  "LICENSES.txt": Buffer.from(licences.join(`\n${"-".repeat(72)}\n\n`)),
};
const sums = Object.entries(files).map(([name, content]) => `${createHash("sha256").update(content).digest("hex")}  ${name}\n`);
files.SHA256SUMS = Buffer.from(sums.join(""));

if (!isCheck) mkdirSync(OUT, { recursive: true });
for (const [name, content] of Object.entries(files)) {
  const path = join(OUT, name);
  if (!isCheck) writeFileSync(path, content);
  else if (!readFileSync(path).equals(content)) {
    console.error(`${path} is not what package-lock.json says; run: npm run vendor`);
    process.exitCode = 1;
  }
}
