/**
 * A node dies without a warning, again and again, under load.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { stockIn } from "../bookkeeping.ts";
import { rounded, spread, type Drill } from "../drill.ts";
import { beginLoad, settle, startTwoNodes } from "../nodes.ts";

const kills = 6;
const clients = 8;

/** Kill one of two nodes, and start it again. */
export const killNode: Drill = {
  name: "kill -9 of one node of two",
  needsServers: true,
  milliseconds: 150_000,
  run: async (stage) => {
    if (stage.servers === undefined) throw new Error("needs servers");
    const { a, b, folder, databaseUrl } = await startTwoNodes(stage, stage.servers, "kill_node");
    const before = await stockIn(databaseUrl);
    const load = await beginLoad(stage, [a, b], folder, clients);
    const starts: number[] = [];
    const began = performance.now();
    for (let count = 0; count < kills; count++) {
      await sleep(1_500);
      const node = count % 2 === 0 ? a : b;
      await node.kill();
      starts.push(await node.start());
    }
    await sleep(1_000);
    const ledger = await load.stop();
    const report = await settle(databaseUrl, ledger, before, [a, b]);
    return {
      figures: [
        `${kills} kills in ${rounded((performance.now() - began) / 1_000)} s, ${clients} clients`,
        ...report.figures,
        `ready again: ${spread(starts)}`,
      ],
      faults: [
        ...report.faults,
        ...(load.done < clients ? [`only ${load.done} orders came to their end`] : []),
      ],
    };
  },
};
