/**
 * Credentials that an entry of a principals file gives as they are: token, key, cookie, headers.
 *
 * @module
 */

import type { HeaderLine } from "../wire/exchange.ts";
import type { CredentialSource, SourceContext } from "./credential-source.ts";
import { asText, isMapping, readEntry, type EntryReader } from "./entry-reader.ts";
import { PrincipalsFault } from "./principals-fault.ts";
import { headerLinesIn, placeIn } from "./read-place.ts";
import { bearer, carry, declaredPlace, headerPlace, keyPlace, parsePlace } from "./token-place.ts";

type Fixed = CredentialSource & { readonly kind: "fixed" };

function tokenText(entry: EntryReader, { readText }: SourceContext): string | undefined {
  const given = entry.value("token", "bearer", "access_token", "jwt");
  const path = isMapping(given)
    ? readEntry(given, `${entry.place}.token`).text("file", "path")
    : entry.text("token_file", "file");
  if (path !== undefined) {
    try {
      return readText(path).trim();
    } catch (error) {
      throw new PrincipalsFault(
        `${entry.place}.token`,
        `the file "${path}" cannot be read (${error instanceof Error ? error.message : String(error)}).`,
      );
    }
  }
  if (isMapping(given)) return readEntry(given, `${entry.place}.token`).text("value");
  if (given === undefined) return undefined;
  const text = asText(given)?.trim();
  if (text === undefined || text === "")
    throw new PrincipalsFault(
      `${entry.place}.token`,
      "write the token as a text, or { file: PATH }.",
    );
  return text;
}

function fixedToken(entry: EntryReader, context: SourceContext): Fixed | undefined {
  const text = tokenText(entry, context);
  if (text === undefined) return undefined;
  const given = entry.value("token");
  const where = isMapping(given) ? readEntry(given, `${entry.place}.token`) : entry;
  const usual = declaredPlace(context.document) ?? bearer;
  const place = placeIn(where, usual);
  const token = text.replace(/^(bearer|token|jwt)\s+/i, "");
  // A scheme that was written with the token is meant.
  const scheme = /^(\w+)\s+\S/.exec(text)?.[1];
  const meant = scheme === undefined ? place : headerPlace("authorization", `${scheme} {token}`);
  return {
    kind: "fixed",
    carried: carry(meant, token),
    token,
    usual: meant === usual ? usual : undefined,
  };
}

function fixedKey(entry: EntryReader, { document }: SourceContext): Fixed | undefined {
  const given = entry.value("api_key", "key");
  if (given === undefined) return undefined;
  const inner = isMapping(given) ? readEntry(given, `${entry.place}.api_key`) : undefined;
  const token = inner === undefined ? asText(given) : inner.text("value", "key", "token");
  if (token === undefined || token === "")
    throw new PrincipalsFault(`${entry.place}.api_key`, "write the key as a text.");
  const name = inner?.text("name");
  const kind = inner?.text("in") ?? "header";
  const told = name === undefined ? undefined : parsePlace(`${kind} ${name}`);
  const place = told ?? placeIn(inner ?? entry, keyPlace(document));
  return { kind: "fixed", carried: carry(place, token), token, usual: undefined };
}

function fixedBasic(entry: EntryReader): Fixed | undefined {
  const given = entry.value("basic", "basic_auth");
  if (given === undefined) return undefined;
  const inner = isMapping(given) ? readEntry(given, `${entry.place}.basic`) : undefined;
  const pair =
    inner === undefined
      ? asText(given)
      : `${inner.text("username", "user", "name") ?? ""}:${inner.text("password", "pass") ?? ""}`;
  if (pair === undefined || !/^[^:]+:/.test(pair))
    throw new PrincipalsFault(`${entry.place}.basic`, 'write { username: "…", password: "…" }.');
  const token = Buffer.from(pair).toString("base64");
  return {
    kind: "fixed",
    carried: carry(headerPlace("authorization", "Basic {token}"), token),
    token,
    usual: undefined,
  };
}

function fixedCookie(entry: EntryReader): Fixed | undefined {
  const given = entry.value("cookie", "cookies");
  if (given === undefined) return undefined;
  const text = isMapping(given)
    ? Object.entries(given)
        .map(([name, value]) => `${name}=${asText(value) ?? ""}`)
        .join("; ")
    : Array.isArray(given)
      ? given.map((one) => asText(one) ?? "").join("; ")
      : (asText(given) ?? "");
  if (!/^[^=;\s]+=/.test(text))
    throw new PrincipalsFault(`${entry.place}.cookie`, 'write it as "name=value".');
  const token = /^[^=]+=([^;]*)/.exec(text)?.[1];
  return {
    kind: "fixed",
    carried: { headers: [["cookie", text]], query: [] },
    token,
    usual: undefined,
  };
}

function fixedHeaders(extra: readonly HeaderLine[]): Fixed | undefined {
  if (extra.length === 0) return undefined;
  const value = extra.find(([name]) => /^authorization$|token|key|session/i.test(name))?.[1];
  const token = (value ?? extra[0]?.[1])?.replace(/^(bearer|token|jwt|basic)\s+/i, "");
  return { kind: "fixed", carried: { headers: extra, query: [] }, token, usual: undefined };
}

/** The fixed credential of an entry, with the header lines and cookies that stand beside it. */
export function readFixed(entry: EntryReader, context: SourceContext): Fixed | undefined {
  const found = fixedToken(entry, context) ?? fixedKey(entry, context) ?? fixedBasic(entry);
  if (found === undefined) return undefined;
  const cookie = fixedCookie(entry)?.carried.headers ?? [];
  const names = new Set(found.carried.headers.map(([name]) => name.toLowerCase()));
  const beside = [...headerLinesIn(entry), ...cookie].filter(
    ([name]) => !names.has(name.toLowerCase()),
  );
  return {
    ...found,
    carried: { ...found.carried, headers: [...found.carried.headers, ...beside] },
  };
}

/** Cookies and header lines as the whole credential. */
export function readBare(entry: EntryReader): Fixed | undefined {
  const cookie = fixedCookie(entry);
  const extra = headerLinesIn(entry);
  if (cookie === undefined) return fixedHeaders(extra);
  return { ...cookie, carried: { headers: [...cookie.carried.headers, ...extra], query: [] } };
}
