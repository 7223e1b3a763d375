/**
 * I-02: whether another version of a documented read still answers, unlisted.
 *
 * @module
 */

import type { World } from "../../world/world.ts";
import { shapeOf } from "../../oracle/compare.ts";
import { held, vulnerable } from "../outcomes.ts";
import { defineTechnique, type Outcome, type Technique } from "../technique.ts";

const versions = ["v0", "v1", "v2", "v3", "v4"];

/** The path with other versions in place of its own, or one after "/api". */
function otherVersions(path: string): readonly string[] {
  const own = /\/(v\d+)(?=\/)/.exec(path)?.[1];
  if (own !== undefined)
    return versions.filter((one) => one !== own).map((one) => path.replace(`/${own}/`, `/${one}/`));
  return path.startsWith("/api/")
    ? versions.map((one) => path.replace("/api/", `/api/${one}/`))
    : [];
}

async function* run(world: World): AsyncIterable<Outcome> {
  const { operations } = world.document;
  const listed = (path: string): boolean =>
    operations.some((one) => {
      const pattern = `${world.basePath}${one.path}`
        .replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`)
        .replaceAll(/\{[^}]*\}/g, "[^/]+");
      return new RegExp(`^${pattern}$`).test(path);
    });
  for (const operation of operations) {
    if (
      operation.method !== "GET" ||
      operation.traits.has("destructive") ||
      operation.traits.has("documentation")
    )
      continue;
    const [principal] = world.rightful(operation);
    const control = await world.works(operation, principal);
    if (control?.answer?.json === undefined) continue;
    const [path = "", query] = control.call.path.split("?");
    let found = false;
    for (const other of otherVersions(path).filter((one) => !listed(one))) {
      const call = {
        ...control.call,
        path: query === undefined ? other : `${other}?${query}`,
        operation: undefined,
      };
      const exchange = await world.send(call);
      if (
        !world.succeeds(exchange) ||
        exchange.answer?.json === undefined ||
        (await world.looksAbsent(exchange))
      )
        continue;
      const again = await world.send(call);
      const alike = shapeOf(exchange.answer.json)
        .split(" ")
        .some((place) => place !== "" && shapeOf(control.answer?.json).includes(place));
      if (!world.succeeds(again) || !alike) continue;
      found = true;
      const version = other.split("/").find((segment) => versions.includes(segment)) ?? "";
      const target = `GET ${operation.path.includes("/v") ? operation.path.replace(/\/v\d+\//, `/${version}/`) : operation.path.replace("/api/", `/api/${version}/`)}`;
      yield vulnerable(
        { target, variant: version, evidence: [control, exchange, again] },
        `version ${version} answers and is not in the document`,
      );
    }
    if (!found)
      yield held({ target: operation.key, evidence: [control] }, "no unlisted version answers");
  }
}

/** I-02: whether another version of a documented read still answers, unlisted. */
export const oldVersion: Technique = defineTechnique({
  id: "I-02",
  risk: "API9",
  title: "Another version answers that is not in the document",
  severity: "medium",
  phase: "discovery",
  needs: [],
  oracle: "O-INV",
  guards: ["G-CAL", "G-REPEAT"],
  hole: "old-version",
  remedy: "Retire old versions, or list them with their sunset and keep every control on them.",
  run,
});
