/**
 * What a run could not test, why, and what would unlock it: the honest half of a report.
 *
 * @module
 */

import type { Need, Technique } from "../technique/technique.ts";
import { redactBody } from "../wire/redact.ts";
import type { Report, TechniqueReport } from "./report.ts";

/** Techniques that one missing thing kept from running. */
export interface Locked {
  readonly need: string;
  /** What the reader can do about it. */
  readonly unlock: string;
  readonly techniques: readonly Technique[];
}

/** A technique that tried nothing or came to no judgement, and why. */
export interface Unjudged {
  readonly technique: Technique;
  readonly because: string;
}

/** What a run did not test. */
export interface NotTested {
  readonly locked: readonly Locked[];
  /** Ended by an error of their own. */
  readonly failed: readonly Unjudged[];
  /** Nothing in this API to try them on. */
  readonly inapplicable: readonly Unjudged[];
  /** Tried, and no attempt could be judged. */
  readonly inconclusive: readonly Unjudged[];
}

const unlocks: Readonly<Record<Need, string>> = {
  "a principal": "give a principals file with at least one account or token",
  "two principals of one role": "give a second principal of the same role in the principals file",
  "an administrator": "give a principal with administrator: true in the principals file",
  "an operation that tells who calls":
    "describe an operation that answers who calls, such as GET /me, in the document",
  "a JSON Web Token": "give a principal whose token is a JSON Web Token, if the API issues any",
  "a sign-in recipe": "give a login recipe for a principal, so that tokens can be obtained anew",
  "a registration operation": "describe the operation that registers an account in the document",
  "an owned object": "name objects of a principal under owns, or describe how one is created",
  "a declared quota": "declare quotas in the document under x-sekisho",
  "a declared flow": "declare the steps of flows in the document under x-sekisho",
  "a webhook": "describe the operation that receives webhooks in the document",
  "a webhook secret": "give the secret of the webhook, so that a rightful message can be signed",
  "an operation that takes a URL": "describe the operation that fetches a URL, if there is one",
  "leave to destroy": "allow destructive techniques, on a target that may be damaged",
};

/** Collects what a report says was not tested. */
export function notTested({ techniques }: Pick<Report, "techniques">): NotTested {
  const running = techniques.filter(({ missing }) => missing.length === 0);
  return {
    locked: lockedOf(techniques),
    failed: running.flatMap(({ technique, failure }) =>
      failure === undefined ? [] : [{ technique, because: redactBody(failure) }],
    ),
    inapplicable: running.filter(isInapplicable).map(reason("not-applicable")),
    inconclusive: running.filter(isInconclusive).map(reason("inconclusive")),
  };
}

/** A technique is listed under the first thing that it misses; the others are named beside it. */
function lockedOf(reports: readonly TechniqueReport[]): readonly Locked[] {
  const groups = Map.groupBy(
    reports.filter(({ missing }) => missing.length > 0),
    ({ missing }) => missing.join(" and "),
  );
  return [...groups]
    .map(([need, group]) => ({
      need,
      unlock: (group[0]?.missing ?? []).map(unlockOf).join("; "),
      techniques: group.map(({ technique }) => technique),
    }))
    .toSorted((one, other) => other.techniques.length - one.techniques.length);
}

function unlockOf(need: string): string {
  return Object.hasOwn(unlocks, need) ? unlocks[need as Need] : `give ${need}`;
}

function isInapplicable({ outcomes, failure }: TechniqueReport): boolean {
  return failure === undefined && outcomes.every(({ verdict }) => verdict === "not-applicable");
}

function isInconclusive({ outcomes }: TechniqueReport): boolean {
  const tried = outcomes.filter(({ verdict }) => verdict !== "not-applicable");
  return tried.length > 0 && tried.every(({ verdict }) => verdict === "inconclusive");
}

function reason(verdict: "not-applicable" | "inconclusive"): (report: TechniqueReport) => Unjudged {
  return ({ technique, outcomes }) => ({
    technique,
    because: redactBody(
      outcomes.find((outcome) => outcome.verdict === verdict)?.because ??
        "nothing in this API to try it on",
    ),
  });
}
