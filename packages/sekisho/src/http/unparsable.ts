/**
 * Answers to bytes that are not HTTP (OWASP API8:2023, RFC 9112 §2.2).
 *
 * Promise: the same constant problem and the same headers as any other refusal, in its turn: never
 * before the answer to an earlier message of the connection, and never a second one to a message
 * that was answered before its body turned out to be broken. Limits: internal to `http/`.
 *
 * @module
 */

import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { createId, Problem, type ProblemCode } from "../kernel/index.ts";
import { problemText, type HeaderList } from "./answer.ts";
import { beginEnd, latestResponseOf, markBroken } from "./connection.ts";
import type { RawServerOptions } from "./raw-server.ts";

const reasonPhrases: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

function codeOf(error: NodeJS.ErrnoException): ProblemCode {
  if (error.code === "HPE_HEADER_OVERFLOW") return "headers-too-large";
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return "request-timeout";
  return "malformed-request";
}

function linesOf(headers: HeaderList): string[] {
  const lines: string[] = [];
  for (let index = 0; index < headers.length; index += 2)
    lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return lines;
}

function writeProblem(options: RawServerOptions, problem: Problem, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  options.unparsable(problem.status, problem.reason);
  const body = problemText(problem, createId(options.clock, options.randomness));
  const head = [
    `HTTP/1.1 ${problem.status} ${reasonPhrases[problem.status] ?? "Bad Request"}`,
    ...linesOf(options.headers),
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    `date: ${new Date(options.clock.now()).toUTCString()}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function isAnswered(response: ServerResponse): boolean {
  return response.writableFinished || response.destroyed;
}

/** The fault is in the body of a message: whoever reads it learns of it and answers. */
function breakBody(response: ServerResponse, problem: Problem, socket: Duplex): void {
  const { req: message } = response;
  if (isAnswered(response)) {
    socket.end();
    return;
  }
  markBroken(message);
  response.once("close", () => socket.end());
  if (message.listenerCount("error") > 0) message.emit("error", problem);
}

/** Answers what the parser refused, or what did not arrive in time. */
export function answerUnparsable(
  options: RawServerOptions,
  error: NodeJS.ErrnoException,
  socket: Duplex,
): void {
  // The second fault of a connection: its end was announced, and nobody is listening.
  if (error.code === "ECONNRESET" || !socket.writable || !beginEnd(socket)) {
    socket.destroy();
    return;
  }
  const problem = new Problem(codeOf(error), {}, { reason: error.code ?? "unparsable" });
  const latest = latestResponseOf(socket);
  if (latest === undefined) writeProblem(options, problem, socket);
  else if (!latest.req.complete) breakBody(latest, problem, socket);
  else if (isAnswered(latest)) writeProblem(options, problem, socket);
  else latest.once("close", () => writeProblem(options, problem, socket));
}
