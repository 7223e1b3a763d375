/**
 * Reads the first HTTP/1.1 answer off a raw connection.
 *
 * Promise: forgiving; bare line feeds, wrong lengths and missing heads give what can be had.
 * Limits: trailers are dropped.
 *
 * @module
 */

import { createBodySink, headerOf, type BodySink } from "./answer-body.ts";
import type { HeaderLine } from "./exchange.ts";

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: readonly HeaderLine[];
}

/** Reads one answer, chunk by chunk. */
export interface AnswerReader {
  /** Takes what came; true when the answer is whole. */
  feed(chunk: Buffer): boolean;
  readonly head: AnswerHead | undefined;
  readonly body: BodySink;
  /** Whether the end of the connection is the proper end of the body. */
  readonly endsWithConnection: boolean;
}

/** Reads a head out of text: status line and header lines. */
export function parseHead(text: string): AnswerHead | undefined {
  const [first = "", ...rest] = text.split(/\r?\n/);
  const status = /^HTTP\/\d(?:\.\d)? (\d{3})/.exec(first)?.[1];
  if (status === undefined) return undefined;
  const headers = rest.flatMap((line): HeaderLine[] => {
    const colon = line.indexOf(":");
    return colon > 0 ? [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]] : [];
  });
  return { status: Number(status), headers };
}

type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "connection" };

function framingOf(head: AnswerHead, method: string): Framing {
  const tunnel = method === "CONNECT" && head.status < 300;
  if (method === "HEAD" || tunnel || head.status === 101 || head.status === 204) return none;
  if (head.status === 304) return none;
  if (/\bchunked\b/i.test(headerOf(head.headers, "transfer-encoding") ?? ""))
    return { kind: "chunked" };
  const length = headerOf(head.headers, "content-length");
  return length !== undefined && /^\d+$/.test(length)
    ? { kind: "length", length: Number(length) }
    : { kind: "connection" };
}

const none: Framing = { kind: "none" };

/** Where the head ends, and where the body begins. */
function headEnd(buffer: Buffer): { readonly end: number; readonly next: number } | undefined {
  const strict = buffer.indexOf("\r\n\r\n");
  const bare = buffer.indexOf("\n\n");
  if (strict === -1 && bare === -1) return undefined;
  if (bare === -1 || (strict !== -1 && strict < bare)) return { end: strict, next: strict + 4 };
  return { end: bare, next: bare + 2 };
}

/** Takes chunks apart; calls `take` with content and says when the last one came. */
function createChunkReader(take: (content: Buffer) => void): (input: Buffer) => boolean {
  let pending = Buffer.alloc(0);
  let left = 0;
  return (input) => {
    pending = Buffer.concat([pending, input]);
    for (;;) {
      if (left > 0) {
        const part = pending.subarray(0, left);
        take(part);
        left -= part.length;
        pending = pending.subarray(part.length);
        if (left > 0) return false;
      }
      const line = pending.indexOf("\n");
      if (line === -1) return false;
      const text = pending.subarray(0, line).toString("latin1").trim();
      pending = pending.subarray(line + 1);
      // The line end after a chunk is an empty line here.
      if (text === "") continue;
      left = Number.parseInt(text, 16);
      if (!(left > 0)) return true;
    }
  };
}

/** A reader of the answer to a request with this method that keeps `maximum` bytes of the body. */
export function createAnswerReader(method: string, maximum: number): AnswerReader {
  const body = createBodySink(maximum);
  let waiting = Buffer.alloc(0);
  let head: AnswerHead | undefined;
  let framing: Framing = none;
  let open = true;
  const take = (content: Buffer): void => {
    if (!body.add(content)) open = false;
  };
  const chunks = createChunkReader(take);
  const feedBody = (chunk: Buffer): boolean => {
    switch (framing.kind) {
      case "none":
        return true;
      case "length":
        take(chunk.subarray(0, Math.max(0, framing.length - body.bytes)));
        return body.bytes >= framing.length || !open;
      case "chunked":
        return chunks(chunk) || !open;
      case "connection":
        take(chunk);
        return !open;
    }
  };
  const feed = (chunk: Buffer): boolean => {
    if (head !== undefined) return feedBody(chunk);
    waiting = Buffer.concat([waiting, chunk]);
    const found = headEnd(waiting);
    if (found === undefined) return waiting.length > 1024 * 1024;
    const read = parseHead(waiting.subarray(0, found.end).toString("latin1"));
    const rest = waiting.subarray(found.next);
    waiting = Buffer.alloc(0);
    if (read === undefined) return true;
    if (read.status < 200 && read.status !== 101) return feed(rest);
    head = read;
    framing = framingOf(read, method);
    return feedBody(rest);
  };
  return {
    feed,
    get head() {
      return head;
    },
    body,
    get endsWithConnection() {
      return framing.kind === "connection" || framing.kind === "none";
    },
  };
}
