/**
 * Recovery codes that come back to whoever asks, work twice, or work for another.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import { leavesOf } from "../../../oracle/leaves.ts";
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
import {
  candidatesIn,
  confirmCall,
  freshSubject,
  proofOfChange,
  recoveredPassword,
  recoveryOf,
  requestFor,
  useShownCode,
  type Recovery,
  type Subject,
} from "./recovery-steps.ts";

/** C-12: the code comes back to whoever asks for it. */
export const codeInAnswer = defineTechnique({
  id: "C-12",
  risk: "API2",
  title: "Recovery code in the answer",
  severity: "critical",
  phase: "credential",
  needs: [],
  oracle: "O-LEAK",
  guards: ["G-BASE", "G-NEG", "G-REPEAT", "G-CLEAN"],
  hole: "recovery",
  remedy:
    "Send the code to the owner of the account by another way, and never put it into the answer.",
  run: async function* (world) {
    const recovery = recoveryOf(world);
    if (recovery === undefined) {
      yield notApplicable({ target: "" }, "the document shows no request of recovery");
      return;
    }
    const target = recovery.request.key;
    const subject = await freshSubject(world);
    yield subject === undefined
      ? notApplicable({ target }, "no account can be opened whose password may be recovered")
      : await tryShown(world, recovery, subject);
  },
});

async function tryShown(world: World, recovery: Recovery, subject: Subject): Promise<Outcome> {
  const target = recovery.request.key;
  const first = await useShownCode(world, recovery, subject);
  if (!("code" in first)) return withoutCode(world, target, first);
  const other = await freshSubject(world);
  const second = other === undefined ? undefined : await useShownCode(world, recovery, other);
  const about: About = { target, variant: "code of the answer used", evidence: first.evidence };
  return second !== undefined && "code" in second
    ? vulnerable(
        { ...about, evidence: [...first.evidence.slice(0, 4), ...second.evidence.slice(0, 2)] },
        `whoever asks for a code for ${subject.label} gets it in the answer, and sets a new password with it`,
      )
    : inconclusive(about, "it worked once and not again");
}

const codeNames = /(reset|recovery|otp|verification).*(code|token|link)|^(otp|code|token)$/i;

function withoutCode(world: World, target: string, asked: Exchange): Outcome {
  const about: About = { target, evidence: [asked] };
  if (!world.succeeds(asked))
    return inconclusive(about, `the request was answered ${asked.answer?.status ?? "nothing"}`);
  const told = leavesOf(asked.answer?.json).find(
    ({ name, value }) => codeNames.test(name) && typeof value === "string" && value.length >= 4,
  );
  return told === undefined
    ? held(about, "the answer holds no code that works")
    : suspected(
        { ...about, variant: told.name },
        `the answer holds ${told.name}, and nothing shows whether it works`,
      );
}

/** C-13: a code that was used, or that was made for another. */
export const codeUsedAgain = defineTechnique({
  id: "C-13",
  risk: "API2",
  title: "Recovery code that works again or for another",
  severity: "high",
  phase: "credential",
  needs: ["a registration operation"],
  oracle: "O-EFFECT",
  guards: ["G-POS", "G-CLEAN"],
  hole: "recovery",
  remedy: "Bind a code to one account, let it work once, and end it when a new one is made.",
  run: async function* (world) {
    const recovery = recoveryOf(world);
    const confirm = recovery?.confirm;
    if (recovery === undefined || confirm === undefined) {
      yield notApplicable({ target: "" }, "the document shows no recovery in two steps");
      return;
    }
    const subject = await freshSubject(world);
    yield subject === undefined
      ? notApplicable({ target: confirm.key }, "no account can be opened")
      : await tryAgain(world, recovery, confirm, subject);
  },
});

const secondPassword = `${recoveredPassword}2`;

async function tryAgain(
  world: World,
  recovery: Recovery,
  confirm: Operation,
  subject: Subject,
): Promise<Outcome> {
  const target = confirm.key;
  const shown = await useShownCode(world, recovery, subject);
  if (!("code" in shown)) return notApplicable({ target }, "no code can be had that works");
  const { code } = shown;
  const call = confirmCall(world, confirm, { subject, code, password: secondPassword });
  const again = await world.send(call);
  const proof = await proofOfChange(world, subject, again, secondPassword);
  if (proof !== undefined)
    return vulnerable(
      { target, variant: "used twice", evidence: [...shown.evidence, again, proof] },
      "a code that was used sets a password again",
    );
  return tryForAnother(world, recovery, confirm, subject);
}

async function tryForAnother(
  world: World,
  recovery: Recovery,
  confirm: Operation,
  subject: Subject,
): Promise<Outcome> {
  const target = confirm.key;
  const victim = await freshSubject(world);
  const asked = await requestFor(world, recovery, subject);
  const candidates = candidatesIn(asked, subject);
  if (victim === undefined) return held({ target, evidence: [asked] }, "a used code is refused");
  await requestFor(world, recovery, victim);
  const password = recoveredPassword;
  for (const code of candidates) {
    const crossed = await world.send(
      confirmCall(world, confirm, { subject: victim, code, password }),
    );
    const taken = await proofOfChange(world, victim, crossed, password);
    if (taken !== undefined)
      return vulnerable(
        { target, variant: "code of another account", evidence: [asked, crossed, taken] },
        `the code of ${subject.label} sets the password of ${victim.label}`,
      );
  }
  return held(
    { target, evidence: [asked] },
    "a used code is refused, and so is one that was made for another",
  );
}
