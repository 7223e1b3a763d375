/**
 * Finds out where an API takes a token that the file does not place.
 *
 * Promise: the usual place stays unless it is refused as nobody is and another is not. Limits: needs
 * an operation without parameters that refuses those who do not identify themselves.
 *
 * @module
 */

import type { Operation } from "../document/operation.ts";
import { pathWithQuery } from "../wire/prepared-request.ts";
import type { TokenPlace } from "./principal.ts";
import type { SignInParts } from "./sign-in.ts";
import { bearer, carry, headerPlace, type Carried } from "./token-place.ts";

const others: readonly TokenPlace[] = [
  bearer,
  headerPlace("authorization", "Token {token}"),
  headerPlace("authorization", "JWT {token}"),
  headerPlace("authorization", "{token}"),
  headerPlace("x-auth-token"),
  headerPlace("x-access-token"),
  headerPlace("x-api-key"),
  headerPlace("token"),
  { kind: "cookie", name: "token" },
  { kind: "cookie", name: "access_token" },
];

const nothing: Carried = { headers: [], query: [] };

const mostOperations = 3;

function plain({ method, path, parameters, access }: Operation): boolean {
  return (
    method === "GET" &&
    !path.includes("{") &&
    !parameters.some(({ required }) => required) &&
    (access.kind === "credential" || access.kind === "unsaid")
  );
}

function askable(operations: readonly Operation[]): readonly Operation[] {
  const weight = ({ traits, access }: Operation): number =>
    (traits.has("identity") ? 0 : 2) +
    (access.kind === "credential" ? 0 : 1) +
    (traits.has("administrative") ? 4 : 0);
  return operations
    .filter(plain)
    .toSorted((one, other) => weight(one) - weight(other))
    .slice(0, mostOperations);
}

function isRefusal(status: number): boolean {
  return status === 401 || status === 403;
}

/** The place in which the token is taken: the usual one unless that is refused and another is not. */
export async function settlePlace(
  { document, basePath, send }: SignInParts,
  token: string,
  usual: TokenPlace,
): Promise<TokenPlace> {
  const ask = async (operation: Operation, place: TokenPlace | undefined): Promise<number> => {
    const { headers, query } = place === undefined ? nothing : carry(place, token);
    const exchange = await send({
      method: "GET",
      path: pathWithQuery(`${basePath}${operation.path}`, query),
      headers,
      body: undefined,
      principal: undefined,
      operation,
    });
    return exchange.answer?.status ?? 0;
  };
  for (const operation of askable(document.operations)) {
    const nobody = await ask(operation, undefined);
    if (!isRefusal(nobody)) continue;
    const first = await ask(operation, usual);
    if (first !== nobody && first !== 401) return usual;
    for (const place of others) {
      const status = await ask(operation, place);
      if (status >= 200 && status < 300) return place;
    }
  }
  return usual;
}
