/**
 * Issues access tokens (OWASP API2:2023, RFC 9068, ASVS 9.1 and 10.4.11).
 *
 * Risk: tokens that live long, say nothing about their purpose, or can be minted by whoever
 * verifies them. Promise: asymmetric signatures, `typ` `at+jwt`, all required claims, at most 15
 * minutes. Limits: bearer tokens; RFC 9068 is followed except for its RS256 clause, since ASVS
 * forbids that padding.
 *
 * @module
 */

import { sign, type KeyObject } from "node:crypto";
import { createId, type Clock, type Randomness } from "../kernel/index.ts";
import { encodeBase64Url } from "./base64url.ts";
import type { SigningKey } from "./keys.ts";

/** How tokens are issued. */
export interface TokenIssuerOptions {
  /** `iss`, for example the origin of the service. */
  readonly issuer: string;
  /** `aud`: the API that the tokens are for. */
  readonly audience: string;
  readonly key: SigningKey;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** 1 to 900. Default: 900. */
  readonly lifetimeSeconds?: number;
}

/** What a token says about its holder. */
export interface AccessTokenSubject {
  readonly subject: string;
  readonly sessionId: string;
  readonly roles: readonly string[];
  /** When the person proved who they are, seconds since 1970; survives a refresh. */
  readonly authenticatedAt: number;
  /** How (RFC 8176), for example `["pwd", "otp"]`. */
  readonly methods: readonly string[];
  readonly tenant?: string | undefined;
  readonly clientId: string;
}

/** An issued token. */
export interface IssuedToken {
  readonly token: string;
  /** `jti`. */
  readonly tokenId: string;
  /** `exp`, seconds since 1970. */
  readonly expiresAt: number;
}

/** Issues tokens with one key. */
export interface TokenIssuer {
  readonly lifetimeSeconds: number;
  issue(holder: AccessTokenSubject): Promise<IssuedToken>;
}

function signWith(hash: string | null, data: Buffer, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(hash, data, { key, dsaEncoding: "ieee-p1363" }, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(error);
    });
  });
}

/**
 * Prepares an issuer of access tokens.
 *
 * @throws TypeError when issuer or audience is empty, or the lifetime is not within 1 to 900 s.
 * @example
 * const issuer = createTokenIssuer({
 *   issuer: "https://shop.example",
 *   audience: "https://shop.example/api",
 *   key: createSigningKey(),
 *   clock: systemClock,
 *   randomness: systemRandomness,
 * });
 */
export function createTokenIssuer(options: TokenIssuerOptions): TokenIssuer {
  const { issuer, audience, key, clock, randomness, lifetimeSeconds = 900 } = options;
  if (issuer === "" || audience === "")
    throw new TypeError("token issuer needs issuer and audience");
  if (!Number.isInteger(lifetimeSeconds) || lifetimeSeconds < 1 || lifetimeSeconds > 900)
    throw new TypeError(`access tokens live 1 to 900 s, not ${String(lifetimeSeconds)}`);
  const header = encodeBase64Url(
    JSON.stringify({ typ: "at+jwt", alg: key.algorithm, kid: key.id }),
  );
  const hash = key.algorithm === "ES256" ? "sha256" : null;

  return {
    lifetimeSeconds,
    async issue(holder) {
      const issuedAt = Math.floor(clock.now() / 1000);
      const expiresAt = issuedAt + lifetimeSeconds;
      const tokenId = createId(clock, randomness);
      const claims = encodeBase64Url(
        JSON.stringify({
          iss: issuer,
          aud: audience,
          sub: holder.subject,
          client_id: holder.clientId,
          jti: tokenId,
          iat: issuedAt,
          exp: expiresAt,
          sid: holder.sessionId,
          auth_time: holder.authenticatedAt,
          amr: holder.methods,
          roles: holder.roles,
          tenant: holder.tenant,
        }),
      );
      const data = Buffer.from(`${header}.${claims}`, "latin1");
      const signature = await signWith(hash, data, key.privateKey);
      return { token: `${header}.${claims}.${encodeBase64Url(signature)}`, tokenId, expiresAt };
    },
  };
}
