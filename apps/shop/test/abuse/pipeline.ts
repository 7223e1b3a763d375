/** Floods: many requests written at once to one connection after another, of which only the statuses matter. */

import { once } from "node:events";
import { connect } from "node:net";

/** Few enough not to make the event loop late, which would be refused as overload. */
const perConnection = 100;

/** Sends `GET` requests with these further fields, and counts the answers by status. */
export async function flood(
  origin: string,
  path: string,
  fields: readonly string[],
): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, number>();
  for (let start = 0; start < fields.length; start += perConnection) {
    const statuses = await pipeline(origin, path, fields.slice(start, start + perConnection));
    for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return counts;
}

async function pipeline(
  origin: string,
  path: string,
  fields: readonly string[],
): Promise<readonly number[]> {
  const { hostname, port, host } = new URL(origin);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const requests = fields.map((field, index) => {
    const end = index === fields.length - 1 ? "connection: close\r\n" : "";
    return `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${field}\r\n${end}\r\n`;
  });
  socket.write(requests.join(""));
  const answers = Buffer.concat(await socket.toArray()).toString("latin1");
  return [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
