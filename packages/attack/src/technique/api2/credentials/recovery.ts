/**
 * Recovery of a password: codes that are shown, guessed, or used twice.
 *
 * Only passwords of accounts that the run opened are changed.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import { leavesOf } from "../../../oracle/leaves.ts";
import { medianOf } from "../../../oracle/time.ts";
import { isPasswordName, propertiesOf } from "../../../principal/infer-login.ts";
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
import { freshAccount, signsInWith, type OwnAccount } from "../accounts.ts";
import { bodyNames, operationsWith } from "../sessions-of.ts";
import { isRecoveryRequest, recoveryBody } from "./enumeration.ts";
import { isLimited } from "./limit.ts";

const nextPassword = "Found-Again-62-elm!Qz";

function isCodeName(name: string): boolean {
  return /code|otp|token|pin$|key$/i.test(name) && !isPasswordName(name.replace(/code$/i, ""));
}

/** The two steps of recovery. */
interface Recovery {
  readonly request: Operation;
  readonly confirm: Operation | undefined;
}

function recoveryOf(world: World): Recovery | undefined {
  const operations = operationsWith(world, "reset-password");
  const request = operations.find(isRecoveryRequest);
  const confirm = operations.find((operation) => {
    const names = bodyNames(operation);
    return names.some(codeLike) && names.some((name) => isPasswordName(name) && !codeLike(name));
  });
  return request === undefined ? undefined : { request, confirm };
}

/** "reset_password_code" holds a code, though it speaks of a password. */
function codeLike(name: string): boolean {
  return isCodeName(name) || /code$|token$|otp$/i.test(name);
}

function namesOf({ principal, name }: OwnAccount): {
  email: string | undefined;
  username: string | undefined;
} {
  const { email, username } = principal.facts;
  return { email: email ?? (name.includes("@") ? name : undefined), username: username ?? name };
}

async function requestFor(
  world: World,
  { request }: Recovery,
  account: OwnAccount,
): Promise<Exchange> {
  const call = world.make(request, undefined, { body: recoveryBody(request, namesOf(account)) });
  return world.send(call);
}

/** The call of the second step, at the operation's path or another one. */
function confirmCall(
  world: World,
  confirm: Operation,
  account: OwnAccount,
  code: string,
  password: string,
  path?: string,
) {
  const numeric = (name: string): boolean =>
    propertiesOf(confirm.body?.schema).get(name)?.["type"] === "integer";
  const body = Object.fromEntries([
    ...Object.entries(recoveryBody(confirm, namesOf(account))),
    ...bodyNames(confirm)
      .filter((name) => isPasswordName(name) && !codeLike(name))
      .map((name) => [name, password] as const),
    ...bodyNames(confirm)
      .filter(codeLike)
      .map((name) => [name, numeric(name) ? Number(code) : code] as const),
  ]);
  return world.make(confirm, undefined, path === undefined ? { body } : { body, path });
}

const harmless = /^(status|status_?code|type|message_?id|request_?id|id)$/i;

/** Texts in an answer that may be the code, the likeliest first. */
function candidatesIn({ answer }: Exchange, account: OwnAccount): readonly string[] {
  const own = new Set(
    Object.values(account.principal.facts).concat(account.name, account.password),
  );
  const leaves = leavesOf(answer?.json).filter(
    ({ value, name }) =>
      value !== null &&
      typeof value !== "boolean" &&
      !harmless.test(name) &&
      !own.has(String(value)),
  );
  const named = leaves
    .filter(({ name }) => /code|otp|token|pin|link|url|key|secret/i.test(name))
    .map(({ value }) => String(value));
  const links = leaves.flatMap(({ value }) =>
    [
      ...String(value).matchAll(
        /[?&](?:token|code|key|t)=([^&\s"']+)|\/reset[^\s/]*\/([\w-]{6,})/gi,
      ),
    ].map(([, one, other]) => one ?? other ?? ""),
  );
  const digits = leaves.flatMap(
    ({ value }) => String(value).match(/(?<![\d+-])\d{4,8}(?!\d)/g) ?? [],
  );
  const headers = (answer?.headers ?? [])
    .filter(([name]) => /^x-.*(code|otp|token)/i.test(name))
    .map(([, value]) => value);
  return [...new Set([...links, ...named, ...digits, ...headers])]
    .filter((text) => text.length >= 3 && text.length <= 600)
    .slice(0, 6);
}

/** A code that the answer to the request held and that changed the password. */
interface Shown {
  readonly code: string;
  readonly evidence: readonly Exchange[];
}

async function useShownCode(
  world: World,
  recovery: Recovery,
  account: OwnAccount,
): Promise<Shown | Exchange> {
  const asked = await requestFor(world, recovery, account);
  if (recovery.confirm === undefined || !world.succeeds(asked)) return asked;
  for (const code of candidatesIn(asked, account)) {
    const used = await world.send(
      confirmCall(world, recovery.confirm, account, code, nextPassword),
    );
    if (!world.succeeds(used)) continue;
    const entered = await signsInWith(world, account, nextPassword);
    if (entered !== undefined) return { code, evidence: [asked, used, entered.exchange] };
  }
  return asked;
}

/** C-12: the code comes back to whoever asks for it. */
export const codeInAnswer = defineTechnique({
  id: "C-12",
  risk: "API2",
  title: "Recovery code in the answer",
  severity: "critical",
  phase: "credential",
  needs: [],
  oracle: "O-LEAK",
  guards: ["G-BASE", "G-REPEAT", "G-CLEAN"],
  hole: "recovery",
  remedy: "Send the code to the owner of the account by another way, and never into the answer.",
  run: async function* (world) {
    const recovery = recoveryOf(world);
    const account = recovery === undefined ? undefined : await freshAccount(world);
    if (recovery === undefined || account === undefined) {
      yield notApplicable(
        { target: recovery?.request.key ?? "" },
        recovery === undefined
          ? "the document shows no request of recovery"
          : "no account can be opened",
      );
      return;
    }
    yield await tryShown(world, recovery, account);
  },
});

async function tryShown(world: World, recovery: Recovery, account: OwnAccount): Promise<Outcome> {
  const target = recovery.request.key;
  const first = await useShownCode(world, recovery, account);
  if (!("code" in first)) {
    const told = leavesOf(first.answer?.json).find(
      ({ name, value }) =>
        /(reset|recovery|otp|verification).*(code|token|link)|^(otp|code|token)$/i.test(name) &&
        typeof value === "string" &&
        value.length >= 4,
    );
    const about: About = { target, evidence: [first] };
    if (!world.succeeds(first))
      return inconclusive(about, `the request was answered ${first.answer?.status ?? "nothing"}`);
    return told === undefined
      ? held(about, "the answer holds no code that works")
      : suspected(
          { ...about, variant: told.name },
          `the answer holds ${told.name}, and nothing shows whether it works`,
        );
  }
  const other = await freshAccount(world);
  const second = other === undefined ? undefined : await useShownCode(world, recovery, other);
  const about: About = { target, variant: "code of the answer used", evidence: first.evidence };
  return second !== undefined && "code" in second
    ? vulnerable(
        { ...about, evidence: [...first.evidence, ...second.evidence] },
        `whoever asks for a code for ${account.name} gets it in the answer, and sets a new password with it`,
      )
    : inconclusive(about, "it worked once and not again");
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
    const account = recovery?.confirm === undefined ? undefined : await freshAccount(world);
    if (recovery?.confirm === undefined || account === undefined) {
      yield notApplicable(
        { target: recovery?.confirm?.key ?? "" },
        "the document shows no recovery in two steps, or no account can be opened",
      );
      return;
    }
    yield await tryAgain(world, recovery, recovery.confirm, account);
  },
});

async function tryAgain(
  world: World,
  recovery: Recovery,
  confirm: Operation,
  account: OwnAccount,
): Promise<Outcome> {
  const target = confirm.key;
  const shown = await useShownCode(world, recovery, account);
  if (!("code" in shown)) return notApplicable({ target }, "no code can be had that works");
  const again = await world.send(
    confirmCall(world, confirm, account, shown.code, `${nextPassword}2`),
  );
  const entered = world.succeeds(again)
    ? await signsInWith(world, account, `${nextPassword}2`)
    : undefined;
  if (entered !== undefined)
    return vulnerable(
      { target, variant: "used twice", evidence: [...shown.evidence, again, entered.exchange] },
      "a code that was used sets a password again",
    );
  const victim = await freshAccount(world);
  const asked = await requestFor(world, recovery, account);
  const [code] = candidatesIn(asked, account);
  if (victim === undefined || code === undefined)
    return held({ target, evidence: [...shown.evidence, again] }, "a used code is refused");
  await requestFor(world, recovery, victim);
  const crossed = await world.send(confirmCall(world, confirm, victim, code, nextPassword));
  const taken = world.succeeds(crossed)
    ? await signsInWith(world, victim, nextPassword)
    : undefined;
  const about: About = {
    target,
    variant: "code of another account",
    evidence: [asked, crossed, taken?.exchange],
  };
  return taken === undefined
    ? held(about, "a used code is refused, and so is one that was made for another")
    : vulnerable(about, `the code of ${account.name} sets the password of ${victim.name}`);
}

/** Digits of the code, as far as the document tells; `undefined` when it does not. */
function digitsOf(confirm: Operation): number | undefined {
  for (const [name, schema] of propertiesOf(confirm.body?.schema)) {
    if (!codeLike(name)) continue;
    const { pattern, maxLength, example, maximum } = schema;
    const counted =
      typeof pattern === "string" ? /\\d\{(\d)\}|\[0-9\]\{(\d)\}/.exec(pattern) : null;
    if (counted !== null) return Number(counted[1] ?? counted[2]);
    if (typeof maximum === "number") return String(maximum).length;
    if (
      (typeof example === "string" || typeof example === "number") &&
      /^\d{3,8}$/.test(String(example))
    )
      return String(example).length;
    if (typeof maxLength === "number" && maxLength <= 8) return maxLength;
  }
  return undefined;
}

const spelt: Readonly<Record<string, number>> = {
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  "3": 3,
  "4": 4,
  "5": 5,
  "6": 6,
};

function digitsInWords({ text }: Operation): number | undefined {
  const word =
    /\b(three|four|five|six|[3-6])[- ](?:digits?|numbers?|figures?)\b|\bof (three|four|five|six|[3-6]) digits\b/.exec(
      text,
    );
  return word === null ? undefined : spelt[word[1] ?? word[2] ?? ""];
}

/** C-11: every code there is. */
export const codeGuessing = defineTechnique({
  id: "C-11",
  risk: "API2",
  title: "Recovery code that can be guessed",
  severity: "high",
  phase: "credential",
  needs: ["a registration operation"],
  oracle: "O-COUNT",
  guards: ["G-POS", "G-429", "G-CLEAN"],
  hole: "recovery",
  remedy:
    "Make codes of at least 8 signs that end after minutes, and end them after five wrong tries.",
  run: async function* (world) {
    const recovery = recoveryOf(world);
    if (recovery?.confirm === undefined) {
      yield notApplicable({ target: "" }, "the document shows no recovery in two steps");
      return;
    }
    yield await tryGuessing(world, recovery, recovery.confirm, undefined);
    for (const path of olderPaths(world, recovery.confirm))
      yield await tryGuessing(world, recovery, recovery.confirm, path);
  },
});

/** The same under the versions before, which may have been forgotten. */
function olderPaths({ basePath }: World, { path }: Operation): readonly string[] {
  const version = /\/v(\d+)(?=\/)/.exec(path)?.[1];
  const numbers = Array.from(
    { length: Math.min(3, Number(version ?? 0) - 1) },
    (_, index) => Number(version) - 1 - index,
  );
  return numbers.map((number) => `${basePath}${path.replace(`/v${version}/`, `/v${number}/`)}`);
}

const sample = 200;

async function tryGuessing(
  world: World,
  recovery: Recovery,
  confirm: Operation,
  path: string | undefined,
): Promise<Outcome> {
  const target =
    path === undefined ? confirm.key : `${confirm.method} ${path.slice(world.basePath.length)}`;
  const account = await freshAccount(world);
  if (account === undefined) return inconclusive({ target }, "no account can be opened");
  const asked = await requestFor(world, recovery, account);
  if (!world.succeeds(asked))
    return inconclusive(
      { target, evidence: [asked] },
      `the request was answered ${asked.answer?.status ?? "nothing"}`,
    );
  const digits =
    digitsOf(confirm) ?? digitsInWords(confirm) ?? digitsInWords(recovery.request) ?? 4;
  const order = shuffled(Math.min(10 ** digits, 10_000), () => world.random());
  const durations: number[] = [];
  let first: Exchange | undefined;
  for (const [count, number] of order.entries()) {
    const call = confirmCall(
      world,
      confirm,
      account,
      String(number).padStart(digits, "0"),
      nextPassword,
      path,
    );
    const exchange = await world.send(call, { patient: false });
    first ??= exchange;
    durations.push(exchange.answer?.milliseconds ?? 0);
    if (count === 0 && path !== undefined && (await world.looksAbsent(exchange)))
      return notApplicable({ target }, "there is nothing at this older path");
    const about: About = {
      target,
      variant: `${count + 1} codes`,
      evidence: [asked, first, exchange],
    };
    if (world.succeeds(exchange)) {
      const entered = await signsInWith(world, account, nextPassword);
      return entered === undefined
        ? inconclusive(
            about,
            "a guess was accepted, but the account does not sign in with the new password",
          )
        : vulnerable(
            { ...about, evidence: [asked, first, exchange, entered.exchange] },
            `the code was guessed with the ${count + 1}th try, and the account signs in with a new password`,
          );
    }
    const limit = count === 0 ? undefined : isLimited(exchange, first);
    if (limit !== undefined) return held(about, `after ${count} wrong codes it ${limit}`);
    if (count + 1 === sample && (digits > 4 || medianOf(durations) > 4))
      return suspected(
        about,
        `${sample} wrong codes were each judged, without limit; whether the code still works after them is not known`,
      );
  }
  return held(
    { target, variant: `${order.length} codes`, evidence: [asked, first] },
    `none of ${order.length} codes worked`,
  );
}

/** The numbers below a limit in random order. */
function shuffled(count: number, random: () => number): readonly number[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    const [one, two] = [numbers[index] ?? 0, numbers[other] ?? 0];
    numbers[index] = two;
    numbers[other] = one;
  }
  return numbers;
}
