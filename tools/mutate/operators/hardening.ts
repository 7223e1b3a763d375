/**
 * Dropping what hardens every answer, and telling more than is meant to be told (API8).
 *
 * @module
 */

import type { Operator, Place } from "../mutant.ts";
import { addProperty, importing, insert, remove } from "../source/edit.ts";
import {
  callsIn,
  functionNamed,
  literalText,
  nodesIn,
  propertyOf,
  shopSources,
  textOf,
  type Project,
  type SourceText,
} from "../source/source-text.ts";
import type { ArrayExpression, ArrayExpressionElement } from "oxc-parser";

const risk = "API8";

function headerLists(source: SourceText): readonly ArrayExpression[] {
  const [call] = callsIn(functionNamed(source, "securityHeaders"), "freeze");
  const [list] = call?.arguments ?? [];
  return list?.type === "ArrayExpression" ? [list] : [];
}

function nameOf(element: ArrayExpressionElement): string | undefined {
  return element?.type === "ArrayExpression"
    ? literalText(element.elements[0] ?? undefined)
    : undefined;
}

function* droppedHeaders(project: Project): Iterable<Place> {
  const source = project.source("packages/sekisho/src/hardening/headers.ts");
  for (const list of headerLists(source))
    for (const element of list.elements) {
      const subject = nameOf(element);
      if (element === null || subject === undefined) continue;
      const edits = [remove(source, element)];
      yield { subject, risk, source, position: element.start, edits };
    }
}

function* tellingHeaders(project: Project): Iterable<Place> {
  const source = project.source("packages/sekisho/src/hardening/headers.ts");
  const added = { server: "`node/${process.versions.node}`", "x-powered-by": '"Fastify 5.12.8"' };
  for (const list of headerLists(source))
    for (const [subject, value] of Object.entries(added)) {
      const edits = [insert(source, list.start + 1, `["${subject}", ${value}], `)];
      yield { subject, risk, source, position: list.start, edits };
    }
}

function* openOrigins(project: Project): Iterable<Place> {
  const finish = project.source("packages/sekisho/src/http/finish.ts");
  const { body } = functionNamed(finish, "addCommon");
  if (body !== null) {
    const reflected =
      ' if (passage.message.headers.origin !== undefined) headers.push("access-control-allow-origin", passage.message.headers.origin, "access-control-allow-credentials", "true");';
    const edits = [insert(finish, body.start + 1, reflected)];
    yield { subject: "every answer", risk, source: finish, position: body.start, edits };
  }
  for (const source of shopSources(project))
    for (const call of callsIn(source.program, "createApi")) {
      const [options] = call.arguments;
      if (options?.type !== "ObjectExpression") continue;
      const policy =
        'defineCrossOriginPolicy({ origins: "*", methods: ["GET", "POST", "PATCH"], headers: ["authorization", "content-type"] })';
      const edits = [
        addProperty(source, options, `crossOrigin: ${policy}`),
        ...importing(source, "sekisho/hardening", "defineCrossOriginPolicy"),
      ];
      yield { subject: "createApi", risk, source, position: call.start, edits };
    }
}

/** Inner facts in the public face of every problem, or of the failures nobody expected. */
function* toldDetails(project: Project): Iterable<Place> {
  const source = project.source("packages/sekisho/src/kernel/problem.ts");
  const body = functionNamed(source, "problemBody");
  const facts = {
    stack: "{ stack: problem.stack }",
    reason: "{ reason: problem.reason }",
    cause: "(problem.cause instanceof Error && { cause: problem.cause.stack })",
  };
  for (const node of nodesIn(body)) {
    if (node.type !== "ObjectExpression" || propertyOf(node, "title") === undefined) continue;
    for (const [subject, fact] of Object.entries(facts)) {
      const edits = [addProperty(source, node, `...${fact}`)];
      yield { subject, risk, source, position: node.start, edits };
    }
  }
}

/** Refusals of a body before it is read: size and media type. */
function* takenBodies(project: Project): Iterable<Place> {
  const source = project.source("packages/sekisho/src/http/body.ts");
  for (const name of ["requireJson", "requireLength"])
    for (const node of nodesIn(functionNamed(source, name))) {
      if (node.type !== "IfStatement" || node.consequent.type !== "ThrowStatement") continue;
      const reason = /reason: "([\w-]+)"/.exec(textOf(source, node))?.[1] ?? name;
      const edits = [remove(source, node)];
      yield { subject: reason, risk, source, position: node.start, edits };
    }
}

/** What the gate refuses of a request line and its fields. */
function* openGate(project: Project): Iterable<Place> {
  const source = project.source("packages/sekisho/src/http/ingress.ts");
  for (const name of ["decideIngress", "decideTarget"]) {
    const { body } = functionNamed(source, name);
    if (body === null) continue;
    const edits = [insert(source, body.start + 1, ` if (process.pid > 0) return allow();`)];
    yield { subject: name, risk, source, position: body.start, edits };
  }
}

/** Operators on hardening. */
export const hardeningOperators: readonly Operator[] = [
  { name: "header-dropped", what: "leaves a security header out", find: droppedHeaders },
  { name: "header-telling", what: "says what the service is made of", find: tellingHeaders },
  { name: "origin-opened", what: "lets pages of other origins read answers", find: openOrigins },
  { name: "detail-told", what: "tells clients what only the log should know", find: toldDetails },
  {
    name: "body-taken",
    what: "takes bodies that are too large or of another kind",
    find: takenBodies,
  },
  { name: "gate-opened", what: "lets every request line and field through", find: openGate },
];
