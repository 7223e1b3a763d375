/**
 * Declared quotas: "30/minute;5/second" of `x-sekisho`, or `x-rate-limit` in the forms in use.
 *
 * @module
 */

import { isNode, nodeOf, textOf, type Node } from "./node.ts";
import type { DeclaredQuota, QuotaWindow } from "./operation.ts";

const units: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/** The quota that an operation declares; `anonymous` calls are counted by address unless it says otherwise. */
export function readQuota(operation: Node, anonymous: boolean): DeclaredQuota | undefined {
  const declared =
    nodeOf(operation["x-sekisho"])["quota"] ??
    operation["x-rate-limit"] ??
    operation["x-ratelimit"] ??
    operation["x-rateLimit"] ??
    operation["x-quota"];
  if (declared === undefined) return undefined;
  const windows = windowsOf(declared, operation);
  if (windows.length === 0) return undefined;
  const key = textOf(nodeOf(declared)["key"] ?? nodeOf(declared)["by"]).toLowerCase();
  const byAddress = key === "" ? anonymous : /address|ip\b|client/.test(key);
  return { windows, key: byAddress ? "client-address" : "principal" };
}

function windowsOf(declared: unknown, operation: Node): readonly QuotaWindow[] {
  if (Array.isArray(declared)) return declared.flatMap((one) => windowsOf(one, operation));
  if (typeof declared === "string" && !/^\d+$/.test(declared.trim()))
    return windowsOfText(declared);
  if (isNode(declared)) return windowsOfNode(declared, operation);
  const limit = Number(declared);
  const seconds = secondsOf(operation["x-rate-limit-window"] ?? operation["x-rate-limit-period"]);
  return limit > 0 ? [{ limit, seconds: seconds ?? 60 }] : [];
}

function windowsOfNode(declared: Node, operation: Node): readonly QuotaWindow[] {
  const nested = declared["windows"] ?? declared["limits"];
  if (nested !== undefined) return windowsOf(nested, operation);
  const count =
    declared["limit"] ??
    declared["count"] ??
    declared["max"] ??
    declared["requests"] ??
    declared["rate"];
  if (typeof count === "string" && !/^\d+$/.test(count.trim())) return windowsOfText(count);
  const limit = Number(count);
  const window =
    declared["window"] ??
    declared["seconds"] ??
    declared["period"] ??
    declared["interval"] ??
    declared["per"];
  const seconds = secondsOf(window) ?? 60;
  return limit > 0 ? [{ limit, seconds }] : [];
}

function windowsOfText(text: string): readonly QuotaWindow[] {
  return text.split(/[;,]/).flatMap((part) => {
    const found = /(\d+)\s*(?:\w+\s+)?(?:\/|per\b|in\b|every\b|each\b)\s*(.+)/i.exec(part);
    const seconds = secondsOf(found?.[2]);
    const limit = Number(found?.[1]);
    return seconds === undefined || !(limit > 0) ? [] : [{ limit, seconds }];
  });
}

/** Seconds of "minute", "5 minutes", "600s", "PT10M" or a number of seconds. */
export function secondsOf(value: unknown): number | undefined {
  if (typeof value === "number") return value > 0 ? value : undefined;
  const text = textOf(value).trim().toLowerCase();
  const iso = /^pt?(\d+)([smhdw])$/.exec(text);
  const found = iso ?? /^(\d+)?\s*(ms|milli|sec|min|hour|day|week|s|m|h|d|w)?[a-z]*$/.exec(text);
  if (found === null || text === "") return undefined;
  const unit = found[2] ?? "s";
  const factor = units[unit.startsWith("mil") ? "ms" : unit === "ms" ? "ms" : unit.charAt(0)];
  const seconds = Number(found[1] ?? 1) * (factor ?? 1);
  return seconds > 0 ? seconds : undefined;
}
