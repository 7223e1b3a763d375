/**
 * Path and query of a request.
 *
 * @module
 */

import { sampleValue } from "./sample.ts";
import { addedNames, contextFor, isSent, plainText, valueFor, type Draft } from "./draft.ts";

/** The path with its query, percent-encoded, base path first. */
export function pathOf(draft: Draft): string {
  const { operation, making, parts } = draft;
  const byName = new Map(
    operation.parameters.filter(({ place }) => place === "path").map((one) => [one.name, one]),
  );
  const path = operation.path.replaceAll(/\{([^{}]+)\}/g, (whole, name: string) => {
    const parameter = byName.get(name);
    if (parameter === undefined) return whole;
    return encodeSegment(valueFor(parameter, draft));
  });
  const query = [...queryOf(draft), ...(making.query ?? [])];
  const written = query.map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  const whole = `${parts.basePath}${path}`;
  return written.length === 0 ? whole : `${whole}?${written.join("&")}`;
}

function encodeSegment(value: unknown): string {
  const encoded = encodeURIComponent(plainText(value));
  return /^\.{1,2}$/.test(encoded) ? encoded.replaceAll(".", "%2E") : encoded;
}

function queryOf(draft: Draft): readonly (readonly [string, string])[] {
  const { operation, making, memory } = draft;
  const declared = operation.parameters.filter(({ place }) => place === "query");
  const pairs = declared
    .filter((one) => isSent(one, draft))
    .flatMap((one) => {
      const value = valueFor(one, draft);
      const values = Array.isArray(value) ? value : [value];
      return values.map((item) => [one.name, plainText(item)] as const);
    });
  const added = addedNames(memory, "query", "")
    .filter((name) => !declared.some((one) => one.name === name))
    .map(
      (name) => [name, plainText(sampleValue({}, contextFor(draft, "query", name, name)))] as const,
    );
  const replaced = new Set((making.query ?? []).map(([name]) => name));
  // A parameter that the caller writes out itself is not sent twice, unless it is required.
  return [...pairs, ...added].filter(
    ([name]) => !replaced.has(name) || declared.some((one) => one.name === name && one.required),
  );
}
