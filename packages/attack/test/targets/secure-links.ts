/**
 * Bookmarks. Everything about it looks like a server that fetches, redirects and reflects.
 *
 * Baits: addresses are stored, never visited; previews exist for one host only and come from what
 * is known already; the search echoes its words in JSON; `next` leads only to paths of this server;
 * answers take a random time and carry a random id.
 *
 * @module
 */

import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { broken, unknown, words } from "./careful.ts";
import * as d from "./document.ts";
import {
  empty,
  json,
  pause,
  serve,
  text,
  type Answer,
  type Incoming,
  type Routes,
} from "./serve.ts";
import type { Target } from "./target.ts";

const url = { type: "string", format: "uri", maxLength: 300 };
const title = { type: "string", minLength: 1, maxLength: 100 };
const request_id = { type: "string", readOnly: true };
const problem = d.object({ error: d.string, request_id });
const common = { 400: problem, 401: problem };

const openApi = {
  openapi: "3.1.0",
  info: {
    title: "Links",
    version: "2.2.0",
    description: "Addresses of bookmarks and home pages are only kept, nobody visits them.",
  },
  servers: [{ url: "/" }],
  security: [{ token: [] }],
  components: {
    securitySchemes: {
      token: {
        type: "apiKey",
        in: "header",
        name: "Authorization",
        description: "Token, a blank, and your token",
      },
    },
    schemas: {
      Bookmark: d.object({ id: d.uuid, title, url, request_id }, "id title url"),
      NewBookmark: d.object({ title, url }, "title url"),
    },
  },
  paths: {
    "/me": {
      get: {
        ...d.gives({
          200: d.object({ name: d.string, homepage_url: d.string, request_id }),
          401: problem,
        }),
      },
      patch: {
        ...d.takes(d.object({ homepage_url: url }, "homepage_url")),
        ...d.gives({ 204: "Changed", ...common }),
      },
    },
    "/bookmarks": {
      get: {
        ...d.gives({
          200: d.object({ bookmarks: d.list(d.ref("Bookmark")), request_id }),
          401: problem,
        }),
      },
      post: { ...d.takes(d.ref("NewBookmark")), ...d.gives({ 201: d.ref("Bookmark"), ...common }) },
    },
    "/bookmarks/{bookmarkId}": {
      parameters: [d.inPath("bookmarkId", d.uuid)],
      get: { ...d.gives({ 200: d.ref("Bookmark"), 401: problem, 404: problem }) },
      put: {
        ...d.takes(d.ref("NewBookmark")),
        ...d.gives({ 200: d.ref("Bookmark"), 404: problem, ...common }),
      },
      delete: { ...d.gives({ 204: "Gone", 401: problem, 404: problem }) },
    },
    "/previews": {
      post: {
        summary: "The size of a picture on images.example.test; every other host is refused",
        ...d.takes(d.object({ url }, "url"), { url: "https://images.example.test/cat.png" }),
        ...d.gives({
          200: d.object({ url, width: d.integer, height: d.integer, request_id }),
          422: problem,
          ...common,
        }),
      },
    },
    "/search": {
      get: {
        summary: "Your bookmarks whose title has these words",
        parameters: [d.inQuery("q", { type: "string", maxLength: 200 })],
        ...d.gives({
          200: d.object({ query: d.string, results: d.list(d.ref("Bookmark")), request_id }),
          ...common,
        }),
      },
    },
    "/leave": {
      get: {
        security: [],
        summary: "Leads to a path of this server",
        parameters: [{ ...d.inQuery("next"), example: "/me" }],
        ...d.gives({ 302: "To the path", 400: problem }),
      },
    },
  },
};

interface Owner {
  readonly name: string;
  readonly token: string;
  homepage_url: string;
}

interface Bookmark {
  readonly id: string;
  readonly owner: Owner;
  title: string;
  url: string;
}

const missing = json(404, { error: "not found" });
const pictures: ReadonlyMap<string, { readonly width: number; readonly height: number }> = new Map([
  ["https://images.example.test/cat.png", { width: 640, height: 480 }],
  ["https://images.example.test/dog.png", { width: 800, height: 600 }],
]);

/** An address of the web, as text. */
function address(value: unknown): boolean {
  return words(300)(value) && /^https?:\/\/[^\s"'<>\\]+$/.test(text(value));
}

const bookmarkRules = { title: words(100), url: address };

function invalid(request: Incoming, rules: Parameters<typeof broken>[1]): Answer | undefined {
  const wrong = [...broken(request.body, rules), ...unknown(request.body, rules)];
  if (wrong.length === 0 && request.value === request.body) return undefined;
  return json(400, { error: `check: ${wrong.slice(0, 5).join(", ").slice(0, 100)}` });
}

function shown({ id, title: called, url: where }: Bookmark): Readonly<Record<string, unknown>> {
  return { id, title: called, url: where };
}

/** Gives every answer with a body an id of its own, after a while of its own. */
function numbered(answer: Answer): Answer {
  if (typeof answer.body !== "object" || answer.body === null) return answer;
  return { ...answer, body: { ...answer.body, request_id: randomBytes(8).toString("hex") } };
}

class Links {
  readonly owners: Owner[] = [];
  readonly bookmarks = new Map<string, Bookmark>();

  join(name: string): Owner {
    const token = randomBytes(20).toString("hex");
    const owner = { name, token, homepage_url: `https://${name}.example.test/` };
    this.owners.push(owner);
    this.keep({ title: `Garden of ${name}`, url: `https://garden.example.test/${name}` }, owner);
    return owner;
  }

  as(handler: (request: Incoming, owner: Owner) => Answer): (request: Incoming) => Answer {
    return (request) => {
      const token = /^Token ([0-9a-f]{40})$/.exec(request.header("authorization"))?.[1];
      const owner = this.owners.find((candidate) => candidate.token === token);
      return owner === undefined ? json(401, { error: "sign in" }) : handler(request, owner);
    };
  }

  own(handler: (bookmark: Bookmark, request: Incoming) => Answer): (request: Incoming) => Answer {
    return this.as((request, owner) => {
      const bookmark = this.bookmarks.get(request.parameter("bookmarkId"));
      return bookmark?.owner === owner ? handler(bookmark, request) : missing;
    });
  }

  of(owner: Owner): readonly Bookmark[] {
    return [...this.bookmarks.values()].filter((bookmark) => bookmark.owner === owner);
  }

  keep(body: Incoming["body"], owner: Owner): Bookmark {
    const content = { title: text(body["title"]), url: text(body["url"]) };
    const bookmark = { id: randomUUID(), owner, ...content };
    this.bookmarks.set(bookmark.id, bookmark);
    return bookmark;
  }

  replace(bookmark: Bookmark, request: Incoming): Answer {
    const wrong = invalid(request, bookmarkRules);
    if (wrong !== undefined) return wrong;
    bookmark.title = text(request.body["title"]);
    bookmark.url = text(request.body["url"]);
    return json(200, shown(bookmark));
  }

  preview(request: Incoming): Answer {
    const wrong = invalid(request, { url: words(300) });
    if (wrong !== undefined) return wrong;
    const where = text(request.body["url"]);
    const picture = pictures.get(where);
    return picture === undefined
      ? json(422, { error: "there is no preview of this" })
      : json(200, { url: where, ...picture });
  }

  search({ query }: Incoming, owner: Owner): Answer {
    const wanted = query.get("q") ?? "";
    if (wanted.length > 200) return json(400, { error: "check: q" });
    const results = this.of(owner).filter(({ title: called }) => called.includes(wanted));
    return json(200, { query: wanted, results: results.map(shown) });
  }
}

function leave({ query }: Incoming): Answer {
  const next = query.get("next") ?? "/";
  const local = /^\/(?:[\w-][\w./-]*)?$/.test(next) && next.length <= 200;
  return local ? json(302, { next }, { location: next }) : json(400, { error: "check: next" });
}

async function start(): ReturnType<Target["start"]> {
  const links = new Links();
  const owners = [links.join("alice"), links.join("bob")];
  const routes: Routes = {
    "GET /me": links.as((_, { name, homepage_url }) => json(200, { name, homepage_url })),
    "PATCH /me": links.as((request, owner) => {
      const wrong = invalid(request, { homepage_url: address });
      if (wrong !== undefined) return wrong;
      owner.homepage_url = text(request.body["homepage_url"]);
      return empty();
    }),
    "GET /bookmarks": links.as((_, owner) =>
      json(200, { bookmarks: links.of(owner).slice(-50).map(shown) }),
    ),
    "POST /bookmarks": links.as(
      (request, owner) =>
        invalid(request, bookmarkRules) ?? json(201, shown(links.keep(request.body, owner))),
    ),
    "GET /bookmarks/{bookmarkId}": links.own((bookmark) => json(200, shown(bookmark))),
    "PUT /bookmarks/{bookmarkId}": links.own((bookmark, request) =>
      links.replace(bookmark, request),
    ),
    "DELETE /bookmarks/{bookmarkId}": links.own(({ id }) => {
      links.bookmarks.delete(id);
      return empty();
    }),
    "POST /previews": links.as((request) => links.preview(request)),
    "GET /search": links.as((request, owner) => links.search(request, owner)),
    "GET /leave": leave,
  };
  const slow = Object.entries(routes).map(([key, handler]) => [
    key,
    async (request: Incoming): Promise<Answer> => {
      await pause(randomInt(61));
      return numbered(await handler(request));
    },
  ]);
  const running = await serve(Object.fromEntries(slow) as Routes, {
    strict: true,
    fallback: () => numbered(missing),
    unsupported: (_, allow) => numbered(json(405, { error: "method not allowed" }, { allow })),
    malformed: () => numbered(json(400, { error: "malformed JSON" })),
  });
  const principals = owners.map(({ name, token }) => ({
    name,
    role: "user",
    headers: { authorization: `Token ${token}` },
  }));
  return { ...running, openApi, principals: { principals } };
}

export const target: Target = {
  name: "secure-links",
  description: "Addresses that are never fetched, echoes, relative redirects, noise everywhere.",
  holes: [],
  start,
};
