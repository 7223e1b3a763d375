/** The same route on Fastify as it comes: nothing but routing and compiled serialization. */

import { fastify } from "fastify";
import { announce } from "./announce.ts";
import { profileOf, subjects } from "./people.ts";

const app = fastify();
app.get<{ Params: { user_id: string } }>(
  "/api/users/:user_id",
  {
    schema: {
      response: {
        200: {
          type: "object",
          properties: {
            id: { type: "string" },
            username: { type: "string" },
            display_name: { type: "string" },
            email: { type: "string" },
            created_at: { type: "string" },
          },
        },
      },
    },
  },
  (request) => profileOf(request.params.user_id),
);
await app.listen({ host: "127.0.0.1", port: 0 });
// The same bytes come in as for the other server, though nobody looks at the token.
announce(
  app.server,
  subjects.map((subject) => ({ subject, token: "x".repeat(560) })),
);
