/**
 * Makes valid requests from a document and from what the API showed and refused before.
 *
 * Promise: everything is decided by `random`, so a seed repeats a run. Limits: requests are valid as
 * far as schemas, examples and learnt values tell; signatures of webhooks are not made here.
 *
 * @module
 */

import { isNode } from "../document/node.ts";
import type { Operation } from "../document/operation.ts";
import type { Principal } from "../principal/principal.ts";
import type { Call, Exchange } from "../wire/exchange.ts";
import type { Making } from "../world/world.ts";
import { createCorrections } from "./corrections.ts";
import type { CallMakerParts, Draft } from "./draft.ts";
import { createPools, isOwnPassword } from "./pools.ts";
import { createReferences } from "./references.ts";
import { bodyOf } from "./request-body.ts";
import { headersOf } from "./request-headers.ts";
import { pathOf } from "./request-path.ts";
import { sentBody } from "./sent.ts";

export type { CallMakerParts };

/** Makes valid requests and learns from answers. */
export interface CallMaker {
  /** A valid request, as far as is known by now. */
  make(operation: Operation, principal: Principal | undefined, making?: Making): Call;
  /** Takes in the values of a successful answer. */
  learn(exchange: Exchange): void;
  /** Learns from a refusal; whether the next request of the operation will differ. */
  correct(exchange: Exchange): boolean;
  /** Values learnt for a name, in whatever spelling. */
  poolOf(name: string): readonly unknown[];
}

/** A maker that knows nothing but the document yet. */
export function createCallMaker(parts: CallMakerParts): CallMaker {
  const pools = createPools();
  const references = createReferences(parts.document);
  const corrections = createCorrections();
  let count = 0;
  const next = (): number => {
    count += 1;
    return count;
  };
  return {
    make: (operation, principal, making = {}) => {
      const memory = corrections.memoryOf(operation);
      const learnt = { pools, references, memory };
      return callOf({ parts, ...learnt, operation, principal, making, next, serial: next() });
    },
    learn: ({ answer, call }) => {
      if (answer === undefined || answer.status < 200 || answer.status > 299) return;
      const name = call.principal?.name;
      if (call.operation !== undefined) corrections.confirm(call.operation);
      pools.learn(answer.json, call.operation, name);
      if (call.operation?.traits.has("creates") === true)
        pools.learn(creationOf(call, parts.runId), call.operation, name);
    },
    correct: (exchange) => corrections.correct(exchange),
    poolOf: (name) => pools.of(name, undefined),
  };
}

/** What a successful creation was sent, without passwords: the answer often does not repeat it. */
function creationOf({ body }: Call, runId: string): unknown {
  const sent = sentBody(body);
  if (!isNode(sent)) return undefined;
  const shown = Object.entries(sent).filter(([, value]) => !isOwnPassword(value, runId));
  return Object.fromEntries(shown);
}

function callOf(draft: Draft): Call {
  const { operation, principal, making } = draft;
  const encoded = bodyOf(draft);
  return {
    method: making.method ?? operation.method,
    path: making.path ?? pathOf(draft),
    headers: headersOf(draft, encoded?.contentType),
    body: encoded?.body,
    principal,
    operation,
  };
}
