/**
 * Believing webhooks without a signature, for ever, or twice (API10).
 *
 * @module
 */

import type { Operator, Place } from "../mutant.ts";
import { bare, closedObject } from "../source/declarations.ts";
import { addProperty, importing, insert, remove, replace } from "../source/edit.ts";
import { refusalsIn } from "../source/refusals.ts";
import {
  calleeName,
  callsIn,
  functionNamed,
  literalText,
  propertyOf,
  shopSources,
  textOf,
  type Project,
  type SourceText,
} from "../source/source-text.ts";
import type { ObjectExpression } from "oxc-parser";

const risk = "API10";

interface DeclaredWebhook {
  readonly source: SourceText;
  readonly name: string;
  readonly object: ObjectExpression;
}

function webhooksOf(project: Project): readonly DeclaredWebhook[] {
  return shopSources(project).flatMap((source) =>
    callsIn(source.program, "defineWebhook").flatMap(({ arguments: [name, object] }) =>
      object?.type === "ObjectExpression"
        ? [{ source, object, name: literalText(name) ?? "webhook" }]
        : [],
    ),
  );
}

function* droppedSignatures(project: Project): Iterable<Place> {
  for (const { source, name, object } of webhooksOf(project)) {
    const schemes = propertyOf(object, "schemes")?.value;
    if (schemes?.type !== "ArrayExpression") continue;
    for (const scheme of schemes.elements) {
      if (scheme?.type !== "CallExpression") continue;
      const allow = '({ body }) => ({ effect: "allow", id: bodyId(body, "untimed") })';
      const text = `{ ...${textOf(source, scheme)}, applies: () => true, verify: ${allow} }`;
      const edits = [
        replace(source, scheme, text),
        ...importing(source, "sekisho/webhook", "bodyId"),
      ];
      const variant = calleeName(scheme);
      yield { subject: name, variant, risk, source, position: scheme.start, edits };
    }
  }
}

function* longerTolerances(project: Project): Iterable<Place> {
  for (const { source, name, object } of webhooksOf(project)) {
    const schemes = propertyOf(object, "schemes")?.value;
    if (schemes === undefined) continue;
    for (const scheme of callsIn(schemes, "standardWebhooks")) {
      const [options] = scheme.arguments;
      if (options?.type !== "ObjectExpression") continue;
      for (const seconds of [3_600, 31_536_000]) {
        const edits = [addProperty(source, options, `toleranceSeconds: ${seconds}`)];
        const variant = String(seconds);
        yield { subject: name, variant, risk, source, position: scheme.start, edits };
      }
    }
  }
}

function* openEvents(project: Project): Iterable<Place> {
  for (const { source, name, object } of webhooksOf(project)) {
    const event = propertyOf(object, "event");
    const closed = event && closedObject(project, source, bare(event.value));
    if (closed === undefined) continue;
    const edits = [replace(closed.source, closed.node.callee, "z.looseObject")];
    yield { subject: name, risk, source: closed.source, position: closed.node.start, edits };
  }
}

/** The freshness of a message, refusal by refusal. */
function* staleMessages(project: Project): Iterable<Place> {
  const source = project.source("packages/sekisho/src/webhook/scheme.ts");
  for (const { node, reason } of refusalsIn(functionNamed(source, "decideTimestamp")))
    if (reason.startsWith("timestamp-too")) {
      const edits = [remove(source, node)];
      yield { subject: reason, risk, source, position: node.start, edits };
    }
}

function* forgottenMessages(project: Project): Iterable<Place> {
  const source = project.source("packages/sekisho/src/webhook/inbox.ts");
  const { body } = functionNamed(source, "acceptOnce");
  if (body === null) return;
  const edits = [insert(source, body.start + 1, ' if (entry.source !== "") return "first";')];
  yield { subject: "inbox", risk, source, position: body.start, edits };
}

/** Operators on webhooks. */
export const webhookOperators: readonly Operator[] = [
  {
    name: "signature-dropped",
    what: "takes every message of a scheme for genuine",
    find: droppedSignatures,
  },
  { name: "tolerance-raised", what: "takes older messages for fresh", find: longerTolerances },
  { name: "event-opened", what: "lets an event have any further property", find: openEvents },
  {
    name: "freshness-dropped",
    what: "does not look at the time of a message",
    find: staleMessages,
  },
  { name: "replay-accepted", what: "carries a message out again", find: forgottenMessages },
];
