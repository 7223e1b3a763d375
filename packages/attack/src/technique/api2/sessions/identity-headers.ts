/**
 * S-20: headers by which a gateway tells who calls, sent by whoever calls.
 *
 * @module
 */

import type { HeaderLine } from "../../../wire/exchange.ts";
import type { Principal } from "../../../principal/principal.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, vulnerable, type About } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { carriedBy, nothing, proofOf, sendWith, type Proof } from "../proof.ts";

const nameHeaders = [
  "x-user-id",
  "x-userid",
  "x-user",
  "x-username",
  "x-user-name",
  "x-user-email",
  "x-email",
  "x-forwarded-user",
  "x-forwarded-email",
  "x-remote-user",
  "remote-user",
  "x-authenticated-user",
  "x-authenticated-userid",
  "x-auth-request-user",
  "x-auth-request-email",
  "x-original-user",
  "x-consumer-username",
  "x-consumer-custom-id",
  "x-account-id",
  "x-customer-id",
  "x-subject",
];

const roleHeaders: readonly HeaderLine[] = [
  ["x-role", "admin"],
  ["x-roles", "admin"],
  ["x-user-role", "admin"],
  ["x-user-roles", "admin"],
  ["x-admin", "true"],
  ["x-is-admin", "true"],
  ["x-internal", "true"],
  ["x-permissions", "admin"],
];

/** S-20: who calls is whoever the headers say. */
export const identityHeaders = defineTechnique({
  id: "S-20",
  risk: "API2",
  title: "Identity taken from a header that anybody sends",
  severity: "critical",
  phase: "token",
  needs: ["a principal"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-NEG", "G-REPEAT"],
  hole: "identity-header",
  remedy:
    "Strip such headers at the edge, and take the identity from the verified credential only.",
  run: async function* (world) {
    const attacker = world.peers?.attacker ?? world.principals[0];
    const proof = attacker === undefined ? undefined : await proofOf(world, attacker);
    if (attacker === undefined || proof === undefined) {
      yield inconclusive({ target: "" }, "nothing shows who calls");
      return;
    }
    yield await tryNames(world, proof, attacker);
    yield* tryRoles(world, attacker);
  },
});

async function tryNames(world: World, proof: Proof, attacker: Principal): Promise<Outcome> {
  const target = proof.operation.key;
  const victims = world.principals.filter(({ name }) => name !== attacker.name).slice(0, 2);
  const own = carriedBy(world, attacker);
  let tried = 0;
  for (const victim of victims.length > 0 ? victims : [attacker])
    for (const value of new Set([
      victim.facts["id"],
      victim.facts["username"],
      victim.facts["email"],
    ])) {
      if (value === undefined || /[^\x20-\x7e]/.test(value)) continue;
      for (const [words, base] of [
        ["no credential", nothing],
        ["one's own credential", own],
      ] as const) {
        if (victim === attacker && base === own) continue;
        tried += 1;
        const lines = nameHeaders.map((name): HeaderLine => [name, value]);
        const all = await proof.ask({ ...base, headers: [...base.headers, ...lines] });
        if (proof.whom(all)?.name !== victim.name) continue;
        for (const line of lines) {
          const carried = { ...base, headers: [...base.headers, line] };
          const first = await proof.ask(carried);
          if (proof.whom(first)?.name !== victim.name) continue;
          const again = await proof.ask(carried);
          const about: About = {
            target,
            variant: `${line[0]} with ${words}`,
            evidence: [proof.control, proof.anonymous, first, again],
          };
          return proof.whom(again)?.name === victim.name
            ? vulnerable(
                about,
                `with ${words} and ${line[0]}: ${value} it answers as to ${victim.name}`,
              )
            : inconclusive(about, "it worked once and not again");
        }
      }
    }
  return held(
    { target, evidence: [proof.control, proof.anonymous] },
    `${nameHeaders.length} headers change nothing (${tried} requests)`,
  );
}

/** Reads for administrators, as somebody who is none, with a header that says otherwise. */
async function* tryRoles(world: World, attacker: Principal): AsyncIterable<Outcome> {
  const { administrator } = world;
  if (administrator === undefined || attacker.administrator) return;
  const operations = world.document.operations.filter(
    ({ method, path, traits, access }) =>
      method === "GET" &&
      !path.includes("{") &&
      (traits.has("administrative") || access.roles.includes(administrator.role)),
  );
  for (const operation of operations.slice(0, 3)) {
    const works = await world.works(operation, administrator);
    if (works === undefined) continue;
    const own = carriedBy(world, attacker);
    const refused = await sendWith(world, works.call, own);
    if (world.succeeds(refused)) continue;
    const raised = { ...own, headers: [...own.headers, ...roleHeaders] };
    const first = await sendWith(world, works.call, raised);
    const about: About = {
      target: operation.key,
      variant: "headers that tell a role",
      evidence: [works, refused, first],
    };
    if (!world.succeeds(first)) {
      yield held(about, `${roleHeaders.length} headers change nothing`);
      continue;
    }
    const again = await sendWith(world, works.call, raised);
    yield world.succeeds(again)
      ? vulnerable(
          { ...about, evidence: [works, refused, first, again] },
          `${attacker.name} is refused, and let in with headers that tell the role admin`,
        )
      : inconclusive(about, "it worked once and not again");
  }
}
