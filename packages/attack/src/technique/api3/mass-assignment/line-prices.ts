/**
 * Prices inside the lines of an order: the total follows what the client says of each line.
 *
 * @module
 */

import { isNode } from "../../../document/node.ts";
import type { Call, Exchange } from "../../../wire/exchange.ts";
import { bodyOf, withBody } from "./carrying.ts";
import type { View } from "./view.ts";
import type { Writing } from "./writing.ts";

const priceNames = ["price", "unit_price", "unitPrice", "amount", "cost"] as const;
const totals = /^(grand|order|sub)?total(price|amount|cost)?$|^(amount|price|sum|subtotal)$/;

/** The exchanges that prove it, if the total follows twice; `undefined` when there are no lines. */
export async function linePricesFollow(
  writing: Writing,
): Promise<{ readonly follows: boolean; readonly evidence: readonly Exchange[] } | undefined> {
  let base: string | undefined;
  const withPrice =
    (price: number | undefined) =>
    (call: Call): Call => {
      base ??= JSON.stringify(bodyOf(call));
      const body = JSON.parse(base) as Record<string, unknown>;
      return withBody(
        call,
        JSON.stringify(price === undefined ? body : priced(body, price)),
        "application/json",
      );
    };
  const control = await writing.write(withPrice(undefined));
  if (base === undefined || !hasLines(JSON.parse(base)) || control?.taken !== true)
    return undefined;
  const [usual] = totalsOf(control.after);
  const low = await writing.write(withPrice(1));
  const high = await writing.write(withPrice(3));
  if (usual === undefined || low?.taken !== true || high?.taken !== true)
    return { follows: false, evidence: [] };
  const [one] = totalsOf(low.after);
  const [three] = totalsOf(high.after);
  const follows =
    one !== undefined && three !== undefined && one > 0 && three === 3 * one && one !== usual;
  return {
    follows,
    evidence: [
      control.sent,
      low.sent,
      ...low.after.exchanges.slice(0, 1),
      high.sent,
      ...high.after.exchanges.slice(0, 1),
    ],
  };
}

function linesOf(
  body: Readonly<Record<string, unknown>>,
): readonly (readonly [string, readonly unknown[]])[] {
  return Object.entries(body).flatMap(([name, value]) =>
    Array.isArray(value) && value.some(isNode)
      ? [[name, value as readonly unknown[]] as const]
      : [],
  );
}

function hasLines(body: unknown): boolean {
  return isNode(body) && linesOf(body).length > 0;
}

function priced(body: Readonly<Record<string, unknown>>, price: number): unknown {
  const prices = Object.fromEntries(priceNames.map((name) => [name, price]));
  const lines = linesOf(body).map(([name, items]) => [
    name,
    items.map((item) => (isNode(item) ? { ...item, ...prices } : item)),
  ]);
  return { ...body, ...Object.fromEntries(lines) };
}

function totalsOf({ properties }: View): readonly number[] {
  return [...properties].flatMap(([plain, { values }]) =>
    totals.test(plain) ? values.map(Number).filter(Number.isFinite) : [],
  );
}
