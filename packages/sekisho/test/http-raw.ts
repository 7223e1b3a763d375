/** HTTP written by hand: what is sent is exactly what the test says. */

import { connect, type Socket } from "node:net";

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** The last value of each field, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The code of the problem; `undefined` when it is none. */
  readonly code: string | undefined;
}

/** A connection that a test writes to. */
export interface RawConnection {
  write(text: string | Uint8Array): void;
  /** Everything that came so far. */
  received(): string;
  /** All answers, once the server ended the connection. */
  answers(): Promise<readonly RawAnswer[]>;
  /** Waits until the received text matches. */
  until(pattern: RegExp): Promise<void>;
  /** Says that nothing more will be sent. */
  end(): void;
  destroy(): void;
}

/** Reads answers out of a stream; HEAD and informational answers are not expected. */
export function parseAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  while (rest.startsWith("HTTP/")) {
    const border = rest.indexOf("\r\n\r\n");
    const [line = "", ...fields] = rest.slice(0, border).split("\r\n");
    const headers: Record<string, string> = {};
    for (const field of fields) {
      const colon = field.indexOf(":");
      headers[field.slice(0, colon).toLowerCase()] = field.slice(colon + 1).trim();
    }
    const status = Number(line.split(" ")[1]);
    const length = Number(headers["content-length"] ?? 0);
    const body = rest.slice(border + 4, border + 4 + length);
    const isProblem = headers["content-type"] === "application/problem+json";
    const code = isProblem ? (JSON.parse(body) as { readonly code: string }).code : undefined;
    if (status >= 200) answers.push({ status, headers, body, code });
    rest = rest.slice(border + 4 + length);
  }
  return answers;
}

/** Opens a connection to an origin. */
export function open(origin: string): RawConnection {
  const { hostname, port } = new URL(origin);
  const socket: Socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  let received = "";
  const ended = new Promise<void>((resolve) => {
    socket.on("end", resolve).on("close", () => resolve());
  });
  socket.setEncoding("latin1").on("error", () => undefined);
  socket.on("data", (chunk: string) => {
    received += chunk;
  });
  return {
    write: (text) => void socket.write(text),
    received: () => received,
    answers: async () => {
      await ended;
      socket.destroy();
      return parseAnswers(received);
    },
    until: async (pattern) => {
      while (!pattern.test(received)) {
        if (socket.closed) throw new Error(`closed without ${String(pattern)}: ${received}`);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}

/** Writes one request that asks for the end of the connection, and reads the one answer. */
export async function exchange(origin: string, text: string | Uint8Array): Promise<RawAnswer> {
  const connection = open(origin);
  connection.write(text);
  const [answer, ...more] = await connection.answers();
  if (answer === undefined) throw new Error("the server said nothing");
  if (more.length > 0) throw new Error(`there are ${more.length} more answers`);
  return answer;
}

/** A request in text; it asks for the end of the connection. */
export function requestText(
  line: string,
  headers: Readonly<Record<string, string>> = {},
  body = "",
): string {
  const fields = Object.entries({
    host: "api.example",
    connection: "close",
    ...(body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) }),
    ...headers,
  });
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}
