/** A running vulnerable shop with people and orders, for the proofs. */

import { createHmac, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { startVulnerableShop } from "@sekisho/shop-vulnerable";

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The value at this place of the JSON body; `undefined` when there is none. */
  at(...place: readonly (string | number)[]): unknown;
}

/** Somebody who is signed in. */
export interface Client {
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** What a call sends beside method and path. */
export interface Sent {
  readonly as?: Client;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The shop and who is in it. */
export interface World {
  readonly origin: string;
  call(endpoint: string, sent?: Sent): Promise<Answer>;
  signIn(username: string, password: string): Promise<Client>;
  /** A fresh person; the properties go into the registration. */
  newPerson(more?: Readonly<Record<string, unknown>>): Promise<Client>;
  admin(): Promise<Client>;
  productId(): Promise<string>;
  /** The id of a fresh draft. */
  newOrder(owner: Client, more?: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}

/** Shows that a hole is there, and that the ordinary way works. */
export type Proof = (world: World) => Promise<void>;

/** Starts a shop on a free port. */
export async function startWorld(): Promise<World> {
  const shop = await startVulnerableShop({ port: 0 });
  const { origin, accounts } = shop;
  const call = callerOf(origin);

  const signIn = async (username: string, password: string): Promise<Client> => {
    const tokens = await call("POST /api/auth/token", { body: { username, password } });
    const token = String(tokens.at("access_token"));
    const refreshToken = String(tokens.at("refresh_token"));
    const id = String((await call("GET /api/users/me", { token })).at("id"));
    return { id, username, password, token, refreshToken };
  };

  const productId = async (): Promise<string> =>
    String((await call("GET /api/search?q=tea&limit=1")).at("items", 0, "id"));

  return {
    origin,
    call,
    signIn,
    productId,
    newPerson: async (more = {}) => {
      const username = `person-${randomUUID().slice(0, 8)}`;
      const password = `pass-${randomUUID()}`;
      const email = `${username}@shop.example`;
      const body = { username, password, display_name: username, email, ...more };
      await call("POST /api/auth/register", { body });
      return signIn(username, password);
    },
    admin: async () => {
      const carol = accounts.find(({ roles }) => roles.includes("admin"));
      return signIn(carol?.username ?? "", carol?.password ?? "");
    },
    newOrder: async (as, more = {}) => {
      const body = { items: [{ product_id: await productId(), quantity: 2 }], ...more };
      return String((await call("POST /api/orders", { as, body })).at("id"));
    },
    close: async () => shop.close(),
  };
}

function callerOf(origin: string) {
  return async (endpoint: string, { as, token, body, headers }: Sent = {}): Promise<Answer> => {
    const [method = "", path = ""] = endpoint.split(" ");
    const bearer = token ?? as?.token;
    const answer = await fetch(`${origin}${path}`, {
      method,
      headers: {
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      at: (...place) => valueAt(text, place),
    };
  };
}

function valueAt(text: string, place: readonly (string | number)[]): unknown {
  let value: unknown = JSON.parse(text);
  for (const name of place) value = (value as Readonly<Record<string, unknown>> | null)?.[name];
  return value;
}

/** A token as the shop makes it, with other claims, another secret or another algorithm. */
export function forgeToken(
  claims: Readonly<Record<string, unknown>>,
  { secret = "secret", algorithm = "HS256" }: { secret?: string; algorithm?: string } = {},
): string {
  const encode = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encode({ alg: algorithm, typ: "JWT" })}.${encode(claims)}`;
  if (algorithm === "none") return `${text}.`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/** A server of ours that the shop can be sent to. */
export interface Listener {
  readonly origin: string;
  readonly seen: readonly IncomingMessage[];
  close(): void;
}

/** Starts one on loopback. */
export async function startListener(
  answer: (message: IncomingMessage, response: ServerResponse) => void,
): Promise<Listener> {
  const seen: IncomingMessage[] = [];
  const server = createServer((message, response) => {
    seen.push(message);
    answer(message, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    seen,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
