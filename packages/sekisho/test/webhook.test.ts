import { strict as assert } from "node:assert";
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { describe, it } from "node:test";
import { Webhook as ReferenceWebhook } from "standardwebhooks";
import { Secret } from "sekisho/kernel";
import {
  standardWebhooks,
  verifyWebhook,
  type WebhookHeaders,
  type WebhookReason,
} from "sekisho/webhook";
import {
  body,
  bodyText,
  now,
  nowSeconds,
  otherSecret,
  outcome,
  secret,
  standardHeaders,
} from "./webhook-messages.ts";

/** The same bytes in base64 that is not canonical. */
function strayBit(signature: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const last = signature.at(-2) ?? "";
  return `${signature.slice(0, -2)}${alphabet[alphabet.indexOf(last) + 1]}=`;
}

describe("Standard Webhooks", () => {
  const scheme = standardWebhooks({ secrets: [secret] });
  const good = standardHeaders();

  it("a signed message is allowed with its id and time", () => {
    assert.deepEqual(verifyWebhook(scheme, { headers: good, body, now }), {
      effect: "allow",
      id: "msg_1",
      timestamp: nowSeconds,
    });
  });

  const shifted = { ...good, "webhook-id": "msg", "webhook-timestamp": good["webhook-timestamp"] };
  const cases: [name: string, headers: WebhookHeaders, expected: "allow" | WebhookReason][] = [
    [
      "names in another case",
      {
        "Webhook-Id": good["webhook-id"],
        "WEBHOOK-TIMESTAMP": good["webhook-timestamp"],
        "Webhook-Signature": good["webhook-signature"],
      },
      "allow",
    ],
    ["a Headers object", new Headers(good), "allow"],
    ["a list of one value", { ...good, "webhook-id": ["msg_1"] }, "allow"],
    ["a list of two values", { ...good, "webhook-id": ["msg_1", "msg_1"] }, "header-repeated"],
    ["a name in two cases", { ...good, "Webhook-Id": "msg_1" }, "header-repeated"],
    ["no id", { ...good, "webhook-id": undefined }, "id-missing"],
    ["another id", { ...good, "webhook-id": "msg_2" }, "signature-mismatch"],
    ["an id with a dot, rightly signed", standardHeaders({ id: "msg.1" }), "id-malformed"],
    ["an id with a brace, rightly signed", standardHeaders({ id: "{1" }), "id-malformed"],
    ["an id of 256 characters", standardHeaders({ id: "m".repeat(256) }), "allow"],
    ["an id of 257 characters", standardHeaders({ id: "m".repeat(257) }), "id-malformed"],
    ["the border moved into the id", shifted, "signature-mismatch"],
    ["no timestamp", { ...good, "webhook-timestamp": undefined }, "timestamp-missing"],
    [
      "another timestamp",
      { ...good, "webhook-timestamp": String(nowSeconds - 1) },
      "signature-mismatch",
    ],
    [
      "a timestamp with a leading zero, rightly signed",
      standardHeaders({ timestamp: `0${nowSeconds}` }),
      "timestamp-malformed",
    ],
    [
      "milliseconds, rightly signed",
      standardHeaders({ timestamp: `${nowSeconds}000` }),
      "timestamp-malformed",
    ],
    ["300 s old", standardHeaders({ timestamp: String(nowSeconds - 300) }), "allow"],
    ["301 s old", standardHeaders({ timestamp: String(nowSeconds - 301) }), "timestamp-too-old"],
    ["300 s ahead", standardHeaders({ timestamp: String(nowSeconds + 300) }), "allow"],
    ["301 s ahead", standardHeaders({ timestamp: String(nowSeconds + 301) }), "timestamp-too-new"],
    ["no signature", { ...good, "webhook-signature": undefined }, "signature-missing"],
    [
      "a cut signature",
      { ...good, "webhook-signature": good["webhook-signature"]?.slice(0, -4) },
      "signature-malformed",
    ],
    [
      "a stray bit in the last character of the signature",
      { ...good, "webhook-signature": strayBit(good["webhook-signature"] ?? "") },
      "signature-malformed",
    ],
    [
      "junk behind the signature",
      { ...good, "webhook-signature": `${good["webhook-signature"]}!` },
      "signature-malformed",
    ],
    [
      "v1 offered as v1a",
      { ...good, "webhook-signature": good["webhook-signature"]?.replace("v1", "v1a") },
      "signature-malformed",
    ],
    ["another sender's key", standardHeaders({ key: randomBytes(32) }), "signature-mismatch"],
    [
      "31 unknown versions before the right one",
      { ...good, "webhook-signature": `${"v9,AA== ".repeat(31)}${good["webhook-signature"]}` },
      "allow",
    ],
    [
      "32 unknown versions before the right one",
      { ...good, "webhook-signature": `${"v9,AA== ".repeat(32)}${good["webhook-signature"]}` },
      "signature-malformed",
    ],
  ];
  for (const [name, headers, expected] of cases)
    it(`${name}: ${expected}`, () => assert.equal(outcome(scheme, headers), expected));

  it("a signature never fits another body", () => {
    for (const text of [`${bodyText} `, ` ${bodyText}`, "{}", "", bodyText.replace("1.50", "1.5")])
      assert.equal(outcome(scheme, good, Buffer.from(text)), "signature-mismatch");
    assert.equal(outcome(scheme, good), "allow");
  });

  it("either of two secrets counts during a rotation, and the removed one no longer", () => {
    const both = standardWebhooks({ secrets: [otherSecret, secret] });
    assert.equal(outcome(both, good), "allow");
    assert.equal(outcome(standardWebhooks({ secrets: [otherSecret] }), good), "signature-mismatch");
  });

  it("agrees with the reference library in both directions", () => {
    const reference = new ReferenceWebhook(secret);
    const text = bodyText;
    const current = new Date();
    const signature = reference.sign("msg_2", current, text);
    const timestamp = String(Math.floor(current.getTime() / 1000));
    const theirs = {
      "webhook-id": "msg_2",
      "webhook-timestamp": timestamp,
      "webhook-signature": signature,
    };
    assert.equal(outcome(scheme, theirs, body, current), "allow");
    assert.equal(outcome(scheme, theirs, Buffer.from(`${text}.`), current), "signature-mismatch");
    assert.doesNotThrow(() => reference.verify(text, standardHeaders({ timestamp })));
    assert.throws(() => reference.verify(`${text}.`, standardHeaders({ timestamp })));
  });

  it("judges v1a by public keys alone", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    const publicOnly = standardWebhooks({
      secrets: [],
      publicKeys: [`whpk_${raw.toString("base64")}`],
    });
    const head = `msg_1.${nowSeconds}.`;
    const signed = sign(null, Buffer.concat([Buffer.from(head), body]), privateKey).toString(
      "base64",
    );
    const headers = { ...good, "webhook-signature": `v1a,${signed}` };
    assert.equal(outcome(publicOnly, headers), "allow");
    assert.equal(outcome(publicOnly, headers, Buffer.from("{}")), "signature-mismatch");
    assert.equal(outcome(scheme, headers), "signature-mismatch", "an HMAC key does not judge v1a");
    const forged = standardHeaders({ key: raw });
    assert.equal(outcome(publicOnly, forged), "signature-mismatch", "a public key is no HMAC key");
  });

  it("takes the time as date, milliseconds or seconds, and nothing else", () => {
    for (const time of [now, nowSeconds * 1000, nowSeconds * 1000 + 999, nowSeconds])
      assert.equal(outcome(scheme, good, body, time), "allow");
    assert.equal(outcome(scheme, good, body, (nowSeconds + 301) * 1000), "timestamp-too-old");
    assert.equal(outcome(scheme, good, body, nowSeconds + 301), "timestamp-too-old");
    for (const time of [Number.NaN, new Date(Number.NaN), Number.POSITIVE_INFINITY])
      assert.throws(() => outcome(scheme, good, body, time), TypeError);
  });

  it("does not take a parsed or decoded body for the raw one", () => {
    const parsed = JSON.parse(bodyText) as Uint8Array;
    assert.throws(() => outcome(scheme, good, parsed), /raw bytes/);
  });

  it("refuses secrets that are missing, short or malformed", () => {
    const short = `whsec_${randomBytes(23).toString("base64")}`;
    const bad = [
      "",
      " ",
      "whsec_",
      short,
      `${secret}!`,
      "whsec_AAAA",
      secret.slice(0, -1),
      "whpk_AAAA",
    ];
    for (const text of bad)
      assert.throws(() => standardWebhooks({ secrets: [secret, text] }), TypeError, text);
    assert.throws(() => standardWebhooks({ secrets: [] }), TypeError);
    assert.throws(() => standardWebhooks({ secrets: secret, toleranceSeconds: 0 }), TypeError);
    assert.throws(() => standardWebhooks({ secrets: secret, toleranceSeconds: 3601 }), TypeError);
    assert.throws(() => standardWebhooks({ secrets: [], publicKeys: ["whpk_AAAA"] }), TypeError);
    const least = `whsec_${randomBytes(24).toString("base64")}`;
    assert.doesNotThrow(() =>
      standardWebhooks({ secrets: new Secret(least), toleranceSeconds: 3600 }),
    );
  });
});
