/**
 * The only process dies without a warning, on the database in its own folder.
 *
 * @module
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stockIn } from "../bookkeeping.ts";
import { call } from "../call.ts";
import { rounded, spread, type Drill } from "../drill.ts";
import { beginLoad, settle } from "../nodes.ts";
import { newcomer } from "../people.ts";
import { ShopProcess } from "../shop-process.ts";

const kills = 3;
const clients = 4;

/** Kill the process and start it again in the same folder. */
export const killEmbedded: Drill = {
  name: "kill -9 on the embedded database",
  needsServers: false,
  milliseconds: 150_000,
  run: async (stage) => {
    const folder = join(stage.folder, "kill_embedded");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const database = join(folder, "shop");
    const shop = await ShopProcess.at({ folder });
    stage.undo.push(() => shop.kill());
    await shop.start();
    const faults: string[] = [];
    const first = await shop.terminate();
    if (first.code !== 0) faults.push(`the process ended with ${first.code}`);
    const before = await stockIn(database);
    await shop.start();
    const me = `${shop.origin}/api/users/me`;
    const stays = await newcomer(shop.origin);
    const leaves = await newcomer(shop.origin);
    const left = await call(`${shop.origin}/api/auth/logout`, {
      method: "POST",
      token: leaves.token,
    });
    if (left.status !== 204) faults.push(`logout was answered ${left.status}`);

    const load = await beginLoad(stage, [shop], folder, clients);
    const starts: number[] = [];
    const began = performance.now();
    for (let count = 0; count < kills; count++) {
      await sleep(2_000);
      await shop.kill();
      starts.push(await shop.start());
    }
    await sleep(1_000);
    const ledger = await load.stop();
    for (const [{ token }, expected] of [
      [stays, 200],
      [leaves, 401],
    ] as const) {
      const { status } = await call(me, { token });
      if (status !== expected)
        faults.push(`a session was answered ${status} after the restarts, not ${expected}`);
    }
    const { code } = await shop.terminate();
    if (code !== 0) faults.push(`the process ended with ${code}`);
    const report = await settle(database, ledger, before, [shop]);
    return {
      figures: [
        `${kills} kills in ${rounded((performance.now() - began) / 1_000)} s, ${clients} clients`,
        ...report.figures,
        `ready again: ${spread(starts)}`,
      ],
      faults: [...faults, ...report.faults],
    };
  },
};
