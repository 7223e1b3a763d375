/**
 * A client that writes bytes, not requests: what comes back is taken apart by itself.
 *
 * @module
 */

import { connect } from "node:net";

/** One final response; interim ones (1xx) are skipped. */
export interface RawResponse {
  readonly status: number;
  readonly head: string;
}

/** What a connection brought. */
export interface RawExchange {
  readonly responses: readonly RawResponse[];
  /** Everything that was received, one character a byte. */
  readonly text: string;
  readonly end: "closed" | "hang";
  /** Bytes that are no response; a garbled answer of ours. */
  readonly rest: string;
}

/** Where to and how long; times in milliseconds. */
export interface ExchangeOptions {
  readonly port: number;
  /** Silence after which the client ends its half of the connection. */
  readonly quiet: number;
  /** Time after which an open connection is a hang. */
  readonly patience: number;
}

const statusLine = /^HTTP\/1\.[01] (\d{3}) /;

/** Splits what was received into responses by their own lengths. */
export function splitResponses(text: string): Pick<RawExchange, "responses" | "rest"> {
  const responses: RawResponse[] = [];
  let position = 0;
  while (position < text.length) {
    const border = text.indexOf("\r\n\r\n", position);
    const head = text.slice(position, border < 0 ? undefined : border);
    const status = Number(statusLine.exec(head)?.[1]);
    if (border < 0 || Number.isNaN(status)) break;
    position = border + 4;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    // The answer to HEAD has a length and no body; no body of ours begins like a status line.
    if (!statusLine.test(text.slice(position, position + 16))) position += length;
    if (status >= 200) responses.push({ status, head });
  }
  return { responses, rest: text.slice(position) };
}

/** Writes the bytes to a connection of its own and reads until that is closed. */
export function exchange(bytes: Uint8Array, options: ExchangeOptions): Promise<RawExchange> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port: options.port, allowHalfOpen: true });
    const received: Buffer[] = [];
    let quiet: NodeJS.Timeout | undefined;
    const wait = (): void => {
      clearTimeout(quiet);
      quiet = setTimeout(() => socket.end(), options.quiet);
    };
    const settle = (end: RawExchange["end"]): void => {
      clearTimeout(quiet);
      clearTimeout(patience);
      socket.destroy();
      const text = Buffer.concat(received).toString("latin1");
      resolve({ ...splitResponses(text), text, end });
    };
    const patience = setTimeout(() => settle("hang"), options.patience);
    socket.on("connect", () => {
      if (bytes.byteLength > 0) socket.write(bytes);
      wait();
    });
    socket.on("data", (chunk) => {
      received.push(chunk);
      wait();
    });
    // The server ended its half: all it had to say is here.
    socket.on("end", () => settle("closed"));
    socket.on("error", () => settle("closed"));
    socket.on("close", () => settle("closed"));
  });
}
