/** Access tokens taken apart and put together again, with the key of the shop and with others. */

import { createHmac, createPublicKey, sign, type KeyObject } from "node:crypto";
import { createSigningKey, publicJwks, type SigningKey } from "sekisho/authentication";

/** Header and claims of a token. */
export interface TokenParts {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Reads a token without asking whether it is genuine. */
export function partsOf(token: string): TokenParts {
  const [header, claims] = token
    .split(".")
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()) as object);
  return { header: { ...header }, claims: { ...claims } };
}

/** The two parts that are signed; text stands as it is. */
export function unsigned(header: object | string, claims: object | string): string {
  return [header, claims]
    .map((part) => Buffer.from(typeof part === "string" ? part : JSON.stringify(part)))
    .map((bytes) => bytes.toString("base64url"))
    .join(".");
}

/** Signs anything with a private key. */
export function seal(header: object | string, claims: object | string, key: KeyObject): string {
  const data = unsigned(header, claims);
  const hash = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  const signature = sign(hash, Buffer.from(data), { key, dsaEncoding: "ieee-p1363" });
  return `${data}.${signature.toString("base64url")}`;
}

function sealWithSecret(header: object, claims: object, secret: string | Buffer): string {
  const data = unsigned(header, claims);
  return `${data}.${createHmac("sha256", secret).update(data).digest("base64url")}`;
}

/** One attack: what it is, and the token. */
export type TokenAttack = readonly [name: string, token: string];

/** Tokens whose signature layer is wrong, made of a genuine one. */
export function signatureAttacks(token: string, key: SigningKey): readonly TokenAttack[] {
  const { header, claims } = partsOf(token);
  const [headerText = "", claimsText = "", signature = ""] = token.split(".");
  const other = createSigningKey();
  const elliptic = createSigningKey("ES256");
  const [jwk] = publicJwks([key]).keys;
  const publicKey = createPublicKey(key.privateKey);
  const publicDer = publicKey.export({ type: "spki", format: "der" });
  const publicPem = publicKey.export({ type: "spki", format: "pem" });
  const secrets: readonly (string | Buffer)[] = [
    publicDer,
    publicPem,
    String(publicPem).trim(),
    Buffer.from(String(jwk?.["x"]), "base64url"),
    JSON.stringify(jwk),
    "",
  ];
  const flipped = Buffer.from(signature, "base64url");
  flipped[0] = (flipped[0] ?? 0) ^ 1;
  const lastBits = `${signature.slice(0, -1)}${signature.endsWith("A") ? "B" : "A"}`;
  const admin = { ...claims, roles: ["user", "admin"] };
  const with_ = (more: object): string => seal({ ...header, ...more }, claims, key.privateKey);
  return [
    ...["none", "None", "nOnE", "NONE", ""].flatMap((alg): TokenAttack[] => [
      [`alg ${alg}, no signature`, `${unsigned({ ...header, alg }, claims)}.`],
      [`alg ${alg}, old signature`, `${unsigned({ ...header, alg }, claims)}.${signature}`],
    ]),
    ...secrets.map((secret, index): TokenAttack => {
      return [
        `HS256, public key ${index}`,
        sealWithSecret({ ...header, alg: "HS256" }, claims, secret),
      ];
    }),
    ["alg missing", seal({ typ: header["typ"], kid: header["kid"] }, claims, key.privateKey)],
    ["alg of another kind of key", with_({ alg: "ES256" })],
    ["alg in a list", with_({ alg: [header["alg"]] })],
    ["a key of their own under our name", seal(header, admin, other.privateKey)],
    [
      "a key of their own under its name",
      seal({ ...header, kid: other.id }, admin, other.privateKey),
    ],
    [
      "a key in the header",
      seal({ ...header, jwk: publicJwks([other]).keys[0] }, admin, other.privateKey),
    ],
    ["our key in the header", with_({ jwk })],
    ["an elliptic key", seal({ ...header, alg: "ES256" }, admin, elliptic.privateKey)],
    [
      "an elliptic signature of zeros",
      `${unsigned({ ...header, alg: "ES256" }, claims)}.${"A".repeat(86)}`,
    ],
    ...["jku", "x5u"].map((name): TokenAttack => [
      name,
      with_({ [name]: "https://evil.example/jwks" }),
    ]),
    ["x5c", with_({ x5c: ["AAAA"] })],
    ["crit", with_({ crit: ["exp"] })],
    ["b64", with_({ b64: false })],
    ["zip", with_({ zip: "DEF" })],
    ...["../../dev/null", "' OR 1=1 --", "x".repeat(6_000), "", 5, null].map((kid): TokenAttack => [
      `kid ${String(kid).slice(0, 12)}`,
      with_({ kid }),
    ]),
    ...[undefined, "JWT", "id+jwt", "dpop+jwt", "refresh+jwt", "at+jwt2", "", 1].map(
      (typ): TokenAttack => [`typ ${String(typ)}`, with_({ typ })],
    ),
    ["claims changed", `${headerText}.${unsigned("", admin).slice(1)}.${signature}`],
    ["a bit of the signature", `${headerText}.${claimsText}.${flipped.toString("base64url")}`],
    ["another writing of the same signature", `${headerText}.${claimsText}.${lastBits}`],
    ["no signature", `${headerText}.${claimsText}.`],
    ["two segments", `${headerText}.${claimsText}`],
    ["four segments", `${token}.${signature}`],
    ["five segments", `${token}.${signature}.${signature}`],
    ["padding", `${token}==`],
    ["standard base64", `${headerText}.${claimsText}.+/${signature.slice(2)}`],
    [
      "a name twice in the header",
      seal(JSON.stringify(header).replace("{", '{"alg":"none",'), claims, key.privateKey),
    ],
    [
      "more than eight kilobytes",
      seal(header, { ...claims, more: "x".repeat(8_000) }, key.privateKey),
    ],
    ["garbage", "garbage"],
    ["an empty object", "e30.e30.e30"],
  ];
}

/** Genuinely signed tokens that are not meant for this, for now or for this person. */
export function claimAttacks(
  token: string,
  key: SigningKey,
  others: { readonly subject: string; readonly session: string },
): readonly TokenAttack[] {
  const { header, claims } = partsOf(token);
  const now = Number(claims["iat"]);
  const missing = "019ab3c4-5d6e-7f80-9123-456789abcdef";
  const changes: readonly (readonly [string, object])[] = [
    ...["iss", "aud", "sub", "exp", "iat", "jti", "sid", "auth_time"].map(
      (name) => [`${name} missing`, { [name]: undefined }] as const,
    ),
    ["iss of another", { iss: "https://evil.example" }],
    ["iss with a tail", { iss: `${String(claims["iss"])}/` }],
    ["iss in a list", { iss: [claims["iss"]] }],
    ["aud of another", { aud: "https://evil.example/api" }],
    ["aud with a tail", { aud: `${String(claims["aud"])}2` }],
    ["aud empty", { aud: [] }],
    ["exp as text", { exp: String(claims["exp"]) }],
    ["exp now", { exp: now }],
    ["exp past", { exp: now - 1 }],
    ["exp in ten years", { exp: now + 315_360_000 }],
    ["exp negative", { exp: -1 }],
    ["nbf to come", { nbf: now + 60 }],
    ["nbf as text", { nbf: String(now) }],
    ["iat to come", { iat: now + 60 }],
    ["sub of another", { sub: others.subject }],
    ["sub unknown", { sub: missing }],
    ["sub no id", { sub: "alice" }],
    ["sid of another", { sid: others.session }],
    ["sid unknown", { sid: missing }],
    ["sid no id", { sid: "' OR 1=1" }],
  ];
  return [
    ...changes.map(([name, change]): TokenAttack => {
      return [name, seal(header, { ...claims, ...change }, key.privateKey)];
    }),
    [
      "a name twice in the claims",
      seal(
        header,
        JSON.stringify(claims).replace("{", `{"sub":"${others.subject}",`),
        key.privateKey,
      ),
    ],
    ["claims no object", seal(header, "[]", key.privateKey)],
    ["claims no JSON", seal(header, "x", key.privateKey)],
  ];
}
