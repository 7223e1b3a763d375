/**
 * The two steps in which a password is recovered, as the document shows them: asking for a code, and
 * setting a new password with it.
 *
 * Promise: only passwords of accounts that the run opened are changed.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import { leavesOf } from "../../../oracle/leaves.ts";
import {
  isEmailName,
  isPasswordName,
  isUsernameName,
  propertiesOf,
} from "../../../principal/infer-login.ts";
import type { Call, Exchange } from "../../../wire/exchange.ts";
import { sentJson } from "../../../world/item-id.ts";
import type { World } from "../../../world/world.ts";
import { freshAccount, signsInWith, type OwnAccount } from "../accounts.ts";
import { bodyNames, operationsWith } from "../sessions-of.ts";
import { registrationOf } from "./registration.ts";

/** The two steps of recovery. */
export interface Recovery {
  readonly request: Operation;
  readonly confirm: Operation | undefined;
}

/** An account of the run's own whose password is recovered. */
export interface Subject {
  readonly label: string;
  readonly email: string | undefined;
  readonly username: string | undefined;
  /** How it signs in; `undefined` when the document shows no sign-in. */
  readonly account: OwnAccount | undefined;
}

/** A name such as "reset_password_code" holds a code, though it speaks of a password. */
function isCodeName(name: string): boolean {
  if (/(code|token|otp)$/i.test(name)) return true;
  return /code|otp|token|pin$|key$/i.test(name) && !isPasswordName(name);
}

/** Whether an operation of recovery is its first step: it takes a name and nothing secret. */
export function isRecoveryRequest(operation: Operation): boolean {
  const names = bodyNames(operation);
  const secret = names.some((name) => isPasswordName(name) || isCodeName(name));
  return !secret && names.some((name) => isEmailName(name) || isUsernameName(name));
}

/** The recovery that the document shows. */
export function recoveryOf(world: World): Recovery | undefined {
  const operations = operationsWith(world, "reset-password");
  const request = operations.find(isRecoveryRequest);
  const confirm = operations.find((operation) => {
    const names = bodyNames(operation);
    return (
      names.some(isCodeName) && names.some((name) => isPasswordName(name) && !isCodeName(name))
    );
  });
  return request === undefined ? undefined : { request, confirm };
}

/** The body of a recovery request for somebody. */
export function recoveryBody(
  operation: Operation,
  { email, username }: Pick<Subject, "email" | "username">,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    bodyNames(operation).flatMap((name) => {
      if (isEmailName(name)) return [[name, email ?? username] as const];
      return isUsernameName(name) ? [[name, username ?? email] as const] : [];
    }),
  );
}

/** A new account of the run's own, also where nothing shows how it would sign in. */
export async function freshSubject(world: World): Promise<Subject | undefined> {
  const account = await freshAccount(world);
  if (account !== undefined) {
    const { email, username } = account.principal.facts;
    return {
      label: account.principal.name,
      email: email ?? (account.name.includes("@") ? account.name : undefined),
      username: username ?? account.name,
      account,
    };
  }
  const operation = registrationOf(world);
  const call = operation === undefined ? undefined : world.make(operation, undefined);
  if (call === undefined || !world.succeeds(await world.send(call))) return undefined;
  const sent = sentJson(call);
  const entries = typeof sent === "object" && sent !== null ? Object.entries(sent) : [];
  const text = (fits: (name: string) => boolean): string | undefined => {
    const value: unknown = entries.find(([name]) => fits(name))?.[1];
    return typeof value === "string" ? value : undefined;
  };
  const email = text(isEmailName);
  const username = text((name) => isUsernameName(name) && !isEmailName(name));
  const label = username ?? email;
  return label === undefined ? undefined : { label, email, username, account: undefined };
}

/** Asks for a code. */
export async function requestFor(
  world: World,
  { request }: Recovery,
  subject: Subject,
): Promise<Exchange> {
  return world.send(world.make(request, undefined, { body: recoveryBody(request, subject) }));
}

/** What a second step is made of. */
export interface Confirmation {
  readonly subject: Subject;
  readonly code: string;
  readonly password: string;
  /** Another path than that of the operation. */
  readonly path?: string | undefined;
}

/** The call of the second step. */
export function confirmCall(
  world: World,
  confirm: Operation,
  { subject, code, password, path }: Confirmation,
): Call {
  const properties = propertiesOf(confirm.body?.schema);
  const isWhole = (name: string): boolean => properties.get(name)?.["type"] === "integer";
  const body = Object.fromEntries([
    ...Object.entries(recoveryBody(confirm, subject)),
    ...bodyNames(confirm).flatMap((name): (readonly [string, unknown])[] => {
      if (isCodeName(name)) return [[name, isWhole(name) ? Number(code) : code]];
      return isPasswordName(name) ? [[name, password]] : [];
    }),
  ]);
  return world.make(confirm, undefined, path === undefined ? { body } : { body, path });
}

/**
 * Whether a second step changed the password: the account signs in with the new one. Where nothing
 * shows how, that the code was accepted must do; the caller has seen a wrong one refused.
 */
export async function proofOfChange(
  world: World,
  { account }: Subject,
  used: Exchange,
  password: string,
): Promise<Exchange | undefined> {
  if (!world.succeeds(used)) return undefined;
  if (account === undefined) return used;
  return (await signsInWith(world, account, password))?.exchange;
}

const harmless = /^(status|status_?code|type|message_?id|request_?id|id)$/i;

/** Texts in an answer that may be the code, the likeliest first. */
export function candidatesIn({ answer }: Exchange, subject: Subject): readonly string[] {
  const facts = Object.values(subject.account?.principal.facts ?? {});
  const own = new Set([...facts, subject.email, subject.username]);
  const texts = leavesOf(answer?.json)
    .filter(
      ({ value, name }) => value !== null && typeof value !== "boolean" && !harmless.test(name),
    )
    .map(({ name, value }) => ({ name, text: String(value) }))
    .filter(({ text }) => !own.has(text));
  const named = texts
    .filter(({ name }) => /code|otp|token|pin|link|url|key|secret/i.test(name))
    .map(({ text }) => text);
  const links = texts.flatMap(({ text }) =>
    [...text.matchAll(/[?&](?:token|code|key|t)=([^&\s"']+)|\/reset[^\s/]*\/([\w-]{6,})/gi)].map(
      ([, one, other]) => one ?? other ?? "",
    ),
  );
  const digits = texts.flatMap(({ text }) => text.match(/(?<![\d+-])\d{4,8}(?!\d)/g) ?? []);
  const headers = (answer?.headers ?? [])
    .filter(([name]) => /^x-.*(code|otp|token)/i.test(name))
    .map(([, value]) => value);
  return [...new Set([...links, ...named, ...digits, ...headers])]
    .filter((text) => text.length >= 3 && text.length <= 600)
    .slice(0, 6);
}

/** A code that the answer to the request held, and that changed the password. */
export interface ShownCode {
  readonly code: string;
  readonly evidence: readonly Exchange[];
}

/** A password that the run sets by recovery. */
export const recoveredPassword = "Found-Again-62-elm!Qz";

/** Asks for a code and uses what the answer shows; the answer itself when nothing in it works. */
export async function useShownCode(
  world: World,
  recovery: Recovery,
  subject: Subject,
): Promise<ShownCode | Exchange> {
  const asked = await requestFor(world, recovery, subject);
  const candidates = candidatesIn(asked, subject);
  const { confirm } = recovery;
  if (confirm === undefined || !world.succeeds(asked) || candidates.length === 0) return asked;
  const password = recoveredPassword;
  const wrong = await world.send(
    confirmCall(world, confirm, { subject, code: "000017", password }),
  );
  if (world.succeeds(wrong)) return asked;
  for (const code of candidates) {
    const used = await world.send(confirmCall(world, confirm, { subject, code, password }));
    const proof = await proofOfChange(world, subject, used, password);
    if (proof !== undefined) return { code, evidence: [asked, wrong, used, proof] };
  }
  return asked;
}
