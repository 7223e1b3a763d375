import { strict as assert } from "node:assert";
import { createHmac, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { describe, it } from "node:test";
import { prepareKeys, publicJwks, verifySignature, type Jwk } from "sekisho/authentication";
import {
  ellipticKey,
  encode,
  forge,
  good,
  goodClaims,
  goodHeader,
  key,
  otherKey,
  reasonOf,
  verifier,
  verifierWith,
} from "./tokens-forge.ts";

describe("a verified access token", () => {
  it("is allowed with its claims when everything is right", async () => {
    const decision = await verifier.verify(good);
    assert.equal(decision.effect, "allow");
    if (decision.effect === "allow") assert.equal(decision.claims["sub"], goodClaims.sub);
  });

  it("may be signed with ES256, bound to the elliptic key", async () => {
    const header = { typ: "at+jwt", alg: "ES256", kid: ellipticKey.id };
    assert.equal(await reasonOf(forge(header, goodClaims, ellipticKey.privateKey)), "allowed");
  });

  it("may write its type out as a media type, in any case", async () => {
    for (const typ of ["application/at+jwt", "AT+JWT"])
      assert.equal(await reasonOf(forge({ ...goodHeader, typ }, goodClaims)), "allowed");
  });
});

describe("the signature layer refuses", () => {
  const [headerText = "", claimsText = "", signatureText = ""] = good.split(".");
  const flip = (text: string): string => {
    const bytes = Buffer.from(text, "base64url");
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    return bytes.toString("base64url");
  };
  const reheader = (change: object): string => forge({ ...goodHeader, ...change }, goodClaims);
  const unsigned = (alg: string): string =>
    `${encode({ ...goodHeader, alg })}.${claimsText}.${signatureText}`;
  const hmac = (secret: string | Buffer): string => {
    const data = `${encode({ ...goodHeader, alg: "HS256" })}.${claimsText}`;
    return `${data}.${createHmac("sha256", secret).update(data).digest("base64url")}`;
  };
  const publicKey = createPublicKey(key.privateKey);
  // The last of 86 characters carries four bits that must be zero; the next letter sets one.
  const spareBit = good.slice(0, -1) + String.fromCharCode(good.charCodeAt(good.length - 1) + 1);

  const elliptic = { typ: "at+jwt", alg: "ES256", kid: ellipticKey.id };
  const ellipticData = `${encode(elliptic)}.${claimsText}`;
  const derSignature = sign("sha256", Buffer.from(ellipticData), ellipticKey.privateKey);

  const attacks: readonly [name: string, token: string, reason: string][] = [
    [
      "alg none without a signature",
      `${encode({ ...goodHeader, alg: "none" })}.${claimsText}.`,
      "malformed",
    ],
    ["alg none with our signature", unsigned("none"), "algorithm-not-allowed"],
    ["alg None", unsigned("None"), "algorithm-not-allowed"],
    ["alg nOnE", unsigned("nOnE"), "algorithm-not-allowed"],
    ["alg in another case", reheader({ alg: "ed25519" }), "algorithm-not-allowed"],
    ["no alg", forge({ typ: "at+jwt", kid: key.id }, goodClaims), "missing-algorithm"],
    ["alg that is not a text", reheader({ alg: ["Ed25519"] }), "missing-algorithm"],
    [
      "HS256 keyed with the public PEM",
      hmac(publicKey.export({ format: "pem", type: "spki" })),
      "algorithm-not-allowed",
    ],
    [
      "HS256 keyed with the public DER",
      hmac(publicKey.export({ format: "der", type: "spki" })),
      "algorithm-not-allowed",
    ],
    ["HS256 keyed with the JWK", hmac(JSON.stringify(key.publicJwk)), "algorithm-not-allowed"],
    [
      "HS256 keyed with the raw public key",
      hmac(Buffer.from(key.publicJwk.x ?? "", "base64url")),
      "algorithm-not-allowed",
    ],
    ["ES256 named for the Ed25519 key", reheader({ alg: "ES256" }), "algorithm-not-allowed"],
    [
      "the Ed25519 key named for an ES256 token",
      forge({ ...elliptic, kid: key.id }, goodClaims, ellipticKey.privateKey),
      "algorithm-not-allowed",
    ],
    ["ES256 with r and s zero", `${ellipticData}.${encode(new Uint8Array(64))}`, "bad-signature"],
    [
      "ES256 with a DER signature",
      `${ellipticData}.${derSignature.toString("base64url")}`,
      "bad-signature",
    ],
    [
      "Ed25519 with a zero signature",
      `${headerText}.${claimsText}.${encode(new Uint8Array(64))}`,
      "bad-signature",
    ],
    [
      "a signature of another key under our kid",
      forge(goodHeader, goodClaims, otherKey.privateKey),
      "bad-signature",
    ],
    [
      "a flipped bit in the header",
      `${flip(headerText)}.${claimsText}.${signatureText}`,
      "malformed-header",
    ],
    [
      "a flipped bit in the claims",
      `${headerText}.${flip(claimsText)}.${signatureText}`,
      "bad-signature",
    ],
    [
      "a flipped bit in the signature",
      `${headerText}.${claimsText}.${flip(signatureText)}`,
      "bad-signature",
    ],
    ["a stripped signature", `${headerText}.${claimsText}.`, "malformed"],
    ["two segments", `${headerText}.${claimsText}`, "malformed"],
    ["four segments", `${good}.${signatureText}`, "malformed"],
    ["five segments, as encryption has", `${good}.${signatureText}.${signatureText}`, "encrypted"],
    ["an empty text", "", "malformed"],
    ["padding", `${good}=`, "malformed"],
    [
      "characters of plain base64",
      `${headerText}.${claimsText}.+/${signatureText.slice(2)}`,
      "malformed",
    ],
    ["a trailing blank", `${good} `, "malformed"],
    ["a line break inside", `${good.slice(0, 40)}\n${good.slice(40)}`, "malformed"],
    ["a last character with spare bits set", spareBit, "malformed"],
    [
      "a repeated header name",
      forge(`{"alg":"none","alg":"Ed25519","typ":"at+jwt","kid":"${key.id}"}`, goodClaims),
      "malformed-header",
    ],
    [
      "a repeated header name, escaped",
      forge(`{"\\u0061lg":"none","alg":"Ed25519","typ":"at+jwt","kid":"${key.id}"}`, goodClaims),
      "malformed-header",
    ],
    ["a header that is a list", forge("[]", goodClaims), "malformed-header"],
    ["crit with an unknown name", reheader({ crit: ["exp"] }), "forbidden-header"],
    ["crit and b64 false", reheader({ crit: ["b64"], b64: false }), "forbidden-header"],
    ["b64 alone", reheader({ b64: true }), "forbidden-header"],
    ["jku", reheader({ jku: "https://attacker.example/jwks" }), "forbidden-header"],
    ["x5u", reheader({ x5u: "https://attacker.example/cert" }), "forbidden-header"],
    ["x5c", reheader({ x5c: ["MIIB"] }), "forbidden-header"],
    [
      "jwk with the attacker's own key",
      forge({ ...goodHeader, jwk: otherKey.publicJwk }, goodClaims, otherKey.privateKey),
      "forbidden-header",
    ],
    ["an unknown kid", reheader({ kid: "nobody" }), "unknown-key"],
    ["a kid that is a path", reheader({ kid: "../../dev/null" }), "unknown-key"],
    ["a kid that is SQL", reheader({ kid: "x' or '1'='1" }), "unknown-key"],
    ["a kid named like a prototype member", reheader({ kid: "constructor" }), "unknown-key"],
    ["a kid that is a number", reheader({ kid: 1 }), "malformed-header"],
    ["a kid of 5,000 characters", reheader({ kid: "k".repeat(5000) }), "unknown-key"],
    ["a kid of 10,000 characters", reheader({ kid: "k".repeat(10_000) }), "too-large"],
    [
      "no kid while there are two keys",
      forge({ typ: "at+jwt", alg: "Ed25519" }, goodClaims),
      "unknown-key",
    ],
  ];

  for (const [name, token, reason] of attacks)
    it(name, async () => {
      assert.equal(await reasonOf(token), reason);
      assert.equal(await reasonOf(good), "allowed", "the control");
    });

  it("a token one character over the limit, and reads one of exactly the limit", async () => {
    const fits = verifierWith({ maxTokenBytes: good.length });
    const short = verifierWith({ maxTokenBytes: good.length - 1 });
    assert.equal(await reasonOf(good, fits), "allowed");
    assert.equal(await reasonOf(good, short), "too-large");
  });

  it("a token over 8 KiB, without being told so", async () => {
    const large = { ...goodClaims, note: "n".repeat(8192) };
    assert.equal(await reasonOf(forge(goodHeader, large)), "too-large");
  });
});

describe("a verifier", () => {
  it("refuses to start without issuer, audience or key", () => {
    assert.throws(() => verifierWith({ issuer: "" }), TypeError);
    assert.throws(() => verifierWith({ audience: [] }), TypeError);
    assert.throws(() => verifierWith({ jwks: { keys: [] } }), TypeError);
    assert.throws(() => verifierWith({ algorithms: ["none" as "ES256"] }), TypeError);
  });

  it("refuses to start with weak or damaged keys", () => {
    const rsa = (bits: number): Jwk =>
      generateKeyPairSync("rsa", { modulusLength: bits }).publicKey.export({ format: "jwk" });
    const secret = (bytes: number): Jwk => ({
      kty: "oct",
      k: Buffer.alloc(bytes, 7).toString("base64url"),
    });
    assert.throws(() => prepareKeys([rsa(1024)], ["PS256"]), /1024 bits/);
    assert.equal(prepareKeys([rsa(2048)], ["PS256"]).keys.length, 1);
    assert.throws(() => prepareKeys([secret(31)], ["HS256"]), /shorter/);
    assert.equal(prepareKeys([secret(32)], ["HS256"]).keys.length, 1);
    assert.throws(
      () => prepareKeys([{ ...ellipticKey.publicJwk, y: "AAAA" }], ["ES256"]),
      TypeError,
    );
    assert.throws(() => prepareKeys([key.publicJwk, key.publicJwk], ["Ed25519"]), /kid/);
  });

  it("leaves out keys that are for something else, and says so when none remains", () => {
    const encryption = { ...ellipticKey.publicJwk, use: "enc" };
    assert.equal(prepareKeys([encryption, key.publicJwk], ["Ed25519", "ES256"]).keys.length, 1);
    assert.throws(() => prepareKeys([encryption], ["ES256"]), /no verification key/);
  });

  it("stops accepting a key that is no longer in the set, and accepts its successor", async () => {
    const rotated = verifierWith({ jwks: publicJwks([otherKey, ellipticKey]) });
    const successor = forge({ ...goodHeader, kid: otherKey.id }, goodClaims, otherKey.privateKey);
    assert.equal(await reasonOf(good, rotated), "unknown-key");
    assert.equal(await reasonOf(successor, rotated), "allowed");
    assert.equal(await reasonOf(successor), "unknown-key");
  });

  it("knows an Ed25519 key under its old name when the key has no other", async () => {
    const { kty, crv, x } = key.publicJwk;
    const single = verifierWith({ jwks: { keys: [{ kty, crv, x }] } });
    const old = forge({ typ: "at+jwt", alg: "EdDSA" }, goodClaims);
    assert.equal(await reasonOf(old, single), "allowed");
    assert.equal(
      await reasonOf(forge({ ...goodHeader, alg: "EdDSA" }, goodClaims)),
      "algorithm-not-allowed",
    );
  });

  it("keeps only the public half of a key it is given", () => {
    const pair = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
    assert.equal(prepareKeys([pair], ["Ed25519"]).keys[0]?.key.type, "public");
  });

  it("offers the signature layer for payloads that are not JSON", async () => {
    const keys = prepareKeys([key.publicJwk], ["Ed25519"]);
    const decision = await verifySignature(forge(goodHeader, "plain"), keys);
    assert.equal(decision.effect, "allow");
    if (decision.effect === "allow")
      assert.equal(Buffer.from(decision.payload).toString(), "plain");
  });
});
