/**
 * C-10: passwords that anybody guesses.
 *
 * @module
 */

import type { Exchange } from "../../../wire/exchange.ts";
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
import { register, registrationOf, type Wishes } from "./registration.ts";

interface Weak {
  readonly words: string;
  readonly password: Wishes["password"];
  /** Too short or told by the name; the common ones of eight signs are a matter of the list. */
  readonly certain: boolean;
}

const weak: readonly Weak[] = [
  { words: "one character", password: () => "a", certain: true },
  { words: "1234", password: () => "1234", certain: true },
  { words: "123456", password: () => "123456", certain: true },
  { words: "the same as the name", password: ({ name }) => name, certain: true },
  { words: "password", password: () => "password", certain: false },
  { words: "12345678", password: () => "12345678", certain: false },
];

/** C-10: the weakest password that opens an account. */
export const weakPassword = defineTechnique({
  id: "C-10",
  risk: "API2",
  title: "Weak password accepted",
  severity: "medium",
  phase: "credential",
  needs: ["a registration operation"],
  oracle: "O-EFFECT",
  guards: ["G-POS", "G-REPEAT", "G-CLEAN"],
  hole: "weak-password",
  remedy:
    "Ask for at least 8 characters, better 12, and refuse what is in a list of common passwords or like the name.",
  run: async function* (world) {
    const target = registrationOf(world)?.key ?? "";
    const template = target === "" ? undefined : await freshAccount(world);
    yield template === undefined
      ? notApplicable({ target }, "no account can be opened that signs in with a password")
      : await tryWeak(world, target, template);
  },
});

async function tryWeak(world: World, target: string, template: OwnAccount): Promise<Outcome> {
  const refusals: Exchange[] = [];
  for (const { words, password, certain } of weak) {
    const first = await register(world, template, { password });
    if (first === undefined)
      return inconclusive({ target }, "the body of a registration is not understood");
    if (first.entered?.carried === undefined) {
      refusals.push(first.exchange);
      if (first.exchange.answer?.status === 429)
        return inconclusive({ target, evidence: refusals }, "a limit on registrations came first");
      continue;
    }
    const second = await register(world, template, { password });
    const about: About = {
      target,
      variant: words,
      evidence: [
        first.exchange,
        first.entered.exchange,
        second?.exchange,
        second?.entered?.exchange,
      ],
    };
    if (second?.entered?.carried === undefined)
      return inconclusive(about, "it was accepted once and not again");
    const because = `an account registers with a weak password (${words}) and signs in with it`;
    return certain ? vulnerable(about, because) : suspected(about, because);
  }
  return held(
    { target, variant: `${weak.length} weak passwords`, evidence: refusals.slice(0, 3) },
    "refused, while a strong one is accepted",
  );
}
