/**
 * Keeping sessions and tokens alive that are to end, and believing tokens that nobody signed (API2).
 *
 * @module
 */

import type { CallExpression, Node } from "oxc-parser";
import type { Operator, Place } from "../mutant.ts";
import { insert, remove, replace } from "../source/edit.ts";
import { refusalsIn } from "../source/refusals.ts";
import {
  callsIn,
  functionNamed,
  keyOf,
  nodesIn,
  propertiesIn,
  shopSources,
  textOf,
  type Project,
  type SourceText,
} from "../source/source-text.ts";

const risk = "API2";
const folder = "packages/sekisho/src/authentication/";

function librarySources(project: Project): readonly SourceText[] {
  return project.sources.filter(({ path }) => path.startsWith(folder));
}

/** The name of the function around a position. */
function functionAround(source: SourceText, { start, end }: Node): string {
  const around = [...nodesIn(source.program)].findLast(
    (node) => node.type === "FunctionDeclaration" && node.start < start && node.end > end,
  );
  return around?.type === "FunctionDeclaration" ? (around.id?.name ?? "") : "";
}

/** Whether the shop has no use for this function of the authentication. */
function isUnused(project: Project, name: string): boolean {
  const authentication = project.source(`${folder}create-authentication.ts`);
  const offered = new RegExp(`^  ${name}\\(`, "m").test(authentication.text);
  return offered && !shopSources(project).some(({ text }) => text.includes(`.${name}(`));
}

function* sessionsKept(project: Project): Iterable<Place> {
  for (const source of librarySources(project))
    for (const call of callsIn(source.program, "endSessions")) {
      const subject = functionAround(source, call);
      if (isUnused(project, subject)) continue;
      const edits = [replace(source, call, "parts.revocations.nothingEnded")];
      yield { subject, risk, source, position: call.start, edits };
    }
}

/** What is done for its effect alone: `await authentication.logout(principal);`. */
function effectsOf(source: SourceText): readonly { node: Node; call: CallExpression }[] {
  return [...nodesIn(source.program)].flatMap((node) => {
    if (node.type !== "ExpressionStatement" || node.expression.type !== "AwaitExpression")
      return [];
    const call = node.expression.argument;
    return call.type === "CallExpression" ? [{ node, call }] : [];
  });
}

function* effectsForgotten(project: Project): Iterable<Place> {
  for (const source of shopSources(project))
    for (const { node, call } of effectsOf(source)) {
      const subject = textOf(source, call.callee);
      if (!subject.startsWith("authentication.") || subject === "authentication.start") continue;
      const edits = [remove(source, node)];
      yield { subject, risk, source, position: node.start, edits };
    }
}

function* revocationsForgotten(project: Project): Iterable<Place> {
  const source = project.source(`${folder}revocation.ts`);
  const bodies: Readonly<Record<string, string>> = {
    revoke: " if (sessionIds.length > 0) return this.nothingEnded;",
    isRevoked: ' if (sessionId !== "") return false;',
  };
  for (const [subject, early] of Object.entries(bodies)) {
    const { body } = functionNamed(source, subject);
    if (body === null) continue;
    const edits = [insert(source, body.start + 1, early)];
    yield { subject, risk, source, position: body.start, edits };
  }
}

function* refusalsDropped(
  project: Project,
  files: readonly string[],
  reasons: RegExp,
): Iterable<Place> {
  for (const file of files) {
    const source = project.source(`${folder}${file}`);
    for (const { node, reason } of refusalsIn(source.program)) {
      if (!reasons.test(reason)) continue;
      const edits = [remove(source, node)];
      yield { subject: `${file} ${reason}`, risk, source, position: node.start, edits };
    }
  }
}

/** What the signature layer asks of a token that it can read. */
const signatureReasons = /^(forbidden-header|unknown-key|algorithm-not-allowed|bad-signature)$/;
const ended = /^(session-ended|session-unknown|account-disabled|token-reuse)$/;
const expired = /expired$/;

const factor = 1_000;
/** The names of these lengths. */
const ending =
  /^(?:lifetimeSeconds|absoluteSeconds|idleSeconds|repeatWindowMilliseconds|stepUpSeconds)$/;

interface Length {
  readonly name: string;
  readonly value: Node;
}

function isNumber({ type }: Node): boolean {
  return type === "Literal" || type === "BinaryExpression";
}

/** Lengths of time by which tokens, sessions and proofs end. */
function timesIn(source: SourceText): readonly Length[] {
  const lengths: Length[] = [];
  for (const node of nodesIn(source.program)) {
    if (node.type === "AssignmentPattern" && node.left.type === "Identifier")
      lengths.push({ name: node.left.name, value: node.right });
    if (node.type === "VariableDeclarator" && node.id.type === "Identifier" && node.init !== null)
      lengths.push({ name: node.id.name, value: node.init });
  }
  for (const property of propertiesIn(source.program))
    lengths.push({ name: keyOf(property) ?? "", value: property.value });
  return lengths.filter(({ name, value }) => isNumber(value) && ending.test(name));
}

function* timesRaised(project: Project): Iterable<Place> {
  const sources = [...librarySources(project), ...shopSources(project)];
  for (const source of sources)
    for (const { name, value } of timesIn(source)) {
      const edits = [replace(source, value, `(${textOf(source, value)}) * ${factor}`)];
      const subject = `${source.path.split("/").at(-1) ?? ""} ${name}`;
      const variant = textOf(source, value).replaceAll(" ", "");
      yield { subject, variant, risk, source, position: value.start, edits };
    }
}

/** Operators on sessions and tokens. */
export const authenticationOperators: readonly Operator[] = [
  {
    name: "session-kept",
    what: "does not end the sessions that an event is to end",
    find: sessionsKept,
  },
  {
    name: "effect-forgotten",
    what: "answers as if it had been done",
    find: effectsForgotten,
  },
  {
    name: "revocation-forgotten",
    what: "does not remember which sessions ended",
    find: revocationsForgotten,
  },
  {
    name: "signature-unchecked",
    what: "leaves a check of the signature layer out",
    find: (project) => refusalsDropped(project, ["jws.ts"], signatureReasons),
  },
  {
    name: "ended-accepted",
    what: "believes tokens of sessions and accounts that are no more",
    find: (project) => refusalsDropped(project, ["authenticator.ts", "refresh-decision.ts"], ended),
  },
  {
    name: "expiry-ignored",
    what: "believes tokens past their time",
    find: (project) =>
      refusalsDropped(project, ["authenticator.ts", "claims.ts", "refresh-decision.ts"], expired),
  },
  {
    name: "life-lengthened",
    what: "makes the life of a token, session or proof a thousand times as long",
    find: timesRaised,
  },
];
