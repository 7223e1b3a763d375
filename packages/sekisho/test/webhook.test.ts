import { strict as assert } from "node:assert";
import { createHmac, generateKeyPairSync, hash, randomBytes, sign } from "node:crypto";
import { describe, it } from "node:test";
import { Webhook as ReferenceWebhook } from "standardwebhooks";
import { z } from "zod";
import { Secret } from "sekisho/kernel";
import {
  defineWebhook,
  firstMatching,
  githubSignature,
  hmacSignature,
  slackSignature,
  standardWebhooks,
  stripeSignature,
  verifyWebhook,
  type WebhookHeaders,
  type WebhookReason,
  type WebhookScheme,
} from "sekisho/webhook";

const key = Buffer.from("0123456789abcdef0123456789abcdef");
const secret = `whsec_${key.toString("base64")}`;
const otherSecret = `whsec_${randomBytes(32).toString("base64")}`;
const bodyText = '{"type":"payment.succeeded","amount":1.50}';
const body = Buffer.from(bodyText);
const nowSeconds = 1_796_000_000;
const now = new Date(nowSeconds * 1000);

function hexOf(secretKey: Uint8Array | string, ...parts: (string | Uint8Array)[]): string {
  const digest = createHmac("sha256", secretKey);
  for (const part of parts) digest.update(part);
  return digest.digest("hex");
}

function standardHeaders(
  changes: { id?: string; timestamp?: string; content?: Uint8Array; key?: Uint8Array } = {},
): Record<string, string> {
  const id = changes.id ?? "msg_1";
  const timestamp = changes.timestamp ?? String(nowSeconds);
  const digest = hexOf(changes.key ?? key, `${id}.${timestamp}.`, changes.content ?? body);
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${Buffer.from(digest, "hex").toString("base64")}`,
  };
}

function outcome(
  scheme: WebhookScheme,
  headers: WebhookHeaders,
  content: Uint8Array = body,
  time: Date | number = now,
): "allow" | WebhookReason {
  const decision = verifyWebhook(scheme, { headers, body: content, now: time });
  return decision.effect === "allow" ? "allow" : decision.reason;
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

describe("a bare HMAC beside Standard Webhooks", () => {
  const bare = hmacSignature({ header: "X-Signature", secrets: [secret] });
  const both = firstMatching([standardWebhooks({ secrets: [secret] }), bare]);
  const signature = hexOf(key, body);

  it("hexadecimal HMAC of the raw body is allowed, with the body's digest as id", () => {
    const headers = { "x-signature": signature };
    assert.deepEqual(verifyWebhook(bare, { headers, body, now }), {
      effect: "allow",
      id: `body:${hash("sha256", body, "hex")}`,
    });
    assert.equal(outcome(bare, { "X-SIGNATURE": signature.toUpperCase() }), "allow");
  });

  const cases: [name: string, headers: WebhookHeaders, expected: "allow" | WebhookReason][] = [
    ["only the old header", { "x-signature": signature }, "allow"],
    ["only the new headers", standardHeaders(), "allow"],
    [
      "good new headers beside a bad old one",
      { ...standardHeaders(), "x-signature": "00" },
      "allow",
    ],
    [
      "bad new headers beside a good old one",
      { ...standardHeaders({ key: randomBytes(32) }), "x-signature": signature },
      "signature-mismatch",
    ],
    [
      "stale new headers beside a good old one",
      { ...standardHeaders({ timestamp: "1" }), "x-signature": signature },
      "timestamp-too-old",
    ],
    [
      "a lone empty id beside a good old one",
      { "webhook-id": "", "x-signature": signature },
      "id-missing",
    ],
    [
      "a repeated id beside a good old one",
      { "webhook-id": ["a", "b"], "x-signature": signature },
      "header-repeated",
    ],
    ["neither", { "content-type": "application/json" }, "signature-missing"],
    ["an empty old header", { "x-signature": "" }, "signature-missing"],
    [
      "base64 in the old header",
      { "x-signature": Buffer.from(signature, "hex").toString("base64") },
      "signature-malformed",
    ],
    ["one digit less", { "x-signature": signature.slice(1) }, "signature-malformed"],
    [
      "one digit changed",
      { "x-signature": signature.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) },
      "signature-mismatch",
    ],
    ["the undecoded secret as key", { "x-signature": hexOf(secret, body) }, "signature-mismatch"],
    ["the old header twice", { "x-signature": [signature, signature] }, "header-repeated"],
  ];
  for (const [name, headers, expected] of cases)
    it(`${name}: ${expected}`, () => assert.equal(outcome(both, headers), expected));

  it("refuses malformed options", () => {
    assert.throws(() => hmacSignature({ header: "x signature", secrets: [secret] }), TypeError);
    assert.throws(
      () =>
        hmacSignature({
          header: "x-signature",
          secrets: ["15 bytes of text"].map((text) => text.slice(1)),
        }),
      TypeError,
    );
    assert.doesNotThrow(() =>
      hmacSignature({ header: "x-signature", secrets: ["16 bytes of text"] }),
    );
    assert.throws(() => firstMatching([]), TypeError);
  });
});

describe("vendors' signatures", () => {
  const text = "a secret that the vendor shows once";
  const time = String(nowSeconds);
  const stripe = stripeSignature({ secrets: [text] });
  const github = githubSignature({ secrets: [text] });
  const slack = slackSignature({ secrets: [text] });
  const stripeGood = hexOf(text, `${time}.`, body);
  const slackHeaders = (stamp: string): WebhookHeaders => ({
    "x-slack-request-timestamp": stamp,
    "x-slack-signature": `v0=${hexOf(text, `v0:${stamp}:`, body)}`,
  });

  const cases: [
    name: string,
    scheme: WebhookScheme,
    headers: WebhookHeaders,
    expected: "allow" | WebhookReason,
  ][] = [
    ["Stripe, signed", stripe, { "stripe-signature": `t=${time},v1=${stripeGood}` }, "allow"],
    [
      "Stripe, an unknown version beside",
      stripe,
      { "stripe-signature": `t=${time},v0=00,v1=${stripeGood}` },
      "allow",
    ],
    [
      "Stripe, two times",
      stripe,
      { "stripe-signature": `t=${time},t=1,v1=${stripeGood}` },
      "signature-malformed",
    ],
    [
      "Stripe, other time",
      stripe,
      { "stripe-signature": `t=${nowSeconds - 1},v1=${stripeGood}` },
      "signature-mismatch",
    ],
    ["Stripe, no time", stripe, { "stripe-signature": `v1=${stripeGood}` }, "timestamp-missing"],
    ["Stripe, no signature", stripe, { "stripe-signature": `t=${time}` }, "signature-malformed"],
    ["Stripe, no header", stripe, {}, "signature-missing"],
    ["GitHub, signed", github, { "x-hub-signature-256": `sha256=${hexOf(text, body)}` }, "allow"],
    [
      "GitHub, SHA-1 under its old name",
      github,
      { "x-hub-signature": "sha1=00" },
      "signature-missing",
    ],
    [
      "GitHub, without the prefix",
      github,
      { "x-hub-signature-256": hexOf(text, body) },
      "signature-malformed",
    ],
    [
      "GitHub, another body's",
      github,
      { "x-hub-signature-256": `sha256=${hexOf(text, "{}")}` },
      "signature-mismatch",
    ],
    ["Slack, signed", slack, slackHeaders(time), "allow"],
    ["Slack, 300 s old", slack, slackHeaders(String(nowSeconds - 300)), "allow"],
    ["Slack, 301 s old", slack, slackHeaders(String(nowSeconds - 301)), "timestamp-too-old"],
    [
      "Slack, no time",
      slack,
      { ...slackHeaders(time), "x-slack-request-timestamp": undefined },
      "timestamp-missing",
    ],
    [
      "Slack, another time",
      slack,
      { ...slackHeaders(time), "x-slack-request-timestamp": String(nowSeconds - 1) },
      "signature-mismatch",
    ],
    [
      "Slack, another version",
      slack,
      { ...slackHeaders(time), "x-slack-signature": "v1=00" },
      "signature-malformed",
    ],
  ];
  for (const [name, scheme, headers, expected] of cases)
    it(`${name}: ${expected}`, () => assert.equal(outcome(scheme, headers), expected));

  it("the id does not depend on what the vendor left unsigned", () => {
    const headers = { "x-hub-signature-256": `sha256=${hexOf(text, body)}` };
    const [first, second] = ["1", "2"].map((delivery) =>
      verifyWebhook(github, { headers: { ...headers, "x-github-delivery": delivery }, body, now }),
    );
    assert.deepEqual(first, second);
    assert.equal(first?.effect, "allow");
  });

  it("empty secrets are refused", () => {
    for (const scheme of [stripeSignature, githubSignature, slackSignature]) {
      assert.throws(() => scheme({ secrets: [] }), TypeError);
      assert.throws(() => scheme({ secrets: [text, ""] }), TypeError);
    }
  });
});

describe("defineWebhook", () => {
  const event = z.strictObject({ type: z.literal("payment.succeeded") });
  const schemes = [standardWebhooks({ secrets: [secret] })] as const;

  it("holds what it was told", () => {
    const webhook = defineWebhook("payment", { schemes, event, maximumBytes: 1_048_576 });
    assert.equal(webhook.kind, "webhook");
    assert.equal(webhook.name, "payment");
    assert.equal(outcome(webhook.scheme, standardHeaders()), "allow");
  });

  it("refuses bad names, sizes and short keys", () => {
    for (const name of ["", "Payment", "pay ment", "-pay", "p".repeat(65)])
      assert.throws(() => defineWebhook(name, { schemes, event, maximumBytes: 1 }), TypeError);
    for (const maximumBytes of [0, -1, 1.5, 1_048_577, Number.NaN])
      assert.throws(() => defineWebhook("payment", { schemes, event, maximumBytes }), TypeError);
    const withKey = (text: string) => () =>
      defineWebhook("payment", {
        schemes: [githubSignature({ secrets: [text] })],
        event,
        maximumBytes: 1,
      });
    assert.throws(withKey("k".repeat(15)), TypeError);
    assert.doesNotThrow(withKey("k".repeat(16)));
  });
});
