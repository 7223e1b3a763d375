/**
 * Raw HTTP/1.1, valid, malformed and abusive (`http-abuse.json`), against a whole shop.
 *
 * A shop is started in this process, on a database in memory; each case gets a connection of its
 * own and is followed by a plain request on another one, which must be answered. Which targets the
 * server took for requests is read from Node's diagnostics channel, before any code of ours.
 *
 * @module
 */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings, startShop } from "@sekisho/shop";
import { exchange, type RawExchange } from "./raw-exchange.ts";
import type { CorpusDifference, CorpusReport, ReadCorpus } from "./report.ts";

type Part = { readonly base64: string } | { readonly repeatByte: number; readonly count: number };

interface HttpCase {
  readonly id: string;
  readonly rawBase64?: string;
  readonly rawParts?: readonly Part[];
  readonly expect: "served" | "reject" | "safe" | "incomplete";
  readonly responses?: number;
  readonly maxResponses?: number;
  readonly mustNotSee?: string;
  readonly mustNotContain?: string;
  readonly lateOk?: boolean;
  readonly lean?: "reject";
  readonly rfcAllows5xx?: readonly number[];
}

const file = "http-abuse.json";
const concurrency = 16;
/** Milliseconds: the corpus' own silence, and the server's longest limit with a margin. */
const quiet = 600;
const patience = 45_000;
const startChannel = "http.server.request.start";

/** Where we differ on purpose. */
const reasons: Readonly<Record<string, string>> = {
  "http-0058":
    "RFC 3986 §3.2.2 lets a registered name hold `=`; no DNS name or address does, and the gate takes those only",
};

function bytesOf(one: HttpCase): Uint8Array {
  if (one.rawBase64 !== undefined) return Buffer.from(one.rawBase64, "base64");
  return Buffer.concat(
    (one.rawParts ?? []).map((part) =>
      "base64" in part
        ? Buffer.from(part.base64, "base64")
        : Buffer.alloc(part.count, part.repeatByte),
    ),
  );
}

/** What no case may lead to. */
function breach(one: HttpCase, { responses, text, end, rest }: RawExchange): string | undefined {
  if (end === "hang") return "the connection hangs";
  if (rest !== "") return `bytes that are no response: ${JSON.stringify(rest.slice(0, 40))}`;
  const allowed = new Set(one.rfcAllows5xx);
  const failed = responses.find(({ status }) => status >= 500 && !allowed.has(status));
  if (failed !== undefined) return `answered ${failed.status}`;
  // A limit that fires proves nothing about the case.
  if (responses.some(({ status }) => status === 429)) return "a quota answered";
  if (one.mustNotContain !== undefined && text.includes(one.mustNotContain))
    return "the answer gives back what it must not";
  return undefined;
}

function isRefusal(one: HttpCase, status: number): boolean {
  return (status >= 400 && status < 500) || (one.rfcAllows5xx ?? []).includes(status);
}

function isAsExpected(one: HttpCase, statuses: readonly number[]): boolean {
  const refused =
    (one.lateOk === true || statuses.slice(0, 1).every((status) => isRefusal(one, status))) &&
    statuses.every((status) => status >= 400);
  switch (one.expect) {
    case "served":
      return statuses.length === one.responses && !statuses.includes(400);
    case "reject":
    case "incomplete":
      return refused;
    case "safe":
      return (
        statuses.length <= (one.maxResponses ?? Infinity) && (one.lean === undefined || refused)
      );
  }
}

/** Runs `work` on every item, at most `limit` at a time. */
async function eachOf<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items.values();
  const lane = async (): Promise<void> => {
    for (const item of iterator) await work(item);
  };
  await Promise.all(Array.from({ length: limit }, lane));
}

async function startTarget(clock: { now(): number }) {
  const folder = await mkdtemp(join(tmpdir(), "sekisho-http-abuse-"));
  const { values } = readSettings({
    DATABASE_URL: "memory:",
    PORT: "0",
    OPS_PORT: "0",
    SHOP_LOG: "silent",
    SHOP_DATA: folder,
  });
  const shop = await startShop(values, false, { clock });
  const targets = new Set<string>();
  const note = (event: unknown): void => {
    targets.add((event as { readonly request: IncomingMessage }).request.url ?? "");
  };
  subscribe(startChannel, note);
  return {
    origin: shop.origin,
    port: Number(new URL(shop.origin).port),
    /** Every target that was taken for a request since the last call. */
    takeTargets: () => {
      const taken = [...targets];
      targets.clear();
      return taken;
    },
    close: async () => {
      unsubscribe(startChannel, note);
      await shop.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs all cases of `http-abuse.json`. */
export async function run(read: ReadCorpus): Promise<CorpusReport> {
  const { cases } = read(file) as { readonly cases: readonly HttpCase[] };
  let started = 0;
  // Each case begins a minute after the last one, so that no quota answers in its place.
  const target = await startTarget({ now: () => Date.now() + started * 60_000 });
  const differences: CorpusDifference[] = [];

  async function judge(one: HttpCase): Promise<void> {
    started++;
    const answer = await exchange(bytesOf(one), { port: target.port, quiet, patience });
    const next = await fetch(`${target.origin}/livez`).then(
      ({ status }) => status,
      () => 0,
    );
    const statuses = answer.responses.map(({ status }) => status);
    const reason =
      breach(one, answer) ??
      (next === 200 ? undefined : `the next request was answered ${next}`) ??
      (isAsExpected(one, statuses) ? undefined : (reasons[one.id] ?? "unexplained"));
    if (reason === undefined) return;
    const actual = statuses.length === 0 ? "no response" : statuses.join(" ");
    differences.push({ id: one.id, expected: one.expect, actual, reason });
  }

  try {
    await eachOf(cases, concurrency, judge);
    const seen = new Set(target.takeTargets());
    for (const { id, mustNotSee } of cases)
      if (mustNotSee !== undefined && seen.has(mustNotSee))
        differences.push({
          id,
          expected: `never ${mustNotSee}`,
          actual: "seen",
          reason: "smuggled",
        });
  } finally {
    await target.close();
  }
  const passed = cases.length - new Set(differences.map(({ id }) => id)).size;
  return { file, passed, total: cases.length, differences };
}
