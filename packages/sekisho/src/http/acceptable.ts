/**
 * Content negotiation reduced to its question: is there anything the client takes (RFC 9110 §12.5.1)?
 *
 * Promise: a client that takes problems or what the endpoint has is served; quality zero refuses.
 * Limits: no ranking, since every answer has one media type; of a field with more than 64 ranges the
 * rest is not looked at.
 *
 * @module
 */

import type { CompiledEndpoint } from "./compile-endpoint.ts";

const remembered = new WeakMap<CompiledEndpoint, Map<string, boolean>>();
const mostRemembered = 256;
// Long fields are nobody's habit: remembered, they would fill memory at the choice of a stranger.
const longestRemembered = 256;
const mostRanges = 64;
const mostParameters = 16;

/** Whether some declared media type of the endpoint meets the `Accept` field. */
export function isAcceptable(accept: string, compiled: CompiledEndpoint): boolean {
  if (accept.length > longestRemembered) return decideAcceptable(accept, mediaTypesOf(compiled));
  const known = remembered.get(compiled) ?? new Map<string, boolean>();
  remembered.set(compiled, known);
  const answer = known.get(accept) ?? decideAcceptable(accept, mediaTypesOf(compiled));
  if (known.size < mostRemembered) known.set(accept, answer);
  return answer;
}

function mediaTypesOf(compiled: CompiledEndpoint): readonly string[] {
  const types: string[] = [];
  for (const output of compiled.outputs.values()) {
    const index = output.headers.lastIndexOf("content-type");
    if (index >= 0) types.push((output.headers[index + 1] ?? "").split(";")[0] ?? "");
  }
  return types;
}

function decideAcceptable(accept: string, types: readonly string[]): boolean {
  if (types.length === 0) return true;
  const ranges = accept.split(",", mostRanges).map(parseRange);
  return types.some((type) => qualityOf(type, ranges) > 0);
}

interface Range {
  readonly type: string;
  readonly quality: number;
}

function parseRange(text: string): Range {
  const [type = "", ...parameters] = text
    .split(";", mostParameters)
    .map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  return { type, quality: quality === undefined ? 1 : Number(quality) };
}

/** The most specific range that fits decides. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const [main = ""] = type.split("/");
  for (const candidate of [type, `${main}/*`, "*/*"]) {
    const range = ranges.find((one) => one.type === candidate);
    if (range !== undefined) return Number.isNaN(range.quality) ? 1 : range.quality;
  }
  return 0;
}
