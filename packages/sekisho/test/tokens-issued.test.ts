import { strict as assert } from "node:assert";
import { generateKeyPairSync } from "node:crypto";
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createLocalJWKSet, jwtVerify } from "jose";
import {
  claimsToPrincipal,
  createTokenIssuer,
  loadOrCreateKeyFile,
  parseSigningKey,
  principalClaims,
  publicJwks,
} from "sekisho/authentication";
import { systemRandomness } from "sekisho/kernel";
import {
  audience,
  clock,
  ellipticKey,
  goodClaims,
  issuer,
  key,
  pemOf,
  reasonOf,
  start,
  verifierWith,
  without,
} from "./tokens-forge.ts";

describe("an issued token", () => {
  const holder = {
    subject: goodClaims.sub,
    sessionId: goodClaims.sid,
    roles: ["user"],
    authenticatedAt: start - 60,
    methods: ["pwd"],
    clientId: "shop",
  };
  const issuerOf = (signingKey = key, lifetimeSeconds?: number) =>
    createTokenIssuer({
      issuer,
      audience,
      key: signingKey,
      clock,
      randomness: systemRandomness,
      ...(lifetimeSeconds !== undefined && { lifetimeSeconds }),
    });

  for (const signingKey of [key, ellipticKey])
    it(`with ${signingKey.algorithm} is accepted by ours and by an independent verifier`, async () => {
      const { token, tokenId, expiresAt } = await issuerOf(signingKey).issue(holder);
      assert.equal(expiresAt, start + 900);
      assert.equal(await reasonOf(token), "allowed");
      const keys = createLocalJWKSet(JSON.parse(JSON.stringify(publicJwks([signingKey]))));
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer,
        audience,
        typ: "at+jwt",
        currentDate: new Date(clock.now()),
      });
      assert.deepEqual(protectedHeader, {
        typ: "at+jwt",
        alg: signingKey.algorithm,
        kid: signingKey.id,
      });
      assert.deepEqual(payload, {
        ...goodClaims,
        jti: tokenId,
        auth_time: start - 60,
      });
    });

  it("has an id of its own", async () => {
    const [first, second] = [await issuerOf().issue(holder), await issuerOf().issue(holder)];
    assert.notEqual(first.tokenId, second.tokenId);
  });

  it("lives a second to fifteen minutes", () => {
    assert.equal(issuerOf(key, 1).lifetimeSeconds, 1);
    assert.equal(issuerOf(key, 900).lifetimeSeconds, 900);
    for (const seconds of [0, 901, 1.5]) assert.throws(() => issuerOf(key, seconds), TypeError);
  });

  it("becomes a principal", async () => {
    const { token, tokenId } = await issuerOf().issue({ ...holder, tenant: "acme" });
    const decision = await verifierWith({ requiredClaims: principalClaims }).verify(token);
    assert.equal(decision.effect, "allow");
    if (decision.effect !== "allow") return;
    assert.deepEqual(claimsToPrincipal(decision.claims), {
      subject: holder.subject,
      kind: "user",
      tenant: "acme",
      roles: new Set(["user"]),
      sessionId: holder.sessionId,
      tokenId,
      authenticatedAt: start - 60,
      methods: ["pwd"],
    });
  });

  it("whose subject is its client speaks for a service", () => {
    assert.equal(claimsToPrincipal({ ...goodClaims, sub: "shop" }).kind, "service");
    assert.equal(claimsToPrincipal(goodClaims).kind, "user");
  });

  it("becomes no principal when a claim is missing or misshapen", () => {
    assert.throws(() => claimsToPrincipal(without("sid")), TypeError);
    for (const change of [{ roles: "admin" }, { amr: [1] }, { auth_time: "0" }, { tenant: 7 }])
      assert.throws(() => claimsToPrincipal({ ...goodClaims, ...change }), TypeError);
    assert.ok(claimsToPrincipal(goodClaims));
  });
});

describe("a signing key", () => {
  let directory = "";
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "sekisho-keys-"));
  });
  after(() => rm(directory, { recursive: true }));

  it("is named by the thumbprint of RFC 8037 appendix A.3", () => {
    // The published private key of the RFC; its public x and thumbprint stand there too.
    const seed = Buffer.from("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", "base64url");
    const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
    const pem = `-----BEGIN PRIVATE KEY-----\n${der.toString("base64")}\n-----END PRIVATE KEY-----\n`;
    const { id, publicJwk } = parseSigningKey(pem);
    assert.equal(id, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert.deepEqual(publicJwk, {
      kty: "OKP",
      crv: "Ed25519",
      x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
      kid: id,
      alg: "Ed25519",
      use: "sig",
    });
  });

  it("is published without its private part", () => {
    for (const published of publicJwks([key, ellipticKey]).keys) {
      assert.equal("d" in published, false);
      assert.equal(published.use, "sig");
    }
    assert.equal(JSON.stringify(key).includes("PRIVATE"), false);
  });

  it("must be Ed25519 or P-256, and a failure does not show it", () => {
    const rsa = pemOf(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey);
    const curve = pemOf(generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey);
    for (const pem of [rsa, curve, rsa.replace("PRIVATE", "SECRET")])
      assert.throws(
        () => parseSigningKey(pem),
        (error: Error) => error instanceof TypeError && !error.message.includes(pem.slice(30, 60)),
      );
    assert.equal(parseSigningKey(pemOf(ellipticKey.privateKey)).id, ellipticKey.id);
  });

  it("is made once in development, readable by its owner alone", async () => {
    const options = { directory: join(directory, "new"), mode: "development" } as const;
    const keys = await Promise.all([loadOrCreateKeyFile(options), loadOrCreateKeyFile(options)]);
    assert.equal(keys[0].id, keys[1].id, "two first starts agree");
    assert.deepEqual(await readdir(options.directory), ["signing-key.pem"]);
    const { mode } = await stat(join(options.directory, "signing-key.pem"));
    assert.equal(mode & 0o777, 0o600);
    assert.equal((await loadOrCreateKeyFile({ ...options, mode: "production" })).id, keys[0].id);
  });

  it("is refused in production when it is absent", async () => {
    const options = { directory: join(directory, "absent"), mode: "production" } as const;
    await assert.rejects(loadOrCreateKeyFile(options), /does not exist/);
    await assert.rejects(stat(options.directory), "nothing was made");
  });

  it("is refused when others can read it", async () => {
    const path = join(directory, "signing-key.pem");
    await writeFile(path, pemOf(key.privateKey), { mode: 0o600 });
    for (const mode of [0o640, 0o604, 0o620]) {
      await chmod(path, mode);
      for (const environment of ["production", "development"] as const)
        await assert.rejects(loadOrCreateKeyFile({ directory, mode: environment }), /make it 600/);
    }
    for (const mode of [0o600, 0o400]) {
      await chmod(path, mode);
      assert.equal((await loadOrCreateKeyFile({ directory, mode: "production" })).id, key.id);
    }
  });
});
