/**
 * The notation of quotas: `"30/minute;5/second"` (OWASP API4:2023).
 *
 * Promise: a text is understood completely or refused with a `TypeError` that names it; nothing
 * falls back to a default. Limits: whole seconds and whole units only.
 *
 * @module
 */

/** One allowance: at most `limit` units at once, refilled evenly over `seconds`. */
export interface QuotaWindow {
  /** Name in the header fields: the unit (`"minute"`), or count and unit (`"15 minutes"`). */
  readonly name: string;
  /** Units, 1 or more. */
  readonly limit: number;
  /** Length in whole seconds, 1 or more. */
  readonly seconds: number;
}

/** A parsed quota; every window has to admit a request. */
export interface Quota {
  /** The notation in its one canonical spelling; equal quotas have equal texts. */
  readonly text: string;
  readonly windows: readonly QuotaWindow[];
}

const unitSeconds: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3_600,
  day: 86_400,
};
const windowPattern =
  /^([1-9]\d{0,8})\/(?:(second|minute|hour|day)|([1-9]\d{0,3}) (second|minute|hour|day)s)$/;
const maximumSeconds = 31 * 86_400;

function parseWindow(text: string, part: string): QuotaWindow {
  const found = windowPattern.exec(part);
  if (found === null)
    throw new TypeError(
      `quota ${JSON.stringify(text)} is not understood at ${JSON.stringify(part)}; write "30/minute" or "10/15 minutes", windows apart by ";"`,
    );
  const [, limitText, single, count, plural] = found;
  const limit = Number(limitText);
  const seconds = Number(count ?? 1) * (unitSeconds[single ?? plural ?? ""] ?? 0);
  if (count === "1")
    throw new TypeError(`quota ${JSON.stringify(text)}: write "${limit}/${plural}", without the 1`);
  // The arithmetic of decide.ts counts in units times milliseconds and has to stay exact.
  if (seconds > maximumSeconds || !Number.isSafeInteger(limit * seconds * 1000))
    throw new TypeError(`quota ${JSON.stringify(text)} is beyond 31 days or too large a limit`);
  return Object.freeze({ name: single ?? `${count} ${plural}s`, limit, seconds });
}

/**
 * Parses a quota: windows of the form `<limit>/<unit>` or `<limit>/<count> <unit>s`, apart by `;`,
 * the unit being second, minute, hour or day.
 *
 * @throws TypeError naming the text on unknown syntax, a zero, a leading zero, two windows of the
 * same length, or a window over 31 days.
 * @example
 * parseQuota("30/minute;5/second").windows[0]; // { name: "minute", limit: 30, seconds: 60 }
 * parseQuota("10/15 minutes").windows[0]; // { name: "15 minutes", limit: 10, seconds: 900 }
 */
export function parseQuota(text: string): Quota {
  const parts = text.split(";").map((part) => part.trim());
  const windows = parts.map((part) => parseWindow(text, part));
  if (new Set(windows.map((window) => window.seconds)).size !== windows.length)
    throw new TypeError(`quota ${JSON.stringify(text)} names two windows of the same length`);
  return Object.freeze({ text: parts.join(";"), windows: Object.freeze(windows) });
}
