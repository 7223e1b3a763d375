/**
 * Header lines of a request, without the caller's credential.
 *
 * @module
 */

import type { HeaderLine } from "../wire/exchange.ts";
import { isSent, plainText, valueFor, type Draft } from "./draft.ts";

const ownHeaders =
  /^(accept|content-type|content-length|host|connection|transfer-encoding|user-agent)$/i;

/** The header lines; those of the making replace ours of the same name. */
export function headersOf(draft: Draft, contentType: string | undefined): readonly HeaderLine[] {
  const { operation, making } = draft;
  const replaced = new Set((making.headers ?? []).map(([name]) => name.toLowerCase()));
  const declared = operation.parameters
    .filter((one) => one.place === "header" && !ownHeaders.test(one.name) && isSent(one, draft))
    .map((one): HeaderLine => [one.name.toLowerCase(), headerText(valueFor(one, draft))]);
  const cookies = operation.parameters
    .filter((one) => one.place === "cookie" && isSent(one, draft))
    .map((one) => `${one.name}=${encodeURIComponent(plainText(valueFor(one, draft)))}`);
  const lines: HeaderLine[] = [
    ["accept", "application/json, */*;q=0.5"],
    ...(contentType === undefined ? [] : [["content-type", contentType] as const]),
    ...declared,
    ...(cookies.length === 0 ? [] : [["cookie", cookies.join("; ")] as const]),
  ];
  return [...lines.filter(([name]) => !replaced.has(name)), ...(making.headers ?? [])];
}

function headerText(value: unknown): string {
  return plainText(value).replaceAll(/[^\t\x20-\x7E]/g, "");
}
