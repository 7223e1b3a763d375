/**
 * Takes secrets out of what is shown: credentials, tokens, passwords.
 *
 * Risk: a report that opens the accounts it speaks of. Promise: what travels in a header, cookie,
 * parameter or property whose name says that it is secret is replaced, and so is whatever has the
 * form of a JSON Web Token; a redaction that knows a run also replaces each credential of it wherever
 * it stands. Limits: a secret under an innocent name that was never used as a credential is kept.
 *
 * @module
 */

import type { Exchange, HeaderLine } from "./exchange.ts";

const secretHeader =
  /^(proxy-)?authorization$|api-?key|token|secret|session|passw|credential|signature|^x-auth|csrf|xsrf/i;
const cookieHeader = /^(set-)?cookie$/i;
const secretName =
  /(^|_|-)(token|jwt|secret|passw(or)?d|pwd|passphrase|api_?key|access_?key|private_?key|credentials?|otp|authorization|session(_?id)?|sid)$|(token|secret|password|apikey|accesskey|privatekey|sessionid)$/i;
const tokenForm = /\beyJ[\w-]{4,}\.[\w-]*\.?[\w-]*(?:\.[\w-]+){0,2}/g;
const authorizationValue = /^([A-Za-z][\w-]*) +(\S[\s\S]*)$/;

/** Whether a header of this name carries a secret. */
export function isSecretHeader(name: string): boolean {
  return secretHeader.test(name) || cookieHeader.test(name);
}

/** Whether a property or parameter of this name carries a secret. */
function isSecretName(name: string): boolean {
  return secretName.test(name);
}

function word(owner: string | undefined, what = "token"): string {
  return owner === undefined ? `<${what}>` : `<${owner}'s ${what}>`;
}

function redactCookies(value: string, attributes: boolean, hidden: string): string {
  return value
    .split(/(;\s*)/)
    .map((part, index) => {
      const equals = part.indexOf("=");
      if (equals === -1 || (attributes && index > 0)) return part;
      return equals === part.length - 1 || isShown(part)
        ? part
        : `${part.slice(0, equals + 1)}${hidden}`;
    })
    .join("");
}

function redactTokens(text: string, hidden: string): string {
  return text.replaceAll(tokenForm, hidden);
}

/** Whether a value was taken out already. */
function isShown(value: string): boolean {
  return /<[^<>]*>$/.test(value);
}

/** Header lines without secrets; `owner` is named in their place. */
export function redactHeaders(
  headers: readonly HeaderLine[],
  owner?: string,
): readonly HeaderLine[] {
  const hidden = word(owner);
  return headers.map(([name, value]): HeaderLine => {
    if (cookieHeader.test(name))
      return [name, redactCookies(value, name.toLowerCase() === "set-cookie", hidden)];
    if (isShown(value)) return [name, value];
    if (!secretHeader.test(name) || value === "") return [name, redactTokens(value, hidden)];
    const scheme = authorizationValue.exec(value)?.[1];
    return [name, scheme === undefined ? hidden : `${scheme} ${hidden}`];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A path with query without secrets. */
export function redactPath(path: string, owner?: string): string {
  const hidden = word(owner);
  const [before, ...parameters] = path.split(/(?=[?&])/);
  const shown = parameters.map((part) => {
    const [, name = "", value = ""] = /^[?&]([^=]*)=([\s\S]*)$/.exec(part) ?? [];
    return isSecretName(name) && value !== "" && !isShown(decoded(value))
      ? `${part.slice(0, name.length + 2)}${encodeURIComponent(hidden)}`
      : redactTokens(part, hidden);
  });
  return redactTokens(before ?? "", hidden) + shown.join("");
}

const jsonProperty = /("((?:[^"\\]|\\.){1,60})"\s*:\s*)"((?:[^"\\]|\\.)*)"/g;
const formField = /(^|&)([^=&\s{}[\]"]{1,60})=([^&]+)/g;

/** A body without secrets, of whatever media type. */
export function redactBody(text: string, owner?: string): string {
  const inJson = text.replaceAll(jsonProperty, (whole, head: string, name: string, value: string) =>
    isSecretName(name) && value !== "" && !isShown(value)
      ? `${head}${JSON.stringify(word(owner, kindOf(name)))}`
      : whole,
  );
  const form = /^[\w.[\]%-]{1,60}=[^\s{}]*$/.test(inJson.replaceAll(/<[^<>]*>/g, ""))
    ? inJson.replaceAll(formField, (whole, start: string, name: string, value: string) =>
        isSecretName(name) && !isShown(value)
          ? `${start}${name}=${word(owner, kindOf(name))}`
          : whole,
      )
    : inJson;
  return redactTokens(form, word(owner));
}

function kindOf(name: string): string {
  return /passw|pwd|passphrase/i.test(name) ? "password" : "token";
}

/** The secrets in a header line of a credential. */
function secretsIn([name, value]: HeaderLine): readonly string[] {
  if (cookieHeader.test(name))
    return value.split(";").flatMap((pair) => {
      const equals = pair.indexOf("=");
      return equals === -1 ? [] : [pair.slice(equals + 1).trim()];
    });
  return [authorizationValue.exec(value)?.[2] ?? value];
}

/** Header lines that were added to a call for its principal. */
export function credentialLines({ call, sentHeaders }: Exchange): readonly HeaderLine[] {
  if (call.principal === undefined) return [];
  const standard = new Set(["host", "accept", "user-agent", "content-length", "connection"]);
  const rest = [...call.headers];
  return sentHeaders.filter(([name, value]) => {
    const place = rest.findIndex((line) => line[0] === name && line[1] === value);
    if (place === -1) return !standard.has(name.toLowerCase());
    rest.splice(place, 1);
    return false;
  });
}

/** Query parameters that were added to a call for its principal, encoded as they were sent. */
export function credentialQuery({
  call,
  sentPath,
}: Exchange): readonly (readonly [string, string])[] {
  if (sentPath === undefined || !sentPath.startsWith(call.path)) return [];
  return sentPath
    .slice(call.path.length)
    .split(/[?&]/)
    .filter((part) => part.includes("="))
    .map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)] as const);
}

/** Takes secrets out of the exchanges of a run. */
export interface Redaction {
  headers(headers: readonly HeaderLine[], owner?: string): readonly HeaderLine[];
  path(path: string, owner?: string): string;
  body(text: string, owner?: string): string;
}

const shortestSecret = 8;

/** Whether a line of a credential holds a secret; a tenant or user name beside it does not. */
export function isSecretLine([name, value]: HeaderLine): boolean {
  return (
    isSecretHeader(name) || (/^\S{16,}$/.test(value) && /\d/.test(value) && /[a-z]/i.test(value))
  );
}

/** A redaction that knows every credential that the exchanges carried. */
export function createRedaction(exchanges: readonly Exchange[]): Redaction {
  const owners = new Map<string, string>();
  for (const exchange of exchanges) {
    const owner = exchange.call.principal?.name;
    if (owner === undefined) continue;
    const secrets = [
      ...credentialLines(exchange).filter(isSecretLine).flatMap(secretsIn),
      ...credentialQuery(exchange).map(([, value]) => value),
    ];
    for (const secret of secrets)
      if (secret.length >= shortestSecret && !owners.has(secret)) owners.set(secret, owner);
  }
  const longestFirst = [...owners].toSorted(([one], [other]) => other.length - one.length);
  const known = (text: string, written = (hidden: string): string => hidden): string => {
    let shown = text;
    for (const [secret, owner] of longestFirst)
      for (const form of new Set([secret, encodeURIComponent(secret.toWellFormed())]))
        if (shown.includes(form)) shown = shown.replaceAll(form, () => written(word(owner)));
    return shown;
  };
  return {
    headers: (headers, owner) =>
      redactHeaders(
        headers.map(([name, value]): HeaderLine => [name, known(value)]),
        owner,
      ),
    path: (path, owner) => redactPath(known(path, encodeURIComponent), owner),
    body: (text, owner) => redactBody(known(text), owner),
  };
}
