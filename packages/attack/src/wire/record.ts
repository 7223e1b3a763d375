/**
 * The record of all exchanges of a run, bounded in memory.
 *
 * Promise: every exchange stays with its line, status and headers; long texts are cut, and those of
 * old exchanges are dropped. What a technique holds as evidence is not touched.
 *
 * @module
 */

import type { Exchange } from "./exchange.ts";

const longestText = 256 * 1024;
const keptInFull = 20_000;
const keptCharacters = 128 * 1024 * 1024;

/** The record of a run. */
export interface ExchangeRecord {
  readonly exchanges: readonly Exchange[];
  add(exchange: Exchange): void;
}

/** A copy of the beginning that does not hold the long original in memory. */
function beginning(text: string, length: number): string {
  return Buffer.from(text.slice(0, length)).toString();
}

function cut(exchange: Exchange, length: number): Exchange {
  const { call, answer } = exchange;
  const { body } = call;
  const longBody = body !== undefined && body.length > length;
  const longAnswer = answer !== undefined && answer.text.length > length;
  if (!longBody && !longAnswer && length > 0) return exchange;
  return {
    ...exchange,
    call: longBody
      ? {
          ...call,
          body:
            typeof body === "string"
              ? beginning(body, length)
              : Uint8Array.from(body.subarray(0, length)),
        }
      : call,
    answer:
      answer === undefined || !longAnswer
        ? answer
        : { ...answer, text: beginning(answer.text, length), json: undefined },
  };
}

function weight(exchange: Exchange): number {
  return (exchange.answer?.text.length ?? 0) + (exchange.call.body?.length ?? 0);
}

/** An empty record. */
export function createRecord(): ExchangeRecord {
  const exchanges: Exchange[] = [];
  let firstFull = 0;
  let characters = 0;
  return {
    exchanges,
    add(exchange) {
      const kept = cut(exchange, longestText);
      exchanges.push(kept);
      characters += weight(kept);
      while (exchanges.length - firstFull > keptInFull || characters > keptCharacters) {
        const old = exchanges[firstFull];
        if (old === undefined) return;
        characters -= weight(old);
        exchanges[firstFull] = cut(old, 0);
        firstFull++;
      }
    },
  };
}
