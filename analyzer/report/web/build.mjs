// build.mjs PACKAGES OUTPUT: bundles src/ with the packages in PACKAGES/node_modules, and writes the page around its
// data as C++ (analyzer/report/page/page_template.h), and beside it, for tests, as page_begin.html and page_end.html. The policy lets in the bundled script and style sheet alone.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [packages, output] = process.argv.slice(2).map((path) => resolve(path));
const { buildSync } = createRequire(join(packages, "package.json"))("esbuild");
const source = join(dirname(fileURLToPath(import.meta.url)), "src");

const bundle = buildSync({
  entryPoints: [join(source, "main.jsx")],
  outdir: "page",
  bundle: true,
  minify: true,
  write: false,
  format: "iife",
  target: ["chrome103", "firefox115", "safari16.4"],
  charset: "ascii",
  jsx: "automatic",
  jsxImportSource: "preact",
  nodePaths: [join(packages, "node_modules")],
  legalComments: "inline",
});
const text = (suffix) => bundle.outputFiles.find((file) => file.path.endsWith(suffix)).text;
// What would end the element early cannot stand in it.
const script = text(".js").replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
const style = text(".css");
if (/<\/style/i.test(style)) throw new Error("the style sheet ends its own element");
const hash = (content) => `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; ` +
  "base-uri 'none'; form-action 'none'";

const begin = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>memprof</title>
<style>${style}</style>
</head>
<body>
<noscript>This page takes JavaScript; nothing of it leaves this machine.</noscript>
<div id="app"><p class="loading">Reading ...</p></div>
<script type="text/plain" id="data">`;
const end = `</script>
<script>${script}</script>
</body>
</html>
`;

const array = (name, content) => {
  const bytes = Buffer.from(content);
  const lines = [];
  for (let at = 0; at < bytes.length; at += 40)
    lines.push([...bytes.subarray(at, at + 40)].map((byte) => (byte << 24) >> 24).join(",") + ",");
  return `constexpr char ${name}[] = {\n${lines.join("\n")}\n};\n`;
};
writeFileSync(output, `// Made by analyzer/report/web/build.mjs.
#include "analyzer/report/page/page_template.h"

namespace memprof::report {
namespace {

${array("kBegin", begin)}
${array("kEnd", end)}
}  // namespace

const std::string_view kPageBegin{kBegin, sizeof kBegin};
const std::string_view kPageEnd{kEnd, sizeof kEnd};

}  // namespace memprof::report
`);
writeFileSync(join(dirname(output), "page_begin.html"), begin);
writeFileSync(join(dirname(output), "page_end.html"), end);
