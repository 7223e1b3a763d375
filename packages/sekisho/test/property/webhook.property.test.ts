import { strict as assert } from "node:assert";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  firstMatching,
  githubSignature,
  hmacSignature,
  slackSignature,
  standardWebhooks,
  stripeSignature,
  verifyWebhook,
} from "sekisho/webhook";

const key = Buffer.from("0123456789abcdef0123456789abcdef");
const secret = `whsec_${key.toString("base64")}`;
const standard = standardWebhooks({ secrets: [secret] });
const nowSeconds = 1_796_000_000;
const now = new Date(nowSeconds * 1000);

function signed(id: string, timestamp: string, body: Uint8Array): Record<string, string> {
  const digest = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${digest.toString("base64")}`,
  };
}

const body = fc.uint8Array({ maxLength: 200 });
const id = fc.stringMatching(/^[\w:-]{1,40}$/);

describe("any signed message", () => {
  it("is allowed inside the tolerance and refused outside", () => {
    fc.assert(
      fc.property(body, id, fc.integer({ min: -400, max: 400 }), (content, name, offset) => {
        const headers = signed(name, String(nowSeconds + offset), content);
        const { effect } = verifyWebhook(standard, { headers, body: content, now });
        assert.equal(effect, Math.abs(offset) <= 300 ? "allow" : "deny");
      }),
      { numRuns: 300 },
    );
  });

  it("is refused after any change of one byte", () => {
    fc.assert(
      fc.property(
        body,
        id,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (content, name, at, flip) => {
          const headers = signed(name, String(nowSeconds), content);
          const position = content.length === 0 ? 0 : at % content.length;
          const changed = content.length === 0 ? Uint8Array.of(flip) : content.slice();
          if (content.length > 0) changed[position] = (changed[position] ?? 0) ^ flip;
          const decision = verifyWebhook(standard, { headers, body: changed, now });
          assert.deepEqual(decision, { effect: "deny", reason: "signature-mismatch" });
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is refused wherever the borders between id, time and body are moved to", () => {
    fc.assert(
      fc.property(id, fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (name, a, b) => {
        const full = `${name}.${nowSeconds}.${a}.${nowSeconds}.${b}`;
        const { "webhook-signature": signature = "" } = signed(
          name,
          String(nowSeconds),
          Buffer.from(`${a}.${nowSeconds}.${b}`),
        );
        const cut = `.${nowSeconds}.`;
        const border = full.indexOf(cut, name.length + 1);
        if (border === -1) return;
        const headers = {
          "webhook-id": full.slice(0, border),
          "webhook-timestamp": String(nowSeconds),
          "webhook-signature": signature,
        };
        const rest = Buffer.from(full.slice(border + cut.length));
        assert.equal(verifyWebhook(standard, { headers, body: rest, now }).effect, "deny");
      }),
      { numRuns: 300 },
    );
  });
});

describe("any header fields at all", () => {
  const text = "a secret that the vendor shows once";
  const schemes = [
    standard,
    hmacSignature({ header: "x-signature", secrets: [secret] }),
    stripeSignature({ secrets: [text] }),
    githubSignature({ secrets: [text] }),
    slackSignature({ secrets: [text] }),
  ];
  const names = [
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "x-signature",
    "stripe-signature",
    "x-hub-signature-256",
    "x-slack-signature",
    "x-slack-request-timestamp",
  ];
  const value = fc.oneof(
    fc.string({ unit: "binary", maxLength: 100 }),
    fc.constantFrom(
      "",
      "v1,",
      "t=1,v1=",
      "sha256=",
      "v0=",
      String(nowSeconds),
      "v1a,AAAA",
      "a".repeat(64),
    ),
    fc.array(fc.string({ maxLength: 10 }), { maxLength: 3 }),
  );

  it("end in a refusal, never in an exception", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), body, (headers, content) => {
        for (const scheme of [...schemes, firstMatching(schemes)])
          assert.equal(verifyWebhook(scheme, { headers, body: content, now }).effect, "deny");
      }),
      { numRuns: 300 },
    );
  });
});
