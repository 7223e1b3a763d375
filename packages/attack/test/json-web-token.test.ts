import { strict as assert } from "node:assert";
import { createHmac, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { describe, it } from "node:test";
import { encodePart, parseToken, signToken } from "../src/principal/json-web-token.ts";

const payload = { sub: "alice", role: "user" };

function partsOf(token: string): { readonly signed: Buffer; readonly signature: Buffer } {
  const at = token.lastIndexOf(".");
  return {
    signed: Buffer.from(token.slice(0, at)),
    signature: Buffer.from(token.slice(at + 1), "base64url"),
  };
}

describe("a JSON Web Token", () => {
  it("is taken apart and put together without a change", () => {
    const token = signToken({ alg: "HS256", typ: "JWT" }, payload, "secret");
    const parsed = parseToken(token);
    assert.deepEqual(parsed?.header, { alg: "HS256", typ: "JWT" });
    assert.deepEqual(parsed?.payload, payload);
    assert.equal(parsed?.parts.join("."), token);
    assert.equal(parsed?.signature, parsed?.parts[2]);
    assert.equal(
      parseToken(`${encodePart({ alg: "none" })}.${encodePart(payload)}.`)?.signature,
      "",
    );
  });

  it("is not seen in what is none", () => {
    for (const text of [
      "",
      "a.b.c",
      "opaque",
      "1.2.3.4.5",
      `${encodePart([1])}.${encodePart(1)}.x`,
    ])
      assert.equal(parseToken(text), undefined, text);
  });

  it("is signed with HMAC of each length", () => {
    for (const [alg, digest] of [
      ["HS256", "sha256"],
      ["HS384", "sha384"],
      ["HS512", "sha512"],
    ] as const) {
      const { signed, signature } = partsOf(signToken({ alg }, payload, "secret"));
      assert.deepEqual(signature, createHmac(digest, "secret").update(signed).digest());
    }
  });

  it("is signed with RSA, elliptic curves and Edwards curves as verifiers want it", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const curve = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const edwards = generateKeyPairSync("ed25519");
    const first = partsOf(signToken({ alg: "RS256" }, payload, rsa.privateKey));
    assert.ok(verify("sha256", first.signed, rsa.publicKey, first.signature));
    const second = partsOf(signToken({ alg: "ES256" }, payload, curve.privateKey));
    assert.equal(second.signature.length, 64);
    const key = { key: curve.publicKey, dsaEncoding: "ieee-p1363" } as const;
    assert.ok(verify("sha256", second.signed, key, second.signature));
    const third = partsOf(signToken({ alg: "EdDSA" }, payload, edwards.privateKey));
    assert.ok(verify(null, third.signed, edwards.publicKey, third.signature));
    const other = createPublicKey(generateKeyPairSync("ed25519").privateKey);
    assert.ok(!verify(null, third.signed, other, third.signature), "the control: another key");
  });

  it("takes a public key as text for the secret of HMAC, as the attack on algorithms needs", () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = publicKey.export({ type: "spki", format: "pem" });
    const { signed, signature } = partsOf(signToken({ alg: "HS256" }, payload, pem));
    assert.deepEqual(signature, createHmac("sha256", pem).update(signed).digest());
  });
});
