import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { borderFault } from "./borders.ts";
import { importsOf } from "./imports.ts";
import { readFiles, root } from "./source-files.ts";

const modules = readFiles("packages/*/src/**/*.ts", "apps/*/src/**/*.ts");

function faultsIn(path: string, text: string): readonly string[] {
  return importsOf({ path, text }).flatMap((found) => borderFault(found) ?? []);
}

describe("the borders between the modules", () => {
  it("hold in every module", () => {
    const faults = modules.flatMap(({ path, text }) =>
      faultsIn(path, text).map((fault) => `${path}: ${fault}`),
    );
    assert.deepEqual(faults, []);
  });

  it("were looked at", () => {
    const imports = modules.flatMap(importsOf);
    assert.ok(modules.length >= 60, `only ${modules.length} modules were seen`);
    assert.ok(
      imports.length >= 2 * modules.length,
      `only ${imports.length} imports in ${modules.length} modules were seen`,
    );
  });

  it("would be noticed if they were crossed", () => {
    const source = (folder: string): string => `packages/sekisho/src/${folder}/planted.ts`;
    const crossings: readonly [string, string, RegExp][] = [
      [source("kernel"), 'import { z } from "zod";', /kernel imports zod/],
      [source("kernel"), 'import { join } from "node:path";', /kernel imports node:path/],
      [source("kernel"), 'import type { X } from "../quota/index.ts";', /kernel imports quota/],
      [source("quota"), 'import { y } from "../egress/index.ts";', /another defence/],
      [source("egress"), 'export * from "../upstream/index.ts";', /another defence/],
      [source("quota"), 'import {\n  a,\n  b,\n} from "../kernel/problem.ts";', /past the index/],
      [source("http"), 'import { a } from "../quota/store.ts";', /past the index/],
      [source("flow"), 'const fastify = await import("fastify");', /belongs to http/],
      [source("flow"), 'import "undici";', /belongs to egress/],
      [source("http"), 'import { connect } from "node:net";', /belongs to egress/],
      [source("audit"), 'import type { Pool } from "pg";', /belongs to store/],
      [source("store"), 'import { Redis } from "ioredis";', /belongs to quota/],
      [source("store"), 'import * as child from "node:child_process";', /belongs to nobody/],
      [
        source("store"),
        'import { a } from "../../../../apps/shop/src/a.ts";',
        /out of the library/,
      ],
      [source("store"), 'import { a } from "sekisho/kernel";', /own package/],
      ["apps/shop/src/a.ts", 'import { a } from "sekisho/dist/kernel";', /no public subpath/],
      ["apps/shop/src/a.ts", 'import { a } from "../../../packages/sekisho/src/a.ts";', /out of/],
    ];
    for (const [path, text, expected] of crossings) {
      const faults = faultsIn(path, text);
      assert.equal(faults.length, 1, `${path}: ${text}`);
      assert.match(faults[0] ?? "", expected);
    }
  });

  it("let through what the design allows", () => {
    const source = (folder: string): string => `packages/sekisho/src/${folder}/planted.ts`;
    const allowed: readonly [string, string][] = [
      [source("kernel"), 'import ipaddr from "ipaddr.js";'],
      [source("upstream"), 'import { createEgress } from "../egress/index.ts";'],
      [source("http"), 'import { a } from "../quota/index.ts";\nimport fastify from "fastify";'],
      [source("quota"), 'import { a } from "./parse.ts";\nimport { Redis } from "ioredis";'],
      [source("http"), 'import type { Socket } from "node:net";'],
      [source("quota"), ' * import { createQuota } from "sekisho/quota";'],
      ["apps/shop/src/a.ts", 'import { a } from "sekisho/kernel";\nimport b from "./b.ts";'],
    ];
    for (const [path, text] of allowed) {
      assert.deepEqual(faultsIn(path, text), [], `${path}: ${text}`);
    }
  });

  it("let applications import only subpaths that the package exports", () => {
    const manifest = JSON.parse(
      readFileSync(resolve(root, "packages/sekisho/package.json"), "utf8"),
    ) as { readonly exports: Readonly<Record<string, unknown>> };
    const used = modules
      .filter(({ path }) => path.startsWith("apps/"))
      .flatMap(importsOf)
      .filter(({ specifier }) => specifier.startsWith("sekisho/"));
    for (const { from, specifier } of used)
      assert.ok(specifier.replace("sekisho/", "./") in manifest.exports, `${from}: ${specifier}`);
  });
});
