/**
 * C-20: taking over an account by claiming its address.
 *
 * Only between accounts that the run opened.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import { isEmailName } from "../../../principal/infer-login.ts";
import type { World } from "../../../world/world.ts";
import {
  held,
  inconclusive,
  notApplicable,
  suspected,
  vulnerable,
  type About,
} from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { freshAccount, ownValues, recipeWith, tryLogin, type OwnAccount } from "../accounts.ts";
import { carriedBy, proofOf } from "../proof.ts";
import { bodyNames } from "../sessions-of.ts";
import { targetOf } from "./limit.ts";

function addressChanges({ document, identity }: World): readonly Operation[] {
  return document.operations
    .filter(
      (operation) =>
        ["PUT", "PATCH", "POST"].includes(operation.method) &&
        operation.access.kind !== "anonymous" &&
        !(["register", "sign-in", "reset-password", "administrative", "webhook"] as const).some(
          (trait) => operation.traits.has(trait),
        ) &&
        bodyNames(operation).some(isEmailName) &&
        (/e-?mail$|\/(me|profile|account|user)$/i.test(operation.path) ||
          operation.path === identity?.operation.path),
    )
    .slice(0, 2);
}

/** C-20: the address of another, without a proof of owning it. */
export const takenAddress = defineTechnique({
  id: "C-20",
  risk: "API2",
  title: "Address of another taken without proof",
  severity: "high",
  phase: "credential",
  needs: ["a registration operation"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-CLEAN"],
  hole: "taken-address",
  remedy:
    "Let an address take effect when its owner has confirmed it, and let it belong to one account only.",
  run: async function* (world) {
    const operations = addressChanges(world);
    if (operations.length === 0)
      yield notApplicable({ target: "" }, "the document shows no change of one's own address");
    for (const operation of operations) yield await tryAddress(world, operation);
  },
});

async function tryAddress(world: World, operation: Operation): Promise<Outcome> {
  const target = operation.key;
  const victim = await freshAccount(world);
  const attacker = victim === undefined ? undefined : await freshAccount(world);
  const email = victim?.principal.facts["email"];
  const proof = victim === undefined ? undefined : await proofOf(world, victim.principal);
  if (victim === undefined || attacker === undefined || email === undefined || proof === undefined)
    return inconclusive({ target }, "no two accounts with addresses can be opened");
  const names = bodyNames(operation).filter(isEmailName);
  const body = Object.fromEntries(names.map((name) => [name, email]));
  const making = { body, values: ownValues(world, operation, attacker.principal) };
  const changed = await world.send(world.make(operation, attacker.principal, making), {
    renew: false,
  });
  if (!world.succeeds(changed))
    return held({ target, evidence: [changed] }, `answered ${changed.answer?.status ?? "nothing"}`);
  return judge(
    world,
    { attacker, victim, email },
    { target, variant: "address of another account", evidence: [changed] },
  );
}

async function judge(
  world: World,
  {
    attacker,
    victim,
    email,
  }: { readonly attacker: OwnAccount; readonly victim: OwnAccount; readonly email: string },
  about: About,
): Promise<Outcome> {
  const seen = await proofOf(world, attacker.principal);
  const own = await seen?.ask(carriedBy(world, attacker.principal));
  const evidence = [...(about.evidence ?? []), own];
  if (own?.answer?.text.includes(email) !== true)
    return held({ ...about, evidence }, "the address did not take effect");
  const entered = await tryLogin(
    world,
    recipeWith(victim.recipe, { name: email, password: attacker.password }),
  );
  const place = entered.carried === undefined ? undefined : await proofOf(world, victim.principal);
  const first = entered.carried === undefined ? undefined : await place?.ask(entered.carried);
  const shown: About = { ...about, evidence: [...evidence, entered.exchange, first] };
  if (victim.name === email && (await tryLogin(world, victim.recipe)).carried === undefined)
    return vulnerable(
      shown,
      `${attacker.name} took the address of ${victim.name}, which cannot sign in any more (${targetOf(world, victim.recipe)})`,
    );
  const id = victim.principal.facts["id"];
  return id !== undefined &&
    first?.answer?.text.includes(id) === true &&
    !own.answer.text.includes(id) &&
    attacker.password !== victim.password
    ? vulnerable(
        shown,
        `${attacker.name} took the address of ${victim.name} and signs in as it with a password of its own`,
      )
    : suspected(shown, `two accounts have one address, and nobody asked for a proof of owning it`);
}
