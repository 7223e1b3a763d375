/** The same route behind the whole checkpoint: token, self rule, quota, contract, projection, line. */

import { z } from "zod";
import { createDecisionLog } from "sekisho/audit";
import {
  authenticationMigrations,
  createAuthentication,
  createSigningKey,
  createTokenIssuer,
  createTokenVerifier,
  defaultPasswordPolicy,
  principalClaims,
  publicJwks,
} from "sekisho/authentication";
import { self } from "sekisho/authorization";
import { createApi, defineEndpoint } from "sekisho/http";
import { production } from "sekisho/inventory";
import { systemClock as clock, systemRandomness as randomness } from "sekisho/kernel";
import { testDatabases } from "sekisho/testing";
import { announce, type Credentials } from "./announce.ts";
import { profileOf, subjects } from "./people.ts";

// PostgreSQL where it answers: the embedded database would dominate start-up and memory.
const database = (await testDatabases()).at(-1);
if (database === undefined) throw new Error("no database");
const opened = await database.open(authenticationMigrations);
const { store } = opened;
const key = createSigningKey();
const named = { issuer: "https://bench.example", audience: "https://bench.example/api", clock };
const authentication = createAuthentication({
  system: store,
  broadcast: store.broadcast,
  issuer: createTokenIssuer({ ...named, key, randomness }),
  verifier: createTokenVerifier({
    ...named,
    jwks: publicJwks([key]),
    requiredClaims: principalClaims,
  }),
  passwordPolicy: defaultPasswordPolicy,
  clock,
  randomness,
  events: { note: () => undefined },
  hasher: {
    hash: () =>
      Promise.resolve(
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2E$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",
      ),
    verify: () => Promise.resolve({ effect: "allow", rehash: false }),
    verifyAgainstNobody: () => Promise.resolve({ effect: "deny", reason: "mismatch" }),
  },
});
await authentication.start();

async function credentialsOf(subject: string, index: number): Promise<Credentials> {
  const signInName = `person-${index}`;
  const password = "a long password of nobody in particular";
  await store.asSystem("bench: register", (session) =>
    authentication.register(session, { subject, signInName, password }),
  );
  const grant = await authentication.signIn({ signInName, password, sourceKey: "127.0.0.1" });
  if (grant.effect === "deny") throw new Error(grant.reason);
  return { subject, token: grant.accessToken };
}

const credentials: Credentials[] = [];
for (const [index, subject] of subjects.entries())
  credentials.push(await credentialsOf(subject, index));

const readProfile = defineEndpoint({
  method: "GET",
  path: "/api/users/:user_id",
  summary: "The caller's own profile",
  team: "accounts",
  lifecycle: production({ since: "2026-11-01" }),
  access: self("user_id"),
  quota: "1000000/second",
  output: {
    200: z.strictObject({
      id: z.uuid(),
      username: z.string().max(64),
      display_name: z.string().max(100),
      email: z.string().max(254),
      created_at: z.string().max(32),
    }),
  },
  handle: ({ parameters, reply }) => reply(200, profileOf(parameters.user_id)),
});

const api = await createApi({
  title: "Bench",
  version: "1.0.0",
  endpoints: [readProfile],
  authenticator: authentication.authenticator,
  sourceQuota: "1000000/second",
  log: createDecisionLog({ name: "bench" }),
});
const origin = await api.listen({ host: "127.0.0.1", port: 0 });
announce(Number(new URL(origin).port), credentials, () => opened.close());
