/**
 * Compiles examples of the documents as somebody would who pasted them.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { root } from "./source-files.ts";

const folder = join(root, "node_modules/.cache/examples");

/** Writes each example as a module of its own and returns what the compiler says. */
export async function compile(name: string, examples: readonly string[]): Promise<string> {
  const place = join(folder, name);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  for (const [index, text] of examples.entries())
    writeFileSync(join(place, `${index}.ts`), `${text}\nexport {};\n`);
  const settings = {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: {
      composite: false,
      noEmit: true,
      noUnusedLocals: false,
      // The condition leads to sources, which import each other with their ending.
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: ["*.ts"],
  };
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify(settings));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  return new Promise((done) => {
    execFile(process.execPath, [compiler, "-p", place], { cwd: root }, (_error, stdout) =>
      done(stdout),
    );
  });
}
