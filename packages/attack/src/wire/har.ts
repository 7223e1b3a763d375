/**
 * The exchanges of a run as an HTTP archive (HAR 1.2), which browsers and proxies open.
 *
 * Promise: secrets are taken out unless the caller says otherwise. Limits: bodies that are no text
 * are left out.
 *
 * @module
 */

import { headerOf } from "./answer-body.ts";
import type { Exchange, HeaderLine } from "./exchange.ts";
import { createRedaction, type Redaction } from "./redact.ts";

/** How an archive is written. */
export interface HarOptions {
  /** "http://127.0.0.1:8080", without a path. */
  readonly origin: string;
  /** Version of the engine, for `log.creator`. */
  readonly version?: string;
  /** Whether secrets stay in; default false. */
  readonly withSecrets?: boolean;
}

interface NamedValue {
  readonly name: string;
  readonly value: string;
}

const plain: Redaction = {
  headers: (headers) => headers,
  path: (path) => path,
  body: (text) => text,
};

function named(lines: readonly HeaderLine[]): readonly NamedValue[] {
  return lines.map(([name, value]) => ({ name, value }));
}

function cookies(lines: readonly HeaderLine[], header: string): readonly NamedValue[] {
  return lines
    .filter(([name]) => name.toLowerCase() === header)
    .flatMap(([, value]) => (header === "cookie" ? value.split(";") : value.split(";").slice(0, 1)))
    .filter((pair) => pair.includes("="))
    .map((pair) => {
      const equals = pair.indexOf("=");
      return { name: pair.slice(0, equals).trim(), value: pair.slice(equals + 1).trim() };
    });
}

function query(path: string): readonly NamedValue[] {
  const start = path.indexOf("?");
  if (start === -1) return [];
  return [...new URLSearchParams(path.slice(start + 1))].map(([name, value]) => ({ name, value }));
}

function bodyText(body: string | Uint8Array | undefined): string | undefined {
  if (body === undefined || typeof body === "string") return body;
  const text = Buffer.from(body).toString("utf8");
  return text.includes("\uFFFD") ? undefined : text;
}

function requestOf(exchange: Exchange, options: HarOptions, redaction: Redaction): object {
  const { call, sentHeaders, sentPath } = exchange;
  const owner = call.principal?.name;
  const headers = redaction.headers(sentHeaders, owner);
  const path = redaction.path(sentPath ?? call.path, owner);
  const text = bodyText(call.body);
  const size = call.body === undefined ? 0 : Buffer.byteLength(call.body);
  return {
    method: call.method,
    url: path.startsWith("/") ? `${options.origin}${path}` : path,
    httpVersion: "HTTP/1.1",
    cookies: cookies(headers, "cookie"),
    headers: named(headers),
    queryString: query(path),
    ...(call.body === undefined
      ? {}
      : {
          postData: {
            mimeType: headerOf(sentHeaders, "content-type") ?? "",
            text: text === undefined ? "" : redaction.body(text, owner),
            ...(text === undefined ? { comment: "binary; left out" } : {}),
          },
        }),
    headersSize: -1,
    bodySize: size,
  };
}

function responseOf(exchange: Exchange, redaction: Redaction): object {
  const { answer, call, failure } = exchange;
  const headers = redaction.headers(answer?.headers ?? [], call.principal?.name);
  return {
    status: answer?.status ?? 0,
    statusText: "",
    httpVersion: "HTTP/1.1",
    cookies: cookies(headers, "set-cookie"),
    headers: named(headers),
    content: {
      size: answer?.bytes ?? 0,
      mimeType: headerOf(headers, "content-type") ?? "",
      text: answer === undefined ? "" : redaction.body(answer.text, call.principal?.name),
    },
    redirectURL: headerOf(headers, "location") ?? "",
    headersSize: -1,
    bodySize: answer?.bytes ?? -1,
    ...(failure === undefined ? {} : { _error: failure }),
  };
}

/** The exchanges as an object for `JSON.stringify`. */
export function toHar(exchanges: readonly Exchange[], options: HarOptions): object {
  const redaction = options.withSecrets === true ? plain : createRedaction(exchanges);
  return {
    log: {
      version: "1.2",
      creator: { name: "sekisho attack", version: options.version ?? "0.1.0" },
      entries: exchanges.map((exchange) => {
        const principal = exchange.call.principal?.name ?? "anonymous";
        const time = exchange.answer?.milliseconds ?? 0;
        return {
          startedDateTime: new Date(exchange.at).toISOString(),
          time,
          request: requestOf(exchange, options, redaction),
          response: responseOf(exchange, redaction),
          cache: {},
          timings: { send: 0, wait: time, receive: 0 },
          comment: `${exchange.technique}, ${principal}`,
          _principal: principal,
          _technique: exchange.technique,
          _operation: exchange.call.operation?.key ?? null,
        };
      }),
    },
  };
}
