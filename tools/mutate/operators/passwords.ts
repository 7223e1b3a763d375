/**
 * Weak passwords, and guessing without a wait (API2).
 *
 * @module
 */

import type { Operator, Place } from "../mutant.ts";
import { insert, remove, replace } from "../source/edit.ts";
import { refusalsIn } from "../source/refusals.ts";
import {
  functionNamed,
  keyOf,
  nodesIn,
  propertiesOf,
  textOf,
  type Project,
  type SourceText,
} from "../source/source-text.ts";
import type { ObjectExpression } from "oxc-parser";

const risk = "API2";
const folder = "packages/sekisho/src/authentication/";

function* refusalsDropped(project: Project): Iterable<Place> {
  const source = project.source(`${folder}password-policy.ts`);
  for (const { node, reason } of refusalsIn(functionNamed(source, "checkPassword"))) {
    // Who chooses a long password is no weaker for it.
    if (reason === "too-long") continue;
    const edits = [remove(source, node)];
    yield { subject: reason, risk, source, position: node.start, edits };
  }
}

/** The object that a constant holds, also inside `Object.freeze(…)`. */
function constantOf(source: SourceText, name: string): ObjectExpression | undefined {
  for (const node of nodesIn(source.program)) {
    if (node.type !== "VariableDeclarator" || node.id.type !== "Identifier") continue;
    if (node.id.name !== name || node.init === null) continue;
    const object = [...nodesIn(node.init)].find((one) => one.type === "ObjectExpression");
    if (object?.type === "ObjectExpression") return object;
  }
  return undefined;
}

/** The weakest value that each rule of a policy can have. */
const weakest: Readonly<Record<string, string>> = {
  minLength: "8",
  requireSymbol: "false",
  passphraseLength: "8",
};

function* weakerPolicy(project: Project): Iterable<Place> {
  const source = project.source(`${folder}password-policy.ts`);
  const policy = constantOf(source, "defaultPasswordPolicy");
  for (const rule of policy === undefined ? [] : propertiesOf(policy)) {
    const subject = keyOf(rule) ?? "";
    const value = weakest[subject];
    if (value === undefined) continue;
    const edits = [replace(source, rule.value, value)];
    yield { subject, risk, source, position: rule.start, edits };
  }
}

const factor = 100;

function* raisedThrottle(project: Project): Iterable<Place> {
  const source = project.source(`${folder}throttle-schedule.ts`);
  const limits = constantOf(source, "defaultThrottleLimits");
  for (const limit of limits === undefined ? [] : propertiesOf(limits)) {
    const subject = keyOf(limit) ?? "";
    if (!subject.endsWith("Failures")) continue;
    const raised = String(Number(textOf(source, limit.value)) * factor);
    const edits = [replace(source, limit.value, raised)];
    yield { subject, risk, source, position: limit.start, edits };
  }
}

function* droppedThrottle(project: Project): Iterable<Place> {
  const early = {
    "throttle-schedule.ts": {
      name: "failureDelaySeconds",
      text: " if (failures >= 0) return 0;",
    },
    "throttle.ts": {
      name: "reserveTry",
      text: ` if (limits.sourceFailures > 0) return { effect: "allow", reservation: { name: attempt.name, subject: attempt.subject, source: attempt.source, lane: attempt.lane ?? "known", failures: 1, failuresBefore: 0 } };`,
    },
  };
  for (const [file, { name, text }] of Object.entries(early)) {
    const source = project.source(`${folder}${file}`);
    const { body } = functionNamed(source, name);
    if (body === null) continue;
    const edits = [insert(source, body.start + 1, text)];
    yield { subject: name, risk, source, position: body.start, edits };
  }
}

/** Whether the password was right, taken for granted. */
function* skippedProofs(project: Project): Iterable<Place> {
  for (const source of project.sources.filter(({ path }) => path.startsWith(folder)))
    for (const node of nodesIn(source.program)) {
      if (node.type !== "ConditionalExpression") continue;
      if (textOf(source, node.test) !== 'verified.effect === "allow"') continue;
      const edits = [replace(source, node.test, "Boolean(verified)")];
      const subject = source.path.split("/").at(-1) ?? "";
      yield { subject, risk, source, position: node.start, edits };
    }
}

/** Operators on passwords. */
export const passwordOperators: readonly Operator[] = [
  {
    name: "password-rule-dropped",
    what: "leaves a reason out for which a password is refused",
    find: refusalsDropped,
  },
  { name: "password-policy-weakened", what: "asks for less of a password", find: weakerPolicy },
  { name: "throttle-raised", what: "lets more failures pass", find: raisedThrottle },
  {
    name: "throttle-dropped",
    what: "lets guesses follow each other at once",
    find: droppedThrottle,
  },
  { name: "proof-skipped", what: "takes any password for the right one", find: skippedProofs },
];
