/**
 * A node is asked to stop while it works.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createStore } from "sekisho/store";
import { call } from "../call.ts";
import { rounded, type Drill } from "../drill.ts";
import { startTwoNodes } from "../nodes.ts";
import { newcomers, productIds, type Person } from "../people.ts";

const clients = 12;
const longestStop = 15_000;

interface Tally {
  answered: number;
  /** No connection, or one that ended before a byte of the answer. */
  readonly unanswered: string[];
  readonly odd: number[];
}

async function ordersIn(url: string, people: readonly Person[]): Promise<number> {
  const store = await createStore({ url, migrations: [] });
  try {
    return await store.asSystem("drill: orders", async (session) => {
      const { rows } = await session.query<{ count: string }>(
        "SELECT count(*) AS count FROM shop_order WHERE user_id = ANY ($1::uuid[])",
        [people.map(({ id }) => id)],
      );
      return Number(rows[0]?.count ?? 0);
    });
  } finally {
    await store.close();
  }
}

/** Stop one node with SIGTERM under load. */
export const gracefulStop: Drill = {
  name: "graceful stop",
  needsServers: true,
  milliseconds: 90_000,
  run: async (stage) => {
    if (stage.servers === undefined) throw new Error("needs servers");
    const { a, b, databaseUrl } = await startTwoNodes(stage, stage.servers, "graceful_stop");
    const people = await newcomers(b.origin, clients);
    const [product] = await productIds(b.origin);
    const tally: Tally = { answered: 0, unanswered: [], odd: [] };
    const end = new AbortController();
    const lane = async ({ token }: Person): Promise<void> => {
      while (!end.signal.aborted) {
        const answer = await call(`${a.origin}/api/orders`, {
          token,
          json: { items: [{ product_id: product, quantity: 1 }] },
          headers: { "idempotency-key": `"${randomUUID()}"` },
        });
        if (answer.status === 201) tally.answered++;
        else if (answer.status === 0) tally.unanswered.push(answer.text);
        else if (answer.status !== 429) tally.odd.push(answer.status);
        // After the end every connection is refused; that says nothing more.
        await sleep(answer.status === 201 ? 0 : 50);
      }
    };
    const lanes = people.map(lane);
    await sleep(1_500);
    const exit = await a.terminate();
    end.abort();
    await Promise.all(lanes);
    const orders = await ordersIn(databaseUrl, people);
    return {
      figures: [
        `${tally.answered} orders acknowledged, ${orders} in the database, ${tally.unanswered.length} requests found nobody`,
        `ended with ${exit.code} after ${rounded(exit.milliseconds)} ms`,
      ],
      faults: [
        ...(exit.code === 0 ? [] : [`the process ended with ${exit.code}`]),
        ...(exit.milliseconds < longestStop ? [] : ["the process took too long to stop"]),
        ...(tally.answered > 0 ? [] : ["nothing was ordered"]),
        ...(tally.odd.length === 0 ? [] : [`answers while stopping: ${tally.odd.join(" ")}`]),
        ...(orders === tally.answered
          ? []
          : [`${orders - tally.answered} orders were made and not acknowledged`]),
        ...a.errors.map((line) => `logged: ${line.slice(0, 400)}`),
      ],
    };
  },
};
