/**
 * Reading a request body within its limit (OWASP API4:2023, API8.P7).
 *
 * Promise: the media type is judged before a byte is read; a declared length over the limit is
 * refused at once; bytes are counted as they arrive. Limits: bodies are held in memory; content
 * codings are refused.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { Problem } from "../kernel/index.ts";
import { awaitsContinue, type MarkedMessage } from "./raw-server.ts";

/** Bytes that are still taken in, and thrown away, after a refusal, so that the answer arrives. */
const lingeringBytes = 16 * 1_048_576;
const jsonType = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i;

/** Whether the message announces a body. */
export function announcesBody(message: IncomingMessage): boolean {
  const length = message.headers["content-length"];
  if (length !== undefined) return length !== "0";
  return message.headers["transfer-encoding"] !== undefined;
}

/** Refuses every media type but JSON in UTF-8, and every content coding. */
export function requireJson(message: IncomingMessage): void {
  const coding = message.headers["content-encoding"];
  if (coding !== undefined && coding.toLowerCase() !== "identity")
    throw new Problem("unsupported-media-type", {}, { reason: "content-coding" });
  const type = message.headers["content-type"];
  if (type === undefined || !jsonType.test(type))
    throw new Problem("unsupported-media-type", {}, { reason: "media-type" });
}

/** Refuses a body whose declared length is over the limit. */
export function requireLength(message: IncomingMessage, limit: number): void {
  const length = message.headers["content-length"];
  if (length !== undefined && Number(length) > limit)
    throw new Problem("body-too-large", {}, { reason: "declared-length" });
}

/** Reads the whole body, at most `limit` bytes. */
export function readBody(
  message: MarkedMessage,
  response: ServerResponse,
  limit: number,
): Promise<Uint8Array> {
  if (message[awaitsContinue] === true) {
    response.writeContinue();
    message[awaitsContinue] = false;
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (): void => {
      message.off("data", take);
      message.off("end", finish);
      message.off("error", fail);
      message.off("close", fail);
    };
    const take = (chunk: Buffer): void => {
      size += chunk.byteLength;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      stop();
      reject(new Problem("body-too-large", {}, { reason: "counted-length" }));
    };
    const finish = (): void => {
      stop();
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    };
    const fail = (error?: unknown): void => {
      stop();
      // What the parser found in the body comes as a problem (`unparsable.ts`).
      reject(
        error instanceof Problem
          ? error
          : new Problem("request-timeout", {}, { reason: "body-cut" }),
      );
    };
    message.on("data", take);
    message.on("end", finish);
    message.on("error", fail);
    message.on("close", fail);
  });
}

/**
 * Takes in what is left of a body that nobody wants, so that the sender gets to read the answer,
 * and cuts the connection when it is more than a sender may expect.
 */
export function discardRest(message: MarkedMessage): void {
  if (message.complete || message[awaitsContinue] === true) return;
  let size = 0;
  message.on("error", () => undefined);
  message.on("data", (chunk: Buffer) => {
    size += chunk.byteLength;
    if (size > lingeringBytes) message.socket.destroy();
  });
  message.resume();
}
