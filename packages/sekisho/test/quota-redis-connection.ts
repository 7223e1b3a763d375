import { randomUUID } from "node:crypto";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { connectRedis, type RedisConnection } from "sekisho/quota";

/** The Redis server that tests use when it answers. */
export const redisUrl = "redis://127.0.0.1:6379";

const deleteAll = {
  name: "delete-test-keys",
  lua: `
local cursor, count = "0", 0
repeat
  local page = redis.call("SCAN", cursor, "MATCH", ARGV[1] .. "*", "COUNT", 1000)
  cursor = page[1]
  for _, key in ipairs(page[2]) do count = count + redis.call("DEL", key) end
until cursor == "0"
return count`,
};

/** A connection with a prefix of its own; `clean` deletes what was written under it. */
export interface TestRedis extends RedisConnection {
  readonly prefix: string;
  clean(): Promise<void>;
}

/** Connects for tests; `undefined`, said in one line, when no server answers. */
export async function connectForTest(what: string): Promise<TestRedis | undefined> {
  const prefix = `sekisho-test-${randomUUID()}:`;
  const connection = connectRedis({ url: redisUrl, prefix, commandTimeoutMilliseconds: 2_000 });
  if (!(await connection.firstAttempt)) {
    await connection.close();
    console.log(`not run, since no Redis answers at ${redisUrl}: ${what}`);
    return undefined;
  }
  return {
    ...connection,
    prefix,
    async clean() {
      await connection.shared.evaluate(deleteAll, [], [prefix]);
      await connection.close();
    },
  };
}

/** A relay in front of Redis whose line can be cut, or fall silent without being cut. */
export interface Relay {
  readonly url: string;
  cut(): void;
  silence(): void;
  restore(): void;
  close(): Promise<void>;
}

/** Opens a relay on loopback. */
export async function openRelay(): Promise<Relay> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let mode: "open" | "cut" | "silent" = "open";
  const server = createServer((inner) => {
    if (mode === "cut") {
      inner.destroy();
      return;
    }
    const outer = connect(6379, "127.0.0.1");
    const pair = [inner, outer] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [outer, inner] as const]) {
      from.on("data", (data) => {
        if (mode === "open") to.write(data);
      });
      from.on("error", () => to.destroy());
      from.on("close", () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  function destroyAll(): void {
    for (const [inner, outer] of pairs) {
      inner.destroy();
      outer.destroy();
    }
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    cut() {
      mode = "cut";
      destroyAll();
    },
    silence() {
      mode = "silent";
    },
    restore() {
      mode = "open";
    },
    async close() {
      destroyAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
