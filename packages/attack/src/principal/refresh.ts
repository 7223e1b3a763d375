/**
 * Renews a token with a refresh token, where the document shows how.
 *
 * @module
 */

import type { Operation } from "../document/operation.ts";
import { findRefreshToken, findToken, lifetimeOf } from "./find-token.ts";
import { propertiesOf } from "./infer-login.ts";
import type { Credential, LoginRecipe } from "./principal.ts";
import type { SignInParts } from "./sign-in.ts";
import { carry } from "./token-place.ts";

/** A credential that was renewed. */
export interface Refreshed {
  readonly credential: Credential;
  readonly lifetime: number | undefined;
}

function refreshProperty(operation: Operation): string | undefined {
  const names = [...propertiesOf(operation.body?.schema).keys()];
  return names.find((name) => /refresh/i.test(name));
}

/** Sends the refresh token; `undefined` when there is none, no operation for it, or it was refused. */
export async function refreshOnce(
  { document, basePath, send, now }: SignInParts,
  recipe: LoginRecipe,
  credential: Credential,
): Promise<Refreshed | undefined> {
  const operation = document.operations.find(
    (one) => one.traits.has("refresh") && one.method === "POST" && !one.path.includes("{"),
  );
  const property = operation && refreshProperty(operation);
  const { refreshToken } = credential;
  if (operation === undefined || property === undefined || refreshToken === undefined)
    return undefined;
  const form = /x-www-form-urlencoded/i.test(operation.body?.mediaType ?? "");
  const values = { [property]: refreshToken };
  const { answer } = await send({
    method: operation.method,
    path: `${basePath}${operation.path}`,
    headers: [["content-type", form ? "application/x-www-form-urlencoded" : "application/json"]],
    body: form ? new URLSearchParams(values).toString() : JSON.stringify(values),
    principal: undefined,
    operation,
  });
  if (answer === undefined || answer.status < 200 || answer.status > 299) return undefined;
  const found = findToken(answer, undefined);
  if (found === undefined || found.from !== "body" || found.token === refreshToken)
    return undefined;
  const { headers, query } = carry(recipe.place, found.token);
  const replaced = new Set(headers.map(([name]) => name.toLowerCase()));
  const at = now();
  return {
    credential: {
      headers: [
        ...headers,
        ...credential.headers.filter(([name]) => !replaced.has(name.toLowerCase())),
      ],
      query,
      token: found.token,
      refreshToken: findRefreshToken(answer, undefined) ?? refreshToken,
      obtainedAt: at,
    },
    lifetime: lifetimeOf(answer, found.token, at),
  };
}
