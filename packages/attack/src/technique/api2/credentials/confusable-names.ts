/**
 * S-19: names that look different to one part of the target and the same to another.
 *
 * Only names of accounts that the run opened are imitated.
 *
 * @module
 */

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
import { freshAccount, type OwnAccount } from "../accounts.ts";
import { carriedBy, proofOf, type Proof } from "../proof.ts";
import { register, registrationOf } from "./registration.ts";

const password = "Mirror-Gate-81-oak!Kx";

type Imitation = readonly [words: string, imitate: (name: string) => string];

const imitations: readonly Imitation[] = [
  ["in capitals", (name) => name.toUpperCase()],
  ["with a space behind", (name) => `${name} `],
  ["with a space before", (name) => ` ${name}`],
  ["with a zero byte behind", (name) => `${name}\0`],
  ["with a letter in full width", (name) => name.replace(/[a-z]/, fullWidth)],
  [
    "with a letter of another script",
    (name) => name.replace(/[aeo]/, (sign) => ({ a: "а", e: "е", o: "о" })[sign] ?? sign),
  ],
  [
    "in percent encoding",
    (name) => name.replace(/^./, (sign) => `%${(sign.codePointAt(0) ?? 0).toString(16)}`),
  ],
];

function fullWidth(sign: string): string {
  return String.fromCodePoint((sign.codePointAt(0) ?? 0) + 0xfee0);
}

/** S-19: registering as somebody who is there already. */
export const confusableNames = defineTechnique({
  id: "S-19",
  risk: "API2",
  title: "Name that is taken for another's",
  severity: "high",
  phase: "credential",
  needs: ["a registration operation"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-CLEAN", "G-REPEAT"],
  hole: "confusable-name",
  remedy:
    "Bring names to one form before they are compared, stored or looked up, everywhere the same.",
  run: async function* (world) {
    const target = registrationOf(world)?.key ?? "";
    const victim = target === "" ? undefined : await freshAccount(world);
    const proof = victim === undefined ? undefined : await proofOf(world, victim.principal);
    if (victim === undefined || proof === undefined) {
      yield notApplicable(
        { target },
        "no account can be opened that signs in with a password and tells who it is",
      );
      return;
    }
    const stranger = await freshAccount(world);
    const seen =
      stranger === undefined ? undefined : await proof.ask(carriedBy(world, stranger.principal));
    if (seen === undefined || speaksOfVictim(seen.answer?.text ?? "", victim)) {
      yield inconclusive(
        { target, evidence: [seen] },
        "what is answered to one account is answered to others too",
      );
      return;
    }
    yield await tryImitations(world, target, victim, proof);
  },
});

async function tryImitations(
  world: World,
  target: string,
  victim: OwnAccount,
  proof: Proof,
): Promise<Outcome> {
  let stored: About | undefined;
  for (const [words, imitate] of imitations) {
    const name = imitate(victim.name);
    const made =
      name === victim.name
        ? undefined
        : await register(world, victim, { name, password: () => password });
    if (made === undefined || !world.succeeds(made.exchange)) continue;
    const about: About = {
      target,
      variant: words,
      evidence: [proof.control, made.exchange, made.entered?.exchange],
    };
    if (made.entered?.carried === undefined) continue;
    stored ??= /space|zero/.test(words) ? about : undefined;
    const first = await proof.ask(made.entered.carried);
    const again = proof.accepts(first) ? await proof.ask(made.entered.carried) : undefined;
    if (
      again !== undefined &&
      proof.accepts(again) &&
      speaksOfVictim(first.answer?.text ?? "", victim)
    )
      return vulnerable(
        { ...about, evidence: [...(about.evidence ?? []), first, again] },
        `somebody registered the name of ${victim.name} ${words} with a password of their own, and is answered as ${victim.name}`,
      );
    if ((await stillIn(world, victim, proof)) === undefined)
      return inconclusive(about, "the first account does not work any more");
  }
  return stored === undefined
    ? held(
        { target, variant: `${imitations.length} imitations` },
        "refused, or kept apart by names that people can tell apart",
      )
    : suspected(stored, "a second account has a name that people take for the first one's");
}

function speaksOfVictim(text: string, { principal, name }: OwnAccount): boolean {
  const { id } = principal.facts;
  return text.includes(JSON.stringify(name)) && (id === undefined || text.includes(id));
}

async function stillIn(world: World, victim: OwnAccount, proof: Proof): Promise<true | undefined> {
  const exchange = await world.send({ ...proof.control.call, principal: victim.principal });
  return proof.accepts(exchange) ? true : undefined;
}
