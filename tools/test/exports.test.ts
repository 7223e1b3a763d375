import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { declarationsOf, publicDeclarations, type PublicDeclaration } from "./exports.ts";
import { root } from "./source-files.ts";

const manifest = JSON.parse(
  readFileSync(resolve(root, "packages/sekisho/package.json"), "utf8"),
) as { readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>> };

/** Source of each public subpath. */
const sources = new Map(
  Object.entries(manifest.exports).flatMap(([subpath, target]) =>
    typeof target === "string" ? [] : [[subpath, target["@sekisho/source"] ?? ""] as const],
  ),
);

const textOf = (path: string): string => readFileSync(resolve(root, path), "utf8");

/** What is missing above a declaration; `undefined` when nothing is. */
function gapOf({ comment, kind, name }: PublicDeclaration): string | undefined {
  const sentence = (comment.split(/^@/m)[0] ?? "").trim();
  if (sentence.length < 10) return "no sentence";
  if (kind === "type") return undefined;
  const example = /^@example\s+(\S[\s\S]*)/m.exec(comment)?.[1];
  if (example === undefined) return "no @example";
  return example.includes(name) ? undefined : "an @example of something else";
}

describe("what is public", () => {
  const bySubpath = new Map(
    [...sources].map(([subpath, source]) => [
      subpath,
      publicDeclarations(`packages/sekisho/${source.slice(2)}`, textOf),
    ]),
  );

  it("is found at every subpath", () => {
    assert.ok(bySubpath.size >= 15, `${bySubpath.size} subpaths`);
    for (const [subpath, found] of bySubpath)
      assert.ok(
        found.some(({ kind }) => kind === "value"),
        `${subpath} exports nothing`,
      );
  });

  it("is what the modules really export", async () => {
    for (const [subpath, found] of bySubpath) {
      const real = (await import(`sekisho/${subpath.slice(2)}`)) as object;
      const values = new Set(found.filter(({ kind }) => kind === "value").map(({ name }) => name));
      assert.deepEqual([...values].toSorted(), Object.keys(real).toSorted(), subpath);
    }
  });

  it("has a sentence, and an example where it exists at run time", () => {
    const gaps = [...bySubpath.values()].flat().flatMap((found) => {
      const gap = gapOf(found);
      return gap === undefined ? [] : [`${found.path}:${found.line} ${found.name}: ${gap}`];
    });
    assert.deepEqual([...new Set(gaps)], []);
  });

  it("would be missed without them", () => {
    const gaps = (text: string): readonly (string | undefined)[] =>
      declarationsOf("a.ts", text).map((found) => gapOf(found));
    const comment = "/**\n * Adds two numbers.\n *\n * @example\n * add(1, 2); // 3\n */\n";
    assert.deepEqual(gaps(`${comment}export function add() {}`), [undefined]);
    assert.deepEqual(gaps("export function add() {}"), ["no sentence"]);
    assert.deepEqual(gaps("/** Adds two numbers. */\nexport const add = 1;"), ["no @example"]);
    assert.deepEqual(gaps("/** Adds two numbers. */\nexport interface Add {}"), [undefined]);
    assert.deepEqual(gaps(`${comment}export function sum() {}`), ["an @example of something else"]);
    assert.deepEqual(gaps(`${comment}const own = 1;\nexport class Add {}`), ["no sentence"]);
  });
});
