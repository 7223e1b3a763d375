/** A way to a server that a test can watch and hold back. */

import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A running proxy. */
export interface Proxy {
  /** The given address, by way of the proxy. */
  readonly url: string;
  /** What clients sent since the last call. */
  sent(): string;
  /** Holds back what the server says until `release`. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

/** Starts a proxy in front of the server that `url` names. */
export async function startProxy(url: string): Promise<Proxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let received = "";
  let held = false;
  const answers: Socket[] = [];
  const server = createServer((client) => {
    const database = connect(Number(target.port === "" ? "5432" : target.port), target.hostname);
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    client.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      database.write(chunk);
    });
    answers.push(database);
    if (held) database.pause();
    database.on("data", (chunk: Buffer) => client.write(chunk));
    database.on("close", () => client.destroy());
    client.on("close", () => database.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const own = new URL(url);
  own.hostname = "127.0.0.1";
  own.port = String((server.address() as AddressInfo).port);
  return {
    url: own.href,
    sent: () => {
      const text = received;
      received = "";
      return text;
    },
    hold: () => {
      held = true;
      for (const socket of answers) socket.pause();
    },
    release: () => {
      held = false;
      for (const socket of answers) socket.resume();
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
