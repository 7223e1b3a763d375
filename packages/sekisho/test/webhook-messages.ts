import { createHmac, randomBytes } from "node:crypto";
import {
  verifyWebhook,
  type WebhookHeaders,
  type WebhookReason,
  type WebhookScheme,
} from "sekisho/webhook";

export const key = Buffer.from("0123456789abcdef0123456789abcdef");
export const secret = `whsec_${key.toString("base64")}`;
export const otherSecret = `whsec_${randomBytes(32).toString("base64")}`;
export const bodyText = '{"type":"payment.succeeded","amount":1.50}';
export const body = Buffer.from(bodyText);
export const nowSeconds = 1_796_000_000;
export const now = new Date(nowSeconds * 1000);

export function hexOf(secretKey: Uint8Array | string, ...parts: (string | Uint8Array)[]): string {
  const digest = createHmac("sha256", secretKey);
  for (const part of parts) digest.update(part);
  return digest.digest("hex");
}

export function standardHeaders(
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

export function outcome(
  scheme: WebhookScheme,
  headers: WebhookHeaders,
  content: Uint8Array = body,
  time: Date | number = now,
): "allow" | WebhookReason {
  const decision = verifyWebhook(scheme, { headers, body: content, now: time });
  return decision.effect === "allow" ? "allow" : decision.reason;
}
