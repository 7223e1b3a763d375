/**
 * The library against other people's server-side request forgery cases (`ssrf.json`).
 *
 * A case passes when the judgement of the destination, of every hop and of every address is the
 * one that the corpus demands. A host that the corpus does not resolve is resolved to a public
 * address for `url` cases, so that a refusal is the guard's doing and not that of a missing name.
 *
 * @module
 */

import {
  checkDestination,
  classifyAddress,
  decideRedirect,
  type JudgedAddress,
} from "sekisho/egress";
import type { CorpusDifference, CorpusReport, ReadCorpus } from "./report.ts";

interface SsrfCase {
  readonly id: string;
  readonly kind: "address" | "url" | "dns" | "redirect";
  readonly url: string;
  readonly address?: string;
  readonly expect: "allow" | "block" | "block-or-pin";
  readonly resolves?: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly redirects?: readonly {
    readonly from: string;
    readonly status: number;
    readonly location: string;
  }[];
}

interface Verdict {
  readonly effect: "allow" | "block";
  readonly reason: string;
}

const policy = { schemes: ["https"], hosts: "public" as const, ports: [443] };

function answersOf(addresses: readonly string[]): readonly JudgedAddress[] {
  return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
}

/** The corpus's resolver: each question gets the next answer, the last one repeats. */
function createResolver(test: SsrfCase) {
  const asked = new Map<string, number>();
  return (host: string): Promise<readonly JudgedAddress[]> => {
    const answers = test.resolves?.[host];
    if (answers === undefined)
      return Promise.resolve(answersOf(test.kind === "url" ? ["93.184.216.34"] : []));
    const turn = asked.get(host) ?? 0;
    asked.set(host, turn + 1);
    return Promise.resolve(answersOf(answers[Math.min(turn, answers.length - 1)] ?? []));
  };
}

async function judgeChain(test: SsrfCase): Promise<Verdict> {
  const resolve = createResolver(test);
  let url = test.url;
  for (let hop = 0; hop < 10; hop++) {
    const decision = await checkDestination(url, policy, resolve);
    if (decision.effect === "deny") return { effect: "block", reason: decision.reason };
    const answer = test.redirects?.find(({ from }) => from === url);
    if (answer === undefined) return { effect: "allow", reason: "judged" };
    const next = decideRedirect({
      from: decision.url,
      status: answer.status,
      location: answer.location,
      method: "GET",
      hasBody: false,
    });
    if (next.effect === "deny") return { effect: "block", reason: next.reason };
    url = next.url;
  }
  return { effect: "block", reason: "too many hops" };
}

/** An address is judged as a literal, as a resolver's answer and by itself; all must agree. */
async function judgeAddress(test: SsrfCase, address: string): Promise<Verdict> {
  const alone = classifyAddress(address);
  const literal = await checkDestination(test.url, policy, () => Promise.resolve([]));
  const answered = await checkDestination("https://example.com/", policy, () =>
    Promise.resolve(answersOf([address])),
  );
  const effects = [alone.effect, literal.effect, answered.effect];
  if (effects.every((effect) => effect === "allow")) return { effect: "allow", reason: "judged" };
  if (effects.every((effect) => effect === "deny"))
    return { effect: "block", reason: alone.effect === "deny" ? alone.reason : "" };
  return {
    effect: test.expect === "allow" ? "block" : "allow",
    reason: `alone ${effects[0]}, literal ${effects[1]}, answer ${effects[2]}`,
  };
}

async function judge(test: SsrfCase): Promise<Verdict> {
  return test.kind === "address" && test.address !== undefined
    ? judgeAddress(test, test.address)
    : judgeChain(test);
}

/** For `block-or-pin`: whatever is allowed must be pinned to addresses that are public. */
async function isPinned(test: SsrfCase): Promise<boolean> {
  const decision = await checkDestination(test.url, policy, createResolver(test));
  return (
    decision.effect === "deny" ||
    (decision.addresses.length > 0 &&
      decision.addresses.every(({ address }) => classifyAddress(address).effect === "allow"))
  );
}

/** Runs the corpus. */
export async function run(read: ReadCorpus): Promise<CorpusReport> {
  const { cases } = read("ssrf.json") as { readonly cases: readonly SsrfCase[] };
  const differences: CorpusDifference[] = [];
  for (const test of cases) {
    const { effect, reason } = await judge(test);
    const passes = test.expect === "block-or-pin" ? await isPinned(test) : effect === test.expect;
    if (!passes) differences.push({ id: test.id, expected: test.expect, actual: effect, reason });
  }
  return {
    file: "ssrf.json",
    passed: cases.length - differences.length,
    total: cases.length,
    differences,
  };
}
