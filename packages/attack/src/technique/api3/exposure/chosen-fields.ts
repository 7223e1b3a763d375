/**
 * asking for fields, or for what is linked, gives what the plain answer leaves out.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import type { Principal } from "../../../principal/principal.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, vulnerable } from "../../outcomes.ts";
import { defineTechnique, speakerOf, type Outcome } from "../../technique.ts";
import { credentialKind } from "./credential-values.ts";
import { othersData } from "./personal-values.ts";
import { givesData } from "./seen-answers.ts";
import { toldValues } from "./told-values.ts";

/** */
export const chosenFields = defineTechnique({
  id: "X-06",
  risk: "API3",
  title: "A selection of fields gives what the plain answer leaves out",
  severity: "high",
  phase: "read",
  needs: [],
  oracle: "O-LEAK",
  guards: ["G-BASE", "G-MASK", "G-REPEAT"],
  hole: "exposure",
  remedy: "Let callers choose only among fields that they may read anyway.",
  run: (world) => run(world),
});

const secretNames = "password,password_hash,passwordHash,hash,secret,token,api_key,ssn,pin";

const selections: readonly (readonly (readonly [string, string])[])[] = [
  [["fields", secretNames]],
  [
    ["fields", "*"],
    ["select", "*"],
  ],
  [
    ["select", secretNames],
    ["columns", secretNames],
    ["attributes", secretNames],
  ],
  [
    ["include", "user,owner,author,customer,account"],
    ["expand", "user,owner,author,customer,account"],
  ],
  [
    ["embed", "user,owner"],
    ["populate", "user"],
    ["with", "user"],
    ["full", "true"],
  ],
  [
    ["view", "full"],
    ["verbose", "true"],
    ["debug", "true"],
    ["admin", "true"],
  ],
];

async function* run(world: World): AsyncIterable<Outcome> {
  for (const operation of world.document.operations) {
    const { method, traits } = operation;
    if (method !== "GET" || !givesData(operation) || traits.has("administrative")) continue;
    yield await judge(world, operation);
  }
}

async function judge(world: World, operation: Operation): Promise<Outcome> {
  const about = { target: operation.key };
  const reader = world.rightful(operation).find((one) => one?.administrator !== true);
  const plain = await world.works(operation, reader);
  if (plain?.answer === undefined || typeof plain.answer.json !== "object")
    return inconclusive(about, `it gave ${speakerOf(reader)} no JSON to compare with`);
  const usual = new Set(tellingIn(world, plain, reader).map(({ pointer }) => pointer));
  for (const query of selections) {
    const call = world.make(operation, reader, { query });
    const first = await world.send(call);
    if (!world.succeeds(first)) continue;
    const news = newsIn(world, first, reader, usual, query);
    if (news === undefined) continue;
    const again = await world.send(call);
    if (newsIn(world, again, reader, usual, query) === undefined) continue;
    const variant = query.map(([name, value]) => `${name}=${value}`).join("&");
    const because = `with ${variant} ${speakerOf(reader)} gets ${news}, which the plain answer leaves out`;
    return vulnerable({ ...about, variant, evidence: [plain, first, again] }, because);
  }
  return held(about, `${selections.length} selections gave nothing that is sensitive`);
}

interface Telling {
  readonly pointer: string;
  readonly value: string;
}

function tellingIn(
  world: World,
  { answer }: Exchange,
  reader: Principal | undefined,
): readonly Telling[] {
  const credentials = toldValues(answer?.json).filter((told) => credentialKind(told) === "always");
  const others = othersData(answer?.json, reader, world.principals).filter(
    ({ harm }) => harm !== "slight",
  );
  return [...credentials, ...others].map(({ pointer, value }) => ({
    pointer,
    value: String(value),
  }));
}

/** Where something sensitive stands that neither the plain answer nor the request has. */
function newsIn(
  world: World,
  exchange: Exchange,
  reader: Principal | undefined,
  usual: ReadonlySet<string>,
  query: readonly (readonly [string, string])[],
): string | undefined {
  const sent = query.map(([, value]) => value);
  return tellingIn(world, exchange, reader).find(
    ({ pointer, value }) => !usual.has(pointer) && !sent.some((one) => one.includes(value)),
  )?.pointer;
}
