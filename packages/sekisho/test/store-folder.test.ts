/** The folder of an embedded database belongs to one living process. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createStore } from "sekisho/store";

describe("the folder of an embedded database", () => {
  let parent = "";
  let folder = "";
  before(async () => {
    parent = await mkdtemp(join(tmpdir(), "sekisho-folder-"));
    folder = join(parent, "database");
  });
  after(() => rm(parent, { recursive: true, force: true }));

  const open = () => createStore({ url: folder, migrations: [] });
  const hold = (processId: number) => writeFile(`${folder}.lock`, String(processId));

  it("is refused while another living process holds it, and opens when that is gone", async () => {
    await hold(process.ppid);
    await assert.rejects(open(), new RegExp(`process ${process.ppid} uses the database`));
    const { pid } = spawnSync(process.execPath, ["--version"]);
    await hold(pid);
    const store = await open();
    await store.ping();
    await store.close();
    assert.equal(existsSync(`${folder}.lock`), false);
  });

  it("opens when a killed process of the same id left it locked, as in a container", async () => {
    await hold(process.pid);
    const store = await open();
    await store.ping();
    await store.close();
  });
});
