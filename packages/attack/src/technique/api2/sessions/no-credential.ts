/**
 * S-01: every operation that wants a credential, without one.
 *
 * What changes something is tried on objects of the run's own and judged by what their owner reads
 * afterwards; what reads is judged by what it shows.
 *
 * @module
 */

import type { Operation, Resource } from "../../../document/operation.ts";
import type { Principal } from "../../../principal/principal.ts";
import type { Call, Exchange } from "../../../wire/exchange.ts";
import { isAccountResource } from "../../../world/found-objects.ts";
import { createdId } from "../../../world/item-id.ts";
import { parametersOfPath } from "../../../world/objects.ts";
import { renamed } from "../../../world/seed.ts";
import type { OwnedObject, World } from "../../../world/world.ts";
import { shapeOf } from "../../../oracle/compare.ts";
import { rightOf, tryChange } from "../../api1/change-attempt.ts";
import { callOn, freshObject, isForCallers } from "../../api1/parties.ts";
import { varied } from "../../api1/varied-body.ts";
import {
  held,
  inconclusive,
  notApplicable,
  suspected,
  vulnerable,
  type About,
} from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { anyPlace } from "../accounts.ts";
import { asksItself } from "./declared-security.ts";
import { rightfulRead, tryOpenRead } from "./open-read.ts";

/** S-01: no credential at all. */
export const noCredential = defineTechnique({
  id: "S-01",
  risk: "API2",
  title: "Works without a credential",
  severity: "critical",
  phase: "write",
  needs: ["a principal"],
  oracle: "O-READ",
  guards: ["G-POS", "G-PUB", "G-SOFT", "G-REPEAT"],
  hole: "authentication",
  remedy:
    "Ask for a credential before anything else; let an operation be open only when it says so.",
  run: async function* (world) {
    if ((await anyPlace(world)) === undefined) {
      yield inconclusive(
        { target: "" },
        "no operation is known that refuses a call without a credential",
      );
      return;
    }
    for (const operation of world.document.operations) yield await tryOperation(world, operation);
  },
});

async function tryOperation(world: World, operation: Operation): Promise<Outcome> {
  const about = { target: operation.key };
  const { access, traits, method } = operation;
  if (access.kind === "anonymous" || access.kind === "optional")
    return notApplicable(about, "declared for everybody");
  if (!isForCallers(operation))
    return notApplicable(about, "it is called without a credential on purpose");
  if (traits.has("destructive") && !world.limits.allowDestructive)
    return notApplicable(about, "it may destroy, and --allow-destructive was not given");
  if (method === "GET") return tryOpenRead(world, operation);
  const resource = operation.path.includes("{") ? world.resourceOf(operation) : undefined;
  if (resource !== undefined && operation !== resource.create)
    return tryOpenChange(world, operation, resource);
  return tryOpenAction(world, operation);
}

/** What changes an object of somebody, without a credential. */
async function tryOpenChange(
  world: World,
  operation: Operation,
  resource: Resource,
): Promise<Outcome> {
  const owner = await ownerFor(world, operation, resource);
  if (owner === undefined)
    return inconclusive(
      { target: operation.key },
      `no ${resource.name} of the run's own can be made for it`,
    );
  await world.works(operation, owner);
  let turn = 0;
  const vary = (call: Call): Call =>
    operation.method === "PUT" || operation.method === "PATCH" ? varied(call, ++turn) : call;
  const declared = operation.access.kind === "credential";
  return tryChange(world, {
    operation,
    attacker: { ...owner, name: "somebody without a credential" },
    variant: "no credential",
    spends: operation.method === "DELETE" || operation.method === "POST",
    prey: () => preyOf(world, operation, resource, owner),
    control: (object) => callOn(world, operation, owner, object),
    attack: (object) => vary(callOn(world, operation, undefined, object)),
    judge: async (object) =>
      declared
        ? { kind: "foreign", because: `declared ${operation.access.words}` }
        : rightOf(world, operation, object),
  });
}

async function ownerFor(
  world: World,
  operation: Operation,
  resource: Resource,
): Promise<Principal | undefined> {
  // Accounts are changed only when the run opened them.
  if (isAccountResource(resource)) return world.newcomer();
  return world
    .rightful(operation)
    .find(
      (one) =>
        one !== undefined &&
        (world.objectsOf(one, resource).length > 0 || resource.create !== undefined),
    );
}

async function preyOf(
  world: World,
  operation: Operation,
  resource: Resource,
  owner: Principal,
): Promise<OwnedObject | undefined> {
  const object = await freshObject(world, resource, owner);
  return object !== undefined && (await world.bringTo(object, operation)) ? object : undefined;
}

/** What creates or acts and names no object, without a credential. */
async function tryOpenAction(world: World, operation: Operation): Promise<Outcome> {
  const target = operation.key;
  const reached = await rightfulRead(world, operation);
  if (reached === undefined) return inconclusive({ target }, "no rightful call works");
  const { principal, exchange: control } = reached;
  const values =
    world.resourceOf(operation) === undefined
      ? {}
      : { values: parentsOf(world, operation, principal) };
  const attack = await world.send(world.make(operation, undefined, values));
  const about: About = { target, variant: "no credential", evidence: [control, attack] };
  const status = attack.answer?.status ?? 0;
  if (!world.succeeds(attack))
    return status === 0 || status === 429 || status >= 500
      ? inconclusive(about, `answered ${status}, which is no refusal`)
      : held(about, `answered ${status}`);
  if (operation.access.kind !== "credential")
    return held(about, "it works without a credential, and the document does not ask for one");
  const again = await world.send(world.make(operation, undefined, values));
  const seen = await lookFor(world, operation, principal, again);
  const shown = { ...about, evidence: [control, attack, again, seen] };
  if (!world.succeeds(again)) return inconclusive(shown, "it worked once and not again");
  const words = `it works without a credential, though declared ${operation.access.words}`;
  if (seen !== undefined) return vulnerable(shown, `${words}: what it made is there`);
  const alike = shapeOf(control.answer?.json) === shapeOf(again.answer?.json);
  return alike && asksItself(world.document, operation)
    ? vulnerable(shown, words)
    : suspected(shown, `${words}; nothing shows the effect`);
}

function parentsOf(
  world: World,
  operation: Operation,
  principal: Principal,
): Readonly<Record<string, string>> {
  const parent = world.resourceOf(operation);
  const object = parent === undefined ? undefined : world.objectsOf(principal, parent)[0];
  return object === undefined ? {} : renamed(object.resource, operation, object.values);
}

/** What a creation made, as a rightful principal finds it. */
async function lookFor(
  world: World,
  operation: Operation,
  principal: Principal,
  made: Exchange,
): Promise<Exchange | undefined> {
  const resource = world.document.resources.find(({ create }) => create === operation);
  const id = resource === undefined ? undefined : createdId(made, resource);
  if (resource?.read === undefined || id === undefined) return undefined;
  const last = parametersOfPath(resource.itemPath).at(-1) ?? resource.parameter;
  const values = renamed(resource, resource.read, { [last]: id });
  for (const reader of [world.administrator, principal, undefined]) {
    const exchange = await world.send(world.make(resource.read, reader, { values }));
    if (world.succeeds(exchange)) return exchange;
  }
  return undefined;
}
