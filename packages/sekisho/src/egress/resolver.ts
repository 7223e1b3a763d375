/**
 * Finds the addresses of a name on the network.
 *
 * Promise: A and AAAA are both asked, every answer is returned, and a time-out ends it. It asks
 * through its own sockets, not through `getaddrinfo`: that one occupies a thread of the pool which
 * password hashing needs too, so that names with slow servers could stop sign-in. Limits: the hosts
 * file and multicast DNS are not asked.
 *
 * @module
 */

import { Resolver } from "node:dns/promises";
import type { JudgedAddress, Resolve } from "./decide.ts";

/**
 * A resolver that asks the name servers of the system.
 *
 * @throws (rejects) with the error of the A query when neither query has an answer.
 * @example
 * const resolve = createSystemResolver({ timeoutMs: 2_000 });
 * await resolve("example.com"); // [{ address: "…", family: 4 }, { address: "…", family: 6 }]
 */
export function createSystemResolver(
  options: { readonly timeoutMs?: number; readonly servers?: readonly string[] } = {},
): Resolve {
  const resolver = new Resolver({ timeout: options.timeoutMs ?? 2_000, tries: 2 });
  if (options.servers !== undefined) resolver.setServers(options.servers);
  return async (host) => {
    // A name that ends in the root's dot is complete: no search domain of the machine is appended.
    const name = `${host}.`;
    const [four, six] = await Promise.allSettled([
      resolver.resolve4(name),
      resolver.resolve6(name),
    ]);
    const answers: JudgedAddress[] = [];
    if (six.status === "fulfilled")
      answers.push(...six.value.map((address) => ({ address, family: 6 as const })));
    if (four.status === "fulfilled")
      answers.push(...four.value.map((address) => ({ address, family: 4 as const })));
    if (answers.length === 0 && four.status === "rejected") throw four.reason;
    return answers;
  };
}
