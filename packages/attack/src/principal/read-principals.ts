/**
 * Reads a principals file: who there is, and how each proves it.
 *
 * Promise: forgiving about form and spelling; a fault names the place in the file and what to write
 * there. Limits: whether a credential works is known only when it is used.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import type { ApiDocument } from "../document/operation.ts";
import { asText, expand, isMapping, readEntry, type EntryReader } from "./entry-reader.ts";
import { factsOfBody, factsOfToken, joinFacts, type Facts } from "./facts.ts";
import { parseToken } from "./json-web-token.ts";
import type { Principal } from "./principal.ts";
import { PrincipalsFault } from "./principals-fault.ts";
import type { CredentialSource, SourceContext } from "./credential-source.ts";
import { readBare, readFixed } from "./read-fixed.ts";
import { readLogin } from "./read-login.ts";
import { administratorsAmong, roleAmong, roleIn } from "./roles.ts";

/** A principal and how it gets its credential. */
export interface PrincipalEntry {
  readonly principal: Principal;
  readonly source: CredentialSource;
  /** Whether the file says what role it has; if not, the sign-in may. */
  readonly roleTold: boolean;
}

/** What a principals file says. */
export interface ReadPrincipals {
  readonly principals: readonly PrincipalEntry[];
  /** What was not understood and left out. */
  readonly warnings: readonly string[];
}

const wrappers = ["principals", "users", "accounts", "identities", "credentials"];

interface RawEntry {
  readonly place: string;
  readonly name: string | undefined;
  readonly raw: unknown;
}

function rawEntries(raw: unknown): readonly RawEntry[] {
  const list = (items: readonly unknown[], place: string): readonly RawEntry[] =>
    items.map((item, index) => ({ place: `${place}[${index}]`, name: undefined, raw: item }));
  const named = (map: Readonly<Record<string, unknown>>, place: string): readonly RawEntry[] =>
    Object.entries(map).map(([name, item]) => ({
      place: place === "" ? name : `${place}.${name}`,
      name,
      raw: item,
    }));
  if (Array.isArray(raw)) return list(raw, "principals");
  if (!isMapping(raw))
    throw new PrincipalsFault(
      "principals",
      'write a list such as principals: [{ name: "alice", token: "…" }].',
    );
  const wrapper = Object.keys(raw).find((name) => wrappers.includes(name.toLowerCase()));
  if (wrapper === undefined)
    return named(
      Object.fromEntries(
        Object.entries(raw).filter(([name]) => !/^(version|\$schema)$/.test(name)),
      ),
      "",
    );
  const inner = raw[wrapper];
  if (Array.isArray(inner)) return list(inner, wrapper);
  if (isMapping(inner)) return named(inner, wrapper);
  throw new PrincipalsFault(wrapper, 'write a list such as [{ name: "alice", token: "…" }].');
}

function parsedText(text: string): unknown {
  try {
    return parseYaml(text) as unknown;
  } catch (error) {
    throw new PrincipalsFault(
      "principals",
      `the file is neither YAML nor JSON (${error instanceof Error ? error.message.split("\n")[0] : ""}).`,
    );
  }
}

function ownsIn(entry: EntryReader): Principal["owns"] {
  const owns = entry.value("owns", "objects");
  if (owns === undefined) return {};
  if (!isMapping(owns))
    throw new PrincipalsFault(
      `${entry.place}.owns`,
      'write a mapping such as { order_id: ["17"] }.',
    );
  return Object.fromEntries(
    Object.entries(owns).map(([name, ids]) => {
      const texts = (Array.isArray(ids) ? ids : [ids]).map(asText);
      if (texts.includes(undefined))
        throw new PrincipalsFault(`${entry.place}.owns.${name}`, "write a list of ids.");
      return [name, texts.filter((text) => text !== undefined)];
    }),
  );
}

interface Draft {
  readonly name: string;
  readonly role: string | undefined;
  readonly tenant: string | undefined;
  readonly told: boolean | undefined;
  readonly facts: Facts;
  readonly owns: Principal["owns"];
  readonly source: CredentialSource;
}

function toldRole(entry: EntryReader): string | undefined {
  const roles = entry.value("roles");
  return entry.text("role") ?? roleAmong(roles);
}

function claimsOf(source: CredentialSource): unknown {
  return source.kind === "fixed" ? parseToken(source.token ?? "")?.payload : undefined;
}

function toldAdministrator(entry: EntryReader): boolean | undefined {
  const value = entry.value("admin", "administrator", "is_admin", "is_administrator");
  if (value === undefined) return undefined;
  if (value === true || value === "true" || value === "yes") return true;
  if (value === false || value === "false" || value === "no") return false;
  throw new PrincipalsFault(`${entry.place}.admin`, "write true or false.");
}

/** The source of an entry's credential. */
function readSource(entry: EntryReader, context: SourceContext): CredentialSource {
  const found = readFixed(entry, context) ?? readLogin(entry, context) ?? readBare(entry);
  if (found !== undefined) return found;
  throw new PrincipalsFault(
    entry.place,
    'nothing says how this principal proves who it is; write one of token, api_key, basic, cookie, headers, username and password, or login: { request: "POST /path", body: {…} }.',
  );
}

function factsIn(entry: EntryReader, source: CredentialSource): Facts {
  const beside: Record<string, string> = {};
  for (const [fact, ...names] of [
    ["id", "id", "user_id"],
    ["username", "username"],
    ["email", "email"],
  ] as const) {
    const text = entry.text(...names);
    if (text !== undefined) beside[fact] = text;
  }
  const token = source.kind === "fixed" ? source.token : undefined;
  const basic = basicName(source);
  return joinFacts(
    entry.texts("facts", "variables", "values") ?? {},
    beside,
    factsOfBody(source.kind === "login" ? source.recipes[0]?.body : undefined),
    factsOfToken(token),
    basic === undefined ? {} : factsOfBody({ username: basic }),
  );
}

function basicName(source: CredentialSource): string | undefined {
  if (source.kind !== "fixed") return undefined;
  const line = source.carried.headers.find(([name]) => name.toLowerCase() === "authorization");
  const pair = /^basic (\S+)$/i.exec(line?.[1] ?? "")?.[1];
  return pair === undefined ? undefined : Buffer.from(pair, "base64").toString().split(":")[0];
}

function draftOf(
  { place, name, raw }: RawEntry,
  index: number,
  document: ApiDocument,
  readText: (path: string) => string,
  warnings: string[],
): Draft {
  const mapping = typeof raw === "string" && name !== undefined ? { token: raw } : raw;
  if (!isMapping(mapping))
    throw new PrincipalsFault(place, 'write a mapping such as { name: "alice", token: "…" }.');
  const entry = readEntry(mapping, place);
  const source = readSource(entry, { document, readText });
  const facts = factsIn(entry, source);
  const draft: Draft = {
    name:
      entry.text("name") ?? name ?? facts["username"] ?? facts["email"] ?? `principal-${index + 1}`,
    role: toldRole(entry) ?? roleIn(claimsOf(source)),
    tenant: entry.text("tenant", "organisation", "organization", "org"),
    told: toldAdministrator(entry),
    facts,
    owns: ownsIn(entry),
    source,
  };
  entry.ignore(
    "description",
    "comment",
    "password",
    "pass",
    "scheme",
    "prefix",
    "header",
    "place",
    "in",
  );
  for (const unread of entry.unread()) warnings.push(`${place}.${unread} is not used.`);
  return draft;
}

/**
 * Reads principals from parsed YAML or JSON, or from its text.
 * @throws PrincipalsFault
 */
export function readPrincipals(
  raw: unknown,
  document: ApiDocument,
  environment: Readonly<Record<string, string | undefined>> = {},
  readText: (path: string) => string = (path) => readFileSync(path, "utf8"),
): ReadPrincipals {
  const value = typeof raw === "string" ? parsedText(raw) : raw;
  if (value === undefined || value === null) return { principals: [], warnings: [] };
  const warnings: string[] = [];
  const drafts = rawEntries(value).map((entry, index) =>
    draftOf(
      { ...entry, raw: expand(entry.raw, environment, entry.place) },
      index,
      document,
      readText,
      warnings,
    ),
  );
  const names = new Set<string>();
  for (const [index, { name }] of drafts.entries()) {
    if (names.has(name))
      throw new PrincipalsFault(
        rawEntries(value)[index]?.place ?? "principals",
        `there are two principals named "${name}"; give each its own name.`,
      );
    names.add(name);
  }
  const administrators = administratorsAmong(drafts);
  const principals = drafts.map((draft): PrincipalEntry => {
    const { name, role, told, tenant, facts, owns, source } = draft;
    const administrator = administrators.has(name);
    const recipe = source.kind === "login" ? source.recipes[0] : undefined;
    return {
      source,
      roleTold: role !== undefined || told !== undefined || administrator,
      principal: {
        name,
        role: role ?? (administrator ? "admin" : "user"),
        tenant,
        administrator,
        recipe,
        facts,
        owns,
      },
    };
  });
  return { principals, warnings };
}
