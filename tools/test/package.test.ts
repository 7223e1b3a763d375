import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "./source-files.ts";

interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(
  readFileSync(join(root, "packages/sekisho/package.json"), "utf8"),
) as Manifest;
const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== "./package.json");

const environment = {
  ...process.env,
  // Programs of ours first: their Node is the one that runs us.
  PATH: [dirname(process.execPath), join(root, "node_modules/.bin"), process.env["PATH"]].join(":"),
  NODE_OPTIONS: undefined,
  NODE_TEST_CONTEXT: undefined,
};

/** Runs a program to its end; what it said on failure is in the error. */
async function run(folder: string, program: string, ...parameters: string[]): Promise<string> {
  const options = { cwd: folder, env: environment, maxBuffer: 8 * 1024 * 1024, timeout: 60_000 };
  const ended = promisify(execFile)(program, parameters, options);
  const { stdout } = await ended.catch((error: Error & { stdout?: string }) => {
    throw new Error(`${program} ${parameters.join(" ")}: ${error.message}\n${error.stdout}`);
  });
  return stdout;
}

const runNode = (folder: string, ...parameters: string[]): Promise<string> =>
  run(folder, process.execPath, ...parameters);

/** Builds and packs a copy of the library, so that nothing left in `dist` can get in. */
async function pack(folder: string): Promise<{ tarball: string; files: readonly string[] }> {
  const copy = join(folder, "packages/sekisho");
  mkdirSync(copy, { recursive: true });
  const parts = ["src", "package.json", "tsconfig.json", "README.md", "LICENSE"];
  for (const part of parts)
    cpSync(join(root, "packages/sekisho", part), join(copy, part), { recursive: true });
  cpSync(join(root, "tsconfig.base.json"), join(folder, "tsconfig.base.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const text = await run(copy, "npm", "pack", "--json", `--pack-destination=${folder}`);
  const [packed] = JSON.parse(text.slice(text.indexOf("["))) as readonly {
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  }[];
  assert.ok(packed !== undefined);
  return { tarball: join(folder, packed.filename), files: packed.files.map(({ path }) => path) };
}

/** Makes a project that has the tarball and what the README tells to install with it. */
async function startProject(folder: string, tarball: string): Promise<void> {
  mkdirSync(folder);
  const project = {
    name: "stranger",
    private: true,
    type: "module",
    dependencies: { sekisho: `file:${tarball}`, zod: manifest.dependencies["zod"] },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(project));
  const quiet = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  await run(folder, "npm", "install", ...quiet);
  cpSync(join(root, "tools/test/stranger/program.ts"), join(folder, "program.ts"));
}

/** Settings of somebody careful, who also has the declarations of packages checked. */
function settings(skipLibCheck: boolean): string {
  return JSON.stringify({
    compilerOptions: {
      target: "es2024",
      lib: ["es2024"],
      module: "nodenext",
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck,
      noEmit: true,
    },
    files: ["program.ts"],
  });
}

describe("the package, for a stranger", () => {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-package-"));
  const project = join(folder, "project");
  let files: readonly string[];

  before(async () => {
    // Apart, so that the project cannot find our packages in a folder above it.
    const packed = await pack(join(folder, "build"));
    files = packed.files;
    await startProject(project, packed.tarball);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("holds the library, its source, a guide and the licence, and nothing else", () => {
    const others = files.filter((path) => !/^(dist|src)\//.test(path));
    assert.deepEqual(others.toSorted(), ["LICENSE", "README.md", "package.json"]);
    assert.deepEqual(
      files.filter((path) => /\.test\.|tsbuildinfo|node_modules|\.env/.test(path)),
      [],
    );
    const compiled = files.filter((path) => path.startsWith("dist/") && path.endsWith(".js"));
    const sources = files.filter((path) => path.startsWith("src/") && path.endsWith(".ts"));
    assert.ok(sources.length > 100);
    assert.deepEqual(
      compiled.map((path) => path.replace(/^dist/, "src").replace(/js$/, "ts")).toSorted(),
      sources.toSorted(),
    );
  });

  it("has maps that lead to the source", () => {
    const maps = files.filter((path) => path.endsWith(".map"));
    assert.ok(maps.length > 200);
    for (const path of maps) {
      const text = readFileSync(join(project, "node_modules/sekisho", path), "utf8");
      const { sources } = JSON.parse(text) as { readonly sources: readonly string[] };
      for (const source of sources)
        assert.ok(files.includes(posix.join(posix.dirname(path), source)), `${path}: ${source}`);
    }
  });

  for (const skipLibCheck of [true, false])
    it(`has types that hold, ${skipLibCheck ? "taken as they are" : "checked themselves"}`, async () => {
      writeFileSync(join(project, "tsconfig.json"), settings(skipLibCheck));
      const compiler = join(root, "node_modules/typescript/bin/tsc");
      assert.equal(await runNode(project, compiler, "-p", "."), "");
    });

  it("does what each subpath is for", async () => {
    assert.deepEqual(JSON.parse(await runNode(project, "program.ts")), {
      http: [200, 401, 200],
      contract: [{ greeting: "hello world" }, { effect: "deny", reason: "duplicate-name" }],
      kernel: true,
      egress: ["allow", "link-local", "deny", "deny"],
      upstream: "deny",
      authentication: ["allow", "deny", "allow", "deny", "deny", "allow"],
      quota: [2, "allow", "deny"],
      webhook: ["allow", "deny", ["deny", "deny", "deny", "deny"]],
      inventory: [[true, "GET", "/hello"]],
      flow: "order",
      store: 42,
      hardening: true,
      audit: 1,
    });
  });

  it("lets in at each subpath, and nowhere else", async () => {
    const specifiers = [
      ...subpaths.map((subpath) => `sekisho${subpath.slice(1)}`),
      "sekisho",
      "sekisho/dist/egress/index.js",
      "sekisho/egress/index.js",
      "sekisho/egress/decide",
      "sekisho/src/egress/index.ts",
    ];
    const program = `
      const outcomes = {};
      for (const specifier of ${JSON.stringify(specifiers)})
        outcomes[specifier] = await import(specifier).then(
          (module) => Object.keys(module).length > 0,
          ({ code }) => code);
      console.log(JSON.stringify(outcomes));`;
    const outcomes = JSON.parse(
      await runNode(project, "--input-type=module", "--eval", program),
    ) as Readonly<Record<string, unknown>>;
    assert.ok(subpaths.length >= 15);
    for (const [specifier, outcome] of Object.entries(outcomes))
      assert.equal(
        outcome,
        subpaths.includes(`.${specifier.slice(7)}`) || "ERR_PACKAGE_PATH_NOT_EXPORTED",
        specifier,
      );
  });

  it("brings no driver of a server, and says which one is missing", async () => {
    const program = `
      import { connectRedis } from "sekisho/quota";
      import { createStore } from "sekisho/store";
      const said = (error) => console.log(error.message);
      await createStore({ url: "postgres://127.0.0.1/none", migrations: [] }).catch(said);
      try { connectRedis({ url: "redis://127.0.0.1" }); } catch (error) { said(error); }`;
    const said = await runNode(project, "--input-type=module", "--eval", program);
    assert.match(said, /the package pg, which is not installed\n.*the package ioredis, which/);
  });
});

describe("the package, inside the repository", () => {
  it("answers on plain Node from what `npm ci` built", async () => {
    const program = `
      const { checkDestination } = await import("sekisho/egress");
      const { createTokenVerifier, verifyTotp } = await import("sekisho/authentication");
      const { compareOpenApi } = await import("sekisho/inventory");
      const { createQuota, parseQuota } = await import("sekisho/quota");
      const { verifyWebhook } = await import("sekisho/webhook");
      const all = [checkDestination, createTokenVerifier, verifyTotp, compareOpenApi, createQuota,
        parseQuota, verifyWebhook];
      console.log(all.map((one) => typeof one).join());`;
    const said = await runNode(root, "--input-type=module", "--eval", program);
    assert.equal(said, `${Array.from({ length: 7 }, () => "function").join()}\n`);
  });

  it("needs fewer than 60 packages at run time", async () => {
    const parameters = ["ls", "--omit=dev", "--all", "--parseable", "--workspace=packages/sekisho"];
    const places = (await run(root, "npm", ...parameters)).trim().split("\n");
    const packages = new Set(places.filter((path) => path.includes("/node_modules/")));
    packages.delete(join(root, "node_modules/sekisho"));
    assert.ok(packages.has(join(root, "node_modules/fastify")), "nothing was counted");
    assert.ok(packages.size < 60, `${packages.size} packages`);
  });

  it("is licensed as the repository is", () => {
    const licence = readFileSync(join(root, "LICENSE"), "utf8");
    assert.equal(readFileSync(join(root, "packages/sekisho/LICENSE"), "utf8"), licence);
  });

  it("is installed from a lockfile that names no registry", () => {
    const lockfile = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
      readonly packages: Readonly<Record<string, { resolved?: string; link?: boolean }>>;
    };
    const entries = Object.entries(lockfile.packages);
    assert.ok(entries.length > 100);
    for (const [path, { link, resolved }] of entries)
      assert.ok(resolved === undefined || link === true, `${path} comes from ${resolved}`);
  });
});
