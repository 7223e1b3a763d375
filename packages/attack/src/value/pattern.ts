/**
 * Texts for regular expressions of documents, which are written by strangers in several dialects.
 *
 * Promise: nothing here hangs: an expression gets 50 milliseconds at a short text, then it counts as
 * not matching.
 *
 * @module
 */

import { createContext, runInContext } from "node:vm";
import { sample, stringMatching } from "fast-check";

const sandbox = createContext({ expression: /x/, text: "" });
const compiled = new Map<string, RegExp | undefined>();

/** The expression of a schema; `undefined` when no dialect makes sense of it. */
export function expressionOf(pattern: string): RegExp | undefined {
  if (compiled.has(pattern)) return compiled.get(pattern);
  const spelled = /^\/(.*)\/([a-z]*)$/s.exec(pattern);
  const bare = (spelled?.[1] ?? pattern)
    .replace(/^\(\?[ims]+\)/, "")
    .replaceAll(String.raw`\A`, "^")
    .replaceAll(/\\[zZ]/g, "$");
  const insensitive = pattern.startsWith("(?i)") || (spelled?.[2] ?? "").includes("i") ? "i" : "";
  const found = attempt(bare, `u${insensitive}`) ?? attempt(bare, insensitive);
  compiled.set(pattern, found);
  return found;
}

function attempt(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}

/** Whether a text matches, within a bounded time. */
export function matches(expression: RegExp, text: string): boolean {
  const simple = !/[+*}][^)]*\)[+*{]/.test(expression.source);
  if (simple) return new RegExp(expression.source, expression.flags).test(text);
  sandbox["expression"] = expression;
  sandbox["text"] = text;
  try {
    return runInContext("expression.test(text)", sandbox, { timeout: 50 }) === true;
  } catch {
    return false;
  }
}

/** A text that matches and fits; `undefined` when none was found. The seed decides which. */
export function textMatching(
  expression: RegExp,
  fits: (text: string) => boolean,
  seed: number,
): string | undefined {
  if (expression.source.length > 2_000) return undefined;
  const plain = expression.flags.replace("i", "");
  const whole = attempt(`^(?:${expression.source})$`, plain);
  for (const source of [whole, attempt(expression.source, plain)]) {
    if (source === undefined) continue;
    try {
      const candidates = sample(stringMatching(source, { size: "-1" }), { seed, numRuns: 30 });
      const good = candidates.filter((text) => fits(text) && matches(expression, text));
      const found = good.find((text) => /^[\x20-\x7E]*$/.test(text) && text !== "") ?? good[0];
      if (found !== undefined) return found;
    } catch {
      // A construct that cannot be generated from; the plain candidates were tried before.
    }
  }
  return undefined;
}
