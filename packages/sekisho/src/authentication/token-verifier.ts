/**
 * Verifies access tokens (OWASP API2:2023 V6 to V8, RFC 9068, RFC 8725, ASVS 9.1 and 9.2).
 *
 * Risk: forged, foreign, expired or misused tokens. Promise: a token is accepted only with the
 * right type, one of our keys, that key's algorithm, our issuer and audience, and inside its time;
 * keys are prepared once; nothing is ever fetched. Limits: revocation and the state of the account
 * are decided elsewhere; whoever holds a valid token can use it.
 *
 * @module
 */

import { deny, systemClock, type Clock, type Decision } from "../kernel/index.ts";
import { decideClaims, requiredAccessTokenClaims, type ClaimsDenyReason } from "./claims.ts";
import { prepareKeys, type Jwk, type JwsAlgorithm } from "./jwk.ts";
import { verifySignature, type JwsDenyReason } from "./jws.ts";
import { parseStrictObject, type JsonObject } from "./strict-json.ts";

/** Claims of a verified token: those that were checked, and whatever else it carries. */
export type TokenClaims = JsonObject & {
  readonly iss: string;
  readonly aud: string | readonly string[];
  readonly exp: number;
};

/** Why a token is refused; logged, never sent. */
export type TokenDenyReason = JwsDenyReason | ClaimsDenyReason | "wrong-type" | "malformed-payload";

/** How tokens are verified. */
export interface TokenVerifierOptions {
  /** The only accepted `iss`. */
  readonly issuer: string;
  /** Our own name in `aud`; any of several. */
  readonly audience: string | readonly string[];
  readonly jwks: { readonly keys: readonly Jwk[] };
  /** Allowed algorithms. Default: `Ed25519` (also under its old name `EdDSA`) and `ES256`. */
  readonly algorithms?: readonly JwsAlgorithm[];
  readonly clock?: Clock;
  /** The demanded `typ`, compared without `application/`. Default: `"at+jwt"`. */
  readonly typ?: string;
  /** Default: `iss`, `aud`, `sub`, `exp`, `iat`, `jti`. `iss`, `aud` and `exp` are always required. */
  readonly requiredClaims?: readonly string[];
  /** Default: 0. */
  readonly clockToleranceSeconds?: number;
  /** How far ahead `exp` may lie. Default: 86,400. */
  readonly maxLifetimeSeconds?: number;
  /** Default: 8,192. */
  readonly maxTokenBytes?: number;
}

/** Verifies tokens of one issuer for one audience. */
export interface TokenVerifier {
  verify(token: string): Promise<Decision<TokenDenyReason, { readonly claims: TokenClaims }>>;
}

const defaultAlgorithms: readonly JwsAlgorithm[] = ["Ed25519", "EdDSA", "ES256"];
const alwaysRequired = ["iss", "aud", "exp"];

/** Media types compare without case and without `application/` (RFC 7515 §4.1.9). */
function plainType(typ: unknown): string | undefined {
  return typeof typ === "string" ? typ.toLowerCase().replace(/^application\//, "") : undefined;
}

/**
 * Whether a header demands to be read as `typ` (RFC 8725 §3.11).
 *
 * @example
 * hasTokenType({ typ: "application/at+jwt" }, "at+jwt"); // true
 */
export function hasTokenType(header: JsonObject, typ: string): boolean {
  return plainType(header["typ"]) === plainType(typ);
}

/**
 * The claims of a verified payload, or `undefined` when it is not one unambiguous JSON object.
 *
 * @example
 * parseClaims(signed.payload)?.["sub"];
 */
export function parseClaims(payload: Uint8Array): JsonObject | undefined {
  return parseStrictObject(payload);
}

function requireText(name: string, values: readonly string[]): void {
  if (values.length === 0 || values.some((value) => typeof value !== "string" || value === ""))
    throw new TypeError(`token verifier needs ${name}`);
}

/**
 * Prepares the keys and the rules of a token verifier.
 *
 * @throws TypeError when issuer or audience is empty, or a key is missing, weak or unsuitable.
 * @example
 * const verifier = createTokenVerifier({
 *   issuer: "https://shop.example",
 *   audience: "https://shop.example/api",
 *   jwks: publicJwks([key]),
 * });
 * const decision = await verifier.verify(token);
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  requireText("an issuer", [options.issuer]);
  requireText("an audience", [options.audience].flat());
  const keys = prepareKeys(options.jwks.keys, options.algorithms ?? defaultAlgorithms);
  const clock = options.clock ?? systemClock;
  const typ = options.typ ?? "at+jwt";
  const requiredClaims = [
    ...new Set([...alwaysRequired, ...(options.requiredClaims ?? requiredAccessTokenClaims)]),
  ];

  return {
    async verify(token) {
      const signed = await verifySignature(token, keys, { maxTokenBytes: options.maxTokenBytes });
      if (signed.effect === "deny") return signed;
      if (!hasTokenType(signed.header, typ)) return deny("wrong-type");
      const claims = parseClaims(signed.payload);
      if (claims === undefined) return deny("malformed-payload");
      const decision = decideClaims(claims, {
        now: clock.now() / 1000,
        issuer: options.issuer,
        audience: options.audience,
        requiredClaims,
        clockToleranceSeconds: options.clockToleranceSeconds,
        maxLifetimeSeconds: options.maxLifetimeSeconds ?? 86_400,
      });
      if (decision.effect === "deny") return decision;
      // The required claims were found and have their types: the narrower view is now true.
      return { effect: "allow", claims: claims as TokenClaims };
    },
  };
}
