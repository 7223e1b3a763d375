/**
 * Finds the operation that tells who calls: with it a forged token is judged by whom it makes one.
 *
 * @module
 */

import type { ApiDocument, Operation } from "../document/operation.ts";
import { holds, marksIn, marksOf } from "../oracle/marks.ts";
import { isSuccess } from "../oracle/refusal.ts";
import type { Principal } from "../principal/principal.ts";
import type { CallMaker } from "../value/make-call.ts";
import type { Exchange } from "../wire/exchange.ts";
import type { Identity, World } from "./world.ts";

/** What looking for it needs. */
export interface IdentityParts {
  readonly document: ApiDocument;
  readonly maker: CallMaker;
  readonly send: World["send"];
  readonly principals: readonly Principal[];
}

/** The operation that tells who calls, or `undefined`. */
export async function findIdentity(parts: IdentityParts): Promise<Identity | undefined> {
  const { principals } = parts;
  if (principals.length === 0) return undefined;
  for (const operation of candidatesOf(parts.document)) {
    const found = await tryOperation(parts, operation);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Reads without a path parameter that anybody signed in may call: declared identities first. */
function candidatesOf({ operations }: ApiDocument): readonly Operation[] {
  const reads = operations.filter(
    ({ method, path, access, traits }) =>
      method === "GET" &&
      !path.includes("{") &&
      access.kind !== "anonymous" &&
      access.kind !== "webhook" &&
      access.roles.length === 0 &&
      !["health", "documentation", "destructive", "sign-out", "administrative"].some((trait) =>
        traits.has(trait as "health"),
      ),
  );
  const rank = ({ traits, access }: Operation): number =>
    (traits.has("identity") ? 0 : 2) + (access.kind === "credential" ? 0 : 1);
  return reads.toSorted((left, right) => rank(left) - rank(right)).slice(0, 40);
}

async function tryOperation(
  { maker, send, principals }: IdentityParts,
  operation: Operation,
): Promise<Identity | undefined> {
  const answers = new Map<string, Exchange>();
  for (const principal of principals) {
    const exchange = await send(maker.make(operation, principal));
    if (isSuccess(exchange)) answers.set(principal.name, exchange);
  }
  const anonymous = await send(maker.make(operation, undefined));
  if (answers.size === 0) return undefined;
  const marks = new Map<string, readonly string[]>();
  for (const principal of principals) {
    const own = answers.get(principal.name);
    if (own === undefined) continue;
    const others = [
      anonymous,
      ...[...answers].filter(([name]) => name !== principal.name).map(([, one]) => one),
    ];
    const texts = others.map((one) => one.answer?.text ?? "");
    const found = identityMarks(own, principal, texts);
    if (found.length === 0) return undefined;
    marks.set(principal.name, found);
  }
  return {
    operation,
    marksOf: (principal) => marks.get(principal.name) ?? [],
    call: (headers, query = []) => {
      const call = maker.make(operation, undefined, { headers });
      if (query.length === 0) return call;
      const added = query.map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
      return { ...call, path: `${call.path}${call.path.includes("?") ? "&" : "?"}${added}` };
    },
    whom: (exchange) =>
      isSuccess(exchange)
        ? principals.find(
            ({ name }) => marksIn(exchange.answer?.text ?? "", marks.get(name) ?? []).length > 0,
          )
        : undefined,
  };
}

/** Facts of the principal that its answer holds and no other does; else what is distinctive. */
function identityMarks(
  { answer }: Exchange,
  { facts }: Principal,
  others: readonly string[],
): readonly string[] {
  const text = answer?.text ?? "";
  const told = [facts["id"], facts["username"], facts["email"]].filter(
    (fact): fact is string =>
      fact !== undefined &&
      fact.length >= 3 &&
      holds(text, fact) &&
      !others.some((one) => holds(one, fact)),
  );
  return [...new Set([...told, ...marksOf(answer?.json ?? text, others)])].slice(0, 20);
}
