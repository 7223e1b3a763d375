/**
 * A resolver that answers from a list, for tests of egress.
 *
 * Promise: no name server is asked; a name that is not listed has no answer. A list of lists is
 * given out one by one, so that a name can change its mind as an attacker's does. Limits: none of
 * the time-outs of a real one.
 *
 * @module
 */

import type { JudgedAddress, Resolve } from "../egress/index.ts";

/** A resolver that also tells what it was asked. */
export type FakeResolver = Resolve & {
  /** The names it was asked for, in order. */
  readonly asked: readonly string[];
};

type Addresses = readonly string[];

function answersOf(given: Addresses | readonly Addresses[]): readonly Addresses[] {
  const isSequence = (list: Addresses | readonly Addresses[]): list is readonly Addresses[] =>
    Array.isArray(list[0]);
  return isSequence(given) ? given : [given];
}

/**
 * Makes a resolver from host names and their addresses. A list of lists answers each question with
 * the next list, the last one for ever.
 *
 * @example
 * const resolve = createFakeResolver({
 *   "api.partner.com": ["93.184.216.34"],
 *   "rebinding.example": [["93.184.216.34"], ["127.0.0.1"]],
 * });
 */
export function createFakeResolver(
  answers: Readonly<Record<string, readonly string[] | readonly (readonly string[])[]>>,
): FakeResolver {
  const asked: string[] = [];
  const known = new Map(Object.entries(answers).map(([host, given]) => [host, answersOf(given)]));
  const resolve = async (host: string): Promise<readonly JudgedAddress[]> => {
    const sequence = known.get(host);
    const turn = asked.filter((name) => name === host).length;
    asked.push(host);
    const addresses = sequence?.[Math.min(turn, sequence.length - 1)];
    if (addresses === undefined) throw new Error(`the fake resolver does not know ${host}`);
    return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  };
  return Object.assign(resolve, { asked });
}
