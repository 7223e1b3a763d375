import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { readFiles, type SourceFile } from "./source-files.ts";

const everything = readFiles("packages/**/*.ts", "apps/**/*.ts", "tools/**/*.ts", "bench/**/*.ts");
const sources = everything.filter(({ path }) => /^(packages|apps)\/[^/]+\/src\//.test(path));

/** Fixtures of the rule are no breach of it. */
const withoutThisFile = everything.filter(({ path }) => path !== "tools/test/words.test.ts");

function breaches(files: readonly SourceFile[], pattern: RegExp): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
}

/** Each rule with a line that breaks it and one that does not. */
const lineRules: readonly {
  readonly name: string;
  readonly pattern: RegExp;
  readonly files: readonly SourceFile[];
  readonly breaks: string;
  readonly keeps: string;
}[] = [
  {
    name: "export nothing by default",
    pattern: /^export default\b/,
    files: withoutThisFile,
    breaks: "export default function () {}",
    keeps: "export function defaultQuota() {}",
  },
  {
    name: "know no any",
    pattern: /^(?!\s*(\*|\/\/|\/\*)).*(:\s*any\s*([;,)=|&\]>{]|$)|\bas any\b|<any>|\bany\[\])/,
    files: withoutThisFile,
    breaks: "function f(a: any) {}",
    keeps: 'type Kind = "company" | "anybody"; // any will do',
  },
  {
    name: "put nothing off",
    pattern: /\b(TODO|FIXME|XXX|HACK)\b/,
    files: withoutThisFile,
    breaks: "// TODO later",
    keeps: "const todo = counts.todo;",
  },
  {
    name: "suppress no error of the compiler outside type tests",
    pattern: /@ts-(ignore|nocheck)/,
    files: withoutThisFile,
    breaks: "// @ts-ignore",
    keeps: "// @ts-expect-error a rule that must not compile",
  },
  {
    name: "run every test",
    pattern: /\b(describe|it|test)\.(only|skip|todo)\(/,
    files: withoutThisFile,
    breaks: 'it.only("x", () => {})',
    keeps: 'it("only x", () => {})',
  },
  {
    name: "take clock and randomness as arguments inside the library",
    pattern: /^(?!\s*(\*|\/\/|\/\*)).*\b(Date\.now\(|Math\.random\(|new Date\(\))/,
    files: sources.filter(
      ({ path }) =>
        path.startsWith("packages/sekisho/src/") && path !== "packages/sekisho/src/kernel/clock.ts",
    ),
    breaks: "const now = Date.now();",
    keeps: " * clock.now(); // not Date.now()",
  },
];

describe("the modules", () => {
  it("were looked at", () => {
    assert.ok(everything.length >= 100, `only ${everything.length} files were seen`);
    assert.ok(sources.length >= 60, `only ${sources.length} modules were seen`);
  });

  for (const { name, pattern, files, breaks, keeps } of lineRules)
    it(name, () => {
      assert.match(breaks, pattern);
      assert.doesNotMatch(keeps, pattern);
      assert.deepEqual(breaches(files, pattern), []);
    });

  it("have names that say what they hold", () => {
    const vague = /(^|\/|-)(utils?|helpers?|managers?)(\.|-|\/|$)/;
    assert.match("src/http/string-utils.ts", vague);
    assert.doesNotMatch("src/http/passage.ts", vague);
    assert.deepEqual(
      everything.map(({ path }) => path).filter((path) => vague.test(path)),
      [],
    );
  });

  it("are short enough to be read at once", () => {
    const long = sources
      .map(({ path, text }) => `${path}: ${text.split("\n").length - 1} lines`)
      .filter((line) => Number(/(\d+) lines$/.exec(line)?.[1]) >= 350);
    assert.deepEqual(long, []);
  });

  it("begin with a head that says what they are for", () => {
    const headless = sources
      .filter(({ path }) => path.startsWith("packages/") && !path.endsWith("/index.ts"))
      .filter(({ text }) => !/^\/\*\*[\s\S]*?@module[\s\S]*?\*\//.test(text))
      .map(({ path }) => path);
    assert.deepEqual(headless, []);
  });
});
