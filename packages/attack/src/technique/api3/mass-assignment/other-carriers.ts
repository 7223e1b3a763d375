/**
 * M-05, M-07, M-08, M-09, M-11: the same properties, carried where a check may not look: nested, as
 * operators, in another media type or the query, twice, in another case.
 *
 * Only where the plain way is refused or ignored: what works plainly needs no detour.
 *
 * @module
 */

import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, suspected, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome, type Technique } from "../../technique.ts";
import type { Candidate } from "./candidates.ts";
import {
  asForm,
  asMultipart,
  asXml,
  below,
  beside,
  inQuery,
  instead,
  twice,
  wrapped,
  type Properties,
} from "./carrying.ts";
import { weigh } from "./judge-kept.ts";
import { keptBy, probeOf, writingsOf, type Probe } from "./probe.ts";
import type { Alter, Writing } from "./writing.ts";

/** One way to carry properties. */
interface Carrier {
  readonly variant: string;
  readonly alter: (properties: Properties, before: Properties) => Alter;
}

type Done = Probe & { readonly kind: "done" };

const mostCandidates = 6;

/** What is worth a detour: power first, what the API shows before what it may not have. */
function worthCarrying({ tried, kept }: Done): readonly Candidate[] {
  const weight = ({ power, origin }: Candidate): number =>
    (power === "privilege" ? 0 : power === "money" || power === "state" ? 2 : 4) +
    (origin === "usual" ? 1 : 0);
  return tried
    .filter(({ power, origin }) => power !== undefined || origin === "read-only")
    .filter(({ name }) => !kept.some(({ candidate }) => candidate.name === name))
    .toSorted((one, other) => weight(one) - weight(other))
    .slice(0, mostCandidates);
}

async function* run(
  world: World,
  carriersFor: (writing: Writing) => readonly Carrier[],
): AsyncIterable<Outcome> {
  for (const writing of writingsOf(world)) yield await judge(world, writing, carriersFor(writing));
}

async function judge(
  world: World,
  writing: Writing,
  carriers: readonly Carrier[],
): Promise<Outcome> {
  const about = { target: writing.operation.key };
  const probe = await probeOf(world, writing);
  if (probe.kind === "unclear") return inconclusive(about, probe.because);
  if (carriers.length === 0) return notApplicable(about, "its body has no place for that");
  if (probe.kept.some((kept) => weigh(world, writing, probe, kept) === "proof"))
    return notApplicable(about, "the plain way works already");
  if (probe.stranger === "kept") return notApplicable(about, "it keeps any property, this one too");
  const candidates = worthCarrying(probe);
  if (candidates.length === 0) return notApplicable(about, "no property with power is known of it");
  const before = Object.fromEntries(candidates.map(({ name }) => [name, valueBefore(probe, name)]));
  for (const { variant, alter } of carriers) {
    const { kept, sent } = await keptBy(world, writing, candidates, (properties) =>
      alter(properties, before),
    );
    if (sent === undefined) return inconclusive(about, "there is nothing left to write to");
    const weighed = kept.map((one) => ({ one, weight: weigh(world, writing, probe, one) }));
    const best =
      weighed.find(({ weight }) => weight === "proof") ??
      weighed.find(({ weight }) => weight === "hint");
    if (best === undefined) continue;
    const { candidate, evidence } = best.one;
    const because = `${candidate.name} is kept when it comes ${variant}, while it is not kept beside the others`;
    const full = { ...about, variant: `${candidate.name} ${variant}`, evidence };
    if (best.weight === "proof") return vulnerable(full, because);
    return suspected(full, because);
  }
  const names = candidates.map(({ name }) => name).join(", ");
  return held(about, `nothing was kept of ${names} in ${carriers.length} ways`);
}

/** A harmless value in place of an attack: what is there, or nothing. */
function valueBefore({ control }: Done, name: string): unknown {
  return control.properties.get(name.toLowerCase().replaceAll(/[^a-z\d]/g, ""))?.values[0] ?? null;
}

function carried(
  id: string,
  title: string,
  carriersFor: (writing: Writing) => readonly Carrier[],
): Technique {
  return defineTechnique({
    id,
    risk: "API3",
    title,
    severity: "high",
    phase: "write",
    needs: [],
    oracle: "O-PERSIST",
    guards: ["G-CTRL", "G-ECHO", "G-REPEAT"],
    hole: "mass-assignment",
    remedy:
      "Check exactly what is taken over: one parser, one media type, closed schemas at every depth.",
    run: (world) => run(world, carriersFor),
  });
}

const isJson = ({ operation: { body } }: Writing): boolean =>
  body === undefined || body.mediaType.includes("json");

/** M-05. */
export const nestedProperty = carried(
  "M-05",
  "A property is taken from a nested or dotted place",
  (writing) => {
    if (!isJson(writing)) return [];
    const { thing, account } = writing;
    const dotted = (properties: Properties, name: string): Properties =>
      Object.fromEntries(
        Object.entries(properties).flatMap(([key, value]) => [
          [`${name}.${key}`, value],
          [`${name}[${key}]`, value],
        ]),
      );
    const name = account ? "user" : thing.replaceAll(" ", "_");
    return [
      { variant: `inside ${name}`, alter: (properties) => below(name, properties) },
      ...(account
        ? [
            {
              variant: "inside profile",
              alter: (properties: Properties) => below("profile", properties),
            },
          ]
        : []),
      {
        variant: "under dotted names",
        alter: (properties) =>
          beside({ ...dotted(properties, name), ...dotted(properties, "profile") }),
      },
      {
        variant: "inside data.attributes",
        alter: (properties) => wrapped(["data", "attributes"], properties),
      },
    ];
  },
);

/** M-07. */
export const operatorProperty = carried(
  "M-07",
  "A property is taken from an operator or a patch",
  (writing) => {
    if (!isJson(writing)) return [];
    const each = (properties: Properties): Properties =>
      Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [name, { $set: value }]),
      );
    const operators: readonly Carrier[] = [
      { variant: "inside $set", alter: (properties) => beside({ $set: properties }) },
      { variant: "as $set of its own", alter: (properties) => beside(each(properties)) },
    ];
    if (writing.kind !== "change" && writing.kind !== "profile") return operators;
    const steps = (properties: Properties): unknown =>
      Object.entries(properties).map(([name, value]) => ({ op: "add", path: `/${name}`, value }));
    return [
      ...operators,
      {
        variant: "as a JSON patch",
        alter: (properties) => instead(steps(properties), "application/json-patch+json"),
      },
      {
        variant: "as a merge patch",
        alter: (properties) => instead(properties, "application/merge-patch+json"),
      },
    ];
  },
);

/** M-08. */
export const otherMediaType = carried(
  "M-08",
  "A property is taken in another media type or from the query",
  (writing) =>
    isJson(writing)
      ? [
          { variant: "in the query", alter: inQuery },
          { variant: "in a form", alter: asForm },
          { variant: "in multipart form data", alter: asMultipart },
          { variant: "in XML", alter: asXml },
        ]
      : [
          { variant: "in the query", alter: inQuery },
          { variant: "in JSON", alter: (properties) => instead(properties, "application/json") },
        ],
);

/** M-09. */
export const duplicateKeys = carried(
  "M-09",
  "A property is taken when its name stands twice",
  (writing) =>
    isJson(writing)
      ? [
          {
            variant: "twice, the harmless one first",
            alter: (properties, before) => twice(properties, before, "last"),
          },
          {
            variant: "twice, the harmless one last",
            alter: (properties, before) => twice(properties, before, "first"),
          },
        ]
      : [],
);

/** M-11. */
export const otherSpelling = carried(
  "M-11",
  "A property is taken under another spelling of its name",
  () => {
    const spelt =
      (spell: (name: string) => string) =>
      (properties: Properties): Alter =>
        beside(
          Object.fromEntries(
            Object.entries(properties).map(([name, value]) => [spell(name), value]),
          ),
        );
    const camel = (name: string): string =>
      name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    return [
      { variant: "in capitals", alter: spelt((name) => name.toUpperCase()) },
      {
        variant: "with a capital",
        alter: spelt((name) => `${name.charAt(0).toUpperCase()}${camel(name).slice(1)}`),
      },
      {
        variant: "with other separators",
        alter: spelt((name) =>
          name.includes("_")
            ? name.replaceAll("_", "-")
            : name.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toLowerCase() +
              (/[A-Z]/.test(name) ? "" : " "),
        ),
      },
    ];
  },
);
