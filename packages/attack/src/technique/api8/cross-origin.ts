/**
 * K-03: whether a page of any origin may read private answers with the caller's cookies.
 *
 * @module
 */

import { defineTechnique, type Technique, type Trial } from "../technique.ts";
import type { World } from "../../world/world.ts";

const foreignOrigin = "https://reader.example";

function headerOf(
  exchange: {
    readonly answer: { readonly headers: readonly (readonly [string, string])[] } | undefined;
  },
  name: string,
): string | undefined {
  return exchange.answer?.headers.find(([one]) => one.toLowerCase() === name)?.[1];
}

async function* trials(world: World): AsyncIterable<Trial> {
  const [principal] = world.principals;
  const { operations } = world.document;
  const wanted =
    world.identity?.operation ??
    operations.find(({ method, access }) => method === "GET" && access.kind === "credential");
  if (wanted === undefined || principal === undefined) return;
  const control = await world.works(wanted, principal);
  if (control === undefined) return;
  yield {
    operation: wanted,
    variant: "a foreign Origin",
    control: control.call,
    attack: { ...control.call, headers: [...control.call.headers, ["origin", foreignOrigin]] },
    judge: ({ attack }) => {
      const allowed = headerOf(attack, "access-control-allow-origin");
      const withCredentials = headerOf(attack, "access-control-allow-credentials") === "true";
      return allowed === foreignOrigin && withCredentials
        ? {
            kind: "hit",
            because: `${foreignOrigin} may read the answer with the caller's credentials`,
          }
        : { kind: "safe", because: "no foreign origin is allowed with credentials" };
    },
  };
}

/** K-03: whether a page of any origin may read private answers with the caller's credentials. */
export const crossOrigin: Technique = defineTechnique({
  id: "K-03",
  risk: "API8",
  title: "Every origin may read with credentials",
  severity: "high",
  phase: "read",
  needs: ["a principal"],
  oracle: "O-LEAK",
  guards: ["G-POS"],
  hole: "cross-origin",
  remedy:
    "Allow only the origins that you name, and never echo the Origin header together with credentials.",
  trials,
});
