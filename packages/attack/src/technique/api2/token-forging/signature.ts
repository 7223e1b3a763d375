/**
 * Tokens whose signature is missing, broken, or belongs to other claims.
 *
 * @module
 */

import { encodePart } from "../../../principal/json-web-token.ts";
import type { World } from "../../../world/world.ts";
import { inconclusive, vulnerable } from "../../outcomes.ts";
import type { Outcome } from "../../technique.ts";
import { openForge, type Claims, type Forge } from "./forge.ts";
import { forgeryTechnique } from "./forgery-technique.ts";
import { tryForgeries, type Forgery } from "./try-forgeries.ts";

const verify =
  "Verify the signature of every token with the one key and the one algorithm of the issuer before reading its claims.";

/** J-01: the signature is left out. */
export const strippedSignature = forgeryTechnique(
  { id: "J-01", title: "Token without its signature", severity: "critical", remedy: verify },
  {
    meaning: "a token without a signature is accepted",
    forgeries: ({ token: { header, parts } }) => [
      {
        variant: "empty signature",
        unsigned: true,
        token: `${parts[0]}.${parts[1]}.`,
        sign: (claims, more) => `${encodePart({ ...header, ...more })}.${encodePart(claims)}.`,
      },
      {
        variant: "two parts",
        unsigned: true,
        token: `${parts[0]}.${parts[1]}`,
        sign: (claims, more) => `${encodePart({ ...header, ...more })}.${encodePart(claims)}`,
      },
    ],
  },
);

/** J-02: the signature is not the issuer's. */
export const corruptedSignature = forgeryTechnique(
  { id: "J-02", title: "Token with a broken signature", severity: "critical", remedy: verify },
  async (world: World): Promise<Outcome> => {
    const forge = await openForge(world);
    if (typeof forge === "string") return inconclusive({ target: "" }, forge);
    if (forge.garbage.refused)
      return tryForgeries(world, {
        meaning: "a token whose signature was changed is accepted",
        forgeries: (open) => brokenSignatures(open, () => world.random()),
      });
    return anySignature(forge);
  },
);

/** Under whatever key: nobody looks at signatures. */
async function anySignature(forge: Forge): Promise<Outcome> {
  const { garbage, proof, control, token, others } = forge;
  const target = proof.operation.key;
  const [first] = token.parts;
  const made = `${first}.${encodePart(others?.claims ?? token.payload)}.${"A".repeat(token.signature.length)}`;
  const again = await forge.send(made);
  const whom = forge.whom(again);
  const about = {
    target,
    variant: "signed with a random key",
    evidence: [control, garbage.exchange, again],
  };
  return whom === undefined
    ? inconclusive(about, "a token under a random key was accepted once and not again")
    : vulnerable(
        about,
        `a token under a key that nobody knows is accepted: ${target} answered as to ${whom.name}`,
      );
}

function brokenSignatures(
  { token: { parts, signature } }: Forge,
  random: () => number,
): readonly Forgery[] {
  const start = `${parts[0]}.${parts[1]}.`;
  const bytes = Buffer.from(signature, "base64url");
  const flipped = Buffer.from(bytes);
  const middle = Math.floor(bytes.length / 2);
  flipped[middle] = (flipped[middle] ?? 0) ^ 1;
  const other = Buffer.from(bytes.map(() => Math.floor(random() * 256)));
  return [
    { variant: "one bit in the middle flipped", token: start + flipped.toString("base64url") },
    { variant: "last four characters dropped", token: start + signature.slice(0, -4) },
    { variant: "random bytes as signature", token: start + other.toString("base64url") },
  ];
}

/** J-03: other claims under the old signature. */
export const changedClaims = forgeryTechnique(
  {
    id: "J-03",
    title: "Changed claims under the old signature",
    severity: "critical",
    remedy: verify,
  },
  {
    meaning: "claims that were changed under an old signature are believed",
    forgeries: ({ token: { parts, payload }, others }) => {
      const under = (variant: string, claims: Claims): Forgery => ({
        variant,
        token: `${parts[0]}.${encodePart(claims)}.${parts[2]}`,
      });
      return [
        ...(others === undefined ? [] : [under("claims of another", others.claims)]),
        under("role raised", { ...payload, ...raised(payload) }),
        under("one claim more", { ...payload, canary: "cnry" }),
      ];
    },
  },
);

/** The claims that tell a role, raised; one more when none does. */
function raised(payload: Claims): Claims {
  const names = Object.keys(payload).filter((name) => /role|admin|scope|group|perm/i.test(name));
  const entries = names.map((name) => [name, higher(payload[name])] as const);
  return entries.length === 0 ? { role: "admin" } : Object.fromEntries(entries);
}

function higher(value: unknown): unknown {
  if (typeof value === "boolean") return true;
  return Array.isArray(value) ? [...(value as unknown[]), "admin"] : "admin";
}

/** J-26: the signature that an old fault of ECDSA takes for everybody's. */
export const zeroSignature = forgeryTechnique(
  {
    id: "J-26",
    title: "ECDSA signature of zeros",
    severity: "critical",
    remedy: "Use a library that refuses signatures whose r or s is zero.",
  },
  {
    meaning: "a signature of zeros is accepted",
    forgeries: ({ algorithm, token: { parts, payload, header } }) => {
      if (!algorithm.startsWith("ES")) return "the token is not signed with ECDSA";
      const signatures = [
        Buffer.alloc(64),
        Buffer.from([0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00]),
        Buffer.alloc(96),
        Buffer.alloc(132),
      ].map((bytes) => bytes.toString("base64url"));
      return signatures.map((signature, index) => ({
        variant: ["64 zero bytes", "zeros in DER", "96 zero bytes", "132 zero bytes"][index] ?? "",
        token: `${parts[0]}.${parts[1]}.${signature}`,
        sign: (claims = payload, more = {}) =>
          `${encodePart({ ...header, ...more })}.${encodePart(claims)}.${signature}`,
      }));
    },
  },
);
