import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";

const root = resolve(import.meta.dirname, "../../..");
const program = join(root, "packages/cli/bin/sekisho.js");

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the program as a shell would, without the options of this process. */
function start(folder: string, words: readonly string[]): [ChildProcess, Promise<Ended>] {
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _test, ...environment } = process.env;
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, env: environment });
  const written = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (written.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (written.stderr += text));
  const ended = new Promise<Ended>((done, failed) => {
    child.once("error", failed);
    child.once("close", (code) => done({ code, ...written }));
  });
  return [child, ended];
}

const document = JSON.stringify({
  openapi: "3.1.0",
  info: { title: "Slow", version: "1" },
  paths: Object.fromEntries(
    ["/a", "/b", "/c"].map((path) => [
      path,
      { get: { responses: { 200: { description: "Fine" } } } },
    ]),
  ),
});

/** Gives its document at once and takes its time for everything else. */
class SlowApi {
  readonly #server: Server;
  #asked: (() => void) | undefined;

  constructor() {
    this.#server = createServer((request, response) => {
      if (request.url === "/openapi.json") {
        response.setHeader("content-type", "application/json").end(document);
        return;
      }
      this.#asked?.();
      setTimeout(() => response.end("{}"), 400).unref();
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** When somebody asks for more than the document. */
  async asked(): Promise<void> {
    return new Promise((done) => (this.#asked = done));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe("the program", () => {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-cli-"));
  const api = new SlowApi();
  let url: string;

  before(async () => {
    url = await api.listen();
  });
  after(() => {
    api.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("starts from the source, from any folder", async () => {
    const [, ended] = start(folder, ["routes", url]);
    const { code, stdout, stderr } = await ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^3 endpoints$/m);
  });

  it("asks the module of an API, and ends although it has a database open", async () => {
    const path = join(root, "apps/shop/src/describe.ts");
    const [, ended] = start(folder, ["routes", "--module", path, "--unsafe"]);
    const { code, stdout, stderr } = await ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^POST \/api\/auth\/register +asSystem: \S/m);
    assert.match(stdout, /^egress +unsafeDestinations: https:\/\/api\.partner\.com$/m);
  });

  it("ends with 2 when nobody answers", async () => {
    const [, ended] = start(folder, ["attack", "http://127.0.0.1:1", "--json", "none.json"]);
    const { code, stderr } = await ended;
    assert.equal(code, 2);
    assert.match(stderr, /^sekisho: .*127\.0\.0\.1:1/m);
    assert.ok(!existsSync(join(folder, "none.json")));
  });

  it("writes what it found when it is interrupted", async () => {
    const asked = api.asked();
    const [child, ended] = start(folder, ["attack", url, "--json", "part.json"]);
    await asked;
    child.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    assert.equal(code, 2, stderr);
    assert.match(stderr, /Once more ends at once/);
    assert.match(stdout, /Stopped early/);
    const path = join(folder, "part.json");
    const report = JSON.parse(readFileSync(path, "utf8")) as { readonly stopped: unknown };
    assert.equal(typeof report.stopped, "string");
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("ends at once at the second interruption, however busy it is", async () => {
    const surroundings = join(root, "packages/cli/src/process-surroundings.ts");
    const busy = [
      `import { processSurroundings } from ${JSON.stringify(pathToFileURL(surroundings).href)};`,
      `processSurroundings().onInterrupt(() => console.log("stopping"));`,
      `setInterval(() => undefined, 1_000);`,
      `console.log("ready");`,
    ].join("\n");
    const child = spawn(process.execPath, ["--input-type=module", "--eval", busy]);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const exited = new Promise<number | null>((done) => child.once("exit", done));
    assert.equal((await lines.next()).value, "ready");
    child.kill("SIGINT");
    assert.equal((await lines.next()).value, "stopping");
    child.kill("SIGTERM");
    assert.equal(await exited, 130);
  });
});
