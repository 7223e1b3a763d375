/**
 * Reads the body of a response, and no more of it than was allowed (OWASP API10.V4).
 *
 * Promise: bytes are counted as they arrive, on the wire and again after decompression, whatever
 * `Content-Length` says; a coding that was not asked for is refused. Limits: the whole body is held
 * in memory, up to the limit.
 *
 * @module
 */

import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip } from "node:zlib";
import { EgressFailure } from "./reason.ts";

/** Header fields of a response, names in lower case; repeated fields are joined by `, `. */
export type ResponseHeaders = Readonly<Record<string, string>>;

/** What is sent as `Accept-Encoding` when compression is wanted. */
export const acceptedCodings = "gzip, br";

async function* counted(source: AsyncIterable<Uint8Array>, limit: number) {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw new EgressFailure("too-large");
    yield chunk;
  }
}

function decoded(body: Readable, coding: string, limit: number): AsyncIterable<Uint8Array> {
  const decoder = coding === "br" ? createBrotliDecompress() : createGunzip();
  return pipeline(
    body,
    (source: AsyncIterable<Uint8Array>) => counted(source, limit),
    decoder,
    () => undefined,
  );
}

function codingOf(headers: ResponseHeaders, compressed: boolean): "identity" | "gzip" | "br" {
  switch (headers["content-encoding"]?.trim().toLowerCase() ?? "identity") {
    case "":
    case "identity":
      return "identity";
    case "gzip":
    case "x-gzip":
      if (compressed) return "gzip";
      break;
    case "br":
      if (compressed) return "br";
      break;
    default:
      break;
  }
  throw new EgressFailure("content-encoding");
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return joined;
}

/**
 * Reads a body to its end.
 *
 * @throws EgressFailure `too-large` or `content-encoding`, and whatever the stream fails with.
 */
export async function readBody(
  body: Readable,
  headers: ResponseHeaders,
  options: { readonly limit: number; readonly compressed: boolean },
): Promise<Uint8Array> {
  const coding = codingOf(headers, options.compressed);
  if (Number(headers["content-length"]) > options.limit) throw new EgressFailure("too-large");
  const source = coding === "identity" ? body : decoded(body, coding, options.limit);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of counted(source, options.limit)) {
    chunks.push(chunk);
    size += chunk.byteLength;
  }
  return join(chunks, size);
}
