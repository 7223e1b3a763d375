import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { compile } from "./compile-examples.ts";
import { examplesIn } from "./markdown.ts";
import { root } from "./source-files.ts";

const accessLine = /^ {2}access: .*\n/m;

interface Ending {
  readonly code: number;
  readonly said: string;
}

/** Runs an example as a program of its own; Node does not check its types. */
async function start(example: string): Promise<Ending> {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-readme-"));
  try {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "example.ts"), example);
    return await new Promise((done) => {
      const parameters = ["--conditions=@sekisho/source", "example.ts"];
      execFile(process.execPath, parameters, { cwd: folder }, (error, stdout, stderr) =>
        done({ code: Number(error?.code ?? 0), said: stdout + stderr }),
      );
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Examples without what is said in words: remarks, and the right side of the layout. */
function withoutRemarks(example: string): string {
  return example
    .replaceAll(/^ *(#|\/\/).*\n/gm, "")
    .replaceAll(/(?<=\S) {2,}[^\n]*$/gm, "")
    .replaceAll(/^ {30,}\S.*\n/gm, "")
    .trim();
}

describe("a forgotten access rule, as the README tells it", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [example = ""] = examplesIn(readme, "ts");
  const [complaints = "", report = ""] = examplesIn(readme, "text");

  it("does not compile, and the compiler says so", async () => {
    assert.match(example, accessLine);
    assert.equal(await compile("whole", [example]), "");
    const said = await compile("forgotten", [example.replace(accessLine, "")]);
    const lines = complaints.trim().split("\n");
    assert.ok(lines.length >= 2);
    for (const line of lines) assert.ok(said.includes(line), `${line}\nis not in\n${said}`);
  });

  it("does not start either, and the report says why", async () => {
    assert.deepEqual(await start(example), { code: 0, said: "" });
    const { code, said } = await start(example.replace(accessLine, ""));
    assert.equal(code, 1);
    assert.ok(report.includes("has no access rule"));
    assert.ok(said.includes(report), said);
  });

  it("is told with the same examples in Japanese", () => {
    const japanese = readFileSync(join(root, "README.ja.md"), "utf8");
    for (const language of ["sh", "ts", "text"]) {
      const ours = examplesIn(readme, language).map(withoutRemarks);
      assert.ok(ours.length > 0);
      assert.deepEqual(examplesIn(japanese, language).map(withoutRemarks), ours);
    }
  });
});
