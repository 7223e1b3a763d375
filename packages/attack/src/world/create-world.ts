/**
 * Learns the target before the first attack: who can do what, which objects there are, whose.
 *
 * Limits: everything is learnt by valid requests of rightful principals; what none of them can reach
 * is told in the report and never counted as safe.
 *
 * @module
 */

import type { ApiDocument, Operation, Resource } from "../document/operation.ts";
import { isRefusal, isSuccess } from "../oracle/refusal.ts";
import type { Principal } from "../principal/principal.ts";
import type { CallMaker } from "../value/make-call.ts";
import type { Client, Exchange, SendOptions } from "../wire/exchange.ts";
import { startListener, type Listener } from "../wire/listener.ts";
import { createAbsence } from "./absence.ts";
import { bringTo } from "./bring-to.ts";
import { adoptListed, adoptSelf, adoptTold } from "./found-objects.ts";
import { findIdentity } from "./identity.ts";
import { resourceOfPath, type ObjectStore } from "./objects.ts";
import { peersOf, rightfulOf } from "./people.ts";
import { prepare, type PrepareParts } from "./prepare.ts";
import { createPrivacy } from "./privacy.ts";
import { createReachBook, type ReachBook } from "./reach.ts";
import { createObject, markAnew, renamed, seedObjects, type SeedParts } from "./seed.ts";
import type { AttackLimits, Identity, OwnedObject, World } from "./world.ts";

/** What a world is made of. */
export interface WorldParts {
  readonly document: ApiDocument;
  readonly origin: string;
  readonly basePath: string;
  readonly client: Client;
  readonly maker: CallMaker;
  readonly objects: ObjectStore;
  readonly limits: AttackLimits;
  /** Those who signed in. */
  readonly principals: readonly Principal[];
  readonly credentialOf: World["credentialOf"];
  readonly signInAgain: World["signInAgain"];
  readonly withHeaders: World["withHeaders"];
  /** Opens an account; `undefined` when the API does not let it. */
  readonly openAccount: () => Promise<Principal | undefined>;
  readonly random: () => number;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** A world with what only the engine needs. */
export interface LearntWorld extends World {
  readonly reach: ReachBook;
  readonly objectCount: number;
  close(): Promise<void>;
}

/** Most accounts that a run opens. */
const mostNewcomers = 40;

/** Learns the target. */
export async function createWorld(parts: WorldParts): Promise<LearntWorld> {
  const { document, client, maker, objects } = parts;
  const send = (call: Parameters<World["send"]>[0], options?: SendOptions): Promise<Exchange> =>
    client.send(call, options);
  const principals: Principal[] = [...parts.principals];
  const seedParts: SeedParts = {
    document,
    maker,
    send,
    objects,
    note: (operation, principal, exchange) => reach.note(operation, principal, exchange),
  };

  let newcomers = 0;
  const newcomer = async (): Promise<Principal | undefined> => {
    if (newcomers >= mostNewcomers) return undefined;
    newcomers += 1;
    const opened = await parts.openAccount();
    if (opened === undefined) newcomers = mostNewcomers;
    else await adoptSelf(seedParts, opened);
    return opened;
  };

  const create = (resource: Resource, principal: Principal): Promise<OwnedObject | undefined> =>
    createObject(seedParts, resource, principal);
  const lead = (object: OwnedObject, operation: Operation): Promise<boolean> =>
    bringTo({ operations: document.operations, maker, send }, object, operation);
  const prepareParts: PrepareParts = {
    document,
    objects,
    allowDestructive: parts.limits.allowDestructive,
    principals: () => principals,
    create,
    bringTo: lead,
    newcomer,
    signInAgain: parts.signInAgain,
    credentialOf: parts.credentialOf,
  };
  const reach = createReachBook({
    maker,
    send,
    prepare: (operation, principal) => prepare(prepareParts, operation, principal),
  });

  if (peersOf(principals) === undefined) await completePeers(principals, newcomer);
  const everybody = [...principals, undefined];
  await learnReads(document, reach, everybody);
  for (const principal of principals) await adoptSelf(seedParts, principal);
  for (const principal of principals) await adoptTold(seedParts, principal);
  await seedObjects(seedParts, principals, 2);
  for (const resource of document.resources) await adoptListed(seedParts, resource, principals);
  markAnew(seedParts);
  const identity = await findIdentity({ document, maker, send, principals });
  await learnReach(document, reach, principals);

  return assemble(parts, { principals, reach, identity, newcomer, create, lead, send });
}

/** Opens accounts until there are two of one role. */
async function completePeers(
  principals: Principal[],
  newcomer: () => Promise<Principal | undefined>,
): Promise<void> {
  for (let tries = 0; tries < 2 && peersOf(principals) === undefined; tries++) {
    const opened = await newcomer();
    if (opened === undefined) return;
    principals.push(opened);
  }
}

/** Reads everything that needs no path parameter, so that ids and values become known. */
async function learnReads(
  { operations }: ApiDocument,
  reach: ReachBook,
  everybody: readonly (Principal | undefined)[],
): Promise<void> {
  const reads = operations.filter(
    ({ method, path, traits }) =>
      method === "GET" &&
      !path.includes("{") &&
      !traits.has("destructive") &&
      !traits.has("sign-out"),
  );
  for (const operation of reads)
    for (const principal of everybody)
      if (isWorthTrying(operation, principal)) await reach.works(operation, principal);
}

function isWorthTrying({ access, traits }: Operation, principal: Principal | undefined): boolean {
  if (access.kind === "anonymous") return principal === undefined;
  if (principal === undefined) return access.kind !== "credential";
  const isForAdministrators = access.roles.length > 0 || traits.has("administrative");
  return !isForAdministrators || principal.administrator || access.roles.includes(principal.role);
}

/** Tries every operation as whoever should be able to call it. */
async function learnReach(
  { operations }: ApiDocument,
  reach: ReachBook,
  principals: readonly Principal[],
): Promise<void> {
  for (const operation of operations)
    for (const principal of rightfulOf(operation, principals).slice(0, 3))
      if ((await reach.works(operation, principal)) !== undefined) break;
}

interface Learnt {
  readonly principals: readonly Principal[];
  readonly reach: ReachBook;
  readonly identity: Identity | undefined;
  readonly newcomer: () => Promise<Principal | undefined>;
  readonly create: World["create"];
  readonly lead: World["bringTo"];
  readonly send: World["send"];
}

function assemble(parts: WorldParts, learnt: Learnt): LearntWorld {
  const { document, maker, objects } = parts;
  const { principals, reach, send } = learnt;
  let listening: Promise<Listener> | undefined;
  return {
    document,
    origin: parts.origin,
    basePath: parts.basePath,
    client: parts.client,
    limits: parts.limits,
    principals,
    peers: peersOf(principals),
    administrator: principals.find(({ administrator }) => administrator),
    identity: learnt.identity,
    listener: () => (listening ??= startListener(parts.random)),
    random: parts.random,
    now: parts.now,
    sleep: parts.sleep,
    make: (operation, principal, making) => maker.make(operation, principal, making),
    send,
    works: (operation, principal) => reach.works(operation, principal),
    whyNot: (operation, principal) => reach.whyNot(operation, principal),
    objectsOf: (principal, resource) => objects.of(principal, resource),
    create: learnt.create,
    bringTo: learnt.lead,
    rightful: (operation) => rightfulOf(operation, principals),
    resourceOf: ({ path }) => resourceOfPath(document.resources, path),
    readBack: (object) => readBack(parts, learnt, object),
    privacyOf: createPrivacy({ document, maker, send, principals }),
    credentialOf: parts.credentialOf,
    signInAgain: parts.signInAgain,
    newcomer: learnt.newcomer,
    withHeaders: parts.withHeaders,
    looksAbsent: createAbsence(send, parts.random),
    refuses: isRefusal,
    succeeds: isSuccess,
    reach,
    get objectCount() {
      return objects.count;
    },
    close: async () => (await listening)?.close(),
  };
}

/** The object as its owner sees it now: the item, the list that holds it, or the owner's profile. */
async function readBack(
  { maker }: WorldParts,
  { identity, send }: Learnt,
  { resource, owner, values, origin }: OwnedObject,
): Promise<Exchange | undefined> {
  if (resource.read !== undefined) {
    const named = renamed(resource, resource.read, values);
    return send(maker.make(resource.read, owner, { values: named }));
  }
  if (origin === "self" && identity !== undefined)
    return send(maker.make(identity.operation, owner));
  if (resource.list === undefined) return undefined;
  return send(maker.make(resource.list, owner, { values }));
}
