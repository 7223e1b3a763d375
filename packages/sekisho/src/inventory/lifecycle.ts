/**
 * How long an endpoint lives, as data (OWASP API9:2023, RFC 9745, RFC 8594).
 *
 * Promise: a deprecated endpoint announces its end on every answer and stops answering at that
 * second without a deploy. Limits: this module only says what is due; `http/` sends it.
 *
 * @module
 */

/** What may be declared; the state at a moment is {@link lifecycleState}. */
export type LifecycleStage = "experimental" | "production" | "deprecated";

/**
 * The declared life of an endpoint. Dates are `YYYY-MM-DD` (midnight UTC at the start of that day)
 * or RFC 3339 times.
 */
export type Lifecycle = OngoingLifecycle | DeprecatedLifecycle;

/** An endpoint whose end is not decided. */
export interface OngoingLifecycle {
  readonly stage: "experimental" | "production";
  readonly since: string;
}

/** An endpoint whose end is decided. */
export interface DeprecatedLifecycle {
  readonly stage: "deprecated";
  readonly since: string;
  /** From when on new use is discouraged; may lie ahead. */
  readonly deprecatedAt: string;
  /** From when on the endpoint answers 410; not before `deprecatedAt`. */
  readonly sunsetAt: string;
  /** URI reference of what to use instead (`rel="successor-version"`). */
  readonly successor?: string;
  /** URI reference of a page for people (`rel="deprecation"` and `rel="sunset"`). */
  readonly information?: string;
}

/** What an endpoint is at a given moment. */
export type LifecycleState = "experimental" | "production" | "deprecated" | "retired";

/**
 * Declares an endpoint that clients may rely on.
 *
 * @example
 * production({ since: "2026-11-01" });
 */
export function production({ since }: { readonly since: string }): OngoingLifecycle {
  return { stage: "production", since };
}

/**
 * Declares an endpoint that may still change or vanish.
 *
 * @example
 * experimental({ since: "2026-11-01" });
 */
export function experimental({ since }: { readonly since: string }): OngoingLifecycle {
  return { stage: "experimental", since };
}

/**
 * Declares an endpoint that will be retired; faults are reported by {@link lifecycleFaults}.
 *
 * @example
 * deprecated({
 *   since: "2025-01-01",
 *   deprecatedAt: "2026-06-01",
 *   sunsetAt: "2027-01-01",
 *   successor: "/api/v2/orders",
 * });
 */
export function deprecated(life: Omit<DeprecatedLifecycle, "stage">): DeprecatedLifecycle {
  return { stage: "deprecated", ...life };
}

/**
 * What is wrong with a declared life; empty when nothing is. A list and no throw, so that the start
 * can name the faults of all endpoints at once.
 *
 * @example
 * lifecycleFaults(production({ since: "soon" }));
 * // ['since "soon" is neither YYYY-MM-DD nor an RFC 3339 time']
 */
export function lifecycleFaults(lifecycle: Lifecycle): readonly string[] {
  const faults = dateFault("since", lifecycle.since);
  if (lifecycle.stage !== "deprecated") return faults;

  faults.push(...dateFault("deprecatedAt", lifecycle.deprecatedAt));
  faults.push(...dateFault("sunsetAt", lifecycle.sunsetAt));
  const [since, deprecation, sunset] = [
    instantOf(lifecycle.since),
    instantOf(lifecycle.deprecatedAt),
    instantOf(lifecycle.sunsetAt),
  ];
  if (deprecation < since)
    faults.push(`deprecatedAt ${lifecycle.deprecatedAt} is before since ${lifecycle.since}`);
  if (sunset < deprecation)
    faults.push(
      `sunsetAt ${lifecycle.sunsetAt} is before deprecatedAt ${lifecycle.deprecatedAt} (RFC 9745 section 4)`,
    );
  faults.push(...referenceFault("successor", lifecycle.successor));
  faults.push(...referenceFault("information", lifecycle.information));
  return faults;
}

/**
 * What an endpoint is at `now` (milliseconds since 1970). It is retired from the very millisecond
 * of `sunsetAt`; a date that cannot be read counts as past, so that a fault never keeps an endpoint
 * alive.
 *
 * @example
 * lifecycleState(production({ since: "2026-11-01" }), clock.now()); // "production"
 */
export function lifecycleState(lifecycle: Lifecycle, now: number): LifecycleState {
  if (lifecycle.stage !== "deprecated") return lifecycle.stage;
  if (!(now < instantOf(lifecycle.sunsetAt))) return "retired";
  return now < instantOf(lifecycle.deprecatedAt) ? "production" : "deprecated";
}

/**
 * The header fields that announce an end: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link`.
 * They do not depend on the moment (a date ahead is announced too): compute them once per endpoint.
 *
 * @throws TypeError when the life has faults.
 * @example
 * lifecycleHeaders(deprecated({ since: "2023-01-01", deprecatedAt: "2023-06-30", sunsetAt: "2024-06-30" }));
 * // [["deprecation", "@1688083200"], ["sunset", "Sun, 30 Jun 2024 00:00:00 GMT"]]
 */
export function lifecycleHeaders(lifecycle: Lifecycle): readonly (readonly [string, string])[] {
  if (lifecycle.stage !== "deprecated") return [];
  const faults = lifecycleFaults(lifecycle);
  if (faults.length > 0) throw new TypeError(`the lifecycle is faulty: ${faults.join("; ")}`);

  const headers: (readonly [string, string])[] = [
    ["deprecation", `@${Math.floor(instantOf(lifecycle.deprecatedAt) / 1000)}`],
    ["sunset", new Date(instantOf(lifecycle.sunsetAt)).toUTCString()],
  ];
  const links = linksOf(lifecycle);
  if (links.length > 0) headers.push(["link", links.join(", ")]);
  return headers;
}

function linksOf({ successor, information }: DeprecatedLifecycle): string[] {
  const links: string[] = [];
  if (successor !== undefined) links.push(`<${successor}>; rel="successor-version"`);
  if (information !== undefined) {
    links.push(`<${information}>; rel="deprecation"; type="text/html"`);
    links.push(`<${information}>; rel="sunset"; type="text/html"`);
  }
  return links;
}

const datePattern =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Milliseconds since 1970, or NaN. */
function instantOf(text: string): number {
  const groups = datePattern.exec(text)?.groups;
  if (groups === undefined) return Number.NaN;
  // Date.parse lets 30 February run over into March; only a day that survives is a day.
  const day = `${groups["year"]}-${groups["month"]}-${groups["day"]}`;
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day)
    return Number.NaN;
  return Date.parse(text.length === day.length ? `${day}T00:00:00Z` : text);
}

function dateFault(name: string, text: string): string[] {
  return Number.isNaN(instantOf(text))
    ? [`${name} ${JSON.stringify(text)} is neither YYYY-MM-DD nor an RFC 3339 time`]
    : [];
}

/** A reference goes into a header field between angle brackets: nothing may end either early. */
function referenceFault(name: string, reference: string | undefined): string[] {
  if (
    reference === undefined ||
    /^[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/.test(reference)
  )
    return [];
  return [`${name} ${JSON.stringify(reference)} is not a URI reference`];
}
