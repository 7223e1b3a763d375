/**
 * Requests and answers in the words of SARIF.
 *
 * @module
 */

import type { HeaderLine } from "../wire/exchange.ts";
import { harmlessLines } from "./harmless.ts";
import type { ShownExchange } from "./shown-exchange.ts";

/** The request of an exchange, without credentials. */
export function webRequestOf({ request }: ShownExchange): object {
  return {
    protocol: "HTTP",
    version: "1.1",
    method: request.method,
    target: request.path,
    headers: headersOf(request.headers),
    ...(request.body === null ? {} : { body: { text: harmlessLines(request.body) } }),
  };
}

/** The answer of an exchange. */
export function webResponseOf({ answer }: ShownExchange): object {
  if (answer === null) return { noResponseReceived: true };
  return {
    protocol: "HTTP",
    version: "1.1",
    statusCode: answer.status,
    headers: headersOf(answer.headers),
    body: { text: harmlessLines(answer.body) },
  };
}

/** SARIF has one value for a name; lines that repeat are joined. */
function headersOf(lines: readonly HeaderLine[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...Map.groupBy(lines, ([name]) => name.toLowerCase())].map(([name, group]) => [
      name,
      group.map(([, value]) => value).join(", "),
    ]),
  );
}
