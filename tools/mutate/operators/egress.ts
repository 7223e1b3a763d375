/**
 * Widening where the service connects to, and believing what comes back (API7, API10).
 *
 * @module
 */

import type { Operator, Place } from "../mutant.ts";
import { replace } from "../source/edit.ts";
import {
  callsIn,
  keyOf,
  literalText,
  nodesIn,
  propertiesIn,
  propertiesOf,
  propertyOf,
  shopSources,
  textOf,
  type Project,
} from "../source/source-text.ts";

/** What each closed list of a policy becomes. */
const wider: Readonly<Record<string, string>> = {
  schemes: '["https", "http"]',
  hosts: '"public"',
  ports: "Array.from({ length: 65_535 }, (_value, index) => index + 1)",
};

function* widerPolicies(project: Project): Iterable<Place> {
  for (const source of shopSources(project))
    for (const call of callsIn(source.program, "createEgress")) {
      const [options] = call.arguments;
      if (options?.type !== "ObjectExpression") continue;
      const policy = propertyOf(options, "policy")?.value;
      if (policy?.type !== "ObjectExpression") continue;
      const subject = literalText(propertyOf(options, "name")?.value) ?? "egress";
      for (const part of propertiesOf(policy)) {
        const variant = keyOf(part) ?? "";
        const replacement = wider[variant];
        if (replacement === undefined) continue;
        const edits = [replace(source, part.value, replacement)];
        yield { subject, variant, risk: "API7", source, position: part.start, edits };
      }
    }
}

/** `partner.fetchUrl("metadata", url)` becomes the `fetch` that everybody knows. */
function* bypassed(project: Project): Iterable<Place> {
  for (const source of shopSources(project))
    for (const call of callsIn(source.program, "fetchUrl")) {
      const [endpoint, url] = call.arguments;
      if (endpoint === undefined || url === undefined) continue;
      const answer = "async (answer) => ({ effect: 'allow', value: await answer.json() })";
      const type = `ReturnType<typeof ${textOf(source, call.callee)}<${textOf(source, endpoint)}>>`;
      const plain = `(fetch(${textOf(source, url)}).then(${answer}) as unknown as ${type})`;
      const edits = [replace(source, call, plain)];
      const subject = textOf(source, call.callee);
      yield { subject, risk: "API7", source, position: call.start, edits };
    }
}

const factor = 100;

function* looserUpstreams(project: Project): Iterable<Place> {
  for (const source of shopSources(project))
    for (const { arguments: parameters } of callsIn(source.program, "defineUpstream"))
      for (const node of parameters.flatMap(propertiesIn)) {
        const replacement = looser(keyOf(node) ?? "", textOf(source, node.value));
        if (replacement === undefined) continue;
        const edits = [replace(source, node.value, replacement)];
        const subject = literalText(parameters[0]) ?? "upstream";
        const variant = keyOf(node) ?? "";
        yield { subject, variant, risk: "API10", source, position: node.start, edits };
      }
}

function looser(name: string, value: string): string | undefined {
  switch (name) {
    case "response":
      return "z.unknown()";
    case "path":
      return '"/*"';
    case "timeoutMilliseconds":
    case "maximumBytes":
      return String(Number(value.replaceAll("_", "")) * factor);
    default:
      return undefined;
  }
}

/** What is taken of the partner's answer, made to let everything through. */
function* openResponses(project: Project): Iterable<Place> {
  for (const source of shopSources(project))
    for (const node of nodesIn(source.program)) {
      if (node.type !== "VariableDeclarator" || node.init?.type !== "CallExpression") continue;
      if (textOf(source, node.init.callee) !== "z.object" || node.id.type !== "Identifier")
        continue;
      const edits = [replace(source, node.init.callee, "z.looseObject")];
      yield { subject: node.id.name, risk: "API10", source, position: node.start, edits };
    }
}

/** Operators on what goes out. */
export const egressOperators: readonly Operator[] = [
  { name: "egress-widened", what: "widens schemes, hosts or ports", find: widerPolicies },
  { name: "egress-bypassed", what: "fetches without the egress", find: bypassed },
  {
    name: "upstream-loosened",
    what: "asks an upstream for more, waits longer, or believes whatever it says",
    find: looserUpstreams,
  },
  {
    name: "response-opened",
    what: "keeps properties of an answer that nobody asked for",
    find: openResponses,
  },
];
