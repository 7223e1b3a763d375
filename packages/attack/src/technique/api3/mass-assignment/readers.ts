/**
 * Who can show what was kept: the reads that name an account or an object, found once.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import type { Principal } from "../../../principal/principal.ts";
import { holds } from "../../../oracle/marks.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import { isAccountResource, selfIdOf } from "../../../world/found-objects.ts";
import { parametersOfPath } from "../../../world/objects.ts";
import type { World } from "../../../world/world.ts";
import { givesData } from "../exposure/seen-answers.ts";

/** Most reads that are tried to find those which show an account. */
const mostTries = 24;
const mostReaders = 5;

/** Whose account is looked for. */
export interface Sought {
  /** Signed in as the account; `undefined` when it cannot be. */
  readonly self: Principal | undefined;
  /** User name, address, id. */
  readonly keys: readonly string[];
}

/** One read that shows accounts. */
export interface AccountReader {
  readonly read: (sought: Sought) => Promise<Exchange | undefined>;
}

interface Candidate extends AccountReader {
  readonly weight: number;
}

/** The reads that show a given account. */
export async function accountReaders(
  world: World,
  sought: Sought,
): Promise<readonly AccountReader[]> {
  const found: AccountReader[] = [];
  const tried = candidatesOf(world).toSorted((one, other) => one.weight - other.weight);
  for (const candidate of tried.slice(0, mostTries)) {
    const exchange = await candidate.read(sought);
    if (exchange === undefined || !world.succeeds(exchange)) continue;
    const text = exchange.answer?.text ?? "";
    if (sought.keys.some((key) => holds(text, key))) found.push(candidate);
    if (found.length >= mostReaders) break;
  }
  return found;
}

function candidatesOf(world: World): readonly Candidate[] {
  const { document, administrator, identity } = world;
  const candidates: Candidate[] = [];
  const add = (
    weight: number,
    operation: Operation,
    speaker: (sought: Sought) => Principal | undefined | "nobody",
    values?: (sought: Sought) => Readonly<Record<string, string>> | undefined,
  ): void => {
    candidates.push({
      weight,
      read: async (sought) => {
        const reader = speaker(sought);
        if (reader === undefined) return undefined;
        const own = values?.(sought);
        if (values !== undefined && own === undefined) return undefined;
        const making = own === undefined ? {} : { values: own };
        return world.send(world.make(operation, reader === "nobody" ? undefined : reader, making));
      },
    });
  };
  for (const operation of document.operations) {
    if (operation.method !== "GET" || operation.path.includes("{") || !givesData(operation))
      continue;
    const isIdentity = operation === identity?.operation || operation.traits.has("identity");
    const aboutPeople =
      /user|account|member|profile|customer|people|person|\bme\b|self|farmer|employee/i.test(
        operation.path,
      );
    const weight = isIdentity ? 0 : aboutPeople ? 2 : 6;
    if (!operation.traits.has("administrative")) add(weight, operation, ({ self }) => self);
    if (aboutPeople && administrator !== undefined) add(weight + 1, operation, () => administrator);
    if (aboutPeople && operation.access.kind !== "credential")
      add(weight + 1, operation, () => "nobody");
  }
  for (const resource of document.resources) {
    const { read } = resource;
    const [name, ...others] = parametersOfPath(read?.path ?? "");
    if (read === undefined || name === undefined || others.length > 0) continue;
    if (!isAccountResource(resource)) continue;
    const values = ({ self, keys }: Sought): Readonly<Record<string, string>> | undefined => {
      const id = self === undefined ? keys[0] : selfIdOf(resource, self);
      return id === undefined ? undefined : { [name]: id };
    };
    add(1, read, ({ self }) => self, values);
    if (administrator !== undefined) add(4, read, () => administrator, values);
  }
  return candidates;
}

/** Reads an account by everything that shows it. */
export async function readAccount(
  readers: readonly AccountReader[],
  sought: Sought,
): Promise<readonly Exchange[]> {
  const exchanges: Exchange[] = [];
  for (const reader of readers) {
    const exchange = await reader.read(sought);
    if (exchange !== undefined) exchanges.push(exchange);
  }
  return exchanges;
}
