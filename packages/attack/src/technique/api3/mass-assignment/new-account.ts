/**
 * Registers accounts with altered requests and signs in to them.
 *
 * @module
 */

import { isNode } from "../../../document/node.ts";
import type { Principal } from "../../../principal/principal.ts";
import { openAccount } from "../../../principal/open-account.ts";
import type { Call, Exchange } from "../../../wire/exchange.ts";
import { sentJson } from "../../../world/item-id.ts";
import type { World } from "../../../world/world.ts";
import type { Alter } from "./writing.ts";

/** An account that was registered. */
export interface NewAccount {
  readonly registered: Exchange;
  readonly taken: boolean;
  /** Signed in as it; `undefined` when that did not work. */
  readonly self: Principal | undefined;
  readonly keys: readonly string[];
}

/** Registers an account; `undefined` when the document shows no registration. */
export async function registerAccount(world: World, alter: Alter): Promise<NewAccount | undefined> {
  let last: Exchange | undefined;
  let taken: Exchange | undefined;
  const opened = await openAccount({
    document: world.document,
    basePath: world.basePath,
    make: (operation, making) => alter(world.make(operation, undefined, making)),
    correct: () => false,
    send: async (call) => {
      const exchange = await world.send(call, { renew: false });
      if (call.operation?.traits.has("register") === true) {
        last = exchange;
        if (world.succeeds(exchange)) taken = exchange;
      }
      return exchange;
    },
    now: () => world.now(),
    role: world.principals.find(({ administrator }) => !administrator)?.role ?? "user",
  });
  const registered = taken ?? last;
  if (registered === undefined) return undefined;
  const keys = keysOf(registered);
  if (opened !== undefined) {
    const self = world.withHeaders(opened.principal, opened.credential.headers);
    const { username, email } = opened.principal.facts;
    const known = [username, email].filter((name) => name !== undefined);
    return { registered, taken: true, self, keys: [...new Set([...known, ...keys])] };
  }
  const self = taken === undefined ? undefined : withBasic(world, taken.call, keys, taken);
  return { registered, taken: taken !== undefined, self, keys };
}

/** The names in a registration: they are fresh, so that they name nobody else. */
function keysOf({ call }: Exchange): readonly string[] {
  return textsIn(call, /^(user_?name|e?_?mail|email_?address|login|handle|nick_?name|name)$/i);
}

function textsIn(call: Call, names: RegExp): readonly string[] {
  const json = sentJson(call);
  const entries: readonly (readonly [string, unknown])[] = isNode(json)
    ? Object.entries(json)
    : typeof call.body === "string"
      ? [...new URLSearchParams(call.body)]
      : [];
  return entries.flatMap(([name, value]) =>
    names.test(name) && typeof value === "string" && value.length >= 3 ? [value] : [],
  );
}

/** Where name and password travel in every request, there is nothing to sign in to. */
function withBasic(
  world: World,
  call: Call,
  [name]: readonly string[],
  { answer }: Exchange,
): Principal | undefined {
  if (!world.document.schemes.some(({ kind }) => kind === "basic")) return undefined;
  const [password] = textsIn(call, /pass|pwd/i);
  const [template] = world.principals.filter(({ administrator }) => !administrator);
  if (name === undefined || password === undefined || template === undefined) return undefined;
  const id = isNode(answer?.json) ? answer.json["id"] : undefined;
  const facts = {
    username: name,
    ...((typeof id === "string" || typeof id === "number") && { id: String(id) }),
  };
  const encoded = Buffer.from(`${name}:${password}`).toString("base64");
  const stranger: Principal = { ...template, name, facts, owns: {}, recipe: undefined };
  return world.withHeaders(stranger, [["authorization", `Basic ${encoded}`]]);
}
