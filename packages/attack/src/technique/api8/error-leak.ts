/**
 * K-01 and K-18: whether wrong input makes the API tell its inside.
 *
 * @module
 */

import type { Operation } from "../../document/operation.ts";
import { newLeaks } from "../../oracle/leak.ts";
import type { World } from "../../world/world.ts";
import { defineTechnique, type Technique, type Trial } from "../technique.ts";
import type { Call } from "../../wire/exchange.ts";

function changesNothing({ method, traits }: Operation): boolean {
  return method === "GET" && !traits.has("destructive") && !traits.has("sign-out");
}

/** A call with text added to the last path value, or to a text in its query. */
function withSuffix(call: Call, operation: Operation, suffix: string): Call | undefined {
  const [path = "", query] = call.path.split("?");
  const encoded = encodeURIComponent(suffix);
  if (operation.path.endsWith("}"))
    return { ...call, path: `${path}${encoded}${query === undefined ? "" : `?${query}`}` };
  const parameter = operation.parameters.find(
    ({ place, schema }) => place === "query" && (schema["type"] ?? "string") === "string",
  );
  if (parameter === undefined) return undefined;
  const others = (query ?? "")
    .split("&")
    .filter((pair) => pair !== "" && !pair.startsWith(`${parameter.name}=`));
  return { ...call, path: `${path}?${[...others, `${parameter.name}=a${encoded}`].join("&")}` };
}

async function* malformed(world: World): AsyncIterable<Trial> {
  for (const operation of world.document.operations) {
    const [principal] = world.rightful(operation);
    const { traits, body } = operation;
    const isBody = body !== undefined && !traits.has("destructive") && !traits.has("webhook");
    if (!isBody && !changesNothing(operation)) continue;
    const control = isBody ? undefined : await world.works(operation, principal);
    const usual = control?.answer?.text ?? "";
    const variants: readonly (readonly [string, Call | undefined])[] = isBody
      ? [
          ["broken JSON", world.make(operation, principal, { rawBody: '{"a":' })],
          ["an array for an object", world.make(operation, principal, { rawBody: "[[]]" })],
        ]
      : [
          [
            "a broken escape",
            control === undefined ? undefined : withSuffix(control.call, operation, "\u0000'\""),
          ],
        ];
    for (const [variant, attack] of variants)
      if (attack !== undefined)
        yield {
          operation,
          variant,
          control: undefined,
          attack,
          judge: (seen) => {
            const leaks = newLeaks(seen.attack.answer?.text ?? "", [usual]).filter(
              ({ kind }) => kind !== "SQL",
            );
            const [first] = leaks;
            return first === undefined
              ? { kind: "safe", because: "the error tells nothing of the inside" }
              : { kind: "hit", because: `the error shows a ${first.kind}: ${first.text}` };
          },
        };
  }
}

/** K-01: whether wrong input makes the API tell its inside. */
export const errorLeak: Technique = defineTechnique({
  id: "K-01",
  risk: "API8",
  title: "Errors tell the inside",
  severity: "medium",
  phase: "read",
  needs: [],
  oracle: "O-LEAK",
  guards: ["G-BASE"],
  hole: "error-leak",
  remedy: "Answer every error from a closed catalogue; keep the cause in the log.",
  trials: malformed,
});

async function* quotes(world: World): AsyncIterable<Trial> {
  for (const operation of world.document.operations.filter(changesNothing)) {
    const [principal] = world.rightful(operation);
    const control = await world.works(operation, principal);
    if (control === undefined) continue;
    const attack = withSuffix(control.call, operation, "'");
    const twin = withSuffix(control.call, operation, "''");
    if (attack === undefined || twin === undefined) continue;
    yield {
      operation,
      variant: "one quote, then two",
      control: control.call,
      attack,
      twin,
      judge: (seen) => {
        const leak = newLeaks(seen.attack.answer?.text ?? "", [control.answer?.text ?? ""]).find(
          ({ kind }) => kind === "SQL",
        );
        return leak === undefined
          ? { kind: "safe", because: "a quote makes no error of the database" }
          : { kind: "hit", because: `a quote reaches the database: ${leak.text}` };
      },
    };
  }
}

/** K-18: whether a quote in the input reaches the database as syntax. */
export const databaseError: Technique = defineTechnique({
  id: "K-18",
  risk: "API8",
  title: "Input reaches the database as syntax",
  severity: "critical",
  phase: "read",
  needs: [],
  oracle: "O-LEAK",
  guards: ["G-POS", "G-NEG", "G-BASE"],
  hole: "injection",
  remedy: "Bind every value as a parameter; never paste input into a statement.",
  trials: quotes,
});
