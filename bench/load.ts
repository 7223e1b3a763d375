/** A load that costs little itself: raw sockets, one request at a time on each. */

import { connect, type Socket } from "node:net";
import type { Credentials } from "./announce.ts";

/** What a round of load saw. */
export interface Round {
  readonly answers: number;
  readonly seconds: number;
}

/** How a round asks. */
export interface LoadOptions {
  readonly port: number;
  readonly credentials: readonly Credentials[];
  readonly seconds: number;
  readonly connections: number;
  /** Requests per second; as fast as the answers come when absent. */
  readonly rate?: number;
}

const okLine = Buffer.from("HTTP/1.1 200 OK");
const tickMilliseconds = 2;

function requestText({ subject, token }: Credentials, port: number): Buffer {
  return Buffer.from(
    `GET /api/users/${subject} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}\r\naccept: application/json\r\nuser-agent: bench\r\n\r\n`,
  );
}

/** Asks for so many seconds on so many connections. */
export async function loadFor(options: LoadOptions): Promise<Round> {
  const { port, credentials, seconds, connections, rate } = options;
  const requests = credentials.map((one) => requestText(one, port));
  const free: Socket[] = [];
  let answers = 0;
  let turn = 0;
  const started = performance.now();
  const until = started + seconds * 1000;

  const ask = (socket: Socket): void => {
    turn = (turn + 1) % requests.length;
    socket.write(requests[turn] ?? "");
  };
  const proceed = (socket: Socket): void => {
    if (performance.now() >= until) socket.destroy();
    else if (rate === undefined) ask(socket);
    else free.push(socket);
  };
  let sent = 0;
  const pacer =
    rate === undefined
      ? undefined
      : setInterval(() => {
          const due = Math.floor(((performance.now() - started) / 1000) * rate);
          for (let socket = free.pop(); socket !== undefined; socket = free.pop()) {
            if (performance.now() >= until) socket.destroy();
            else if (sent >= due) {
              free.push(socket);
              return;
            } else {
              sent += 1;
              ask(socket);
            }
          }
        }, tickMilliseconds);

  await Promise.all(
    Array.from({ length: connections }, () => {
      return new Promise<void>((resolve, reject) => {
        const socket = connect(port, "127.0.0.1");
        socket.setNoDelay(true);
        socket.on("connect", () => proceed(socket));
        socket.on("error", reject);
        socket.on("close", () => resolve());
        // Every answer of the route fits into one packet, so one piece is one answer.
        socket.on("data", (piece: Buffer) => {
          if (!piece.subarray(0, okLine.length).equals(okLine)) {
            reject(new Error(`unexpected answer: ${piece.toString("latin1").slice(0, 400)}`));
            socket.destroy();
            return;
          }
          answers += 1;
          proceed(socket);
        });
      });
    }),
  );
  clearInterval(pacer);
  return { answers, seconds: (performance.now() - started) / 1000 };
}
