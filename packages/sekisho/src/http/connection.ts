/**
 * What is known about a connection: its latest message, and whether it is about to end.
 *
 * Promise: nothing that arrives behind a message that ends the connection is looked at (RFC 9112
 * §9.6), and no message that was taken in is left without its answer. Limits: internal to `http/`.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

const latestResponse: unique symbol = Symbol("latestResponse");
const ending: unique symbol = Symbol("ending");
const broken: unique symbol = Symbol("broken");

interface ConnectionMarks {
  [latestResponse]?: ServerResponse;
  [ending]?: boolean;
}

type MarkedConnection = Duplex & ConnectionMarks;
type MarkedMessage = IncomingMessage & { [broken]?: boolean };

/** Takes note of a message; false when it stands behind the end and must be ignored. */
export function takeIn(message: IncomingMessage, response: ServerResponse): boolean {
  const connection: MarkedConnection = message.socket;
  if (connection[ending] === true) return false;
  connection[latestResponse] = response;
  return true;
}

/** The response to the latest message of the connection, sent or not. */
export function latestResponseOf(connection: MarkedConnection): ServerResponse | undefined {
  return connection[latestResponse];
}

/**
 * Whether the connection ends with this response, because it must or because the rest of the
 * message cannot be read; from then on nothing that arrives is looked at. False as long as other
 * messages were taken in behind it, which have a right to be answered first.
 */
export function headsForEnd(
  must: boolean,
  message: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (!must && (message as MarkedMessage)[broken] !== true) return false;
  const connection: MarkedConnection = message.socket;
  if (connection[latestResponse] !== response) return false;
  connection[ending] = true;
  return true;
}

/** Marks the connection as ending; false when it was before. */
export function beginEnd(connection: MarkedConnection): boolean {
  if (connection[ending] === true) return false;
  connection[ending] = true;
  return true;
}

/** Marks a message of which the rest cannot be read any more. */
export function markBroken(message: MarkedMessage): void {
  message[broken] = true;
}
