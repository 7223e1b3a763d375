/**
 * `npm run check`: everything that `npm test` checks, and what is slower or concerns the package.
 * `--without-tests` leaves out the former.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { runNode } from "./runner/run-command.ts";

const root = resolve(import.meta.dirname, "..");

/** A claim, which holds when the program that is started with these parameters ends well. */
interface Step {
  readonly claim: string;
  readonly parameters: readonly string[];
}

const tests: Step = {
  claim: "types, style and tests hold",
  parameters: ["--conditions=@sekisho/source", "tools/test.ts"],
};

const others: readonly Step[] = [
  {
    claim: "nothing shipped is dead or undeclared",
    parameters: [programOf("knip"), "--strict", "--no-progress"],
  },
  {
    claim: "nothing else is dead",
    parameters: [programOf("knip"), "--no-progress"],
  },
  ...["packages/sekisho", "packages/attack", "packages/cli"].flatMap((folder) => [
    {
      claim: `${folder} is well formed`,
      parameters: [programOf("publint"), "--strict", folder],
    },
    {
      claim: `a stranger's compiler finds the types of ${folder}`,
      parameters: [
        programOf("@arethetypeswrong/cli", "attw"),
        "--pack",
        folder,
        "--profile",
        "esm-only",
      ],
    },
  ]),
];

/** The script behind a program of `node_modules/.bin`, so that it runs on our Node. */
function programOf(packageName: string, program = packageName): string {
  const folder = join(root, "node_modules", packageName);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly bin: string | Readonly<Record<string, string>>;
  };
  const script = typeof manifest.bin === "string" ? manifest.bin : manifest.bin[program];
  if (script === undefined) throw new TypeError(`${packageName} has no program ${program}`);
  return join(folder, script);
}

async function main(): Promise<number> {
  const options = { "without-tests": { type: "boolean", default: false } } as const;
  const { values } = parseArgs({ options });
  const steps = values["without-tests"] ? others : [tests, ...others];
  const failed: string[] = [];
  for (const { claim, parameters } of steps) {
    process.stdout.write(`\n== ${claim}\n`);
    if ((await runNode({ root, parameters })) !== 0) failed.push(claim);
  }
  for (const claim of failed) process.stdout.write(`check: not true: ${claim}\n`);
  process.stdout.write(`check: ${steps.length - failed.length} of ${steps.length} claims hold\n`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main();
