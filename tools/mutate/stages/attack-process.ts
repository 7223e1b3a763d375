/**
 * One attack in a process of its own: its clock and its loop are not those of another attack.
 *
 * Reads what to do from its parameter, writes what it found as one line of JSON.
 *
 * @module
 */

import process from "node:process";
import { runAttack, type Progress } from "@sekisho/attack";

/** What an attack is told; a JSON text is its only parameter. */
export interface AttackOrder {
  readonly target: string;
  /** The document that is committed: what the service promised before it was changed. */
  readonly document: string;
  readonly principals: string;
  readonly webhookSecret: string;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  /** Findings of the service as it is: "technique target". */
  readonly known: readonly string[];
  readonly maximumSeconds: number;
  /** Whether one fresh finding is enough. */
  readonly stopAtFirst: boolean;
}

/** What it found. */
export interface AttackFindings {
  /** Confirmed and not known: "technique target". */
  readonly fresh: readonly string[];
  /** The worst of them in words. */
  readonly words: string;
  readonly suspicions: readonly string[];
  readonly reached: number;
  readonly operations: number;
  readonly requests: number;
  readonly stopped: string | undefined;
}

async function attack(order: AttackOrder): Promise<AttackFindings> {
  const fresh: string[] = [];
  const enough = new AbortController();
  const onProgress = (progress: Progress): void => {
    if (progress.kind !== "finding" || !progress.confirmed) return;
    const found = `${progress.id} ${progress.target}`;
    if (order.known.includes(found)) return;
    fresh.push(found);
    if (order.stopAtFirst) enough.abort();
  };
  const report = await runAttack({
    target: order.target,
    openApi: order.document,
    principals: order.principals,
    webhookSecrets: { "*": order.webhookSecret },
    allowDestructive: true,
    maxSeconds: order.maximumSeconds,
    signal: enough.signal,
    onProgress,
    ...(order.only === undefined ? {} : { only: order.only }),
    ...(order.skip === undefined ? {} : { skip: order.skip }),
  });
  const worst = report.findings.find(({ techniques, target }) =>
    techniques.some((id) => fresh.includes(`${id} ${target}`)),
  );
  return {
    fresh,
    words:
      worst === undefined ? "" : `${worst.techniques.join("+")} ${worst.title}: ${worst.target}`,
    suspicions: report.suspicions.map(
      ({ techniques, target }) => `${techniques[0] ?? ""} ${target}`,
    ),
    reached: report.reach.filter(({ reachedAs }) => reachedAs.length > 0).length,
    operations: report.reach.length,
    requests: report.requests,
    stopped: report.stopped,
  };
}

const order = JSON.parse(process.argv[2] ?? "{}") as AttackOrder;
process.stdout.write(`${JSON.stringify(await attack(order))}\n`);
process.exit(0);
