/**
 * J-29: signing keys that are too short.
 *
 * @module
 */

import { held, notApplicable, suspected, vulnerable } from "../../outcomes.ts";
import { defineTechnique } from "../../technique.ts";
import { shortKeys } from "./key-confusion.ts";
import { publicKeys } from "./public-keys.ts";

/** Bits of an RSA key that anybody with a computer and some days can take apart. */
const breakable = 768;

/** J-29: the modulus of an RSA key. */
export const shortSigningKey = defineTechnique({
  id: "J-29",
  risk: "API2",
  title: "Signing key that is too short",
  severity: "medium",
  phase: "token",
  needs: [],
  oracle: "O-AUTH",
  guards: [],
  hole: "token-key",
  remedy: "Sign with RSA of at least 2048 bits, or with a key on a curve.",
  run: async function* (world) {
    const keys = await publicKeys(world);
    const [first] = keys;
    if (first === undefined) {
      yield notApplicable({ target: "" }, "no public key of the issuer was found");
      return;
    }
    const short = await shortKeys(world);
    if (short.length === 0)
      yield held(
        { target: first.place, evidence: [first.exchange] },
        "no RSA key is shorter than 2048 bits",
      );
    for (const { place, bits, exchange } of short) {
      const about = { target: place, variant: `${bits} bits`, evidence: [exchange] };
      const because = `the RSA key has ${bits} bits, and 2048 are the least`;
      yield bits <= breakable ? vulnerable(about, because) : suspected(about, because);
    }
  },
});
