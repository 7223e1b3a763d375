/**
 * How an entry of a principals file signs in: by its own request, or by one inferred from the
 * document.
 *
 * @module
 */

import type { ApiDocument, Operation } from "../document/operation.ts";
import type { HeaderLine } from "../wire/exchange.ts";
import type { CredentialSource, SourceContext } from "./credential-source.ts";
import { asText, isMapping, readEntry, type EntryReader } from "./entry-reader.ts";
import { loginRequests, signInOperations, type Account } from "./infer-login.ts";
import type { LoginRecipe, TokenPlace } from "./principal.ts";
import { PrincipalsFault } from "./principals-fault.ts";
import { headerLinesIn, placeIn } from "./read-place.ts";
import { bearer, declaredPlace } from "./token-place.ts";

/** Requests to try at most: wrong ones may count as failed attempts. */
const mostRecipes = 4;

interface RequestLine {
  readonly method: string;
  readonly path: string;
}

function requestLine(entry: EntryReader): RequestLine | undefined {
  const request = entry.text("request");
  const path = request ?? entry.text("path", "url", "endpoint");
  if (path === undefined) return undefined;
  const [, word, rest = ""] = /^(?:([A-Za-z]+)\s+)?(\S+)$/.exec(path.trim()) ?? [];
  const below = rest.replace(/^https?:\/\/[^/]+/i, "");
  if (!below.startsWith("/"))
    throw new PrincipalsFault(`${entry.place}.request`, 'write it as "POST /path".');
  return { method: (word ?? entry.text("method") ?? "POST").toUpperCase(), path: below };
}

function operationAt(document: ApiDocument, line: RequestLine): Operation | undefined {
  return document.operations.find(
    ({ method, path }) =>
      method === line.method && (path === line.path || line.path.endsWith(path)),
  );
}

function accountIn(...entries: readonly EntryReader[]): Account | undefined {
  const first = (...names: readonly string[]): string | undefined => {
    for (const entry of entries) {
      const text = entry.text(...names);
      if (text !== undefined) return text;
    }
    return undefined;
  };
  const username = first("username", "user", "login_name");
  const email = first("email");
  const password = first("password", "pass");
  return password === undefined || (username ?? email) === undefined
    ? undefined
    : { username, email, password };
}

/** The body that a login gives itself, with the header that goes with it. */
function ownBody(
  entry: EntryReader,
  headers: readonly HeaderLine[],
): { body: unknown; headers: readonly HeaderLine[] } | undefined {
  const form = entry.texts("form");
  const body = form ?? entry.value("body", "json", "data");
  if (body === undefined) return undefined;
  const type = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1];
  const isForm =
    form !== undefined ||
    /x-www-form-urlencoded/i.test(type ?? "") ||
    (typeof body === "string" && /^[\w.-]+=/.test(body));
  const mediaType = isForm ? "application/x-www-form-urlencoded" : "application/json";
  const encoded =
    isForm && isMapping(body)
      ? new URLSearchParams(
          Object.entries(body).map(([name, value]): [string, string] => [
            name,
            asText(value) ?? "",
          ]),
        ).toString()
      : body;
  const typed: readonly HeaderLine[] =
    type === undefined ? [...headers, ["content-type", mediaType]] : headers;
  return { body: encoded, headers: typed };
}

/** The recipe of an entry that signs in; `undefined` when it does not. */
export function readLogin(
  entry: EntryReader,
  context: SourceContext,
): CredentialSource | undefined {
  const { document } = context;
  const given = entry.value("login", "sign_in", "signin", "auth");
  if (given === undefined) {
    const account = accountIn(entry);
    return account === undefined ? undefined : inferred(entry, entry, undefined, account, context);
  }
  const raw = typeof given === "string" ? { request: given } : given;
  if (!isMapping(raw))
    throw new PrincipalsFault(
      `${entry.place}.login`,
      'write { request: "POST /path", body: {…} }.',
    );
  const login = readEntry(raw, `${entry.place}.login`);
  const line = requestLine(login);
  const headers = headerLinesIn(login);
  const own = ownBody(login, headers);
  const account = accountIn(login, entry);
  if (own === undefined && account !== undefined)
    return inferred(entry, login, line, account, context);
  if (line === undefined)
    throw new PrincipalsFault(`${login.place}.request`, 'write it as "POST /path".');
  // A login by headers alone, such as HTTP Basic at a token endpoint.
  const { body, headers: sent } = own ?? { body: undefined, headers };
  if (body === undefined && headers.length === 0)
    throw new PrincipalsFault(
      `${login.place}.body`,
      'write what is sent, such as { username: "…", password: "…" }.',
    );
  return sourceOf([{ ...line, headers: sent, body }], entry, login, document);
}

function inferred(
  entry: EntryReader,
  login: EntryReader,
  line: RequestLine | undefined,
  account: Account,
  { document }: SourceContext,
): CredentialSource {
  const operations =
    line === undefined ? signInOperations(document) : [operationAt(document, line)];
  if (operations.length === 0)
    throw new PrincipalsFault(
      `${entry.place}.login`,
      'the document shows no operation that signs in; write login: { request: "POST /path", body: {…} }.',
    );
  const headers = login === entry ? [] : headerLinesIn(login);
  const requests = operations.flatMap((operation) => {
    const { method, path } = line ?? {
      method: operation?.method ?? "POST",
      path: operation?.path ?? "",
    };
    return loginRequests(operation, account).map((request) => ({
      method,
      path,
      headers: [...headers, ...request.headers],
      body: request.body,
    }));
  });
  return sourceOf(requests.slice(0, mostRecipes), entry, login, document);
}

function sourceOf(
  requests: readonly Pick<LoginRecipe, "method" | "path" | "headers" | "body">[],
  entry: EntryReader,
  login: EntryReader,
  document: ApiDocument,
): CredentialSource {
  const token = login.text("token", "token_pointer", "token_path");
  const refreshToken = login.text("refresh_token");
  const declared = declaredPlace(document);
  const cookie = /^cookie[:\s]\s*(.+)$/i.exec(token ?? "")?.[1];
  const usual: TokenPlace =
    cookie === undefined ? (declared ?? bearer) : { kind: "cookie", name: cookie };
  const place = placeIn(login, usual);
  return {
    kind: "login",
    recipes: requests.map((request) => ({ ...request, token, refreshToken, place })),
    placed: place !== usual || cookie !== undefined,
    extra: login === entry ? [] : headerLinesIn(entry),
  };
}
