/**
 * A company panel with an administration behind it.
 *
 * Baits: `/admin/login` and `/administrators/contact` are public by purpose; colleagues see each
 * other's addresses by design; a project belongs to a team in which both users are; keys are shown
 * masked; field names such as `reset_token_expires_at` sound worse than they are; a configuration
 * for browsers and a health page are public; a key is in full in the one answer that creates it.
 *
 * @module
 */

import { randomBytes, randomUUID } from "node:crypto";
import { broken, Counter, oneOf, same, unknown, words } from "./careful.ts";
import * as d from "./document.ts";
import { empty, json, serve, text, type Answer, type Incoming } from "./serve.ts";
import type { Target } from "./target.ts";
import { bearer } from "./token.ts";

const name = { type: "string", minLength: 1, maxLength: 80 };
const problem = d.object({ error: d.string }, "error");
const user = d.object({
  id: d.uuid,
  name: d.string,
  email: { type: "string", format: "email" },
  role: { type: "string", enum: ["user", "admin"] },
});
const colleague = d.object({ name: d.string, email: { type: "string", format: "email" } });
const projectSchema = d.object({ id: d.uuid, name: d.string, created_by: d.string });
const refused = { 401: problem, 403: problem };

const openApi = {
  openapi: "3.0.3",
  info: { title: "Panel", version: "5.2.0" },
  servers: [{ url: "/" }],
  security: [{ bearer: [] }],
  tags: [{ name: "admin", description: "Only for the role admin, but for the login itself." }],
  components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
  paths: {
    "/health": {
      get: {
        security: [],
        ...d.gives({ 200: d.object({ status: d.string, debug: d.boolean, version: d.string }) }),
      },
    },
    "/config": {
      get: {
        security: [],
        summary: "What the pages need; public by purpose",
        ...d.gives({ 200: d.object({ captcha_site_key: d.string, api_key: { nullable: true } }) }),
      },
    },
    "/administrators/contact": {
      get: {
        security: [],
        summary: "Whom to ask; public by purpose",
        ...d.gives({ 200: d.object({ name: d.string, email: d.string, phone: d.string }) }),
      },
    },
    "/account": {
      get: {
        ...d.gives({
          200: d.object({
            ...(user["properties"] as d.Node),
            password_changed_at: d.string,
            reset_token_expires_at: { type: "string", nullable: true },
            has_password: d.boolean,
            secret_questions: d.integer,
          }),
          401: problem,
        }),
      },
    },
    "/colleagues": {
      get: {
        summary: "Everybody in the company sees name and address of everybody",
        ...d.gives({ 200: d.object({ colleagues: d.list(colleague) }), 401: problem }),
      },
    },
    "/teams/{teamId}/projects": {
      parameters: [d.inPath("teamId")],
      get: {
        summary: "Projects of a team, for the members of the team",
        ...d.gives({
          200: d.object({ projects: d.list(projectSchema) }),
          401: problem,
          404: problem,
        }),
      },
      post: {
        summary: "A new project; every member of the team may do this",
        ...d.takes({ ...d.object({ name }, "name"), additionalProperties: false }),
        ...d.gives({ 201: projectSchema, 400: problem, 401: problem, 404: problem }),
      },
    },
    "/teams/{teamId}/projects/{projectId}": {
      parameters: [d.inPath("teamId"), d.inPath("projectId", d.uuid)],
      get: {
        summary: "For the members of the team",
        ...d.gives({ 200: projectSchema, 401: problem, 404: problem }),
      },
      put: {
        summary: "Renames a project; every member of the team may do this",
        ...d.takes({ ...d.object({ name }, "name"), additionalProperties: false }),
        ...d.gives({ 200: projectSchema, 400: problem, 401: problem, 404: problem }),
      },
    },
    "/api-keys": {
      get: {
        summary: "Your keys, masked",
        ...d.gives({
          200: d.object({
            keys: d.list(d.object({ id: d.uuid, label: d.string, api_key: d.string })),
          }),
          401: problem,
        }),
      },
      post: {
        summary: "A new key. Only this answer has it in full.",
        ...d.takes({ ...d.object({ label: name }, "label"), additionalProperties: false }),
        ...d.gives({ 201: d.object({ id: d.uuid, label: d.string, api_key: d.string }) }),
      },
    },
    "/api-keys/{keyId}": {
      delete: {
        parameters: [d.inPath("keyId", d.uuid)],
        ...d.gives({ 204: "Revoked", 401: problem, 404: problem }),
      },
    },
    "/admin/login": {
      post: {
        security: [],
        tags: ["admin"],
        summary: "For admins; public, as a login is",
        ...d.takes(d.object({ email: name, password: name }, "email password")),
        ...d.gives({ 200: d.object({ token: d.string }), 401: problem, 429: problem }),
      },
    },
    "/admin/users": {
      get: {
        tags: ["admin"],
        ...d.gives({ 200: d.object({ users: d.list(user) }), ...refused }),
      },
    },
    "/admin/users/{userId}": {
      parameters: [d.inPath("userId", d.uuid)],
      patch: {
        tags: ["admin"],
        ...d.takes(d.object({ role: { type: "string", enum: ["user", "admin"] } }, "role")),
        ...d.gives({ 200: user, 400: problem, 404: problem, ...refused }),
      },
      delete: { tags: ["admin"], ...d.gives({ 204: "Gone", 404: problem, ...refused }) },
    },
    "/admin/audit": {
      get: { tags: ["admin"], ...d.gives({ 200: d.object({ entries: d.list({}) }), ...refused }) },
    },
  },
};

interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly teams: readonly string[];
  role: "user" | "admin";
}

interface Project {
  readonly id: string;
  readonly team: string;
  readonly created_by: string;
  name: string;
}

interface Key {
  readonly id: string;
  readonly owner: User;
  readonly label: string;
  readonly ending: string;
}

const missing = json(404, { error: "not found" });
const publicPage = { "cache-control": "public, max-age=60" };

function invalid(request: Incoming, rules: Parameters<typeof broken>[1]): Answer | undefined {
  const wrong = [...broken(request.body, rules), ...unknown(request.body, rules)];
  if (wrong.length === 0 && request.value === request.body) return undefined;
  return json(400, { error: `check: ${wrong.slice(0, 5).join(", ").slice(0, 100)}` });
}

function shown({ id, name: called, email, role }: User): Readonly<Record<string, unknown>> {
  return { id, name: called, email, role };
}

function view({ id, name: called, created_by }: Project): unknown {
  return { id, name: called, created_by };
}

class Panel {
  readonly users = new Map<string, User>();
  readonly tokens = new Map<string, User>();
  readonly projects = new Map<string, Project>();
  readonly keys = new Map<string, Key>();
  readonly entries: unknown[] = [];
  readonly failures = new Counter(8, 60);

  hire(called: string, role: User["role"], teams: readonly string[]): User {
    const id = randomUUID();
    const password = randomBytes(12).toString("hex");
    const hired = { id, name: called, email: `${called}@panel.test`, password, role, teams };
    this.users.set(id, hired);
    return hired;
  }

  token(holder: User): string {
    const token = randomBytes(24).toString("base64url");
    this.tokens.set(token, holder);
    return token;
  }

  as(handler: (request: Incoming, caller: User) => Answer): (request: Incoming) => Answer {
    return (request) => {
      const caller = this.tokens.get(bearer(request.header("authorization")));
      if (caller === undefined || !this.users.has(caller.id))
        return json(401, { error: "sign in" }, { "www-authenticate": "Bearer" });
      return handler(request, caller);
    };
  }

  admin(handler: (request: Incoming, caller: User) => Answer): (request: Incoming) => Answer {
    return this.as((request, caller) => {
      if (caller.role !== "admin") return json(403, { error: "for admins" });
      this.entries.push({ who: caller.name, what: `${request.method} ${request.path}` });
      return handler(request, caller);
    });
  }

  /** Only for members of the team in the path; for others it is not there. */
  team(handler: (request: Incoming, team: string, caller: User) => Answer) {
    return this.as((request, caller) => {
      const team = request.parameter("teamId");
      return caller.teams.includes(team) ? handler(request, team, caller) : missing;
    });
  }

  start(team: string, called: string, creator: User): Project {
    const added: Project = { id: randomUUID(), team, created_by: creator.name, name: called };
    this.projects.set(added.id, added);
    return added;
  }

  logIn(request: Incoming): Answer {
    const { body } = request;
    const wrong = invalid(request, { email: words(80), password: words(80) });
    if (wrong !== undefined) return wrong;
    const email = text(body["email"]);
    const slowed = this.failures.count(email);
    if (slowed !== undefined) return slowed;
    const found = [...this.users.values()].find(
      (candidate) => candidate.email === email && candidate.role === "admin",
    );
    const right = same(text(body["password"]), found?.password ?? randomBytes(12).toString("hex"));
    if (found === undefined || !right) return json(401, { error: "address or password is wrong" });
    this.failures.forget(email);
    return json(200, { token: this.token(found) });
  }

  newKey(request: Incoming, owner: User): Answer {
    const wrong = invalid(request, { label: words(80) });
    if (wrong !== undefined) return wrong;
    const key = randomBytes(20).toString("hex");
    const [id, label] = [randomUUID(), text(request.body["label"])];
    this.keys.set(id, { id, owner, label, ending: key.slice(-4) });
    return json(201, { id, label, api_key: key });
  }

  promote(request: Incoming): Answer {
    const wrong = invalid(request, { role: oneOf("user", "admin") });
    if (wrong !== undefined) return wrong;
    const found = this.users.get(request.parameter("userId"));
    if (found === undefined) return missing;
    found.role = request.body["role"] === "admin" ? "admin" : "user";
    return json(200, shown(found));
  }
}

async function start(): ReturnType<Target["start"]> {
  const panel = new Panel();
  const people = [
    panel.hire("alice", "user", ["blue", "amber"]),
    panel.hire("bob", "user", ["blue"]),
    panel.hire("root", "admin", []),
  ];
  const [alice, , root] = people;
  if (alice === undefined || root === undefined) throw new Error("nobody was hired");
  panel.start("blue", "Shared plan", alice);
  panel.start("amber", "Plan of amber only", alice);
  const project = (handler: (found: Project, request: Incoming) => Answer) =>
    panel.team((request, team) => {
      const found = panel.projects.get(request.parameter("projectId"));
      return found?.team === team ? handler(found, request) : missing;
    });
  const running = await serve(
    {
      "GET /health": () => json(200, { status: "ok", debug: false, version: "5.2.0" }, publicPage),
      "GET /config": () =>
        json(200, { captcha_site_key: "site-6LcExample", api_key: null }, publicPage),
      "GET /administrators/contact": () =>
        json(200, { name: "Admins", email: "admins@panel.test", phone: "+1-555-0100" }, publicPage),
      "GET /account": panel.as((_, caller) =>
        json(200, {
          ...shown(caller),
          password_changed_at: "2026-01-01T00:00:00Z",
          reset_token_expires_at: null,
          has_password: true,
          secret_questions: 0,
        }),
      ),
      "GET /colleagues": panel.as(() =>
        json(200, {
          colleagues: [...panel.users.values()].map((one) => ({
            name: one.name,
            email: one.email,
          })),
        }),
      ),
      "GET /teams/{teamId}/projects": panel.team((_, team) =>
        json(200, {
          projects: [...panel.projects.values()].filter((one) => one.team === team).map(view),
        }),
      ),
      "POST /teams/{teamId}/projects": panel.team(
        (request, team, caller) =>
          invalid(request, { name: words(80) }) ??
          json(201, view(panel.start(team, text(request.body["name"]), caller))),
      ),
      "GET /teams/{teamId}/projects/{projectId}": project((found) => json(200, view(found))),
      "PUT /teams/{teamId}/projects/{projectId}": project((found, request) => {
        const wrong = invalid(request, { name: words(80) });
        if (wrong !== undefined) return wrong;
        found.name = text(request.body["name"]);
        return json(200, view(found));
      }),
      "GET /api-keys": panel.as((_, caller) =>
        json(200, {
          keys: [...panel.keys.values()]
            .filter(({ owner }) => owner === caller)
            .map(({ id, label, ending }) => ({ id, label, api_key: `****${ending}` })),
        }),
      ),
      "POST /api-keys": panel.as((request, caller) => panel.newKey(request, caller)),
      "DELETE /api-keys/{keyId}": panel.as((request, caller) => {
        const key = panel.keys.get(request.parameter("keyId"));
        if (key?.owner !== caller) return missing;
        panel.keys.delete(key.id);
        return empty();
      }),
      "POST /admin/login": (request) => panel.logIn(request),
      "GET /admin/users": panel.admin(() =>
        json(200, { users: [...panel.users.values()].map(shown) }),
      ),
      "PATCH /admin/users/{userId}": panel.admin((request) => panel.promote(request)),
      "DELETE /admin/users/{userId}": panel.admin((request) =>
        panel.users.delete(request.parameter("userId")) ? empty() : missing,
      ),
      "GET /admin/audit": panel.admin(() => json(200, { entries: panel.entries.slice(-100) })),
    },
    { strict: true },
  );
  const principals = [
    ...people
      .slice(0, 2)
      .map((one) => ({ name: one.name, role: one.role, token: panel.token(one) })),
    {
      name: root.name,
      role: root.role,
      login: {
        request: "POST /admin/login",
        body: { email: root.email, password: root.password },
        token: "/token",
      },
    },
  ];
  return { ...running, openApi, principals: { principals } };
}

export const target: Target = {
  name: "secure-panel",
  description: "A guarded administration, shared projects, masked keys, public pages by purpose.",
  holes: [],
  start,
};
