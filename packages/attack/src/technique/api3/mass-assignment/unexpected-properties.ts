/**
 * M-01 to M-04, M-13: properties beside the expected ones that are kept.
 *
 * One probe for each place tries them; each technique tells what it is about.
 *
 * @module
 */

import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, suspected, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome, type Severity, type Technique } from "../../technique.ts";
import type { Candidate } from "./candidates.ts";
import { weigh } from "./judge-kept.ts";
import { probeOf, writingsOf, type Kept, type Probe } from "./probe.ts";
import type { Writing } from "./writing.ts";

/** One view of the probes. */
export interface Aspect {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** Whether it is about this place at all. */
  readonly about: (writing: Writing) => boolean;
  /** Whether it is about this property there. */
  readonly covers: (candidate: Candidate, writing: Writing) => boolean;
}

const remedy =
  "Take over only the properties that the operation is about, from a closed schema, and refuse or " +
  "ignore every other one.";

function aspect({ id, title, severity, about, covers }: Aspect): Technique {
  return defineTechnique({
    id,
    risk: "API3",
    title,
    severity,
    phase: "write",
    needs: [],
    oracle: "O-PERSIST",
    guards: ["G-CTRL", "G-ECHO", "G-REPEAT"],
    hole: "mass-assignment",
    remedy,
    run: (world) => run(world, about, covers),
  });
}

async function* run(
  world: World,
  about: Aspect["about"],
  covers: Aspect["covers"],
): AsyncIterable<Outcome> {
  const places = writingsOf(world).filter(about);
  if (places.length === 0)
    yield notApplicable({ target: "" }, "an ordinary user writes to nothing of that kind");
  for (const writing of places) {
    const probe = await probeOf(world, writing);
    yield outcomeOf(world, writing, probe, covers);
  }
}

/** What one probe says of the properties that a technique covers. */
export function outcomeOf(
  world: World,
  writing: Writing,
  probe: Probe,
  covers: Aspect["covers"],
): Outcome {
  const target = writing.operation.key;
  if (probe.kind === "unclear")
    return inconclusive({ target, evidence: probe.evidence }, probe.because);
  const tried = probe.tried.filter((candidate) => covers(candidate, writing));
  if (tried.length === 0) return notApplicable({ target }, "no such property is known of it");
  const kept = probe.kept.filter(({ candidate }) => covers(candidate, writing));
  const weighed = kept.map((one) => ({ one, weight: weigh(world, writing, probe, one) }));
  const proofs = weighed.filter(({ weight }) => weight === "proof").map(({ one }) => one);
  const hints = weighed.filter(({ weight }) => weight === "hint").map(({ one }) => one);
  if (proofs.length > 0) return vulnerable({ target, ...shownBy(proofs) }, sentence(proofs));
  if (hints.length > 0) return suspected({ target, ...shownBy(hints) }, sentence(hints));
  if (probe.control.properties.size === 0 && !writing.account)
    return inconclusive({ target, evidence: probe.evidence }, "nothing shows what was kept");
  const names = tried.slice(0, 6).map(({ name }) => name);
  return held({ target, evidence: probe.evidence }, `nothing was kept of ${names.join(", ")}`);
}

function shownBy(kept: readonly Kept[]): Pick<Outcome, "variant" | "evidence"> {
  const [first] = kept;
  return {
    variant: kept
      .map(({ candidate, value }) => `${candidate.name}: ${JSON.stringify(value)}`)
      .join(", "),
    evidence: first?.evidence ?? [],
  };
}

function sentence(kept: readonly Kept[]): string {
  const names = kept.map(({ candidate }) => candidate.name).slice(0, 8);
  const opened = kept.find((one) => one.opened !== undefined)?.opened;
  const effect =
    opened === undefined
      ? "and independent reads show what was sent"
      : `and ${opened.call.method} ${opened.call.path}, which is for administrators, works since then`;
  return `${names.join(", ")} can be set by whoever writes, ${effect}`;
}

/** M-01. */
export const unexpectedInCreate = aspect({
  id: "M-01",
  title: "A property that the server decides can be set when something is created",
  severity: "high",
  about: ({ kind }) => kind === "create" || kind === "register",
  covers: ({ origin }) => origin !== "usual",
});

/** M-02. */
export const unexpectedInChange = aspect({
  id: "M-02",
  title: "A property that the server decides can be set by a change",
  severity: "high",
  about: ({ kind }) => kind === "change" || kind === "profile",
  covers: ({ origin, power }) => origin !== "usual" && power !== "time",
});

/** M-03. */
export const privilegeProperty = aspect({
  id: "M-03",
  title: "Whoever writes an account makes it more than it is",
  severity: "critical",
  about: ({ account }) => account,
  covers: ({ power }) => power === "privilege",
});

/** M-04. */
export const valueFromDomain = aspect({
  id: "M-04",
  title: "A role or state that the API uses for others can be taken",
  severity: "high",
  about: ({ account }) => account,
  covers: ({ power, values: [value] }) =>
    (power === "privilege" || power === "state") && typeof value !== "boolean",
});

/** M-13. */
export const stateProperty = aspect({
  id: "M-13",
  title: "The client sets the state, past the steps that lead to it",
  severity: "high",
  about: ({ account }) => !account,
  covers: ({ power }) => power === "state",
});
