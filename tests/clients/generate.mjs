// Makes two clients of the OpenAPI document, and compiles them with the programs in `typed/` that use them:
// `generate.mjs <openapi.json>`. Everything goes to `generated/`; a fault of a type is printed, and ends it.
import { createClient } from "@hey-api/openapi-ts";
import { readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const [, , document] = process.argv;
const here = new URL(".", import.meta.url).pathname;
const made = `${here}generated/`;
rmSync(made, { recursive: true, force: true });
mkdirSync(made, { recursive: true });

const types = astToString(await openapiTS(JSON.parse(readFileSync(document, "utf8"))));
writeFileSync(`${made}openapi-typescript.ts`, types);
await createClient({
  input: document,
  output: { path: `${made}hey-api`, module: { extension: ".js" } },
  plugins: ["@hey-api/typescript", "@hey-api/sdk", "@hey-api/client-fetch"],
  logs: { level: "silent", file: false },
});

const program = ts.createProgram([`${here}typed/openapi-fetch.ts`, `${here}typed/hey-api.ts`], {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  types: [],
  rootDir: here,
  outDir: `${made}js`,
});
// The code that hey-api adds to every client, whatever the document, is not written for exactOptionalPropertyTypes.
const theirs = ({ code, file }) => [2375, 2379].includes(code) && /\/hey-api\/(client|core)\//.test(file?.fileName);
const faults = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics].filter((fault) => !theirs(fault));
console.log(ts.formatDiagnostics(faults, { getCanonicalFileName: (f) => f, getCurrentDirectory: () => here, getNewLine: () => "\n" }));
process.exitCode = faults.length ? 1 : 0;
