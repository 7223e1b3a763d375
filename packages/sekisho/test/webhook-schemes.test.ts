import { strict as assert } from "node:assert";
import { hash, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { z } from "zod";
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
import {
  body,
  hexOf,
  key,
  now,
  nowSeconds,
  outcome,
  secret,
  standardHeaders,
} from "./webhook-messages.ts";

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
