/**
 * One or more nodes of an API on one database, with a clock that is held, a password hash that
 * costs nothing and counts its uses, and a broadcast that can be cut.
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import {
  authenticationMigrations,
  createAuthentication,
  createSigningKey,
  createTokenIssuer,
  createTokenVerifier,
  principalClaims,
  publicJwks,
  type Authentication,
  type AuthenticationOptions,
  type PasswordHasher,
  type TokenGrant,
} from "sekisho/authentication";
import {
  createId,
  createLocalBroadcast,
  systemClock,
  systemRandomness,
  type AuthenticationDecision,
  type Broadcast,
  type SecurityEvent,
  type SystemWork,
} from "sekisho/kernel";
import type { TestDatabase, OpenTestDatabase } from "sekisho/testing";

export const goodPassword = "rope-window-marble-41";
export const start = Date.UTC(2027, 0, 1);
export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;

export interface HeldClock {
  time: number;
  now(): number;
}

export function holdClock(): HeldClock {
  return {
    time: start,
    now() {
      return this.time;
    },
  };
}

/** Looks like argon2id to the database; `verified` counts how many passwords were looked at. */
export interface CountingHasher extends PasswordHasher {
  verified: number;
  /** Set to make every stored hash count as outdated. */
  outdated: boolean;
  /** Runs while a password is being looked at. */
  during: () => Promise<void>;
}

function cheapHash(password: string, salt: string): string {
  const tag = createHash("sha256").update(salt).update(password).digest("base64").slice(0, 43);
  return `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${tag}`;
}

export function createCountingHasher(): CountingHasher {
  const hasher: CountingHasher = {
    verified: 0,
    outdated: false,
    during: () => Promise.resolve(),
    hash: (password) =>
      Promise.resolve(cheapHash(password, randomBytes(16).toString("base64").slice(0, 22))),
    verify: async (password, stored) => {
      hasher.verified++;
      await hasher.during();
      return cheapHash(password, stored.split("$")[4] ?? "") === stored
        ? { effect: "allow", rehash: hasher.outdated }
        : { effect: "deny", reason: "mismatch" };
    },
    verifyAgainstNobody: async () => {
      hasher.verified++;
      await hasher.during();
      return { effect: "deny", reason: "mismatch" };
    },
  };
  return hasher;
}

/** A broadcast whose connection a test can cut; messages sent meanwhile are lost. */
export interface CuttableBroadcast extends Broadcast {
  cut(): void;
  mend(): void;
}

export function createCuttableBroadcast(inner: Broadcast = createLocalBroadcast()) {
  const watchers = new Set<(connected: boolean) => void>();
  let connected = true;
  function change(to: boolean): void {
    connected = to;
    for (const watcher of watchers) watcher(to);
  }
  const broadcast: CuttableBroadcast = {
    get connected() {
      return connected && inner.connected;
    },
    publish: async (topic, message) => {
      if (!connected) throw new Error("the broadcast is cut");
      await inner.publish(topic, message);
    },
    subscribe: (topic, listener) =>
      inner.subscribe(topic, (message) => {
        if (connected) listener(message);
      }),
    onConnectionChange: (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    close: () => inner.close(),
    cut: () => change(false),
    mend: () => change(true),
  };
  return broadcast;
}

/** System work that counts itself. */
export interface CountedWork extends SystemWork {
  count: number;
  failing: boolean;
}

export interface Node {
  readonly authentication: Authentication;
  readonly broadcast: CuttableBroadcast;
  readonly system: CountedWork;
}

export interface Setup {
  readonly database: OpenTestDatabase;
  readonly clock: HeldClock;
  readonly hasher: CountingHasher;
  /** Events written with a change, in order. */
  readonly recorded: SecurityEvent[];
  /** Events of refusals. */
  readonly noted: SecurityEvent[];
  readonly node: Node;
  /** Adds a node that hears the others. */
  addNode(options?: Partial<AuthenticationOptions>): Promise<Node>;
  close(): Promise<void>;
}

const key = createSigningKey();

export async function setUp(kind: TestDatabase): Promise<Setup> {
  const database = await kind.open(authenticationMigrations);
  const clock = holdClock();
  const hasher = createCountingHasher();
  const recorded: SecurityEvent[] = [];
  const noted: SecurityEvent[] = [];
  const shared = createLocalBroadcast();
  const nodes: Node[] = [];
  const names = { issuer: "https://shop.test", audience: "https://shop.test/api" };

  async function addNode(options: Partial<AuthenticationOptions> = {}): Promise<Node> {
    const broadcast = createCuttableBroadcast(shared);
    const system: CountedWork = {
      count: 0,
      failing: false,
      asSystem: (reason, work) => {
        system.count++;
        if (system.failing) return Promise.reject(new Error("the database is away"));
        return database.store.asSystem(reason, work);
      },
    };
    const authentication = createAuthentication({
      system,
      broadcast,
      issuer: createTokenIssuer({ ...names, key, clock, randomness: systemRandomness }),
      verifier: createTokenVerifier({
        ...names,
        jwks: publicJwks([key]),
        clock,
        requiredClaims: principalClaims,
      }),
      passwordPolicy: { minLength: 15 },
      clock,
      randomness: systemRandomness,
      events: { note: (event) => noted.push(event) },
      record: (_session, event) => {
        recorded.push(event);
        return Promise.resolve();
      },
      hasher,
      lookMilliseconds: 0,
      ...options,
    });
    await authentication.start();
    const node = { authentication, broadcast, system };
    nodes.push(node);
    return node;
  }

  return {
    database,
    clock,
    hasher,
    recorded,
    noted,
    node: await addNode(),
    addNode,
    close: async () => {
      for (const node of nodes) await node.authentication.close();
      await database.close();
    },
  };
}

/** A fresh account with a name of its own. */
export interface Person {
  readonly subject: string;
  readonly signInName: string;
  readonly sourceKey: string;
}

let people = 0;

export async function addPerson(setup: Setup, roles: readonly string[] = []): Promise<Person> {
  const subject = createId(systemClock, systemRandomness);
  const signInName = `person-${++people}`;
  const decision = await setup.database.store.asSystem("test", (session) =>
    setup.node.authentication.register(session, {
      subject,
      signInName,
      password: goodPassword,
      roles,
    }),
  );
  if (decision.effect === "deny") throw new Error(`not registered: ${decision.reason}`);
  return { subject, signInName, sourceKey: `home-of-${signInName}` };
}

export function tryPassword(
  setup: Setup,
  person: Pick<Person, "signInName" | "sourceKey">,
  password = goodPassword,
) {
  const { signInName, sourceKey } = person;
  return setup.node.authentication.signIn({ signInName, sourceKey, password });
}

/** What a decision says: "allow" or the reason. */
export function outcomeOf(
  decision: { readonly effect: "allow" } | { readonly effect: "deny"; readonly reason: string },
): string {
  return decision.effect === "allow" ? "allow" : decision.reason;
}

export async function signInAs(setup: Setup, person: Person): Promise<TokenGrant> {
  const decision = await tryPassword(setup, person);
  if (decision.effect === "deny") throw new Error(`not signed in: ${decision.reason}`);
  return decision;
}

export async function authenticate(
  node: Node,
  grant: Pick<TokenGrant, "accessToken">,
): Promise<AuthenticationDecision> {
  return node.authentication.authenticator.authenticate(grant.accessToken);
}

export async function standingOf(node: Node, grant: TokenGrant): Promise<string> {
  return outcomeOf(await authenticate(node, grant));
}

export async function refreshOutcome(
  node: Node,
  refreshToken: string,
  clientKey = "browser",
): Promise<string> {
  return outcomeOf(await node.authentication.refresh({ refreshToken, clientKey }));
}

export async function refreshed(
  node: Node,
  refreshToken: string,
  clientKey = "browser",
): Promise<TokenGrant> {
  const decision = await node.authentication.refresh({ refreshToken, clientKey });
  if (decision.effect === "deny") throw new Error(`not refreshed: ${decision.reason}`);
  return decision;
}
