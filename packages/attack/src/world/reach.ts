/**
 * Which operations answer 2xx to whom, with a valid request: the positive control of everything.
 *
 * @module
 */

import type { Operation } from "../document/operation.ts";
import type { Principal } from "../principal/principal.ts";
import type { Reach } from "../report/report.ts";
import { isSuccess } from "../oracle/refusal.ts";
import { speakerOf } from "../technique/technique.ts";
import type { CallMaker } from "../value/make-call.ts";
import type { Exchange } from "../wire/exchange.ts";
import type { Making, World } from "./world.ts";

/** Most tries to make one request valid. */
const mostTries = 6;

/** What reaching needs. */
export interface ReachParts {
  readonly maker: CallMaker;
  readonly send: World["send"];
  /** Values and other makings that give the operation something of its own to work on, or why not. */
  readonly prepare: (
    operation: Operation,
    principal: Principal | undefined,
  ) => Promise<Preparation>;
}

/** What an operation is tried on. */
export type Preparation =
  | { readonly ready: true; readonly making: Making; readonly principal: Principal | undefined }
  | { readonly ready: false; readonly why: string };

/** Which operations were reached, and as whom. */
export interface ReachBook {
  works(operation: Operation, principal: Principal | undefined): Promise<Exchange | undefined>;
  whyNot(operation: Operation, principal: Principal | undefined): string;
  /** Takes note of a success that came about elsewhere. */
  note(operation: Operation, principal: Principal | undefined, exchange: Exchange): void;
  rows(operations: readonly Operation[]): readonly Reach[];
}

/** A book of what was reached. */
export function createReachBook(parts: ReachParts): ReachBook {
  const reached = new Map<string, Promise<Exchange | undefined>>();
  const successes = new Map<string, Set<string>>();
  const reasons = new Map<string, string>();
  const keyOf = (operation: Operation, principal: Principal | undefined): string =>
    `${operation.key} as ${speakerOf(principal)}`;
  const note = (operation: Operation, principal: Principal | undefined): void => {
    const names = successes.get(operation.key) ?? new Set();
    names.add(speakerOf(principal));
    successes.set(operation.key, names);
  };

  async function learn(
    operation: Operation,
    principal: Principal | undefined,
  ): Promise<Exchange | undefined> {
    const preparation = await parts.prepare(operation, principal);
    if (!preparation.ready) {
      reasons.set(keyOf(operation, principal), preparation.why);
      return undefined;
    }
    const found = await sendUntilValid(parts, operation, preparation.principal, preparation.making);
    if (isSuccess(found)) {
      note(operation, principal);
      return found;
    }
    reasons.set(keyOf(operation, principal), whyOf(found));
    return undefined;
  }

  return {
    works: (operation, principal) => {
      const key = keyOf(operation, principal);
      const known = reached.get(key) ?? learn(operation, principal);
      reached.set(key, known);
      return known;
    },
    whyNot: (operation, principal) =>
      reasons.get(keyOf(operation, principal)) ?? "it was not tried",
    note: (operation, principal, exchange) => {
      note(operation, principal);
      reached.set(keyOf(operation, principal), Promise.resolve(exchange));
    },
    rows: (operations) =>
      operations.map(({ key }) => {
        const reachedAs = [...(successes.get(key) ?? [])].toSorted();
        const tried = [...reasons].filter(([name]) => name.startsWith(`${key} as `));
        const why = tried.map(([name, reason]) => `${name.slice(key.length + 1)}: ${reason}`);
        const none = why.length === 0 ? "it was not tried" : why.join("; ");
        return { operation: key, reachedAs, why: reachedAs.length > 0 ? "" : none };
      }),
  };
}

/** Sends a request again, corrected by what the answer says is wrong, until it is valid. */
export async function sendUntilValid(
  { maker, send }: Pick<ReachParts, "maker" | "send">,
  operation: Operation,
  principal: Principal | undefined,
  making: Making,
): Promise<Exchange> {
  let exchange = await send(maker.make(operation, principal, making));
  for (let tries = 1; tries < mostTries && !isSuccess(exchange); tries++) {
    const status = exchange.answer?.status ?? 0;
    if ([0, 401, 403, 405, 410, 429, 501].includes(status)) break;
    if (!maker.correct(exchange)) break;
    exchange = await send(maker.make(operation, principal, making));
  }
  if (isSuccess(exchange)) maker.learn(exchange);
  return exchange;
}

function whyOf({ answer, failure }: Exchange): string {
  if (answer === undefined) return failure ?? "no answer";
  const said = answer.text.replaceAll(/\s+/g, " ").slice(0, 120);
  return said === "" ? `answered ${answer.status}` : `answered ${answer.status}: ${said}`;
}
