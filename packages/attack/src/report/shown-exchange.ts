/**
 * Requests and answers as a report may show them: secrets taken out, bodies of bearable length.
 *
 * @module
 */

import { speakerOf } from "../technique/technique.ts";
import type { Call, Exchange, HeaderLine } from "../wire/exchange.ts";
import { createRedaction, type Redaction } from "../wire/redact.ts";
import { timestamp } from "./figures.ts";
import { shortened } from "./harmless.ts";
import type { Report } from "./report.ts";

/** A request and its answer without secrets. */
export interface ShownExchange {
  readonly id: number;
  /** Technique that sent it. */
  readonly technique: string;
  /** Name of the principal, or "anonymous". */
  readonly as: string;
  /** Key of the operation that was meant; null when there is none. */
  readonly operation: string | null;
  /** ISO 8601, in UTC. */
  readonly at: string;
  readonly request: {
    readonly method: string;
    /** Path and query, as on the request line. */
    readonly path: string;
    readonly headers: readonly HeaderLine[];
    /** Null when there was none. */
    readonly body: string | null;
  };
  /** Null when none came; `failure` says why. */
  readonly answer: {
    readonly status: number;
    readonly headers: readonly HeaderLine[];
    readonly body: string;
    /** Bytes before it was cut. */
    readonly bytes: number;
    readonly milliseconds: number;
  } | null;
  readonly failure: string | null;
}

/** Shows an exchange of one report. */
export type ExchangeView = (exchange: Exchange) => ShownExchange;

/** Most characters of a body that a report shows. */
const mostCharacters = 4000;

/** A view that knows the credentials of a run and takes them out wherever they stand. */
export function createExchangeView(report: Report): ExchangeView {
  const shown = [...report.findings, ...report.suspicions].flatMap(({ evidence }) => evidence);
  const redaction = createRedaction([...report.exchanges, ...shown]);
  return (exchange) => showExchange(exchange, redaction);
}

function showExchange(exchange: Exchange, redaction: Redaction): ShownExchange {
  const { id, technique, call, sentPath, sentHeaders, answer, failure, at } = exchange;
  const owner = call.principal?.name;
  const body = bodyOf(call);
  return {
    id,
    technique,
    as: speakerOf(call.principal),
    operation: call.operation?.key ?? null,
    at: timestamp(at),
    request: {
      method: call.method,
      path: redaction.path(sentPath ?? call.path, owner),
      headers: redaction.headers(sentHeaders, owner),
      body: body === null ? null : shortened(redaction.body(body, owner), mostCharacters),
    },
    answer:
      answer === undefined
        ? null
        : {
            status: answer.status,
            headers: redaction.headers(answer.headers, owner),
            body: shortened(redaction.body(answer.text, owner), mostCharacters),
            bytes: answer.bytes,
            milliseconds: answer.milliseconds,
          },
    failure: failure ?? null,
  };
}

function bodyOf({ body }: Call): string | null {
  if (body === undefined) return null;
  return typeof body === "string" ? body : Buffer.from(body).toString("utf8");
}
