/**
 * U-01: whether the API fetches a URL of the caller's choice, proven by a visit to our listener.
 *
 * Limits: the listener is on loopback, so a target on another machine cannot reach it.
 *
 * @module
 */

import type { Operation } from "../../document/operation.ts";
import { held, inconclusive, vulnerable } from "../outcomes.ts";
import { defineTechnique, type Outcome, type Technique } from "../technique.ts";
import type { Exchange } from "../../wire/exchange.ts";
import type { World } from "../../world/world.ts";

const urlName =
  /url|uri|link|href|callback|webhook|image|avatar|picture|source|target|endpoint|host|domain|api|feed|site|location/i;

/** Names of body properties and query parameters that may hold a URL. */
function urlNames({ body, parameters }: Operation): {
  readonly body: readonly string[];
  readonly query: readonly string[];
} {
  const properties = (body?.schema["properties"] ?? {}) as Readonly<Record<string, unknown>>;
  const example = typeof body?.example === "object" && body.example !== null ? body.example : {};
  const names = [...new Set([...Object.keys(properties), ...Object.keys(example)])];
  return {
    body: names.filter((name) => urlName.test(name)),
    query: parameters
      .filter(({ place, name }) => place === "query" && urlName.test(name))
      .map(({ name }) => name),
  };
}

async function fetchOf(
  world: World,
  operation: Operation,
): Promise<{ readonly exchange: Exchange; readonly visited: boolean }> {
  const listener = await world.listener();
  const { url, token } = listener.lay();
  const [principal] = world.rightful(operation);
  const names = urlNames(operation);
  const body = Object.fromEntries(names.body.map((name) => [name, url]));
  const exchange = await world.send(
    world.make(operation, principal, {
      ...(names.body.length > 0 ? { body } : {}),
      query: names.query.map((name) => [name, url] as const),
    }),
  );
  for (let waited = 0; waited < 5 && listener.visits(token).length === 0; waited++)
    await world.sleep(60);
  return { exchange, visited: listener.visits(token).length > 0 };
}

async function* run(world: World): AsyncIterable<Outcome> {
  for (const operation of world.document.operations) {
    const names = urlNames(operation);
    const isTaker =
      operation.traits.has("fetches-url") && names.body.length + names.query.length > 0;
    if (!isTaker || operation.traits.has("destructive") || operation.traits.has("webhook"))
      continue;
    const about = { target: operation.key, variant: "a URL on loopback" };
    const first = await fetchOf(world, operation);
    if (!first.visited) {
      const { answer } = first.exchange;
      yield answer === undefined || answer.status === 401 || answer.status === 403
        ? inconclusive({ ...about, evidence: [first.exchange] }, "the operation was not reached")
        : held({ ...about, evidence: [first.exchange] }, "nobody came to the URL");
      continue;
    }
    const second = await fetchOf(world, operation);
    const evidence = [first.exchange, second.exchange];
    yield second.visited
      ? vulnerable(
          { ...about, evidence },
          "the API fetched a URL on loopback that the caller named, twice",
        )
      : inconclusive({ ...about, evidence }, "it was fetched once and not again");
  }
}

/** U-01: whether the API fetches a URL of the caller's choice. */
export const directFetch: Technique = defineTechnique({
  id: "U-01",
  risk: "API7",
  title: "The API fetches any URL",
  severity: "high",
  phase: "write",
  needs: ["an operation that takes a URL"],
  oracle: "O-OOB",
  guards: ["G-REPEAT"],
  hole: "request-forgery",
  remedy:
    "Fetch only from destinations that you name; judge every resolved address before connecting.",
  run,
});
