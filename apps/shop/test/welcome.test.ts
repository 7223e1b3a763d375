/** What a newcomer is told to try works as it stands, and the README says the same. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { thingsToTry, welcome, writeAttackPrincipals, writeDemoShell } from "@sekisho/shop";
import { runShop, type RunningShop } from "./running-shop.ts";

const run = promisify(execFile);

describe("the first five minutes", () => {
  let running: RunningShop;
  let folder: string;

  before(async () => {
    running = await runShop();
    folder = await mkdtemp(join(tmpdir(), "sekisho welcome's "));
  });
  after(async () => {
    await running.close();
    await rm(folder, { recursive: true, force: true });
  });

  for (const shell of ["bash", "sh"])
    it(`the printed commands work in ${shell} as they stand`, async () => {
      const { shop } = running;
      const path = writeDemoShell(folder, shop.origin, shop.demoAccounts);
      const script = welcome(shop, path, "var/attack-principals.yaml")
        .split("\n")
        .filter((line) => line.startsWith("   "))
        .join("\n");
      const { stdout, stderr } = await run(shell, ["-e", "-c", script]);
      assert.equal(stderr, "");
      const answers = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.deepEqual(
        answers.map(({ username, status, code }) => username ?? code ?? status),
        [
          "alice",
          "owner-mismatch",
          "validated",
          "ok",
          "order-not-validated",
          "destination-refused",
        ],
      );
    });

  it("shows the passwords at the first start, and only where they are afterwards", () => {
    const { shop } = running;
    const password = shop.demoAccounts[0]?.password ?? assert.fail("no demo account");
    const files = ["var/demo.sh", "var/attack-principals.yaml"] as const;
    assert.ok(welcome(shop, ...files).includes(password));
    const later = welcome({ ...shop, demoAccounts: [] }, ...files);
    assert.ok(!later.includes(password));
    assert.ok(later.includes(shop.demoAccountsFile));
  });

  it("keeps what it writes from others, also where a file lay open", async () => {
    await rm(join(folder, "demo.sh"), { force: true });
    await writeFile(join(folder, "demo.sh"), "", { mode: 0o644 });
    const path = writeDemoShell(folder, "http://127.0.0.1:1", []);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(running.shop.demoAccountsFile)).mode & 0o777, 0o600);
    await writeFile(join(folder, "attack-principals.yaml"), "", { mode: 0o644 });
    const principals = writeAttackPrincipals(folder, []);
    assert.equal((await stat(principals)).mode & 0o777, 0o600);
  });

  it("writes down who an attack can speak for, with a sign-in that works", async () => {
    const { shop } = running;
    const path = writeAttackPrincipals(folder, shop.demoAccounts);
    assert.ok(welcome(shop, "var/demo.sh", path).includes(`${shop.origin} --principals '`));
    const text = await readFile(path, "utf8");
    const entries = text.split(/^ {2}- /m).slice(1);
    assert.deepEqual(
      entries.map((entry) => /^name: "(\w+)"\n {4}role: (\w+)\n/.exec(entry)?.slice(1)),
      [
        ["alice", "user"],
        ["bob", "user"],
        ["carol", "admin"],
      ],
    );
    for (const [index, entry] of entries.entries()) {
      const [, username, password] = /username: "(.*?)", password: "(.*?)" \}/.exec(entry) ?? [];
      const [, method = "", target = ""] = /request: (\w+) (\S+)/.exec(entry) ?? [];
      const answer = await running.send(target, { method, json: { username, password } });
      assert.equal(answer.status, 200, answer.text);
      const pointer = /token: \/(\w+)/.exec(entry)?.[1] ?? "";
      assert.equal(typeof answer.json()[pointer], "string");
      assert.ok(entry.includes(`id: "${shop.demoAccounts[index]?.id}"`));
    }
  });

  for (const name of ["README.md", "README.ja.md"])
    it(`${name} shows the same commands`, async () => {
      const readme = await readFile(new URL(`../../../${name}`, import.meta.url), "utf8");
      for (const line of ["", ". var/demo.sh", ...thingsToTry.flatMap(({ lines }) => lines)])
        assert.ok(readme.includes(`\n${line}\n`), line);
    });
});
