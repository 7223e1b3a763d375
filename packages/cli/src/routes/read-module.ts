/**
 * The inventory of an API that a module of the project exports.
 *
 * Escape hatches are told here alone: a document that strangers can read would be a list of targets.
 *
 * @module
 */

import { CommandFault, messageOf } from "../fault.ts";
import { sortRows, type EscapeHatch, type Inventory, type InventoryRow } from "./inventory.ts";

/** Names under which the API of a module is looked for. */
const exportNames = ["describe", "api"] as const;

/** What is read of an endpoint; `EndpointDescription` of `sekisho/inventory` has it. */
interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly unsafe: readonly string[];
}

/** What is read of an API; `Api` of `sekisho/http` has it. */
interface ReadableApi {
  readonly endpoints: readonly Endpoint[];
  inventory(now: number): readonly InventoryRow[];
  close?(): Promise<void> | void;
}

/** What is read of a way out; `Egress` of `sekisho/egress` has it. */
interface ReadableEgress {
  readonly unsafe: readonly string[];
}

/** What a module may export when an API is not all there is to say. */
interface Described {
  readonly api: ReadableApi;
  readonly egress: readonly ReadableEgress[];
  readonly close: (() => Promise<void> | void) | undefined;
}

/**
 * Reads the API that a module exports as `describe` or `api`, or under the given name: a value or a
 * function that gives it.
 *
 * @throws CommandFault when there is none.
 */
export async function readModule(
  module: Readonly<Record<string, unknown>>,
  {
    name,
    place,
    now,
  }: { readonly name: string | undefined; readonly place: string; readonly now: number },
): Promise<Inventory> {
  const { api, egress, close } = await describedBy(module, name, place);
  try {
    const hatches: readonly EscapeHatch[] = [
      ...api.endpoints.flatMap(({ method, path, unsafe }) =>
        unsafe.map((hatch) => ({ place: `${method} ${templateOf(path)}`, hatch })),
      ),
      ...egress.flatMap(({ unsafe }) =>
        unsafe.map((origin) => ({ place: "egress", hatch: `unsafeDestinations: ${origin}` })),
      ),
    ];
    const rows = api.inventory(now).map((row) => ({ ...row, path: templateOf(row.path) }));
    return { rows: sortRows(rows), hatches, notes: [] };
  } finally {
    await close?.();
  }
}

/** `/orders/:order_id` as documents write it: `/orders/{order_id}`. */
function templateOf(path: string): string {
  return path.replaceAll(/:([A-Za-z_]\w*)/g, "{$1}");
}

async function describedBy(
  module: Readonly<Record<string, unknown>>,
  name: string | undefined,
  place: string,
): Promise<Described> {
  const found = (name === undefined ? exportNames : [name]).find((one) => one in module);
  if (found === undefined)
    throw new CommandFault(
      `${place} exports no ${name ?? exportNames.join(" and no ")}; it exports ${Object.keys(module).join(", ") || "nothing"}`,
    );
  let value = module[found];
  if (typeof value === "function") {
    try {
      value = await (value as () => unknown)();
    } catch (error) {
      throw new CommandFault(`${found} of ${place} failed: ${messageOf(error)}`);
    }
  }
  const described = asDescribed(value);
  if (described === undefined)
    throw new CommandFault(
      `${found} of ${place} is no API: it must be what createApi() gives, or { api, egress } with it`,
    );
  return described;
}

function asDescribed(value: unknown): Described | undefined {
  if (isApi(value)) return { api: value, egress: [], close: () => value.close?.() };
  if (typeof value !== "object" || value === null || !("api" in value) || !isApi(value.api))
    return undefined;
  const { api } = value;
  const egress = "egress" in value ? [value.egress].flat() : [];
  const close = "close" in value && typeof value.close === "function" ? value.close : undefined;
  return {
    api,
    egress: egress.filter(isEgress),
    close: close === undefined ? () => api.close?.() : () => close.call(value) as Promise<void>,
  };
}

function isApi(value: unknown): value is ReadableApi {
  return (
    typeof value === "object" &&
    value !== null &&
    "endpoints" in value &&
    Array.isArray(value.endpoints) &&
    "inventory" in value &&
    typeof value.inventory === "function"
  );
}

function isEgress(value: unknown): value is ReadableEgress {
  return (
    typeof value === "object" && value !== null && "unsafe" in value && Array.isArray(value.unsafe)
  );
}
