/**
 * Sessions in tokens, done right: one algorithm, one key, every claim checked, revocable, and
 * refresh tokens that die with their family when one is used twice.
 *
 * @module
 */

import {
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
  verify,
  type KeyObject,
} from "node:crypto";
import { broken, oneOf } from "./careful.ts";
import { open, unsigned } from "./token.ts";

/** What a sign-in or a refresh gives. */
export interface Grant {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

/** A session that a token proved. */
export interface Proven {
  readonly subject: string;
  readonly session: string;
}

const [issuer, audience, lifetime] = ["https://catalogue.test", "catalogue-api", 900];

/** Grants, checks and ends sessions. */
export class Sessions {
  readonly #keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } =
    generateKeyPairSync("ed25519");
  readonly #kid = randomUUID();
  readonly #subjects = new Map<string, string>();
  readonly #refresh = new Map<string, { readonly session: string; used: boolean }>();

  /** The public key, for whoever wants to check tokens. */
  jwks(): unknown {
    const jwk = this.#keys.publicKey.export({ format: "jwk" });
    return { keys: [{ ...jwk, kid: this.#kid, alg: "EdDSA", use: "sig" }] };
  }

  begin(subject: string): Grant {
    const session = randomUUID();
    this.#subjects.set(session, subject);
    return this.#grant(session, subject);
  }

  end(session: string): void {
    this.#subjects.delete(session);
  }

  refresh(token: string): Grant | undefined {
    const known = this.#refresh.get(token);
    if (known === undefined) return undefined;
    if (known.used) this.end(known.session);
    const subject = this.#subjects.get(known.session);
    known.used = true;
    return subject === undefined ? undefined : this.#grant(known.session, subject);
  }

  /** Believes a token only if everything about it is as this issuer writes it. */
  prove(token: string): Proven | undefined {
    if (!/^[\w-]{10,500}\.[\w-]{10,1000}\.[\w-]{86}$/.test(token)) return undefined;
    const opened = open(token);
    if (opened === undefined) return undefined;
    const { header, claims, signed, signature } = opened;
    const rules = { alg: oneOf("EdDSA"), typ: oneOf("at+jwt"), kid: oneOf(this.#kid) };
    if (broken(header, rules).length > 0 || Object.keys(header).length !== 3) return undefined;
    if (signature.toString("base64url") !== token.split(".")[2]) return undefined;
    if (!verify(null, Buffer.from(signed), this.#keys.publicKey, signature)) return undefined;
    const now = Date.now() / 1000;
    const valid =
      claims["iss"] === issuer &&
      claims["aud"] === audience &&
      Number(claims["exp"]) > now &&
      Number(claims["iat"]) <= now + 1;
    const session = String(claims["sid"]);
    const subject = this.#subjects.get(session);
    return valid && subject !== undefined && subject === claims["sub"]
      ? { subject, session }
      : undefined;
  }

  #grant(session: string, subject: string): Grant {
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, aud: audience, sub: subject, sid: session, iat };
    const head = { alg: "EdDSA", typ: "at+jwt", kid: this.#kid };
    const signed = unsigned(head, { ...claims, exp: iat + lifetime, jti: randomUUID() });
    const signature = sign(null, Buffer.from(signed), this.#keys.privateKey);
    const refresh_token = randomBytes(32).toString("base64url");
    this.#refresh.set(refresh_token, { session, used: false });
    return {
      access_token: `${signed}.${signature.toString("base64url")}`,
      refresh_token,
      expires_in: lifetime,
    };
  }
}
