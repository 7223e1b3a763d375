/**
 * What two nodes share: limits, and the end of sessions.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { call } from "../call.ts";
import { rounded, spread, type Drill } from "../drill.ts";
import { startTwoNodes } from "../nodes.ts";
import { newcomer, signIn, type Person } from "../people.ts";
import { demoAccount } from "../shop-process.ts";

const rounds = 15;
const limit = 30;
const perSecond = limit / 60;
/** What "at once" means, in milliseconds after the answer to the change. */
const atOnce = 500;

interface Change {
  readonly name: string;
  readonly make: (person: Person) => Promise<number>;
}

/** How long a token lived on: until a look at it was refused. */
interface Life {
  readonly looks: number;
  readonly milliseconds: number;
}

/** Makes the change on one node and looks on the other until the token is dead. */
async function lifeAfter(there: string, person: Person, change: Change): Promise<Life> {
  const look = async (): Promise<number> =>
    (await call(`${there}/api/users/me`, { token: person.token })).status;
  const warm = await look();
  if (warm !== 200) throw new Error(`a fresh token was answered ${warm}`);
  const status = await change.make(person);
  if (status >= 300) throw new Error(`${change.name} was answered ${status}`);
  const changed = performance.now();
  for (let looks = 1; ; looks++) {
    const isDead = (await look()) === 401;
    const milliseconds = performance.now() - changed;
    if (isDead) return { looks, milliseconds };
    if (milliseconds > 10_000) throw new Error(`${change.name}: the token lives on`);
  }
}

/** Limits and ended sessions on two nodes. */
export const twoNodes: Drill = {
  name: "two nodes",
  needsServers: true,
  milliseconds: 150_000,
  run: async (stage) => {
    if (stage.servers === undefined) throw new Error("needs servers");
    const { a, b, folder } = await startTwoNodes(stage, stage.servers, "two_nodes");
    const search = await sharedSearch([a.origin, b.origin]);
    const carol = demoAccount(folder, "carol");
    const admin = await signIn(a.origin, carol.username, carol.password);
    const patch = async ({ id }: Person, json: object): Promise<number> => {
      const path = `${a.origin}/api/admin/users/${id}`;
      return (await call(path, { method: "PATCH", token: admin, json })).status;
    };
    const changes: readonly Change[] = [
      {
        name: "logout",
        make: async ({ token }) =>
          (await call(`${a.origin}/api/auth/logout`, { method: "POST", token })).status,
      },
      { name: "change of roles", make: (person) => patch(person, { roles: ["user", "admin"] }) },
      { name: "disabling", make: (person) => patch(person, { status: "disabled" }) },
    ];
    const figures = [...search.figures];
    const faults = [...search.faults];
    for (const change of changes) {
      const lives: Life[] = [];
      for (let round = 0; round < rounds; round++)
        lives.push(await lifeAfter(b.origin, await newcomer(a.origin), change));
      const first = lives.filter(({ looks }) => looks === 1).length;
      const times = lives.map(({ milliseconds }) => milliseconds);
      figures.push(
        `${change.name}: refused by the other node at the first look in ${first} of ${rounds}; ${spread(times)}`,
      );
      const longest = Math.max(...times);
      if (longest > atOnce)
        faults.push(`${change.name}: a token lived ${rounded(longest)} ms on the other node`);
    }
    return {
      figures,
      faults: [
        ...faults,
        ...[...a.errors, ...b.errors].map((line) => `logged: ${line.slice(0, 400)}`),
      ],
    };
  },
};

/** Searches both nodes in turn, slower than 5 a second and faster than 30 a minute. */
async function sharedSearch(origins: readonly string[]) {
  const started = performance.now();
  const admitted = [0, 0];
  const refused = [0, 0];
  for (let count = 0; count < 60; count++) {
    const turn = count % 2;
    const { status } = await call(`${origins[turn]}/api/search?q=tea`);
    const counts = status === 200 ? admitted : refused;
    counts[turn] = (counts[turn] ?? 0) + 1;
    await sleep(220);
  }
  const seconds = (performance.now() - started) / 1_000;
  const sum = admitted.reduce((all, one) => all + one, 0);
  const most = Math.ceil(limit + seconds * perSecond);
  const figure = `search at ${limit}/minute: ${sum} of 60 admitted in ${rounded(seconds)} s (${admitted.join(" + ")}), at most ${most} allowed`;
  const faults = [
    ...(sum > most ? [`both nodes together admitted ${sum} searches, not ${most}`] : []),
    ...(sum < limit ? [`both nodes together admitted only ${sum} searches`] : []),
    ...(refused.includes(0) ? ["a node refused nothing"] : []),
  ];
  return { figures: [figure], faults };
}
