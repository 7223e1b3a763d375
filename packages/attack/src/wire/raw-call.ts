/**
 * How raw bytes and what they gave stand in the record of exchanges.
 *
 * @module
 */

import { parseHead } from "./answer-reader.ts";
import type { Call, HeaderLine, RawAnswer } from "./exchange.ts";
import type { Transmission } from "./transmit.ts";

/** Raw bytes as a call, as far as they look like one. */
export function rawCall(bytes: Buffer): Call {
  const text = bytes.toString("utf8");
  const end = /\r?\n\r?\n/.exec(text);
  const head = end === null ? text : text.slice(0, end.index);
  const [first = "", ...rest] = head.split(/\r?\n/);
  const [, method = first.slice(0, 40), path = ""] =
    /^(\S+) (.*?)(?: HTTP\/\d\S*)?$/.exec(first) ?? [];
  const headers = rest.flatMap((line): HeaderLine[] => {
    const colon = line.indexOf(":");
    return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1).trim()]] : [];
  });
  const body = end === null ? "" : text.slice(end.index + end[0].length);
  return {
    method,
    path,
    headers,
    body: body === "" ? undefined : body,
    principal: undefined,
    operation: undefined,
  };
}

/** The first answer on a raw connection; the body stands as it came, framing included. */
export function rawTransmission(raw: RawAnswer): Transmission {
  const { text, milliseconds } = raw;
  const end = /\r?\n\r?\n/.exec(text);
  const head = parseHead(end === null ? text : text.slice(0, end.index));
  if (head === undefined)
    return {
      answer: undefined,
      failure: text === "" ? "no answer" : "what came back is no HTTP answer",
    };
  const body = end === null ? "" : text.slice(end.index + end[0].length);
  const answer = {
    ...head,
    text: body,
    json: undefined,
    bytes: Buffer.byteLength(body),
    milliseconds,
  };
  return { answer, failure: undefined };
}
