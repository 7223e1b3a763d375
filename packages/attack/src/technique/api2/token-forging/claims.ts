/**
 * Claims that a careful target refuses although the signature is right. All of it needs a way to sign.
 *
 * @module
 */

import { parseToken } from "../../../principal/json-web-token.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, suspected, vulnerable } from "../../outcomes.ts";
import type { Outcome } from "../../technique.ts";
import { carriedBy, withToken } from "../proof.ts";
import { openForge, type Claims, type Forge, type SigningPath } from "./forge.ts";
import { forgeryTechnique } from "./forgery-technique.ts";
import { noPath, signingPath } from "./signing-path.ts";
import { issuerOf } from "./weak-secret.ts";

/** One token that should be refused. */
interface Wrong {
  readonly variant: string;
  readonly claims: Claims;
  readonly header?: Claims;
  /** Bad in itself, or only a sign of it. */
  readonly certain: boolean;
}

interface Family {
  readonly target?: (forge: Forge) => string;
  readonly wrongs: (forge: Forge, now: number) => readonly Wrong[] | string;
  readonly meaning: string;
  /** What is tried when no way to sign is known. */
  readonly otherwise?: (forge: Forge) => Promise<Outcome | undefined>;
}

async function tryClaims(world: World, family: Family): Promise<Outcome> {
  const forge = await openForge(world);
  if (typeof forge === "string") return inconclusive({ target: "" }, forge);
  const target = family.target?.(forge) ?? forge.proof.operation.key;
  if (!forge.garbage.refused)
    return notApplicable({ target }, "signatures are not checked at all, which J-02 tells");
  const wrongs = family.wrongs(forge, Math.floor(world.now() / 1000));
  if (typeof wrongs === "string") return notApplicable({ target }, wrongs);
  const path = await signingPath(world, forge);
  if (path === undefined)
    return (await family.otherwise?.(forge)) ?? notApplicable({ target }, noPath);
  return judgeClaims(forge, path, { ...family, target: () => target }, wrongs);
}

async function judgeClaims(
  forge: Forge,
  { sign, words, signed }: SigningPath,
  { meaning, target }: Family,
  wrongs: readonly Wrong[],
): Promise<Outcome> {
  const place = target?.(forge) ?? "";
  const control = await forge.send(sign(forge.token.payload));
  if (forge.whom(control) === undefined)
    return inconclusive({ target: place, evidence: [control] }, `${words} does not work any more`);
  for (const { variant, claims, header, certain } of wrongs) {
    const token = sign(claims, header);
    // A way to sign that fixes the algorithm proves nothing about algorithms.
    if (!carries(token, header)) continue;
    const first = await forge.send(token);
    if (forge.whom(first) === undefined) continue;
    const again = await forge.send(token);
    const about = { target: place, variant, evidence: [control, first, again] };
    if (forge.whom(again) === undefined)
      return inconclusive(about, "it was accepted once and not again");
    const because = `${meaning} (${variant}; signed by way of: ${words})`;
    // Where unsigned tokens are let in, the genuine ones may be looked at more closely.
    return certain && signed ? vulnerable(about, because) : suspected(about, because);
  }
  return held(
    { target: place, variant: `${wrongs.length} variants`, evidence: [control] },
    "refused although the signature is right",
  );
}

function carries(token: string, header: Claims = {}): boolean {
  const made = parseToken(token.endsWith(".") ? `${token}A` : token)?.header;
  return Object.entries(header).every(
    ([name, value]) => JSON.stringify(made?.[name]) === JSON.stringify(value),
  );
}

/** J-07: the right key under another algorithm of its family. */
export const otherAlgorithm = forgeryTechnique(
  {
    id: "J-07",
    title: "Other algorithm of the same family",
    severity: "low",
    hole: "token-algorithm",
    remedy: "Allow exactly one algorithm.",
  },
  (world) =>
    tryClaims(world, {
      meaning: "another algorithm than that of the issuer is accepted",
      wrongs: ({ algorithm, token: { payload } }) =>
        algorithm.startsWith("HS")
          ? ["HS256", "HS384", "HS512"]
              .filter((one) => one !== algorithm)
              .map((alg) => ({ variant: alg, claims: payload, header: { alg }, certain: false }))
          : "only a shared secret can be used under another algorithm",
    }),
);

const hour = 3600;

/** J-19: a token after its end. */
export const expiredToken = forgeryTechnique(
  {
    id: "J-19",
    title: "Token accepted after its end",
    severity: "medium",
    hole: "token-lifetime",
    remedy: "Require exp and refuse tokens after it, with a minute of tolerance at most.",
    guards: ["G-POS", "G-CLOCK", "G-REPEAT"],
  },
  (world) =>
    tryClaims(world, {
      meaning: "a token is accepted after the end that it tells itself",
      target: (forge) => issuerOf(world, forge),
      otherwise: (forge) => waitForEnd(world, forge),
      wrongs: ({ token: { payload } }, now) => {
        const begun = typeof payload["iat"] === "number" ? { iat: now - 48 * hour } : {};
        const past = { ...payload, ...begun };
        return [
          { variant: "ended an hour ago", claims: { ...past, exp: now - hour }, certain: true },
          { variant: "ended a day ago", claims: { ...past, exp: now - 24 * hour }, certain: true },
          { variant: "exp 0", claims: { ...past, exp: 0 }, certain: true },
          { variant: 'exp "never"', claims: { ...payload, exp: "never" }, certain: false },
          { variant: "no exp", claims: { ...payload, exp: undefined }, certain: false },
        ];
      },
    }),
);

const longestWait = 20;

/** Without a way to sign: a genuine token that ends soon is waited for. */
async function waitForEnd(world: World, forge: Forge): Promise<Outcome | undefined> {
  const { exp, iat } = forge.token.payload;
  const target = issuerOf(world, forge);
  if (typeof exp !== "number" || typeof iat !== "number") return undefined;
  if (exp - iat > longestWait)
    return notApplicable({ target }, `${noPath}, and the genuine token lives ${exp - iat} seconds`);
  const carried = carriedBy(world, forge.principal);
  await world.sleep((exp - iat + 2) * 1000);
  const late = await forge.proof.ask(withToken(carried, forge.raw, forge.raw));
  const about = { target, variant: "genuine token after its end", evidence: [forge.control, late] };
  if (forge.whom(late) === undefined) return held(about, "refused after its end");
  await world.sleep(2000);
  const again = await forge.proof.ask(carried);
  return forge.whom(again) === undefined
    ? held(about, "refused a little after its end")
    : vulnerable(
        { ...about, evidence: [forge.control, late, again] },
        "a token works after its end",
      );
}

/** J-20: a token before its beginning. */
export const earlyToken = forgeryTechnique(
  {
    id: "J-20",
    title: "Token accepted before its beginning",
    severity: "low",
    hole: "token-lifetime",
    remedy: "Refuse tokens before nbf.",
  },
  (world) =>
    tryClaims(world, {
      meaning: "a token is accepted before it begins",
      wrongs: ({ token: { payload } }, now) =>
        payload["nbf"] === undefined
          ? "the token tells no beginning"
          : [
              {
                variant: "nbf tomorrow",
                claims: { ...payload, nbf: now + 24 * hour },
                certain: true,
              },
            ],
    }),
);

/** J-21: a token for somebody else. */
export const otherAudience = forgeryTechnique(
  {
    id: "J-21",
    title: "Token of another issuer or for another audience",
    severity: "medium",
    hole: "token-audience",
    remedy: "Compare iss and aud with what is configured.",
  },
  (world) =>
    tryClaims(world, {
      meaning: "a token that was made for somebody else is accepted",
      wrongs: ({ token: { payload } }) => {
        const wrongs = (["aud", "iss"] as const)
          .filter((name) => payload[name] !== undefined)
          .map((name) => ({
            variant: `other ${name}`,
            claims: { ...payload, [name]: "https://elsewhere.example" },
            certain: true,
          }));
        return wrongs.length > 0 ? wrongs : "the token names neither issuer nor audience";
      },
    }),
);

/** J-24: a subject of another type. */
export const otherType = forgeryTechnique(
  {
    id: "J-24",
    title: "Subject of another type",
    severity: "high",
    remedy: "Check the type of every claim before it is used in a comparison or a query.",
  },
  (world) =>
    tryClaims(world, {
      meaning: "a subject of another type is taken for a person",
      wrongs: ({ token: { payload }, others }) => {
        const name = subjectClaim(payload, others?.claims);
        const values: readonly unknown[] = [
          true,
          0,
          {},
          [],
          null,
          { $ne: null },
          { $gt: "" },
          "%",
          "*",
        ];
        return name === undefined
          ? "no claim of the token tells the subject"
          : values.map((value) => ({
              variant: `${name} ${JSON.stringify(value)}`,
              claims: { ...payload, [name]: value },
              certain: true,
            }));
      },
    }),
);

/** The claim by which the tokens of two principals differ. */
function subjectClaim(payload: Claims, others: Claims | undefined): string | undefined {
  const names = Object.keys(payload).filter(
    (name) =>
      others === undefined || JSON.stringify(payload[name]) !== JSON.stringify(others[name]),
  );
  return (
    ["sub", "user_id", "userId", "uid", "id", "username", "email"].find((name) =>
      names.includes(name),
    ) ?? (others === undefined ? undefined : names[0])
  );
}

/** J-25: an extension that must be understood. */
export const unknownExtension = forgeryTechnique(
  {
    id: "J-25",
    title: "Critical extension that nobody knows",
    severity: "low",
    hole: "token-algorithm",
    remedy: "Refuse tokens whose crit names what is not understood.",
  },
  (world) =>
    tryClaims(world, {
      meaning:
        "a token is accepted although it asks to be refused by whoever does not know its extension",
      wrongs: ({ token: { payload } }) => [
        {
          variant: "crit with an unknown extension",
          claims: payload,
          header: { crit: ["x-sekisho"], "x-sekisho": true },
          certain: false,
        },
      ],
    }),
);
