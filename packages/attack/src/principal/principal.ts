/**
 * The parties in whose name the engine speaks.
 *
 * @module
 */

import type { HeaderLine } from "../wire/exchange.ts";

/** What is sent to prove who speaks; values may change when it is renewed. */
export interface Credential {
  /** Header lines to add, such as `["authorization", "Bearer …"]`. */
  readonly headers: readonly HeaderLine[];
  /** Query parameters to add, for keys that live there. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The bearer value alone, when there is one: token, key or cookie value. */
  readonly token: string | undefined;
  /** Refresh token, when the sign-in gave one. */
  readonly refreshToken: string | undefined;
  /** Milliseconds since the epoch when it was obtained. */
  readonly obtainedAt: number;
}

/** Where a token travels. */
export type TokenPlace =
  | { readonly kind: "header"; readonly name: string; readonly template: string }
  | { readonly kind: "cookie"; readonly name: string }
  | { readonly kind: "query"; readonly name: string };

/** How to sign in: a request, and where the token is in its answer. */
export interface LoginRecipe {
  readonly method: string;
  /** Path below the base URL. */
  readonly path: string;
  readonly headers: readonly HeaderLine[];
  /** JSON value, or text for other media types. */
  readonly body: unknown;
  /** JSON pointer, "cookie:NAME" or "header:NAME"; `undefined` = found by looking. */
  readonly token: string | undefined;
  /** JSON pointer of the refresh token; `undefined` = found by looking. */
  readonly refreshToken: string | undefined;
  readonly place: TokenPlace;
}

/** One party. Anonymous is no principal: calls then carry `undefined`. */
export interface Principal {
  /** Unique in the run, such as "alice". */
  readonly name: string;
  /** Role in the words of the API, such as "user" or "admin". */
  readonly role: string;
  readonly tenant: string | undefined;
  /** Whether the file says (or the role's name shows) that this one administers. */
  readonly administrator: boolean;
  /** Present for those who sign in; absent for fixed tokens, keys and headers. */
  readonly recipe: LoginRecipe | undefined;
  /** What is known of this one, such as `{ id, username, email }`: path parameters are filled from it. */
  readonly facts: Readonly<Record<string, string>>;
  /** Ids of objects that belong to this one, by path parameter, from the file. */
  readonly owns: Readonly<Record<string, readonly string[]>>;
}
