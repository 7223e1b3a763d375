/**
 * What a new password takes: the old one, and the other sessions with it.
 *
 * Limits: passwords change only of accounts that the run opened.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { isPasswordChange } from "../../api1/password-of-another.ts";
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
  asksOldPassword,
  freshAccount,
  passwordMaking,
  signsInWith,
  type OwnAccount,
} from "../accounts.ts";
import { proofOf } from "../proof.ts";
import { carrying, openSession, operationsWith, renewWith, secondsOf } from "../sessions-of.ts";
import { shortLife } from "./sign-out.ts";

const nextPassword = "Gate-Keeper-93-blue!Oak";

function passwordOperations({ document }: World): readonly Operation[] {
  return document.operations
    .filter(
      (operation) =>
        ["POST", "PUT", "PATCH"].includes(operation.method) &&
        !operation.traits.has("reset-password") &&
        !operation.traits.has("register") &&
        !operation.traits.has("sign-in") &&
        !operation.traits.has("administrative") &&
        operation.access.kind !== "anonymous" &&
        (operation.traits.has("change-password") ||
          (isPasswordChange(operation) && /pass/i.test(operation.path))),
    )
    .slice(0, 3);
}

async function* onEach(
  world: World,
  attempt: (world: World, operation: Operation, account: OwnAccount) => Promise<Outcome>,
): AsyncIterable<Outcome> {
  const operations = passwordOperations(world);
  if (operations.length === 0)
    yield notApplicable({ target: "" }, "the document shows no operation that changes a password");
  for (const operation of operations) {
    const account = await freshAccount(world);
    yield account === undefined
      ? inconclusive(
          { target: operation.key },
          "no account can be opened whose password may change",
        )
      : await attempt(world, operation, account);
  }
}

/** S-07: a session that was there before the password changed. */
export const sessionsAfterNewPassword = defineTechnique({
  id: "S-07",
  risk: "API2",
  title: "Session that survives a new password",
  severity: "medium",
  phase: "credential",
  needs: ["a registration operation"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-CLEAN"],
  hole: "session-end",
  remedy: "End all other sessions of somebody whose password changes.",
  run: (world) => onEach(world, trySessions),
});

async function trySessions(
  world: World,
  operation: Operation,
  account: OwnAccount,
): Promise<Outcome> {
  const target = operation.key;
  const { principal, password } = account;
  const other = await openSession(world, principal);
  const acting = await openSession(world, principal);
  const proof = other === undefined ? undefined : await proofOf(world, other.principal);
  if (other === undefined || acting === undefined || proof === undefined)
    return inconclusive(
      { target },
      "two sessions of one account could not be opened, or nothing shows whether they work",
    );
  const making = passwordMaking(world, operation, acting.principal, {
    current: password,
    next: nextPassword,
  });
  const change = await world.send(world.make(operation, acting.principal, making), {
    renew: false,
  });
  const about: About = {
    target,
    variant: "two sessions of a new account",
    evidence: [proof.control, change],
  };
  if (!world.succeeds(change))
    return inconclusive(
      about,
      `changing the password was answered ${change.answer?.status ?? "nothing"}`,
    );
  if ((await signsInWith(world, account, nextPassword)) === undefined)
    return inconclusive(about, "the account does not sign in with the new password");
  const late = await proof.ask(other.carried);
  const again = await proof.ask(other.carried);
  const [renewal] = operationsWith(world, "refresh");
  const renewed =
    renewal === undefined || other.refreshToken === undefined
      ? undefined
      : await renewWith(world, renewal, other.refreshToken, undefined);
  const fresh =
    renewed?.token === undefined ? undefined : await proof.ask(carrying(other, renewed.token));
  const refreshes = fresh !== undefined && proof.accepts(fresh);
  const shown: About = {
    ...about,
    evidence: [proof.control, change, late, again, renewed?.exchange],
  };
  if (!(proof.accepts(late) && proof.accepts(again)) && !refreshes)
    return held(shown, "the other session ended with the old password");
  const seconds = secondsOf(other.token);
  const words = `the password changed, and another session of the account goes on${refreshes ? " and renews itself" : ""}`;
  return !refreshes && seconds !== undefined && seconds <= shortLife
    ? suspected(shown, `${words}, for at most ${seconds} seconds by its own claims`)
    : vulnerable(shown, words);
}

/** S-16: a new password without the old one. */
export const newPasswordWithoutOld = defineTechnique({
  id: "S-16",
  risk: "API2",
  title: "New password without the old one",
  severity: "medium",
  phase: "credential",
  needs: ["a registration operation"],
  oracle: "O-EFFECT",
  guards: ["G-POS", "G-CLEAN", "G-REPEAT"],
  hole: "step-up",
  remedy: "Ask for the current password, or a fresh proof of identity, before a password changes.",
  run: (world) => onEach(world, tryWithoutOld),
});

async function tryWithoutOld(
  world: World,
  operation: Operation,
  account: OwnAccount,
): Promise<Outcome> {
  const target = operation.key;
  const { principal } = account;
  const asks = asksOldPassword(world, operation, principal);
  if (!asks && operation.access.stepUpSeconds !== undefined)
    return held({ target }, `a fresh sign-in counts as proof: ${operation.access.words}`);
  const variants: readonly (readonly [string, string | undefined])[] = asks
    ? [
        ["a wrong current password", "Wrong-Current-58!x"],
        ["no current password", undefined],
        ["an empty current password", ""],
      ]
    : [["it does not ask for it", undefined]];
  const evidence: Exchange[] = [];
  for (const [variant, current] of variants) {
    const made: Exchange[] = [];
    for (const next of [nextPassword, `${nextPassword}2`]) {
      const change = await world.send(
        world.make(
          operation,
          principal,
          passwordMaking(world, operation, principal, { current, next }),
        ),
        { renew: false },
      );
      made.push(change);
      if (!world.succeeds(change)) break;
      const entered = await signsInWith(world, account, next);
      if (entered === undefined) break;
      made.push(entered.exchange);
    }
    evidence.push(...made.slice(0, 1));
    if (made.length === 4)
      return vulnerable(
        { target, variant, evidence: made },
        `a session alone changes the password (${variant}), and the account signs in with the new one`,
      );
  }
  return held({ target, evidence }, "the password does not change without the current one");
}
