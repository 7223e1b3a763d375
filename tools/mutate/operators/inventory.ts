/**
 * Adding what nobody declared or documented, and keeping what was to go (API9).
 *
 * @module
 */

import type { SpreadElement } from "oxc-parser";
import type { Operator, Place } from "../mutant.ts";
import { endpointsOf, sharedObjects } from "../source/declarations.ts";
import { addProperty, importing, insert, remove, replace } from "../source/edit.ts";
import {
  calleeName,
  callsIn,
  literalText,
  nodesIn,
  propertyOf,
  shopSources,
  textOf,
  type Project,
  type SourceText,
} from "../source/source-text.ts";

const risk = "API9";

/** Names that forgotten routes have. */
const forgotten = ["/debug", "/api/internal/users", "/api/export", "/api/v1/orders"];

function* undeclaredRoutes(project: Project): Iterable<Place> {
  for (const source of shopSources(project))
    for (const call of callsIn(source.program, "createApi")) {
      const [options] = call.arguments;
      if (options?.type !== "ObjectExpression") continue;
      for (const path of forgotten) {
        const answer = "void reply.send({ settings: process.env });";
        const plugin = `(instance, _options, done) => { instance.get("${path}", (_request, reply) => { ${answer} }); done(); }`;
        const edits = [addProperty(source, options, `plugins: [${plugin}]`)];
        yield { subject: path, risk, source, position: call.start, edits };
      }
    }
}

interface Area {
  readonly source: SourceText;
  readonly spread: SpreadElement;
  readonly name: string;
}

/** The areas of the shop that can be read: `...orderEndpoints(services)`. */
function readableAreas(project: Project): readonly Area[] {
  const source = project.source("apps/shop/src/endpoints.ts");
  const readable = new Set(
    endpointsOf(project)
      .filter(({ method, path }) => method === "GET" && !path.startsWith("/docs"))
      .map((endpoint) => endpoint.source.path),
  );
  return [...nodesIn(source.program)].flatMap((node) => {
    if (node.type !== "SpreadElement" || node.argument.type !== "CallExpression") return [];
    const name = calleeName(node.argument);
    const home = project.sources.find(
      ({ path, text }) => readable.has(path) && text.includes(`export function ${name}(`),
    );
    return home === undefined ? [] : [{ source, spread: node, name }];
  });
}

/** Another life of what can be read: the old version, the internal one, the export. */
const lives: Readonly<Record<string, string>> = {
  "old-version": 'path: one.path.replace("/api/", "/api/v1/")',
  internal: 'path: one.path.replace("/api/", "/api/internal/"), access: anonymous("mutant")',
  export: "path: `${one.path}/export`",
};

function* undocumentedEndpoints(project: Project): Iterable<Place> {
  for (const { source, spread, name } of readableAreas(project))
    for (const [variant, changes] of Object.entries(lives)) {
      const readable = 'one.method === "GET" && one.path.startsWith("/api/")';
      const copies = `${textOf(source, spread)}.filter((one) => ${readable}).map((one) => ({ ...one, ${changes} }))`;
      const names = changes.includes("anonymous") ? ["anonymous"] : [];
      const edits = [
        insert(source, spread.end, `, ${copies}`),
        ...importing(source, "sekisho/authorization", ...names),
      ];
      yield { subject: name, variant, risk, source, position: spread.start, edits };
    }
}

/** What operators and debuggers read, on the port that everybody reads. */
const leftBehind: Readonly<Record<string, string>> = {
  "/metrics": "() => `process_resident_memory_bytes ${process.memoryUsage().rss}\\n`",
  "/debug": "() => JSON.stringify(process.env)",
  "/actuator/env": "() => JSON.stringify(process.env)",
  "/.env": "() => JSON.stringify(process.env)",
};

function* exposedDocuments(project: Project): Iterable<Place> {
  const source = project.source("apps/shop/src/endpoints.ts");
  for (const node of nodesIn(source.program)) {
    if (node.type !== "CallExpression" || calleeName(node) !== "problemEndpoint") continue;
    const [options] = node.arguments;
    if (options?.type !== "ObjectExpression") continue;
    const common = options.properties.find((one) => one.type === "SpreadElement");
    const spread = common === undefined ? "" : `${textOf(source, common)}, `;
    for (const [path, content] of Object.entries(leftBehind)) {
      const type = path === "/metrics" ? "text/plain; charset=utf-8" : "application/json";
      const text = `documentEndpoint({ ${spread}path: "${path}", summary: "Left behind", mediaType: "${type}", content: ${content} })`;
      const edits = [
        insert(source, node.end, `, ${text}`),
        ...importing(source, "sekisho/http", "documentEndpoint"),
      ];
      yield { subject: path, risk, source, position: node.start, edits };
    }
  }
}

function* prolongedLives(project: Project): Iterable<Place> {
  for (const source of shopSources(project))
    for (const call of callsIn(source.program, "deprecated")) {
      const [life] = call.arguments;
      if (life?.type !== "ObjectExpression") continue;
      const since = propertyOf(life, "since");
      const sunset = propertyOf(life, "sunsetAt");
      const position = call.start;
      const subject = literalText(propertyOf(life, "successor")?.value) ?? "endpoint";
      if (since !== undefined) {
        const edits = [
          replace(source, call, `production({ ${textOf(source, since)} })`),
          ...importing(source, "sekisho/inventory", "production"),
        ];
        yield { subject, variant: "undeprecated", risk, source, position, edits };
      }
      if (sunset !== undefined) {
        const edits = [replace(source, sunset.value, '"2099-01-01"')];
        yield { subject, variant: "sunset", risk, source, position, edits };
      }
    }
}

/** Who answers for an endpoint and how long it lives, where it is said. */
function* deletedFacts(project: Project): Iterable<Place> {
  const facts = ["team", "lifecycle"];
  for (const { source, name, own, inherited } of endpointsOf(project))
    for (const variant of facts) {
      const fact = own(variant);
      // Where `...common` says it too, this is another team's part of an area.
      if (fact === undefined || inherited(variant) !== undefined) continue;
      const edits = [remove(source, fact)];
      yield { subject: name, variant, risk, source, position: fact.start, edits };
    }
  for (const { source, node, name } of sharedObjects(project))
    for (const variant of facts) {
      const fact = propertyOf(node, variant);
      if (fact === undefined) continue;
      const subject = `${source.path.split("/").at(-1) ?? ""} ${name}`;
      const edits = [remove(source, fact)];
      yield { subject, variant, risk, source, position: fact.start, edits };
    }
}

/** Operators on the inventory. */
export const inventoryOperators: readonly Operator[] = [
  {
    name: "route-undeclared",
    what: "adds a route to the server past the declarations",
    find: undeclaredRoutes,
  },
  {
    name: "endpoint-undocumented",
    what: "gives the endpoints of an area a second life that the document does not know",
    find: undocumentedEndpoints,
  },
  {
    name: "document-exposed",
    what: "leaves figures or settings where everybody reads them",
    find: exposedDocuments,
  },
  { name: "life-prolonged", what: "keeps a deprecated endpoint", find: prolongedLives },
  {
    name: "fact-deleted",
    what: "forgets who answers for an endpoint, or its life",
    find: deletedFacts,
  },
];
