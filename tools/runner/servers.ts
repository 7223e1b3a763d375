/**
 * Whether PostgreSQL and Redis answer where the tests expect them.
 *
 * @module
 */

import { connect } from "node:net";
import process from "node:process";

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Where a server is expected. */
interface Address {
  readonly host: string;
  readonly port: number;
}

/** Names of the servers that do not answer; their addresses are those the tests use. */
export async function silentServers(): Promise<readonly string[]> {
  const postgresql = addressOf("SEKISHO_TEST_POSTGRES_URL", 5432);
  const redis = addressOf("SEKISHO_TEST_REDIS_URL", 6379);
  const [postgresqlAnswers, redisAnswers] = await Promise.all([
    answers(postgresql, sslRequest, /^[SN]/),
    answers(redis, Buffer.from("PING\r\n"), /^(\+PONG|-NOAUTH)/),
  ]);
  return [
    ...(postgresqlAnswers ? [] : [`PostgreSQL ${postgresql.host}:${postgresql.port}`]),
    ...(redisAnswers ? [] : [`Redis ${redis.host}:${redis.port}`]),
  ];
}

function addressOf(variable: string, port: number): Address {
  const text = process.env[variable];
  if (text === undefined) return { host: "127.0.0.1", port };
  const url = new URL(text);
  return { host: url.hostname, port: url.port === "" ? port : Number(url.port) };
}

/** An open port is not enough: the right server must speak behind it. */
async function answers(address: Address, question: Uint8Array, answer: RegExp): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...address });
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
