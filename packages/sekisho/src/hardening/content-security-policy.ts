/**
 * Whether a content security policy does what it seems to say (CSP Level 3).
 *
 * Promise: browsers skip in silence what they do not understand; here each such part is a named
 * fault. Limits: it judges the form of a policy, not whether the policy is strict enough.
 *
 * @module
 */

/** Why a policy is ineffective in part or as a whole. */
export type PolicyReason =
  | "policy-empty"
  | "directive-unknown"
  | "directive-repeated"
  | "directive-value"
  | "source-unknown"
  | "source-unquoted"
  | "none-with-sources";

const fetchDirectives = [
  ..."child-src connect-src default-src fenced-frame-src font-src frame-src img-src".split(" "),
  ..."manifest-src media-src object-src script-src script-src-elem script-src-attr".split(" "),
  ..."style-src style-src-elem style-src-attr worker-src".split(" "),
];
const sourceDirectives = new Set([
  ...fetchDirectives,
  "base-uri",
  "form-action",
  "frame-ancestors",
]);
const plainDirectives = new Set(["upgrade-insecure-requests", "block-all-mixed-content"]);
const otherDirectives: ReadonlyMap<string, RegExp> = new Map([
  ["sandbox", /^(?:allow-[a-z-]+)?$/],
  ["report-to", /^[!-~]+$/],
  ["report-uri", /^[!-~]+$/],
  ["require-trusted-types-for", /^'script'$/],
  ["trusted-types", /^(?:[A-Za-z0-9\-#=_/@.%]+|\*|'none'|'allow-duplicates')$/],
]);

const keywords = [
  ..."self unsafe-inline unsafe-eval unsafe-hashes strict-dynamic".split(" "),
  ..."report-sample wasm-unsafe-eval inline-speculation-rules".split(" "),
];
const digestLengths: ReadonlyMap<string, number> = new Map([
  ["sha256", 32],
  ["sha384", 48],
  ["sha512", 64],
]);

const scheme = /^[a-z][a-z0-9+\-.]*:$/i;
const host =
  /^(?:[a-z][a-z0-9+\-.]*:\/\/)?(?:\*|(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::(?:\d{1,5}|\*))?(?:\/[!-:<-~]*)?$/i;

function decideQuoted(inner: string): PolicyReason | undefined {
  if (keywords.includes(inner.toLowerCase())) return undefined;
  if (/^nonce-[A-Za-z0-9+/_-]+={0,2}$/.test(inner)) return undefined;
  const [algorithm = "", digest = ""] = inner.split(/-(.*)/s);
  const bytes = digestLengths.get(algorithm.toLowerCase());
  if (bytes === undefined || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(digest)) return "source-unknown";
  return Buffer.from(digest, "base64").length === bytes ? undefined : "source-unknown";
}

function decideSource(source: string): PolicyReason | undefined {
  const quoted = /^'(.*)'$/s.exec(source)?.[1];
  if (quoted !== undefined) return decideQuoted(quoted);
  // Such a host may exist in theory; in practice the quotes were forgotten.
  if (/^(?:none|nonce-.*|sha(?:256|384|512)-.*)$/i.test(source)) return "source-unquoted";
  if (keywords.includes(source.toLowerCase())) return "source-unquoted";
  return scheme.test(source) || host.test(source) ? undefined : "source-unknown";
}

function decideDirective(name: string, values: readonly string[]): PolicyReason | undefined {
  if (plainDirectives.has(name)) return values.length === 0 ? undefined : "directive-value";
  const pattern = otherDirectives.get(name);
  if (pattern !== undefined)
    return (values.length === 0 ? [""] : values).every((value) => pattern.test(value))
      ? undefined
      : "directive-value";
  if (!sourceDirectives.has(name)) return "directive-unknown";
  const hasNone = values.some((value) => value.toLowerCase() === "'none'");
  if (hasNone) return values.length === 1 ? undefined : "none-with-sources";
  return values.map(decideSource).find((reason) => reason !== undefined);
}

/**
 * The first fault of a `Content-Security-Policy` value, `undefined` when every part counts.
 *
 * @example
 * faultOfPolicy("default-src self"); // "source-unquoted"
 */
export function faultOfPolicy(value: string): PolicyReason | undefined {
  for (const policy of value.split(",")) {
    const seen = new Set<string>();
    for (const directive of policy.split(";")) {
      const [name = "", ...values] = directive.split(/[\t\n\f\r ]+/).filter((part) => part !== "");
      if (name === "") continue;
      const lower = name.toLowerCase();
      if (seen.has(lower)) return "directive-repeated";
      seen.add(lower);
      const reason = decideDirective(lower, values);
      if (reason !== undefined) return reason;
    }
    if (seen.size === 0) return "policy-empty";
  }
  return undefined;
}
