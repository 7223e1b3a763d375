/**
 * The header fields that every answer carries (OWASP API8:2023, ASVS 3.4, requirements 4.8).
 *
 * Promise: one frozen list, made once at the start, for every status and also for the answers
 * that are written to a bare socket. Limits: a list does not send itself; `http/` puts it on
 * every answer and a test sweeps the statuses.
 *
 * @module
 */

/** One header field: lower-case name and value. */
export type HeaderField = readonly [name: string, value: string];

/** Options of {@link securityHeaders}. */
export interface SecurityHeaderOptions {
  /** Whether clients reach the service over TLS; RFC 6797 §7.2 forbids HSTS without it. */
  readonly tls: boolean;
  /** Replaces {@link apiContentSecurityPolicy}. */
  readonly contentSecurityPolicy?: string;
}

/**
 * For everything but HTML: nothing may be loaded, framed or sent.
 *
 * @example
 * securityHeaders({ tls: true, contentSecurityPolicy: apiContentSecurityPolicy });
 */
export const apiContentSecurityPolicy: string =
  "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/**
 * Two years, above the one year that ASVS 3.4.1 asks for.
 *
 * @example
 * response.setHeader("strict-transport-security", strictTransportSecurity);
 */
export const strictTransportSecurity: string = "max-age=63072000; includeSubDomains";

const deniedFeatures =
  "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

function freeze(fields: readonly HeaderField[]): readonly HeaderField[] {
  return Object.freeze(fields.map((field) => Object.freeze(field)));
}

/**
 * The header fields of an answer that is not HTML.
 *
 * @example
 * securityHeaders({ tls: true })[0]; // ["content-security-policy", "default-src 'none'; …"]
 */
export function securityHeaders(options: SecurityHeaderOptions): readonly HeaderField[] {
  return freeze([
    ["content-security-policy", options.contentSecurityPolicy ?? apiContentSecurityPolicy],
    ["x-content-type-options", "nosniff"],
    ["referrer-policy", "no-referrer"],
    ["cross-origin-resource-policy", "same-origin"],
    ["x-frame-options", "DENY"],
    ["permissions-policy", deniedFeatures],
    ["cache-control", "no-store"],
    ...(options.tls ? [["strict-transport-security", strictTransportSecurity] as const] : []),
  ]);
}

/** What a page of the service itself may do beyond loading files of its own origin. */
export interface HtmlHeaderOptions {
  readonly tls: boolean;
  /** Hashes of inline scripts, such as `"sha256-…"` with the base64 of the digest. */
  readonly scriptHashes?: readonly string[];
  /** Whether inline style attributes work; they cannot run code. Default `false`. */
  readonly inlineStyles?: boolean;
  /** Whether `data:` images and fonts work. Default `false`. */
  readonly dataImages?: boolean;
  /** Whether scripts may make blob workers. Default `false`. */
  readonly blobWorkers?: boolean;
}

/**
 * The content security policy of a page that loads only files of its own origin.
 *
 * @throws TypeError when a hash is not `sha256-`, `sha384-` or `sha512-` and base64.
 * @example
 * pageContentSecurityPolicy({}); // "default-src 'none'; script-src 'self'; …"
 */
export function pageContentSecurityPolicy(options: Omit<HtmlHeaderOptions, "tls">): string {
  const hashes = options.scriptHashes ?? [];
  for (const hash of hashes) {
    if (!/^sha(?:256|384|512)-[A-Za-z0-9+/]{43,86}={0,2}$/.test(hash))
      throw new TypeError(`${JSON.stringify(hash)} is not the hash of a script`);
  }
  const data = options.dataImages === true ? " data:" : "";
  return [
    "default-src 'none'",
    ["script-src 'self'", ...hashes.map((hash) => `'${hash}'`)].join(" "),
    `style-src 'self'${options.inlineStyles === true ? " 'unsafe-inline'" : ""}`,
    `img-src 'self'${data}`,
    `font-src 'self'${data}`,
    "connect-src 'self'",
    ...(options.blobWorkers === true ? ["worker-src 'self' blob:"] : []),
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/**
 * The header fields of an HTML page of the service, for example its documentation.
 *
 * @throws TypeError when a script's hash is malformed.
 * @example
 * const fields = htmlHeaders({ tls: true, inlineStyles: true });
 */
export function htmlHeaders(options: HtmlHeaderOptions): readonly HeaderField[] {
  const { tls, ...page } = options;
  return freeze([
    ...securityHeaders({ tls, contentSecurityPolicy: pageContentSecurityPolicy(page) }),
    ["cross-origin-opener-policy", "same-origin"],
  ]);
}
