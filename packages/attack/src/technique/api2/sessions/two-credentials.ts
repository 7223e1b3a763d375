/**
 * S-05: two credentials that disagree: who is asked for and who acts must be the same.
 *
 * @module
 */

import type { Resource } from "../../../document/operation.ts";
import type { Principal } from "../../../principal/principal.ts";
import type { Carried } from "../../../principal/token-place.ts";
import { createdId } from "../../../world/item-id.ts";
import { parametersOfPath } from "../../../world/objects.ts";
import { renamed } from "../../../world/seed.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { carriedBy, proofOf, sendWith, type Proof } from "../proof.ts";
import { acceptedPlaces } from "./other-places.ts";

/** S-05: one request with the credentials of two. */
export const twoCredentials = defineTechnique({
  id: "S-05",
  risk: "API2",
  title: "Two credentials that disagree",
  severity: "high",
  phase: "write",
  needs: ["two principals of one role", "an operation that tells who calls"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-REPEAT", "G-CLEAN"],
  hole: "credential-place",
  remedy: "Refuse a request with more than one credential, and read it in one place of the code.",
  run: async function* (world) {
    const { peers } = world;
    const proof = peers === undefined ? undefined : await proofOf(world, peers.attacker);
    if (peers === undefined || proof === undefined) {
      yield inconclusive({ target: "" }, "no operation tells who calls");
      return;
    }
    yield await tryPairs(world, proof, peers.attacker, peers.victim);
  },
});

interface Combination {
  readonly words: string;
  readonly carried: Carried;
}

async function combinations(
  world: World,
  proof: Proof,
  one: Principal,
  other: Principal,
): Promise<readonly Combination[]> {
  const [first, second] = [carriedBy(world, one), carriedBy(world, other)];
  const join = (left: Carried, right: Carried): Carried => ({
    headers: [...left.headers, ...right.headers],
    query: [...left.query, ...right.query],
  });
  const { token } = world.credentialOf(other);
  const places =
    token === undefined
      ? []
      : await acceptedPlaces(world, proof, world.credentialOf(one).token ?? token);
  return [
    { words: "both, one after the other", carried: join(first, second) },
    { words: "both, the other way round", carried: join(second, first) },
    ...places.slice(0, 3).map(({ kind, name, carried }) => ({
      words: `one in its place, the other as ${kind} ${name}`,
      carried: join(first, carried(token ?? "")),
    })),
  ];
}

/** Something that each of the two may make and only its owner may read. */
function privateResource(world: World, people: readonly Principal[]): Resource | undefined {
  return world.document.resources.find(
    (resource) =>
      resource.create !== undefined &&
      resource.read !== undefined &&
      !resource.create.path.includes("{") &&
      people.every((one) =>
        world.objectsOf(one, resource).some(({ origin }) => origin === "created"),
      ),
  );
}

async function tryPairs(
  world: World,
  proof: Proof,
  one: Principal,
  other: Principal,
): Promise<Outcome> {
  const target = proof.operation.key;
  const resource = privateResource(world, [one, other]);
  if (resource?.create === undefined)
    return notApplicable({ target }, "nothing is known that both make and only its owner reads");
  for (const { words, carried } of await combinations(world, proof, one, other)) {
    const first = await disagreement(world, proof, resource, carried, [one, other]);
    const second =
      first === undefined
        ? undefined
        : await disagreement(world, proof, resource, carried, [one, other]);
    if (first === undefined || second === undefined) continue;
    const about = {
      target: resource.create.key,
      variant: words,
      evidence: [first.told, first.made, second.told, second.made],
    };
    return vulnerable(
      about,
      `with two credentials (${words}) ${target} speaks of ${first.whom}, and what is made belongs to ${first.owner}`,
    );
  }
  return held(
    { target, evidence: [proof.control] },
    "one of the two is followed everywhere, or both are refused",
  );
}

async function disagreement(
  world: World,
  proof: Proof,
  resource: Resource,
  carried: Carried,
  people: readonly Principal[],
) {
  const told = await proof.ask(carried);
  const whom = proof.whom(told);
  if (whom === undefined || resource.create === undefined) return undefined;
  const made = await sendWith(world, world.make(resource.create, undefined), carried);
  const id = world.succeeds(made) ? createdId(made, resource) : undefined;
  if (id === undefined) return undefined;
  const owners: string[] = [];
  for (const person of people)
    if (await mayRead(world, resource, id, person)) owners.push(person.name);
  const [owner] = owners;
  return owners.length === 1 && owner !== undefined && owner !== whom.name
    ? { told, made, whom: whom.name, owner }
    : undefined;
}

async function mayRead(
  world: World,
  resource: Resource,
  id: string,
  person: Principal,
): Promise<boolean> {
  if (resource.read === undefined) return false;
  const last = parametersOfPath(resource.itemPath).at(-1) ?? resource.parameter;
  const values = renamed(resource, resource.read, { [last]: id });
  return world.succeeds(await world.send(world.make(resource.read, person, { values })));
}
