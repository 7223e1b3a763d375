/**
 * secrets by their form, in answers, in refusals and in headers.
 *
 * Promise: a caller's own token is no finding, wherever it stands.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import { leaksIn } from "../../../oracle/leak.ts";
import { parseToken } from "../../../principal/json-web-token.ts";
import type { Principal } from "../../../principal/principal.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, suspected, vulnerable } from "../../outcomes.ts";
import { defineTechnique, speakerOf, type Outcome } from "../../technique.ts";
import { handsOut } from "./credential-values.ts";
import { knownSecrets, secretsIn, type KnownSecret } from "./known-secrets.ts";
import { answersByOperation, showsAgain, type SeenAnswer } from "./seen-answers.ts";
import { namesOf } from "./told-values.ts";

/** */
export const secretPatterns = defineTechnique({
  id: "X-09",
  risk: "API3",
  title: "An answer holds a secret",
  severity: "critical",
  phase: "read",
  needs: [],
  oracle: "O-LEAK",
  guards: ["G-BASE", "G-REPEAT"],
  hole: "exposure",
  remedy: "Keep keys, hashes, connection strings and the tokens of others out of every answer.",
  run: (world) => runPatterns(world),
});

async function* runPatterns(world: World): AsyncIterable<Outcome> {
  const secrets = knownSecrets(world).filter(({ kind }) => kind === "token");
  for (const [operation, answers] of await answersByOperation(world)) {
    const about = { target: operation.key };
    if (answers.length === 0) {
      yield inconclusive(about, "it never answered with a success");
      continue;
    }
    const look = (seen: SeenAnswer): string | undefined => secretOf(world, seen, secrets);
    const seen = answers.find((one) => look(one) !== undefined);
    if (seen === undefined) {
      yield held(about, `${answers.length} answers hold no secret`);
      continue;
    }
    const because = `${speakerOf(seen.reader)} gets ${look(seen) ?? "a secret"}`;
    const again = await showsAgain(world, seen, answers, (other) => look(other) !== undefined);
    const full = { ...about, evidence: [seen.exchange, again] };
    yield again === undefined ? suspected(full, because) : vulnerable(full, because);
  }
}

function secretOf(
  world: World,
  { answer, reader, operation }: SeenAnswer,
  secrets: readonly KnownSecret[],
): string | undefined {
  const leak = leaksIn(answer.text).find(({ kind }) => kind === "secret");
  if (leak !== undefined) return `a ${kindOf(leak.text)}`;
  if (handsOut(operation)) return undefined;
  const own = reader === undefined ? [] : namesOf(reader);
  const foreign = secretsIn(answer.text, secrets).find(
    ({ holder }) =>
      holder.name !== reader?.name && !namesOf(holder).some((name) => own.includes(name)),
  );
  if (foreign !== undefined) return `the token of ${foreign.holder.name}`;
  return strangersToken(world, answer.text, reader);
}

function kindOf(text: string): string {
  if (text.startsWith("-----BEGIN")) return "private key";
  if (text.startsWith("AKIA")) return "cloud access key";
  return text.includes("://") ? "connection string with a password" : "hash of a password";
}

/** A token whose claims name another principal. */
function strangersToken(
  { principals }: World,
  text: string,
  reader: Principal | undefined,
): string | undefined {
  const own = reader === undefined ? [] : namesOf(reader);
  for (const [token] of text.matchAll(/\beyJ[\w-]{5,}\.[\w-]{10,}\.[\w-]{10,}/g)) {
    const parsed = parseToken(token);
    if (parsed === undefined) continue;
    const claims = JSON.stringify(parsed.payload);
    const holder = principals.find(
      (one) =>
        one.name !== reader?.name &&
        namesOf(one).some((name) => claims.includes(`"${name}"`) && !own.includes(name)),
    );
    if (holder !== undefined) return `a token of ${holder.name}`;
  }
  return undefined;
}

/** */
export const refusalsLeak = defineTechnique({
  id: "X-10",
  risk: "API3",
  title: "A refusal holds a credential",
  severity: "high",
  phase: "function",
  needs: [],
  oracle: "O-LEAK",
  guards: ["G-BASE"],
  hole: "exposure",
  remedy: "Answer refusals with a fixed text and a code, and keep what went wrong in the log.",
  run: (world) => runRefusals(world),
});

// Nothing is sent for it: it reads every refusal that the run got so far.
async function* runRefusals(world: World): AsyncIterable<Outcome> {
  const secrets = knownSecrets(world);
  const refusals = world.client.exchanges.filter(
    ({ answer, call }) => (answer?.status ?? 0) >= 400 && call.operation !== undefined,
  );
  const groups = Map.groupBy(refusals, ({ call }) => call.operation?.key ?? "");
  for (const [target, exchanges] of groups) {
    const told = exchanges.flatMap((exchange) => {
      const what = leakOf(exchange, secrets);
      return what === undefined ? [] : [{ exchange, what }];
    });
    const [first, second] = told;
    const about = { target };
    if (first === undefined) yield held(about, `${exchanges.length} refusals hold no credential`);
    else {
      const evidence = [first.exchange, second?.exchange];
      const because = `a refusal to ${speakerOf(first.exchange.call.principal)} holds ${first.what}`;
      yield second === undefined
        ? suspected({ ...about, evidence }, because)
        : vulnerable({ ...about, evidence }, because);
    }
  }
}

/** A credential that the request did not bring along. */
function leakOf(
  { answer, call, sentHeaders, sentPath }: Exchange,
  secrets: readonly KnownSecret[],
): string | undefined {
  const text = answer?.text ?? "";
  const body = typeof call.body === "string" ? call.body : "";
  const sent = `${sentPath ?? call.path} ${body} ${JSON.stringify(sentHeaders)}`;
  const known = secretsIn(text, secrets).find(({ value }) => !sent.includes(value));
  if (known !== undefined) return `the ${known.kind} of ${known.holder.name}`;
  const leak = leaksIn(text).find(
    ({ kind, text: found }) =>
      (kind === "secret" || kind === "environment") && !sent.includes(found),
  );
  return leak === undefined
    ? undefined
    : leak.kind === "environment"
      ? "a secret of its environment"
      : `a ${kindOf(leak.text)}`;
}

/** */
export const headersLeak = defineTechnique({
  id: "X-11",
  risk: "API3",
  title: "A header holds what is not for the reader",
  severity: "high",
  phase: "read",
  needs: [],
  oracle: "O-LEAK",
  guards: ["G-BASE"],
  hole: "exposure",
  remedy:
    "Send only headers that clients need, and keep data about people and the inside out of them.",
  run: (world) => runHeaders(world),
});

async function* runHeaders(world: World): AsyncIterable<Outcome> {
  const secrets = knownSecrets(world);
  for (const [operation, answers] of await answersByOperation(world)) {
    if (answers.length === 0) continue;
    const about = { target: operation.key };
    const look = ({ answer, reader }: SeenAnswer): readonly [string, string] | undefined =>
      tellingHeader(answer.headers, secrets, reader, operation);
    const seen = answers.find((one) => look(one) !== undefined);
    const found = seen === undefined ? undefined : look(seen);
    if (seen === undefined || found === undefined) {
      yield held(about, "its headers hold no secret");
      continue;
    }
    const again = await showsAgain(world, seen, answers, (other) => look(other)?.[0] === found[0]);
    const full = { ...about, variant: found[0], evidence: [seen.exchange, again] };
    const because = `${speakerOf(seen.reader)} gets ${found[1]} in the header ${found[0]}`;
    yield again === undefined ? suspected(full, because) : vulnerable(full, because);
  }
}

function tellingHeader(
  headers: readonly (readonly [string, string])[],
  secrets: readonly KnownSecret[],
  reader: Principal | undefined,
  operation: Operation,
): readonly [string, string] | undefined {
  for (const [name, value] of headers) {
    const plain = decodedParts(value);
    const known = secretsIn(plain, secrets).find(
      ({ kind, holder }) =>
        kind === "password" || (holder.name !== reader?.name && !handsOut(operation)),
    );
    if (known !== undefined) return [name, `the ${known.kind} of ${known.holder.name}`];
    if (leaksIn(plain).some(({ kind }) => kind === "secret")) return [name, "a secret"];
    if (/"(password|password_hash|passwordHash|secret)"\s*:\s*"[^"*]{4,}"/.test(plain))
      return [name, "a password"];
  }
  return undefined;
}

/** A header value with its encoded parts beside it in plain. */
function decodedParts(value: string): string {
  const decoded = [...value.matchAll(/[A-Za-z\d+/_-]{24,}={0,2}/g)].map(([part]) =>
    Buffer.from(part, "base64").toString(),
  );
  let unescaped = "";
  try {
    unescaped = decodeURIComponent(value);
  } catch {
    // Not percent-encoded.
  }
  return [value, unescaped, ...decoded].join("\n");
}
