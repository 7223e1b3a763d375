/**
 * What the API says of paths that do not exist, so that "200, not found" fools nobody.
 *
 * Learnt per first segments and method, from several random paths; an answer looks absent when it is
 * like one of them.
 *
 * @module
 */

import { masked } from "../oracle/compare.ts";
import { shapeOf } from "../oracle/compare.ts";
import type { Call, Exchange } from "../wire/exchange.ts";
import type { World } from "./world.ts";

const probesEach = 4;

/** Says whether an answer looks like that of a path which does not exist. */
export function createAbsence(
  send: World["send"],
  random: () => number,
): (exchange: Exchange) => Promise<boolean> {
  const learnt = new Map<string, Promise<readonly Exchange[]>>();

  const probe = async (call: Call): Promise<readonly Exchange[]> => {
    const prefix = prefixOf(call.path);
    const found: Exchange[] = [];
    for (let index = 0; index < probesEach; index++) {
      const length = [8, 12, 24, 60][index] ?? 12;
      const word = Array.from({ length }, () => Math.floor(random() * 26 + 10).toString(36)).join(
        "",
      );
      found.push(await send({ ...call, path: `${prefix}/${word}`, operation: undefined }));
    }
    return found;
  };

  return async (exchange) => {
    const { call, answer } = exchange;
    if (answer === undefined) return true;
    if (answer.status === 404 || answer.status === 410 || answer.status === 501) return true;
    const key = `${call.method} ${prefixOf(call.path)} ${call.principal?.name ?? ""}`;
    const known = learnt.get(key) ?? probe(call);
    learnt.set(key, known);
    return (await known).some((absent) => isAlike(absent, exchange));
  };
}

function prefixOf(path: string): string {
  const segments = (path.split("?")[0] ?? "").split("/");
  return segments.slice(0, -1).join("/");
}

/** Like in status, and in words or in shape, once the path that either echoes is taken out. */
function isAlike(absent: Exchange, exchange: Exchange): boolean {
  if (absent.answer?.status !== exchange.answer?.status) return false;
  const left = withoutEcho(absent);
  const right = withoutEcho(exchange);
  if (left === right) return true;
  const lines = left.split("\n").length === right.split("\n").length;
  const words = left.split(/\s+/).length === right.split(/\s+/).length;
  if (exchange.answer?.json === undefined) return lines && words;
  const status = exchange.answer.status;
  return status >= 400 && shapeOf(absent.answer?.json) === shapeOf(exchange.answer.json);
}

function withoutEcho({ call, answer }: Exchange): string {
  const path = call.path.split("?")[0] ?? "";
  const last = path.split("/").at(-1) ?? "";
  const text = masked((answer?.text ?? "").slice(0, 50_000));
  const bare = text.replaceAll(path, "<path>");
  return last.length < 3 ? bare : bare.replaceAll(last, "<last>");
}
