/**
 * Where people write to their own accounts: registration, and changes of the profile.
 *
 * Promise: changes are tried on accounts that the run opened; only where none can be opened on one of
 * the attackers of the file, whose values are put back. What could lock that one out is left alone.
 *
 * @module
 */

import { isNode } from "../../../document/node.ts";
import type { Operation, Resource } from "../../../document/operation.ts";
import type { Principal } from "../../../principal/principal.ts";
import { isAccountResource, selfIdOf } from "../../../world/found-objects.ts";
import { parametersOfPath } from "../../../world/objects.ts";
import { renamed } from "../../../world/seed.ts";
import type { World } from "../../../world/world.ts";
import { declaredBody } from "../declared-properties.ts";
import { beside, bodyOf, unchanged } from "./carrying.ts";
import { registerAccount } from "./new-account.ts";
import { accountReaders, readAccount, type AccountReader, type Sought } from "./readers.ts";
import { viewOf, type View } from "./view.ts";
import type { Alter, Writing, Written } from "./writing.ts";

const notProfile = [
  "sign-in",
  "register",
  "refresh",
  "sign-out",
  "change-password",
  "reset-password",
  "webhook",
  "destructive",
  "administrative",
  "upload",
] as const;

/** What the accounts of a run are written to with. */
interface Accounts {
  /** The reads that show an account, found once with an ordinary new one. */
  readers(sought: Sought): Promise<readonly AccountReader[]>;
}

function accountsOf(world: World): Accounts {
  // What shows an account to itself helps nobody who cannot sign in.
  const known = new Map<boolean, Promise<readonly AccountReader[]>>();
  return {
    readers: (sought) => {
      const signedIn = sought.self !== undefined;
      const readers = known.get(signedIn) ?? accountReaders(world, sought);
      known.set(signedIn, readers);
      return readers;
    },
  };
}

/** Every place where an ordinary user writes to an account. */
export function accountWritings(world: World): readonly Writing[] {
  const { operations } = world.document;
  const accounts = accountsOf(world);
  const registration = operations.find(
    ({ traits, method }) => traits.has("register") && method === "POST",
  );
  const first = registration === undefined ? [] : [registrationOf(world, registration, accounts)];
  const resources = world.document.resources.filter(
    (resource) => isAccountResource(resource) && parametersOfPath(resource.itemPath).length === 1,
  );
  const profiles = operations.filter((operation) => isProfileChange(world, operation, resources));
  return [
    ...first,
    ...profiles.map((operation) => profileOf(world, operation, accounts, resources)),
  ];
}

function isProfileChange(
  { identity }: World,
  operation: Operation,
  resources: readonly Resource[],
): boolean {
  const { method, path, traits } = operation;
  const writes =
    method === "PUT" || method === "PATCH" || (method === "POST" && traits.has("changes"));
  if (
    !writes ||
    notProfile.some((trait) => traits.has(trait)) ||
    operation.access.kind === "anonymous"
  )
    return false;
  if (
    resources.some(
      ({ changes, itemPath }) => changes.includes(operation) || path.startsWith(`${itemPath}/`),
    )
  )
    return parametersOfPath(path).length === 1 && !/pass|picture|avatar|photo|image/i.test(path);
  if (path.includes("{")) return false;
  const last = path.split("/").findLast((segment) => segment !== "") ?? "";
  return (
    path === identity?.operation.path ||
    /^(me|self|profile|account|user|whoami|settings|preferences|my-?(profile|account)|update[-_]?(profile|account|user|me)|(profile|account|user)[-_]?update|edit)$/i.test(
      last,
    )
  );
}

function relatedOf({ document, identity }: World): readonly Operation[] {
  const reads = document.operations.filter(
    ({ method, path }) =>
      method === "GET" && /user|account|member|profile|customer|\bme\b|people|farmer/i.test(path),
  );
  return identity === undefined ? reads : [identity.operation, ...reads];
}

function registrationOf(world: World, operation: Operation, accounts: Accounts): Writing {
  let control: Promise<View | string> | undefined;
  const register = async (
    alter: Alter,
  ): Promise<{ readonly written: Omit<Written, "before"> } | undefined> => {
    const made = await registerAccount(world, alter);
    if (made === undefined) return undefined;
    const { registered, taken, self, keys } = made;
    const readers = taken ? await accounts.readers({ self, keys }) : [];
    const after = viewOf(await readAccount(readers, { self, keys }), keys);
    return { written: { sent: registered, taken, after, account: self } };
  };
  const learn = async (): Promise<View | string> => {
    const made = await register(unchanged);
    if (made === undefined) return "there is no registration to try";
    const { taken, sent, after } = made.written;
    if (!taken) return `an ordinary registration was answered ${sent.answer?.status ?? "nothing"}`;
    return after;
  };
  const writing: Writing = {
    operation,
    kind: "register",
    account: true,
    thing: "account",
    related: relatedOf(world),
    writer: undefined,
    throwaway: true,
    control: () => (control ??= learn()),
    write: async (alter) => {
      const before = await writing.control();
      const made = await register(alter);
      return made === undefined || typeof before === "string"
        ? undefined
        : { ...made.written, before };
    },
  };
  return writing;
}

/** An account to be changed. */
interface Guinea {
  readonly self: Principal;
  readonly keys: readonly string[];
  readonly throwaway: boolean;
}

async function newGuinea(world: World): Promise<Guinea | undefined> {
  const made = await registerAccount(world, unchanged);
  if (made?.self === undefined) return undefined;
  return { self: made.self, keys: made.keys, throwaway: true };
}

/** Without registration one of the file's own users, known by what tells who calls. */
function peerGuinea({ peers, principals, identity }: World): Guinea | undefined {
  const self = peers?.attacker ?? principals.find(({ administrator }) => !administrator);
  if (self === undefined) return undefined;
  const { username, email, id = "" } = self.facts;
  const marks = identity?.marksOf(self).slice(0, 5) ?? [];
  const known = [username, email, id.length >= 6 ? id : undefined, ...marks];
  return { self, keys: known.filter((key) => key !== undefined), throwaway: false };
}

function profileOf(
  world: World,
  operation: Operation,
  accounts: Accounts,
  resources: readonly Resource[],
): Writing {
  let guinea: Guinea | undefined;
  let noNewcomers = false;
  let control: Promise<View | string> | undefined;
  const next = async (): Promise<Guinea | undefined> => {
    if (guinea !== undefined) return guinea;
    guinea = noNewcomers ? undefined : await newGuinea(world);
    noNewcomers ||= guinea === undefined;
    guinea ??= peerGuinea(world);
    return guinea;
  };
  const look = async ({ self, keys }: Guinea): Promise<View> => {
    const readers = await accounts.readers({ self, keys });
    return viewOf(await readAccount(readers, { self, keys }), keys);
  };
  const callOf = ({ self, throwaway }: Guinea, view: View): ReturnType<World["make"]> => {
    const call = world.make(operation, self, { values: ownValues(operation, self, resources) });
    return throwaway ? call : beside(currentValues(operation, view))(call);
  };
  const learn = async (): Promise<View | string> => {
    const one = await next();
    if (one === undefined) return "there is no account to try it on";
    const view = await look(one);
    const sent = await world.send(callOf(one, view));
    if (!world.succeeds(sent))
      return `an ordinary change was answered ${sent.answer?.status ?? "nothing"}`;
    return look(one);
  };
  const writing: Writing = {
    operation,
    kind: "profile",
    account: true,
    thing: "account",
    related: relatedOf(world),
    get writer() {
      return guinea?.self;
    },
    get throwaway() {
      return guinea?.throwaway !== false;
    },
    control: () => (control ??= learn()),
    write: async (alter) => {
      if (typeof (await writing.control()) === "string") return undefined;
      const one = await next();
      if (one === undefined) return undefined;
      const before = await look(one);
      const call = alter(callOf(one, before));
      const sent = await world.send(call);
      const after = await look(one);
      const written = { sent, taken: world.succeeds(sent), before, after, account: one.self };
      if (!one.throwaway) await putBack(world, callOf(one, before), bodyOf(call), before);
      // What was changed is no fair control any more.
      else if (written.taken && differs(before, after)) guinea = undefined;
      return written;
    },
  };
  return writing;
}

function differs(before: View, after: View): boolean {
  const text = ({ properties }: View): string =>
    JSON.stringify([...properties].filter(([name]) => !/updated|modified|seen|login/.test(name)));
  return text(before) !== text(after);
}

function ownValues(
  operation: Operation,
  self: Principal,
  resources: readonly Resource[],
): Readonly<Record<string, string>> {
  const resource = resources.find(({ itemPath }) => operation.path.startsWith(itemPath));
  const [name] = resource === undefined ? [] : parametersOfPath(resource.itemPath);
  const id = resource === undefined ? undefined : selfIdOf(resource, self);
  if (resource === undefined || name === undefined || id === undefined) return {};
  return renamed(resource, operation, { [name]: id });
}

/** What an account of the file has already: its valid request changes nothing. */
function currentValues(
  operation: Operation,
  { properties }: View,
): Readonly<Record<string, unknown>> {
  const { writable } = declaredBody(operation);
  return Object.fromEntries(
    [...properties.values()].flatMap(({ name, values: [value] }) =>
      writable.has(name) && !isNode(value) && value !== undefined ? [[name, value]] : [],
    ),
  );
}

async function putBack(
  world: World,
  valid: ReturnType<World["make"]>,
  sent: Readonly<Record<string, unknown>>,
  before: View,
): Promise<void> {
  const old = [...before.properties.values()].flatMap(({ name, values: [value] }) =>
    name in sent && value !== undefined ? [[name, value] as const] : [],
  );
  const restoring = beside(Object.fromEntries(old))(valid);
  if (!world.succeeds(await world.send(restoring))) await world.send(restoring);
}
