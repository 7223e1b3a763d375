/**
 * Makes an answer out of what came over the wire: collects, decodes, cuts and parses the body.
 *
 * Risk: a target that floods or sends a compressed bomb takes the engine down. Promise: no more than
 * the cap is kept, and decoding ends at a multiple of it. Limits: text is read as UTF-8 whatever
 * the answer says.
 *
 * @module
 */

import { Readable, type Transform } from "node:stream";
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from "node:zlib";
import type { Answer, HeaderLine } from "./exchange.ts";

/** Bytes after which even counting ends and the connection is cut. */
const floodLimit = 64 * 1024 * 1024;

/** Keeps the first bytes of a body and counts the rest. */
export interface BodySink {
  /** Takes a chunk; false when the flood limit is reached and nobody should go on reading. */
  add(chunk: Uint8Array): boolean;
  readonly bytes: number;
  content(): Buffer;
}

/** A sink that keeps at most `maximum` bytes. */
export function createBodySink(maximum: number): BodySink {
  const kept: Uint8Array[] = [];
  let size = 0;
  let bytes = 0;
  return {
    add(chunk) {
      bytes += chunk.length;
      if (size < maximum) {
        const part = chunk.subarray(0, maximum - size);
        kept.push(part);
        size += part.length;
      }
      return bytes < floodLimit;
    },
    get bytes() {
      return bytes;
    },
    content: () => Buffer.concat(kept),
  };
}

/** The first value of a header; names are compared without case. */
export function headerOf(headers: readonly HeaderLine[], name: string): string | undefined {
  return headers.find(([given]) => given.toLowerCase() === name)?.[1];
}

/** Header lines out of the flat list that Node keeps. */
export function headerLines(raw: readonly string[]): readonly HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    lines.push([raw[index] ?? "", raw[index + 1] ?? ""]);
  return lines;
}

function decoderOf(coding: string, body: Buffer): Transform | undefined {
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "br":
      return createBrotliDecompress();
    case "zstd":
      return createZstdDecompress();
    case "deflate":
      // Some servers send the bare stream; its first byte never has the low nibble of a zlib head.
      return ((body[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
    default:
      return undefined;
  }
}

interface Decoded {
  readonly content: Buffer;
  readonly bytes: number;
}

async function decoded(body: Buffer, coding: string, maximum: number): Promise<Decoded> {
  const decoder = decoderOf(coding, body);
  if (decoder === undefined) return { content: body, bytes: body.length };
  const sink = createBodySink(maximum);
  try {
    for await (const chunk of Readable.from([body]).pipe(decoder) as AsyncIterable<Buffer>)
      if (!sink.add(chunk)) break;
  } catch {
    // A body that was cut or is no such coding: what came out so far is all there is.
    if (sink.bytes === 0) return { content: body, bytes: body.length };
  }
  return { content: sink.content(), bytes: sink.bytes };
}

function parsed(text: string, mediaType: string): unknown {
  const trimmed = text.replace(/^\uFEFF/, "").trim();
  if (trimmed === "") return undefined;
  if (!/\bjson\b/i.test(mediaType) && !trimmed.startsWith("{") && !trimmed.startsWith("["))
    return undefined;
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    return undefined;
  }
}

/** What is known of an answer when its body has been read. */
export interface Received {
  readonly status: number;
  readonly headers: readonly HeaderLine[];
  readonly body: BodySink;
  readonly milliseconds: number;
}

/** The answer as techniques read it. */
export async function toAnswer(received: Received, maximum: number): Promise<Answer> {
  const { status, headers, body, milliseconds } = received;
  const codings = (headerOf(headers, "content-encoding") ?? "")
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity")
    .toReversed()
    .slice(0, 3);
  let result: Decoded = { content: body.content(), bytes: body.bytes };
  for (const coding of codings) result = await decoded(result.content, coding, maximum);
  const text = result.content.toString("utf8");
  const json = parsed(text, headerOf(headers, "content-type") ?? "");
  return { status, headers, text, json, bytes: result.bytes, milliseconds };
}
