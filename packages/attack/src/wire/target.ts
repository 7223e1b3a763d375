/**
 * Where a run may aim: the base URL of the target, and the leave to attack it.
 *
 * Risk: an attack tool pointed at a host of somebody else. Promise: without a host named exactly by
 * the caller nothing but loopback is attacked; names that only look like loopback are not.
 * Limits: what the name `localhost` resolves to is left to the system.
 *
 * @module
 */

/** Thrown when the target cannot be read or may not be attacked; the message says what to write. */
export class TargetFault extends Error {
  override readonly name = "TargetFault";
}

/** The target of a run. */
export interface Target {
  /** "http://127.0.0.1:8080", without a path. */
  readonly origin: string;
  /** "" or "/v1", without a slash at the end. */
  readonly basePath: string;
  /** Host without port; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly loopback: boolean;
}

const ipv4Loopback = /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;

/** Whether a host, as URL parsers write it, is loopback. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || ipv4Loopback.test(host);
}

/**
 * Reads the base URL of a target.
 * @throws TargetFault when it is no http(s) URL of a host.
 */
export function parseTarget(text: string): Target {
  const given = text.trim();
  if (given === "")
    throw new TargetFault('No target was given; write one such as "http://127.0.0.1:8080".');
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(given))
    throw new TargetFault(
      `The target "${given}" has no scheme; write "http://${given}" or "https://${given}".`,
    );
  const url = URL.parse(given);
  if (url === null || url.hostname === "")
    throw new TargetFault(
      `The target "${given}" is no URL; write one such as "http://127.0.0.1:8080".`,
    );
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new TargetFault(
      `The target "${given}" speaks ${url.protocol.slice(0, -1)}; only http and https are attacked.`,
    );
  if (url.username !== "" || url.password !== "")
    throw new TargetFault(
      `The target holds a user name or password; give it as a principal and write "${url.protocol}//${url.host}${url.pathname}".`,
    );
  if (url.search !== "" || url.hash !== "")
    throw new TargetFault(
      `The target "${given}" has a query or fragment; write "${url.origin}${url.pathname}".`,
    );
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return {
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ""),
    host,
    port: url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port),
    loopback: isLoopback(host),
  };
}

/**
 * Lets a run go on only when its target is loopback or the caller named its host.
 * @throws TargetFault when the host is neither.
 */
export function requireLeave(target: Target, iOwn: readonly string[]): void {
  if (target.loopback) return;
  const host = target.host.toLowerCase();
  const named = iOwn.map((name) => name.trim().toLowerCase());
  if (named.includes(host) || named.includes(`${host}:${target.port}`)) return;
  throw new TargetFault(
    `The target ${host} is not loopback. Attack it only if it is yours; then say so by naming this host exactly: "${host}".`,
  );
}
