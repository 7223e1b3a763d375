/**
 * A client that signs in as the principals of a target, to prove what the target does.
 *
 * @module
 */

import type { RunningTarget, Target } from "./target.ts";

/** An answer, read whole. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, else the text. */
  readonly body: unknown;
}

/** What to send besides the request line. A string is sent as it is. */
export interface Sending {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Login {
  readonly request: string;
  readonly body: unknown;
  readonly token: string;
  readonly place?: string;
}

interface Principal {
  readonly name: string;
  readonly role: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookie?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly login?: Login;
}

type Credential = Readonly<Record<string, string>>;

/** Proves that a hole is there, with a control. */
export type Proof = (visit: Visit) => Promise<void>;

/** What a JSON pointer points at. */
export function at(value: unknown, pointer: string): unknown {
  const names = pointer.split("/").slice(1);
  return names.reduce<unknown>(
    (found, name) => (found as Readonly<Record<string, unknown>> | undefined)?.[name],
    value,
  );
}

async function request(origin: string, line: string, sending: Sending): Promise<Reply> {
  const [method = "GET", ...path] = line.split(" ");
  const { body } = sending;
  const answer = await fetch(origin + path.join(" "), {
    method,
    redirect: "manual",
    headers: {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...sending.headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const parsed = answer.headers.get("content-type")?.includes("json") === true;
  return {
    status: answer.status,
    headers: answer.headers,
    body: parsed && text !== "" ? (JSON.parse(text) as unknown) : text,
  };
}

async function signIn(origin: string, login: Login): Promise<Credential> {
  const answer = await request(origin, login.request, { body: login.body });
  const [kind = "", name = ""] = login.token.split(":");
  if (kind === "cookie") {
    const cookie = answer.headers.getSetCookie().find((one) => one.startsWith(`${name}=`));
    return { cookie: cookie?.split(";")[0] ?? "" };
  }
  const token = kind === "header" ? answer.headers.get(name) : at(answer.body, kind);
  const [, header = "authorization", form = "Bearer {token}"] =
    /^header (\S+) (.*)$/.exec(login.place ?? "") ?? [];
  return { [header]: form.replace("{token}", String(token)) };
}

async function credentialOf(origin: string, principal: Principal): Promise<Credential> {
  const { token, headers, cookie, basic, login } = principal;
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (headers !== undefined) return headers;
  if (cookie !== undefined) return { cookie };
  if (login !== undefined) return signIn(origin, login);
  const pair = `${basic?.username}:${basic?.password}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** A visit to a running target. */
export class Visit {
  readonly origin: string;
  readonly principals: readonly Principal[];
  readonly #running: RunningTarget;
  readonly #credentials = new Map<string, Credential>();

  constructor(running: RunningTarget) {
    this.#running = running;
    this.origin = running.origin;
    const file = running.principals as { readonly principals: readonly Principal[] };
    this.principals = file.principals;
  }

  /** The headers that sign a principal in; nobody has none. */
  async credential(name: string): Promise<Credential> {
    if (name === "nobody") return {};
    const principal = this.principals.find((one) => one.name === name);
    if (principal === undefined) throw new Error(`no principal ${name}`);
    const known = this.#credentials.get(name) ?? (await credentialOf(this.origin, principal));
    this.#credentials.set(name, known);
    return known;
  }

  /** Sends as a principal, or as nobody. */
  async as(name: string, line: string, body?: unknown, headers: Credential = {}): Promise<Reply> {
    const all = { ...(await this.credential(name)), ...headers };
    return request(this.origin, line, { body, headers: all });
  }

  /** Signs in anew. */
  forget(name: string): void {
    this.#credentials.delete(name);
  }

  async close(): Promise<void> {
    await this.#running.close();
  }
}

/** Starts a target for as long as the visit takes. */
export async function during(target: Target, visiting: Proof): Promise<void> {
  const visit = new Visit(await target.start());
  try {
    await visiting(visit);
  } finally {
    await visit.close();
  }
}
