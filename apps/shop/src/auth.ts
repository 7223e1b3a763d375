/** Signing up, in and out. */

import { z } from "zod";
import { anonymous, authenticated, stepUp } from "sekisho/authorization";
import type { TokenGrant } from "sekisho/authentication";
import { noContent } from "sekisho/contract";
import { defineEndpoint, unaudited, type Endpoint } from "sekisho/http";
import { production } from "sekisho/inventory";
import { Problem } from "sekisho/kernel";
import { createPerson, passwordRefused } from "./accounts.ts";
import { since, type Services } from "./services.ts";
import { DisplayName, Email, Id, Password, Time, timeText, Username } from "./shapes.ts";

const Tokens = z.strictObject({
  access_token: z.string().max(4_096),
  token_type: z.literal("Bearer"),
  expires_in: z.int().min(0).max(86_400),
  refresh_token: z.string().max(512),
  refresh_expires_in: z.int().min(0).max(2_592_000),
});

const common = { team: "accounts", lifecycle: production({ since }) } as const;
const recorded = unaudited("authentication records it in the transaction of the change");
const stepUpSeconds = 600;

/** Where guessing pays: refused while the shared count is away, and without a word on what is left. */
const guarded = { key: "client-address", whenAway: "strict", disclosure: "coarse" } as const;

function tokensOf(grant: TokenGrant): z.input<typeof Tokens> {
  return {
    access_token: grant.accessToken,
    token_type: "Bearer",
    expires_in: grant.expiresIn,
    refresh_token: grant.refreshToken,
    refresh_expires_in: grant.refreshExpiresIn,
  };
}

function registration(services: Services): Endpoint {
  return defineEndpoint({
    ...common,
    method: "POST",
    path: "/api/auth/register",
    summary: "Opens an account",
    access: anonymous("there is no account yet"),
    asSystem: "registration makes the account",
    quota: { limit: "60/minute", ...guarded },
    audit: recorded,
    problems: ["name-taken", "password-refused"],
    body: z.strictObject({
      username: Username,
      password: Password,
      display_name: DisplayName,
      email: Email,
    }),
    output: {
      201: z.strictObject({
        id: Id,
        username: z.string().max(32),
        display_name: z.string().max(100),
      }),
    },
    handle: async ({ body, transaction, reply }) => {
      const person = await createPerson(services, transaction, { ...body, roles: ["user"] });
      return reply(201, person, { location: `/api/users/${person.id}` });
    },
  });
}

function signIn({ authentication }: Services): Endpoint {
  return defineEndpoint({
    ...common,
    method: "POST",
    path: "/api/auth/token",
    summary: "Signs in",
    access: anonymous("whoever signs in has no token yet"),
    quota: { limit: "120/minute", ...guarded },
    audit: recorded,
    problems: ["invalid-credentials"],
    body: z.strictObject({ username: z.string().min(1).max(256), password: Password }),
    output: { 200: Tokens },
    handle: async ({ body, sourceKey, reply }) => {
      const decision = await authentication.signIn({
        signInName: body.username,
        password: body.password,
        sourceKey,
      });
      if (decision.effect === "allow") return reply(200, tokensOf(decision));
      if (decision.reason === "throttled")
        throw new Problem(
          "quota-exceeded",
          { retryAfter: decision.retryAfter },
          { reason: "sign-in-throttled" },
        );
      throw new Problem("invalid-credentials");
    },
  });
}

function renewal({ authentication }: Services): Endpoint {
  return defineEndpoint({
    ...common,
    method: "POST",
    path: "/api/auth/token/refresh",
    summary: "Renews the tokens of a session",
    access: anonymous("the refresh token is the credential"),
    quota: { limit: "120/minute", ...guarded },
    audit: recorded,
    problems: ["invalid-refresh-token"],
    body: z.strictObject({ refresh_token: z.string().min(1).max(512) }),
    output: { 200: Tokens },
    handle: async ({ body, sourceKey, userAgent, reply }) => {
      const decision = await authentication.refresh({
        refreshToken: body.refresh_token,
        clientKey: `${userAgent}\n${sourceKey}`,
        sourceKey,
      });
      if (decision.effect === "allow") return reply(200, tokensOf(decision));
      throw new Problem("invalid-refresh-token", {}, { reason: decision.reason });
    },
  });
}

function signOut({ authentication }: Services): Endpoint {
  return defineEndpoint({
    ...common,
    method: "POST",
    path: "/api/auth/logout",
    summary: "Ends the session; its tokens are dead at once",
    access: authenticated(),
    audit: recorded,
    output: { 204: noContent },
    handle: async ({ principal, reply }) => {
      await authentication.logout(principal);
      return reply(204, undefined);
    },
  });
}

function sessionList({ authentication }: Services): Endpoint {
  return defineEndpoint({
    ...common,
    method: "GET",
    path: "/api/auth/sessions",
    summary: "Lists the open sessions of the caller",
    access: authenticated(),
    asSystem: "sessions are kept by authentication; the list is the caller's own",
    output: {
      200: z.strictObject({
        items: z
          .array(
            z.strictObject({
              id: Id,
              created_at: Time,
              last_used_at: Time,
              expires_at: Time,
              current: z.boolean(),
            }),
          )
          .max(100),
        next_cursor: z.null(),
      }),
    },
    handle: async ({ principal, transaction, reply }) => {
      const open = await authentication.listSessions(transaction, principal.subject);
      return reply(200, {
        items: open.map((session) => ({
          id: session.id,
          created_at: timeText(session.createdAt),
          last_used_at: timeText(session.lastUsedAt),
          expires_at: timeText(session.expiresAt),
          current: session.id === principal.sessionId,
        })),
        next_cursor: null,
      });
    },
  });
}

function sessionEnd({ authentication }: Services): Endpoint {
  return defineEndpoint({
    ...common,
    method: "DELETE",
    path: "/api/auth/sessions/:session_id",
    summary: "Ends one session of the caller",
    access: authenticated(),
    asSystem: "sessions are kept by authentication; only the caller's own are found",
    audit: recorded,
    output: { 204: noContent },
    handle: async ({ principal, parameters, transaction, reply }) => {
      const ended = await authentication.endOneSession(
        transaction,
        principal.subject,
        parameters.session_id,
      );
      if (ended.effect === "deny") throw new Problem("not-found", {}, { reason: ended.reason });
      return reply(204, undefined);
    },
  });
}

function password({ authentication, store }: Services): Endpoint {
  return defineEndpoint({
    ...common,
    method: "POST",
    path: "/api/auth/password",
    summary: "Changes the password; other sessions end",
    access: stepUp(authenticated(), { maxAge: stepUpSeconds }),
    quota: { limit: "20/minute", whenAway: "strict", disclosure: "coarse" },
    audit: recorded,
    problems: ["password-refused"],
    body: z.strictObject({ current_password: Password, new_password: Password }),
    output: { 204: noContent },
    handle: async ({ body, principal, sourceKey, reply }) => {
      const names = await store.asSystem(
        "a new password must not be made of the names",
        (session) =>
          session.query<{ display_name: string; email: string }>(
            "SELECT display_name, email FROM shop_user WHERE id = $1",
            [principal.subject],
          ),
      );
      const changed = await authentication.changePassword({
        subject: principal.subject,
        current: body.current_password,
        next: body.new_password,
        keepSessionId: principal.sessionId,
        context: names.rows.flatMap(({ display_name, email }) => [display_name, email]),
        sourceKey,
      });
      if (changed.effect === "allow") return reply(204, undefined);
      // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the rest is about the new one
      switch (changed.reason) {
        case "throttled":
          throw new Problem(
            "quota-exceeded",
            { retryAfter: changed.retryAfter },
            { reason: "sign-in-throttled" },
          );
        case "wrong-current-password":
          throw new Problem(
            "invalid-request",
            { errors: [{ pointer: "#/current_password", detail: "is not the current password" }] },
            { reason: changed.reason },
          );
        case "not-found":
          throw new Problem("not-found");
        default:
          throw passwordRefused("#/new_password", changed.reason);
      }
    },
  });
}

/** The endpoints of this area. */
export function authEndpoints(services: Services): readonly Endpoint[] {
  return [
    registration(services),
    signIn(services),
    renewal(services),
    signOut(services),
    sessionList(services),
    sessionEnd(services),
    password(services),
  ];
}
