/**
 * How a principal gets its credential.
 *
 * @module
 */

import type { ApiDocument } from "../document/operation.ts";
import type { HeaderLine } from "../wire/exchange.ts";
import type { LoginRecipe, TokenPlace } from "./principal.ts";
import type { Carried } from "./token-place.ts";

/** How a principal gets its credential. */
export type CredentialSource =
  | {
      readonly kind: "fixed";
      readonly carried: Carried;
      readonly token: string | undefined;
      /** Where the token travels unless the API wants it elsewhere; `undefined` when the file told. */
      readonly usual: TokenPlace | undefined;
    }
  | {
      readonly kind: "login";
      /** Tried in order until one gives a token; the file's own is alone. */
      readonly recipes: readonly LoginRecipe[];
      /** Whether the file told the place of the token, which then must be kept. */
      readonly placed: boolean;
      /** Header lines that go with every request beside the token. */
      readonly extra: readonly HeaderLine[];
    };

/** What is needed to read a source. */
export interface SourceContext {
  readonly document: ApiDocument;
  readonly readText: (path: string) => string;
}
