/**
 * Whether a header field's value means what its sender believes (OWASP API8:2023, ASVS 3.4).
 *
 * Promise: recipients drop malformed fields in silence; here the fault has a name, so that tests
 * can hold what the service sends against the fields' definitions. Limits: fields that it does not
 * know are checked for their characters alone.
 *
 * @module
 */

import { allow, deny, type Decision } from "../kernel/index.ts";
import { faultOfPolicy, type PolicyReason } from "./content-security-policy.ts";
import { parseHttpDate } from "./http-date.ts";
import {
  parseDictionary,
  parseItem,
  parseList,
  type BareItem,
  type FieldMember,
} from "./structured-field.ts";

/** Every fault of a value. */
export type HeaderReason =
  | PolicyReason
  | "control-character"
  | "not-ascii"
  | "outer-space"
  | "malformed"
  | "wrong-type"
  | "parameter-missing"
  | "parameter-value"
  | "directive-missing"
  | "value-not-listed"
  | "field-abandoned";

/** Answer of {@link checkHeader}. */
export type HeaderDecision = Decision<HeaderReason>;

type Check = (value: string) => HeaderReason | undefined;

/** An integer from `minimum` on, or an absent parameter that may be absent. */
function decideInteger(
  item: BareItem | undefined,
  minimum: number,
  required: boolean,
): HeaderReason | undefined {
  if (item === undefined) return required ? "parameter-missing" : undefined;
  return item.kind === "integer" && item.value >= minimum ? undefined : "parameter-value";
}

function decideKind(item: BareItem | undefined, kind: BareItem["kind"]): HeaderReason | undefined {
  return item === undefined || item.kind === kind ? undefined : "parameter-value";
}

/** A list of strings with parameters: both `RateLimit` fields. */
function quotaList(
  decideMember: (parameters: ReadonlyMap<string, BareItem>) => HeaderReason | undefined,
): Check {
  return (value) => {
    const members = parseList(value);
    if (members === undefined || members.length === 0) return "malformed";
    for (const member of members) {
      if (!("item" in member) || member.item.kind !== "string") return "wrong-type";
      const reason = decideMember(member.parameters);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
}

const checkQuotaPolicy = quotaList(
  (parameters) =>
    decideInteger(parameters.get("q"), 0, true) ??
    decideInteger(parameters.get("w"), 1, false) ??
    decideKind(parameters.get("qu"), "string") ??
    decideKind(parameters.get("pk"), "bytes"),
);

const checkQuota = quotaList(
  (parameters) =>
    decideInteger(parameters.get("r"), 0, true) ??
    decideInteger(parameters.get("t"), 0, false) ??
    decideKind(parameters.get("pk"), "bytes"),
);

function itemOf(kind: BareItem["kind"]): Check {
  return (value) => {
    const parsed = parseItem(value);
    if (parsed === undefined) return "malformed";
    return parsed.item.kind === kind ? undefined : "wrong-type";
  };
}

const checkDate: Check = (value) => (parseHttpDate(value) === undefined ? "malformed" : undefined);

const checkRetryAfter: Check = (value) => (/^\d+$/.test(value) ? undefined : checkDate(value));

function isAllowlistEntry(item: BareItem): boolean {
  if (item.kind === "token") return ["*", "self", "src"].includes(item.value);
  return item.kind === "string" && URL.canParse(item.value.replace("*.", ""));
}

const checkPermissions: Check = (value) => {
  const features = parseDictionary(value);
  if (features === undefined || features.size === 0) return "malformed";
  const entries = (member: FieldMember): readonly BareItem[] =>
    "items" in member ? member.items.map(({ item }) => item) : [member.item];
  const isGood = [...features.values()].every((member) => entries(member).every(isAllowlistEntry));
  return isGood ? undefined : "wrong-type";
};

const token = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
const directive = new RegExp(
  `^[ \\t]*(?<name>${token})[ \\t]*(?:=[ \\t]*(?<value>${token}|"[^"\\\\]*")[ \\t]*)?$`,
);

/** Directives with optional values (RFC 6797 §6.1); `undefined` when malformed or repeated. */
function parseDirectives(
  value: string,
  separator: RegExp,
): ReadonlyMap<string, string> | undefined {
  const directives = new Map<string, string>();
  for (const part of value.split(separator)) {
    if (/^[ \t]*$/.test(part)) continue;
    const groups = directive.exec(part)?.groups;
    const name = groups?.["name"]?.toLowerCase();
    if (name === undefined || directives.has(name)) return undefined;
    directives.set(name, groups?.["value"] ?? "");
  }
  return directives;
}

const unquotedSemicolon = /;(?=(?:[^"]*"[^"]*")*[^"]*$)/;
const unquotedComma = /,(?=(?:[^"]*"[^"]*")*[^"]*$)/;

const checkTransport: Check = (value) => {
  const directives = parseDirectives(value, unquotedSemicolon);
  if (directives === undefined) return "malformed";
  const maximumAge = directives.get("max-age");
  if (maximumAge === undefined) return "directive-missing";
  if (!/^(?:\d+|"\d+")$/.test(maximumAge)) return "directive-value";
  return (directives.get("includesubdomains") ?? "") === "" ? undefined : "directive-value";
};

const seconds = /^(?:max-age|s-maxage|stale-while-revalidate|stale-if-error)$/;

const checkCaching: Check = (value) => {
  const directives = parseDirectives(value, unquotedComma);
  if (directives === undefined || directives.size === 0) return "malformed";
  for (const [name, text] of directives) {
    if (seconds.test(name) && !/^\d+$/.test(text)) return "directive-value";
  }
  return undefined;
};

function oneOf(...values: readonly string[]): Check {
  return (value) => (values.includes(value.toLowerCase()) ? undefined : "value-not-listed");
}

const abandoned: Check = () => "field-abandoned";

const referrerPolicies =
  "no-referrer no-referrer-when-downgrade origin origin-when-cross-origin same-origin strict-origin strict-origin-when-cross-origin unsafe-url";

const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["cache-control", checkCaching],
  ["content-security-policy", faultOfPolicy],
  ["content-security-policy-report-only", faultOfPolicy],
  ["cross-origin-embedder-policy", oneOf("unsafe-none", "require-corp", "credentialless")],
  [
    "cross-origin-opener-policy",
    oneOf("unsafe-none", "same-origin-allow-popups", "same-origin", "noopener-allow-popups"),
  ],
  ["cross-origin-resource-policy", oneOf("same-site", "same-origin", "cross-origin")],
  ["deprecation", itemOf("date")],
  ["expect-ct", abandoned],
  ["idempotency-key", itemOf("string")],
  ["permissions-policy", checkPermissions],
  ["public-key-pins", abandoned],
  ["ratelimit", checkQuota],
  ["ratelimit-policy", checkQuotaPolicy],
  ["referrer-policy", oneOf(...referrerPolicies.split(" "))],
  ["retry-after", checkRetryAfter],
  ["strict-transport-security", checkTransport],
  ["sunset", checkDate],
  ["x-content-type-options", oneOf("nosniff")],
  ["x-frame-options", oneOf("deny", "sameorigin")],
  ["x-xss-protection", oneOf("0")],
]);

/** What holds for every field's value (RFC 9110 §5.5). */
function decideCharacters(value: string): HeaderReason | undefined {
  if (/[^\P{Cc}\t]/u.test(value)) return "control-character";
  if (/[^\t\u0020-\u007e]/.test(value)) return "not-ascii";
  return value === value.trim() ? undefined : "outer-space";
}

/**
 * Checks a header field's value against the definition of the field. Names are compared without
 * regard to case.
 *
 * @example
 * checkHeader("Deprecation", "true"); // { effect: "deny", reason: "wrong-type" }
 */
export function checkHeader(name: string, value: string): HeaderDecision {
  const reason = decideCharacters(value) ?? checks.get(name.toLowerCase())?.(value);
  return reason === undefined ? allow() : deny(reason);
}
