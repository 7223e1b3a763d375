/**
 * Questions that are asked all the time while something is away.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { call, type Call, type Called } from "./call.ts";
import { paymentMessage, paymentPath } from "./payment-service.ts";
import type { Person } from "./people.ts";

/** A question, and whether it can be answered without the database. */
export interface Probe {
  readonly name: string;
  readonly path: string;
  readonly sent: () => Call;
  readonly needsDatabase: boolean;
}

/** An answer to a question. */
export interface Sighting {
  readonly probe: Probe;
  readonly origin: string;
  /** Milliseconds on the monotonic clock when the question was asked. */
  readonly asked: number;
  readonly answer: Called;
}

/** One question for each kind of endpoint. */
export function probesOf(person: Person, product: string, secret: string): readonly Probe[] {
  const { token, username, password } = person;
  const reads = ["/api/users/me", "/api/orders", "/api/auth/sessions"];
  const probe = (name: string, path: string, sent: () => Call, needsDatabase: boolean): Probe => ({
    name,
    path,
    sent,
    needsDatabase,
  });
  return [
    ...reads.map((path) => probe(path, path, () => ({ token }), true)),
    probe("search", "/api/search?q=tea", () => ({}), true),
    probe(
      "order",
      "/api/orders",
      () => ({ token, json: { items: [{ product_id: product, quantity: 1 }] } }),
      true,
    ),
    probe("sign-in", "/api/auth/token", () => ({ json: { username, password } }), true),
    probe(
      "refresh",
      "/api/auth/token/refresh",
      () => ({ json: { refresh_token: "rt_unknown" } }),
      false,
    ),
    probe(
      "payment",
      paymentPath,
      () => paymentMessage(secret, "payment.succeeded", product).call,
      true,
    ),
    probe("forged payment", paymentPath, () => ({ json: { type: "payment.succeeded" } }), false),
    probe("nobody", "/api/users/me", () => ({}), false),
    probe("nothing", "/api/nothing", () => ({}), false),
    probe("alive", "/livez", () => ({}), false),
    probe("ready", "/readyz", () => ({}), true),
  ];
}

/** Asks every question of every node in turn, until stopped. */
export function startProbing(
  origins: readonly string[],
  probes: readonly Probe[],
  pause = 500,
): { stop(): Promise<readonly Sighting[]> } {
  const sightings: Sighting[] = [];
  const end = new AbortController();
  const ask = async (origin: string, probe: Probe): Promise<void> => {
    while (!end.signal.aborted) {
      const asked = performance.now();
      const answer = await call(`${origin}${probe.path}`, probe.sent());
      sightings.push({ probe, origin, asked, answer });
      await sleep(pause);
    }
  };
  const lanes = origins.flatMap((origin) => probes.map((probe) => ask(origin, probe)));
  return {
    stop: async () => {
      end.abort();
      await Promise.all(lanes);
      return sightings;
    },
  };
}

/** Whether the answer is a problem, as every refusal must be. */
export function isProblem(answer: Called): boolean {
  return answer.headers.get("content-type") === "application/problem+json";
}

/** How often each status was seen, as text. */
export function statusesOf(sightings: readonly Sighting[]): string {
  const counts = new Map<number, number>();
  for (const { answer } of sightings)
    counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
  return [...counts]
    .toSorted(([a], [b]) => a - b)
    .map(([status, count]) => `${count} × ${status === 0 ? "no answer" : status}`)
    .join(", ");
}
