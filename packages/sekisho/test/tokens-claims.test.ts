import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { decideClaims } from "sekisho/authentication";
import {
  audience,
  forge,
  good,
  goodClaims,
  goodHeader,
  issuer,
  key,
  reasonOf,
  start,
  verifierWith,
  without,
} from "./tokens-forge.ts";

describe("the claims are refused", () => {
  const reclaim = (change: object): string => forge(goodHeader, { ...goodClaims, ...change });
  const retype = (typ: unknown): string => forge({ ...goodHeader, typ }, goodClaims);
  const claimsText = (extra: string): string => JSON.stringify(goodClaims).replace(/}$/, extra);

  const attacks: readonly [name: string, token: string, reason: string][] = [
    ["without a type", forge({ alg: "Ed25519", kid: key.id }, goodClaims), "wrong-type"],
    ...["JWT", "id+jwt", "refresh+jwt", "reset+jwt", "dpop+jwt", "at+jwt2", ""].map(
      (typ): [string, string, string] => [
        `with the type ${JSON.stringify(typ)}`,
        retype(typ),
        "wrong-type",
      ],
    ),
    ["with a type that is a list", retype(["at+jwt"]), "wrong-type"],
    ["from another issuer", reclaim({ iss: "https://evil.example" }), "wrong-issuer"],
    [
      "from an issuer with our name as a prefix",
      reclaim({ iss: `${issuer}.evil.example` }),
      "wrong-issuer",
    ],
    ["from an issuer with a slash more", reclaim({ iss: `${issuer}/` }), "wrong-issuer"],
    ["without an issuer", forge(goodHeader, without("iss")), "missing-claim"],
    ["with an issuer that is a list", reclaim({ iss: [issuer] }), "malformed-claim"],
    ["for another audience", reclaim({ aud: "https://other.example" }), "wrong-audience"],
    ["for a longer audience", reclaim({ aud: `${audience}/admin` }), "wrong-audience"],
    ["for a list of others", reclaim({ aud: ["a", "b"] }), "wrong-audience"],
    ["for an empty list", reclaim({ aud: [] }), "malformed-claim"],
    ["for a list that is not of texts", reclaim({ aud: [audience, 1] }), "malformed-claim"],
    ["without an audience", forge(goodHeader, without("aud")), "missing-claim"],
    ["without exp", forge(goodHeader, without("exp")), "missing-claim"],
    ["with exp as a text", reclaim({ exp: String(start + 900) }), "malformed-claim"],
    ["with exp null", reclaim({ exp: null }), "malformed-claim"],
    [
      "with exp of 1e400",
      forge(goodHeader, claimsText("").replace(`"exp":${start + 900}`, '"exp":1e400') + "}"),
      "malformed-payload",
    ],
    ["in the second it expires", reclaim({ exp: start }), "expired"],
    ["long expired", reclaim({ exp: start - 3600 }), "expired"],
    ["with exp in ten years", reclaim({ exp: start + 315_360_000 }), "lifetime-too-long"],
    ["with exp in milliseconds", reclaim({ exp: (start + 900) * 1000 }), "lifetime-too-long"],
    ["with nbf in the next second", reclaim({ nbf: start + 1 }), "not-yet-valid"],
    ["with nbf as a text", reclaim({ nbf: "0" }), "malformed-claim"],
    ["with iat in an hour", reclaim({ iat: start + 3600 }), "issued-in-the-future"],
    ["with iat as a text", reclaim({ iat: String(start) }), "malformed-claim"],
    ["without iat", forge(goodHeader, without("iat")), "missing-claim"],
    ["without sub", forge(goodHeader, without("sub")), "missing-claim"],
    ["with an empty sub", reclaim({ sub: "" }), "malformed-claim"],
    ["with sub that is a number", reclaim({ sub: 1 }), "malformed-claim"],
    ["without jti", forge(goodHeader, without("jti")), "missing-claim"],
    [
      "with a repeated claim",
      forge(goodHeader, claimsText(',"sub":"somebody-else"}')),
      "malformed-payload",
    ],
    [
      "with a repeated claim deep inside",
      forge(goodHeader, claimsText(',"x":{"a":[{"b":1,"b":2}]}}')),
      "malformed-payload",
    ],
    [
      "with __proto__",
      forge(goodHeader, claimsText(',"__proto__":{"admin":true}}')),
      "malformed-payload",
    ],
    [
      "nested deeply",
      forge(goodHeader, claimsText(`,"x":${"[".repeat(16)}${"]".repeat(16)}}`)),
      "malformed-payload",
    ],
    ["that are a list", forge(goodHeader, "[]"), "malformed-payload"],
    ["that are not JSON", forge(goodHeader, "sub=me"), "malformed-payload"],
    [
      "behind a byte order mark",
      forge(goodHeader, `\uFEFF${JSON.stringify(goodClaims)}`),
      "malformed-payload",
    ],
    [
      "in broken UTF-8",
      forge(goodHeader, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
      "malformed-payload",
    ],
  ];

  for (const [name, token, reason] of attacks)
    it(name, async () => {
      assert.equal(await reasonOf(token), reason);
      assert.equal(await reasonOf(good), "allowed", "the control");
    });

  const allowed: readonly [name: string, token: string][] = [
    ["one second before they expire", reclaim({ exp: start + 1 })],
    ["with exp in exactly a day", reclaim({ exp: start + 86_400 })],
    ["with nbf now", reclaim({ nbf: start })],
    ["with iat five seconds ahead, as another node's clock may be", reclaim({ iat: start + 5 })],
    ["for a list in which we are", reclaim({ aud: ["https://other.example", audience] })],
    [
      "with repeated names in different objects",
      forge(goodHeader, claimsText(',"x":[{"b":1},{"b":2}],"b":3}')),
    ],
    [
      "nested as deeply as is allowed",
      forge(goodHeader, claimsText(`,"x":${"[".repeat(15)}${"]".repeat(15)}}`)),
    ],
  ];
  for (const [name, token] of allowed)
    it(`but are allowed ${name}`, async () => assert.equal(await reasonOf(token), "allowed"));

  it("within the tolerance and not beyond it, when there is one", async () => {
    const tolerant = verifierWith({ clockToleranceSeconds: 10 });
    assert.equal(await reasonOf(reclaim({ exp: start - 9 }), tolerant), "allowed");
    assert.equal(await reasonOf(reclaim({ exp: start - 10 }), tolerant), "expired");
    assert.equal(await reasonOf(reclaim({ nbf: start + 10 }), tolerant), "allowed");
    assert.equal(await reasonOf(reclaim({ nbf: start + 11 }), tolerant), "not-yet-valid");
  });

  it("without iss, aud and exp even when nothing is required", async () => {
    const lenient = verifierWith({ requiredClaims: [] });
    assert.equal(await reasonOf(forge(goodHeader, without("jti")), lenient), "allowed");
    for (const name of ["iss", "aud", "exp"] as const)
      assert.equal(await reasonOf(forge(goodHeader, without(name)), lenient), "missing-claim");
  });
});

describe("the claims decision alone", () => {
  it("checks nothing that it was not given", () => {
    assert.equal(decideClaims({}, { now: start }).effect, "allow");
    assert.equal(decideClaims({}, { now: start, issuer }).effect, "deny");
    assert.equal(decideClaims({}, { now: start, audience }).effect, "deny");
  });
});
