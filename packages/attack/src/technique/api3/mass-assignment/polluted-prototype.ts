/**
 * M-10: a body that writes to the prototype of all objects of the process.
 *
 * The marker has no meaning to any program; still it stays until the process ends, so that this runs
 * only with leave and late.
 *
 * @module
 */

import type { Call, Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { toldValues } from "../exposure/told-values.ts";
import { bodyOf, withBody } from "./carrying.ts";
import { writingsOf } from "./probe.ts";
import type { Alter, Writing } from "./writing.ts";

/** M-10. */
export const pollutedPrototype = defineTechnique({
  id: "M-10",
  risk: "API3",
  title: "A request writes to the prototype of every object",
  severity: "critical",
  phase: "destructive",
  needs: ["leave to destroy"],
  oracle: "O-EFFECT",
  guards: ["G-CTRL", "G-REPEAT"],
  hole: "prototype-pollution",
  remedy:
    "Refuse the names __proto__, constructor and prototype, and merge into objects without one.",
  run: (world) => run(world),
});

const mostPlaces = 8;

async function* run(world: World): AsyncIterable<Outcome> {
  for (const writing of writingsOf(world).slice(0, mostPlaces)) yield await judge(world, writing);
}

type Carrier = (marker: string, value: string) => Alter;

const carriers: readonly (readonly [string, Carrier])[] = [
  ["__proto__ in the body", (marker, value) => spliced(`"__proto__":{"${marker}":"${value}"}`)],
  [
    "constructor.prototype in the body",
    (marker, value) => spliced(`"constructor":{"prototype":{"${marker}":"${value}"}}`),
  ],
  [
    "__proto__ in the query",
    (marker, value) => (call) => ({
      ...call,
      path: `${call.path}${call.path.includes("?") ? "&" : "?"}__proto__[${marker}]=${value}`,
    }),
  ],
];

/** Member names that a JSON library would not write are put in as text. */
function spliced(member: string): Alter {
  return (call: Call) => {
    const own = JSON.stringify(bodyOf(call)).slice(1, -1);
    return withBody(call, `{${own === "" ? "" : `${own},`}${member}}`, "application/json");
  };
}

async function judge(world: World, writing: Writing): Promise<Outcome> {
  const about = { target: writing.operation.key };
  const control = await writing.control();
  if (typeof control === "string") return inconclusive(about, control);
  for (const [variant, carrier] of carriers) {
    const first = await pollute(world, writing, carrier);
    const second = first === undefined ? undefined : await pollute(world, writing, carrier);
    if (first === undefined || second === undefined) continue;
    const because = `${variant} showed in later, clean answers to others`;
    return vulnerable({ ...about, variant, evidence: [...first, ...second] }, because);
  }
  return held(about, `${carriers.length} ways left no trace in later answers`);
}

/** Writes a marker and looks for it in clean answers that did not have it. */
async function pollute(
  world: World,
  writing: Writing,
  carrier: Carrier,
): Promise<readonly Exchange[] | undefined> {
  const marker = `zz${Math.floor(world.random() * 36 ** 8).toString(36)}`;
  const before = await cleanAnswers(world);
  const written = await writing.write(carrier(marker, `v${marker}`));
  if (written === undefined || !written.taken) return undefined;
  const after = await cleanAnswers(world);
  // The object that was written to may show it as its own: once, and to its owner.
  const own = world.identity?.operation;
  const hit = after.find(({ answer, call }) => {
    const times = toldValues(answer?.json).filter(
      ({ name, pointer }) => name === marker && !/__proto__|constructor|prototype/.test(pointer),
    ).length;
    const foreign = call.operation === own && call.principal?.name !== written.account?.name;
    return times > (foreign && writing.account ? 0 : 1);
  });
  if (hit === undefined) return undefined;
  return [
    ...before.filter(({ call }) => call.path === hit.call.path).slice(0, 1),
    written.sent,
    hit,
  ];
}

/** Answers that name nothing of what was written. */
async function cleanAnswers(world: World): Promise<readonly Exchange[]> {
  const reader = world.peers?.victim ?? world.principals[0];
  const reads = world.document.operations.filter(
    ({ method, path, traits }) =>
      method === "GET" &&
      !path.includes("{") &&
      !traits.has("destructive") &&
      !traits.has("sign-out"),
  );
  const exchanges: Exchange[] = [];
  for (const operation of reads.slice(0, 6))
    exchanges.push(await world.send(world.make(operation, reader)));
  return exchanges;
}
