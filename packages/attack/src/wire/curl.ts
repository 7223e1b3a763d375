/**
 * A request as one line for a shell, so that a finding can be repeated by hand.
 *
 * Promise: the line sends the same method, path, headers and body; credentials are environment
 * variables; nothing that a target or a document wrote is run by the shell. Limits: bodies that are
 * no text or longer than a command line may be are left out, and the line says so.
 *
 * @module
 */

import type { Exchange, HeaderLine } from "./exchange.ts";
import { credentialLines, credentialQuery, isSecretHeader, isSecretLine } from "./redact.ts";

const longestBody = 60_000;
const unquoted = /^[\w@%+=:,./-]+$/;
const controls = /\p{Cc}/u;
const urlUnsafe = /[^\x21-\x7e]|[#\\"<>^`{|}]/;

/** A word for a POSIX shell; control characters take the quoting of bash, ksh and zsh. */
function quoted(text: string): string {
  if (unquoted.test(text)) return text;
  if (!controls.test(text.replaceAll("\n", "")))
    return `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const escaped = text.replaceAll(/[\\'\p{Cc}]/gu, (character) =>
    character === "\\" || character === "'"
      ? `\\${character}`
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `$'${escaped}'`;
}

/** Text between double quotes, in which a shell replaces nothing. */
function doubleQuoted(text: string): string {
  // History expansion reads "!" in double quotes too; it is put between single quotes.
  return text.replaceAll(/["$`\\]/g, String.raw`\$&`).replaceAll("!", `"'!'"`);
}

function variable(owner: string | undefined, index: number): string {
  const name = (owner ?? "")
    .toUpperCase()
    .replaceAll(/[^A-Z\d]+/g, "_")
    .replaceAll(/^_+|_+$/g, "");
  const safe = name === "" ? "TOKEN" : `${/^\d/.test(name) ? "_" : ""}${name}_TOKEN`;
  return index === 0 ? safe : `${safe}_${index + 1}`;
}

/** Whether a value is a token without a signature: it opens nothing that anybody could not open. */
function unsigned(value: string): boolean {
  const match = /^(?:[A-Za-z]+ )?([\w-]+)\.[\w-]*\.$/.exec(value);
  if (match === null) return false;
  return /"alg"\s*:\s*"none"/i.test(Buffer.from(match[1] ?? "", "base64url").toString());
}

interface Secret {
  readonly before: string;
  readonly after: string;
}

/** The parts of a header value that are no secret. */
function around(name: string, value: string): readonly Secret[] {
  if (name.toLowerCase() === "cookie")
    return value.split(/;\s*/).map((pair, index) => ({
      before: `${index === 0 ? "" : "; "}${pair.slice(0, pair.indexOf("=") + 1)}`,
      after: "",
    }));
  const scheme = /^([A-Za-z][\w-]*) +\S/.exec(value)?.[1];
  return [{ before: scheme === undefined ? "" : `${scheme} `, after: "" }];
}

function plainHeader([name, value]: HeaderLine): string {
  // curl leaves out a header that ends in a colon; a semicolon sends it empty.
  return `-H ${quoted(value === "" ? `${name};` : `${name}: ${value}`)}`;
}

function secretHeader([name, value]: HeaderLine, next: () => string): string {
  const parts = around(name, value).map(({ before }) => `${doubleQuoted(before)}$${next()}`);
  return `-H "${doubleQuoted(name)}: ${parts.join("")}"`;
}

/** One line for a shell that repeats the request of an exchange. */
export function toCurl(exchange: Exchange, origin: string): string {
  const { call, sentHeaders } = exchange;
  const credential = credentialLines(exchange);
  let variables = 0;
  const next = (): string => variable(call.principal?.name, variables++);
  const header = (line: HeaderLine): string => {
    const secret = isSecretHeader(line[0]) && line[1] !== "" && !unsigned(line[1]);
    return secret ? secretHeader(line, next) : plainHeader(line);
  };
  const words = ["curl", "--silent", "--include", "--path-as-is", "--globoff"];
  if (call.method === "HEAD") words.push("--head");
  else if (call.method !== "GET" || call.body !== undefined) words.push("-X", quoted(call.method));

  const given = new Set(call.headers.map(([name]) => name.toLowerCase()));
  const accept = sentHeaders.find(([name]) => name.toLowerCase() === "accept");
  if (accept !== undefined && !given.has("accept")) words.push(plainHeader(accept));
  words.push(...call.headers.map(header));
  for (const line of credential) {
    const secret = isSecretLine(line) && !unsigned(line[1]);
    words.push(secret ? secretHeader(line, next) : plainHeader(line));
  }

  let note = "";
  if (call.body !== undefined) {
    const text =
      typeof call.body === "string" ? call.body : Buffer.from(call.body).toString("utf8");
    const whole = Buffer.from(text).equals(Buffer.from(call.body)) && !text.includes("\0");
    // curl names a media type of its own where none is given.
    if (!given.has("content-type")) words.push("-H 'content-type:'");
    if (whole && Buffer.byteLength(text) <= longestBody) words.push("--data-raw", quoted(text));
    else
      note = ` # without its body of ${Buffer.byteLength(call.body)} bytes${whole ? "" : ", which is no text"}`;
  }
  const { target, url } = destination(exchange, origin, next);
  return [...words, ...target, url].join(" ") + note;
}

/** The URL, and the request line's target where a URL cannot hold it. */
function destination(
  exchange: Exchange,
  origin: string,
  next: () => string,
): { readonly target: readonly string[]; readonly url: string } {
  const { path } = exchange.call;
  const added = credentialQuery(exchange).map(([name], index) => {
    const joint = index > 0 || path.includes("?") ? "&" : "?";
    return `${doubleQuoted(`${joint}${name}=`)}$${next()}`;
  });
  const full = added.length === 0 ? quoted(path) : `"${doubleQuoted(path)}${added.join("")}"`;
  if (!path.startsWith("/") || urlUnsafe.test(path))
    return { target: ["--request-target", full], url: quoted(`${origin}/`) };
  const url =
    added.length === 0
      ? quoted(`${origin}${path}`)
      : `"${doubleQuoted(`${origin}${path}`)}${added.join("")}"`;
  return { target: [], url };
}
