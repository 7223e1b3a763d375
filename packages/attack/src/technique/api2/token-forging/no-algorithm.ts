/**
 * J-04: tokens that say of themselves that they need no signature.
 *
 * @module
 */

import { encodePart } from "../../../principal/json-web-token.ts";
import type { Claims, Forge, Signing } from "./forge.ts";
import { forgeryTechnique } from "./forgery-technique.ts";
import type { Forgery } from "./try-forgeries.ts";

/** Spellings, the plain one first; `undefined` leaves the algorithm out. */
const spellings: readonly unknown[] = ["none", "None", "NONE", "nOnE", "", null, undefined];

type End = "empty signature" | "old signature" | "two parts";

/** Tokens without an algorithm, the likeliest first. */
export function unsignedTokens({ token: { header, payload, parts } }: Forge): readonly Forgery[] {
  const ends: Readonly<Record<End, string>> = {
    "empty signature": ".",
    "old signature": `.${parts[2]}`,
    "two parts": "",
  };
  return (Object.keys(ends) as End[]).flatMap((end) =>
    spellings.slice(0, end === "two parts" ? 1 : undefined).map((alg) => {
      const sign: Signing = (claims: Claims, more = {}) =>
        `${encodePart({ ...header, ...more, alg })}.${encodePart(claims)}${ends[end]}`;
      return {
        variant: `alg ${alg === undefined ? "left out" : JSON.stringify(alg)}, ${end}`,
        token: sign(payload),
        sign,
        unsigned: true,
      };
    }),
  );
}

/** J-04: the token says that it is not signed. */
export const noAlgorithm = forgeryTechnique(
  {
    id: "J-04",
    title: "Token with the algorithm none",
    severity: "critical",
    remedy:
      "Fix the algorithm where tokens are verified; never take it from the header of the token.",
  },
  {
    meaning: "the token says that it needs no signature, and is believed",
    forgeries: unsignedTokens,
  },
);
