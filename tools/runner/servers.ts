/**
 * Whether PostgreSQL and Redis answer where the tests expect them.
 *
 * @module
 */

import { connect } from "node:net";

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Names of the servers that do not answer on loopback. */
export async function silentServers(): Promise<readonly string[]> {
  const [postgresql, redis] = await Promise.all([
    answers(5432, sslRequest, /^[SN]/),
    answers(6379, Buffer.from("PING\r\n"), /^(\+PONG|-NOAUTH)/),
  ]);
  return [
    ...(postgresql ? [] : ["PostgreSQL 127.0.0.1:5432"]),
    ...(redis ? [] : ["Redis 127.0.0.1:6379"]),
  ];
}

/** An open port is not enough: the right server must speak behind it. */
async function answers(port: number, question: Uint8Array, answer: RegExp): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const finish = (verdict: boolean): void => {
      socket.destroy();
      resolve(verdict);
    };
    socket.setTimeout(2000, () => finish(false));
    socket.once("error", () => finish(false));
    socket.once("close", () => finish(false));
    socket.once("connect", () => socket.write(question));
    socket.once("data", (data) => finish(answer.test(data.toString("latin1"))));
  });
}
