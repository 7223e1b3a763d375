/**
 * Every successful answer to a valid request: of every read by everybody, and of what was written
 * while the target was learnt.
 *
 * Attacks of other techniques are left out: what they got is their own finding.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import type { Principal } from "../../../principal/principal.ts";
import type { Answer, Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";

/** A successful answer with what it answers. */
export interface SeenAnswer {
  readonly operation: Operation;
  readonly reader: Principal | undefined;
  readonly exchange: Exchange;
  readonly answer: Answer;
}

/** Whether a call must not be made a second time for the sake of a look. */
function spends({ method, traits }: Operation): boolean {
  if (["removes", "destructive", "sign-out"].some((trait) => traits.has(trait as "removes")))
    return true;
  const moves = traits.has("acts") || traits.has("money");
  return method === "POST" && moves && !traits.has("fetches-url");
}

const noData = ["health", "documentation", "sign-out", "destructive"] as const;

/** Whether an operation gives data at all. */
export function givesData({ traits }: Operation): boolean {
  return !noData.some((trait) => traits.has(trait));
}

/** Those who read: one pair of peers, one of every other role, and nobody. */
export function readersOf(world: World): readonly (Principal | undefined)[] {
  const readers: Principal[] =
    world.peers === undefined ? [] : [world.peers.attacker, world.peers.victim];
  for (const principal of world.principals)
    if (!readers.some(({ role }) => role === principal.role)) readers.push(principal);
  return [...readers, undefined];
}

const wereRead = new WeakSet<World>();

/** Lists were learnt before there was anything in them: they are read again. */
async function readAll(world: World): Promise<void> {
  if (wereRead.has(world)) return;
  wereRead.add(world);
  for (const operation of world.document.operations) {
    if (operation.method !== "GET" || !givesData(operation)) continue;
    for (const reader of readersOf(world)) {
      if (reader === undefined && operation.access.kind === "credential") continue;
      const works = await world.works(operation, reader);
      if (works !== undefined && !operation.path.includes("{"))
        await world.send(world.make(operation, reader));
    }
  }
}

/** Reads everything as everybody, then gives every answer that the run got in that way. */
export async function seenAnswers(world: World): Promise<readonly SeenAnswer[]> {
  await readAll(world);
  const tokens = world.principals.map((principal) => world.credentialOf(principal).token);
  return world.client.exchanges.flatMap((exchange) => {
    const { call, answer, technique } = exchange;
    const { operation, principal } = call;
    const isOwn = technique === "set-up" || technique.startsWith("X-");
    if (operation === undefined || answer === undefined || !isOwn) return [];
    // While places of tokens are found out, credentials travel as plain headers.
    if (principal === undefined && carriesCredential(exchange, tokens)) return [];
    if (!world.succeeds(exchange) || !givesData(operation)) return [];
    return [{ operation, reader: principal, exchange, answer }];
  });
}

function carriesCredential(
  { call, sentHeaders, sentPath }: Exchange,
  tokens: readonly (string | undefined)[],
): boolean {
  if (sentHeaders.some(([name]) => /^(authorization|cookie)$/i.test(name))) return true;
  const sent = `${sentPath ?? call.path} ${sentHeaders.map(([, value]) => value).join(" ")}`;
  return tokens.some((token) => token !== undefined && token !== "" && sent.includes(token));
}

/** The answers of each operation, in the order of the document. */
export async function answersByOperation(
  world: World,
): Promise<readonly (readonly [Operation, readonly SeenAnswer[]])[]> {
  const answers = await seenAnswers(world);
  const groups = Map.groupBy(answers, ({ operation }) => operation.key);
  return world.document.operations
    .filter(givesData)
    .map((operation) => [operation, groups.get(operation.key) ?? []] as const);
}

/** Whether what an answer showed is shown again; reads are sent once more, writes only when they spend nothing. */
export async function showsAgain(
  world: World,
  { exchange, operation }: SeenAnswer,
  others: readonly SeenAnswer[],
  shows: (answer: SeenAnswer) => boolean,
): Promise<Exchange | undefined> {
  const { call } = exchange;
  const judged = (again: Exchange): Exchange | undefined => {
    if (again.answer === undefined || !world.succeeds(again)) return undefined;
    const seen = { operation, reader: call.principal, exchange: again, answer: again.answer };
    return shows(seen) ? again : undefined;
  };
  if (call.method === "GET") return judged(await world.send(call));
  const known = others.find((one) => one.exchange.id !== exchange.id && shows(one));
  if (known !== undefined) return known.exchange;
  if (spends(operation)) return undefined;
  // What changes or asks may be sent again as it is; what creates wants fresh values.
  const same = operation.traits.has("creates") ? undefined : judged(await world.send(call));
  return same ?? judged(await world.send(world.make(operation, call.principal)));
}
