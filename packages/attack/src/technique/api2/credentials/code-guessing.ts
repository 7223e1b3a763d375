/**
 * C-11: recovery codes that are found by trying.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import { medianOf } from "../../../oracle/time.ts";
import { propertiesOf } from "../../../principal/infer-login.ts";
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
import { isLimited } from "./limit.ts";
import {
  confirmCall,
  freshSubject,
  proofOfChange,
  recoveredPassword,
  recoveryOf,
  requestFor,
  type Recovery,
  type Subject,
} from "./recovery-steps.ts";

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
    const confirm = recovery?.confirm;
    if (recovery === undefined || confirm === undefined) {
      yield notApplicable({ target: "" }, "the document shows no recovery in two steps");
      return;
    }
    for (const path of [undefined, ...olderPaths(world, confirm)])
      yield await tryAt(world, recovery, confirm, path);
  },
});

/** The same under the versions before, which may have been forgotten. */
function olderPaths({ basePath }: World, { path }: Operation): readonly string[] {
  const version = Number(/\/v(\d+)(?=\/)/.exec(path)?.[1] ?? 0);
  return Array.from({ length: Math.max(0, Math.min(3, version - 1)) }, (_, index) => {
    const older = path.replace(`/v${version}/`, `/v${version - 1 - index}/`);
    return `${basePath}${older}`;
  });
}

/** Digits of the code, as far as the schema tells. */
function digitsInSchema({ body }: Operation): number | undefined {
  for (const [name, schema] of propertiesOf(body?.schema)) {
    if (!/code|otp|token|pin$/i.test(name)) continue;
    const { pattern, maxLength, example, maximum } = schema;
    const counted = typeof pattern === "string" ? /(?:\\d|\[0-9\])\{(\d)\}/.exec(pattern) : null;
    if (counted !== null) return Number(counted[1]);
    if (typeof maximum === "number") return String(maximum).length;
    if (typeof example === "string" && /^\d{3,8}$/.test(example)) return example.length;
    if (typeof example === "number" && example >= 100) return String(example).length;
    if (typeof maxLength === "number" && maxLength <= 8) return maxLength;
  }
  return undefined;
}

const numbers: Readonly<Record<string, number>> = { three: 3, four: 4, five: 5, six: 6, eight: 8 };

/** Digits of the code, as far as the words tell. */
function digitsInWords({ text }: Operation): number | undefined {
  const word = /\b(three|four|five|six|eight|[3-8])[- ](?:digits?|numbers?|figures?)\b/.exec(
    text,
  )?.[1];
  return word === undefined ? undefined : (numbers[word] ?? Number(word));
}

/** Codes after which it is clear that nobody counts. */
const sample = 200;
/** Milliseconds that one try may take when all are to be tried. */
const quick = 4;
/** Requests of the run after which no whole space is tried any more. */
const enough = 20_000;

async function tryAt(
  world: World,
  recovery: Recovery,
  confirm: Operation,
  path: string | undefined,
): Promise<Outcome> {
  const { method, key } = confirm;
  const target = path === undefined ? key : `${method} ${path.slice(world.basePath.length)}`;
  const subject = await freshSubject(world);
  if (subject === undefined) return inconclusive({ target }, "no account can be opened");
  const asked = await requestFor(world, recovery, subject);
  const about: About = { target, evidence: [asked] };
  if (!world.succeeds(asked))
    return inconclusive(about, `the request was answered ${asked.answer?.status ?? "nothing"}`);
  const told = digitsInSchema(confirm) ?? digitsInWords(confirm) ?? digitsInWords(recovery.request);
  return guessCodes(world, { confirm, subject, asked, path, target, digits: told ?? 4 });
}

interface Guess {
  readonly confirm: Operation;
  readonly subject: Subject;
  readonly asked: Exchange;
  readonly path: string | undefined;
  readonly target: string;
  readonly digits: number;
}

async function guessCodes(world: World, guess: Guess): Promise<Outcome> {
  const { confirm, subject, asked, path, target, digits } = guess;
  const password = recoveredPassword;
  const order = shuffled(Math.min(10 ** digits, 10_000), () => world.random());
  const durations: number[] = [];
  let first: Exchange | undefined;
  for (const [count, number] of order.entries()) {
    const code = String(number).padStart(digits, "0");
    const call = confirmCall(world, confirm, { subject, code, password, path });
    const exchange = await world.send(call, { patient: false });
    first ??= exchange;
    durations.push(exchange.answer?.milliseconds ?? 0);
    const about: About = {
      target,
      variant: `${count + 1} codes`,
      evidence: [asked, first, exchange],
    };
    if (count === 0 && path !== undefined && (await world.looksAbsent(exchange)))
      return notApplicable(about, "there is nothing at this older path");
    if (world.succeeds(exchange)) return found(world, subject, exchange, about);
    const limit = count === 0 ? undefined : isLimited(exchange, first);
    if (limit !== undefined) return held(about, `after ${count} wrong codes it ${limit}`);
    const spent = (world.client.exchanges.at(-1)?.id ?? 0) > enough;
    if (count + 1 === sample && (digits > 4 || spent || medianOf(durations) > quick))
      return suspected(
        about,
        `${sample} wrong codes were each judged, without limit; whether the right one still works after them is not known`,
      );
  }
  return held(
    { target, variant: `${order.length} codes`, evidence: [asked, first] },
    `none of ${order.length} codes worked`,
  );
}

async function found(
  world: World,
  subject: Subject,
  exchange: Exchange,
  about: About,
): Promise<Outcome> {
  const proof = await proofOfChange(world, subject, exchange, recoveredPassword);
  const shown: About = { ...about, evidence: [...(about.evidence ?? []), proof] };
  if (proof === undefined)
    return inconclusive(shown, "a guess was accepted, but nothing signs in with the new password");
  return vulnerable(
    shown,
    `the code was guessed (${about.variant ?? ""} tried, no limit met), and the new password holds`,
  );
}

/** The numbers below a limit in random order. */
function shuffled(count: number, random: () => number): readonly number[] {
  const all = Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    const [one = 0, two = 0] = [all[index], all[other]];
    all[index] = two;
    all[other] = one;
  }
  return all;
}
