/**
 * Signed webhook messages: Standard Webhooks, Stripe, GitHub, Slack.
 *
 * @module
 */

import {
  githubSignature,
  slackSignature,
  standardWebhooks,
  stripeSignature,
  verifyWebhook,
  type WebhookScheme,
} from "sekisho/webhook";
import type { CorpusDifference, CorpusReport, ReadCorpus } from "./report.ts";

interface WebhookCase {
  readonly id: string;
  readonly scheme: "standard-webhooks" | "stripe" | "github" | "slack";
  readonly secrets: readonly string[];
  readonly publicKeys?: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly bodyBase64?: string;
  /** Seconds; null where the scheme signs no time. */
  readonly now: number | null;
  readonly toleranceSeconds: number | null;
  readonly expect: "valid" | "invalid" | "config-error";
}

function schemeOf(one: WebhookCase): WebhookScheme {
  const { secrets } = one;
  const timed = {
    secrets,
    ...(one.toleranceSeconds !== null && { toleranceSeconds: one.toleranceSeconds }),
  };
  switch (one.scheme) {
    case "standard-webhooks":
      return standardWebhooks({
        ...timed,
        ...(one.publicKeys !== undefined && { publicKeys: one.publicKeys }),
      });
    case "stripe":
      return stripeSignature(timed);
    case "github":
      return githubSignature({ secrets });
    case "slack":
      return slackSignature(timed);
  }
}

function judge(one: WebhookCase): WebhookCase["expect"] {
  let scheme: WebhookScheme;
  try {
    scheme = schemeOf(one);
  } catch {
    return "config-error";
  }
  const body =
    one.bodyBase64 === undefined
      ? new TextEncoder().encode(one.body ?? "")
      : Uint8Array.from(Buffer.from(one.bodyBase64, "base64"));
  const now = new Date((one.now ?? 0) * 1000);
  const { effect } = verifyWebhook(scheme, { headers: one.headers, body, now });
  return effect === "allow" ? "valid" : "invalid";
}

/** Runs the corpus `webhooks.json`. */
export async function run(read: ReadCorpus): Promise<CorpusReport> {
  const file = "webhooks.json";
  const { cases } = read(file) as { readonly cases: readonly WebhookCase[] };
  const differences: CorpusDifference[] = [];
  for (const one of cases) {
    const actual = judge(one);
    if (actual !== one.expect)
      differences.push({ id: one.id, expected: one.expect, actual, reason: "unexplained" });
  }
  return { file, passed: cases.length - differences.length, total: cases.length, differences };
}
