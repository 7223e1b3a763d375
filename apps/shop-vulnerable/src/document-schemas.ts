/** The shapes that the document promises; the code does not keep to them. */

/** A JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

/** A closed object; a name that ends in `?` is optional. */
export function object(properties: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(properties);
  return {
    type: "object",
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => [name.replace("?", ""), schema]),
    ),
    required: names.filter((name) => !name.endsWith("?")),
    additionalProperties: false,
  };
}

/** A schema among the components. */
export const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const text = (maxLength: number): Schema => ({ type: "string", maxLength });
const id: Schema = { type: "string", format: "uuid" };
const time: Schema = { type: "string", format: "date-time" };
const money: Schema = { type: "integer", minimum: 0, maximum: 2_147_483_647 };
const currency: Schema = { type: "string", minLength: 3, maxLength: 3 };
const ok = (value: string): Schema => object({ status: { type: "string", const: value } });

const list = (items: Schema, maxItems = 50): Schema =>
  object({
    items: { type: "array", maxItems, items },
    next_cursor: { type: ["string", "null"], maxLength: 1_024 },
  });

const username: Schema = {
  type: "string",
  minLength: 3,
  maxLength: 32,
  pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$",
};
const password: Schema = { type: "string", format: "password", minLength: 12, maxLength: 1_024 };
const displayName: Schema = { type: "string", minLength: 1, maxLength: 100 };
const email: Schema = { type: "string", format: "email", maxLength: 254 };
const roles: Schema = {
  type: "array",
  maxItems: 2,
  items: { type: "string", enum: ["user", "admin"] },
};
const accountStatus: Schema = { type: "string", enum: ["active", "disabled"] };
const salary: Schema = { ...money, type: ["integer", "null"] };
const quantity: Schema = { type: "integer", minimum: 1, maximum: 100 };
const newPerson = { username, password, display_name: displayName, email };

const people = {
  Registration: object(newPerson),
  Registered: object({ id, username, display_name: displayName }),
  User: object({ id, username, display_name: displayName, email, created_at: time }),
  UserChange: object({ display_name: displayName }),
  NewUser: object({ ...newPerson, "roles?": roles, "salary?": salary }),
  ManagedUser: object({
    id,
    username,
    display_name: displayName,
    email,
    roles,
    status: accountStatus,
    salary,
    created_at: time,
  }),
  ManagedUsers: list(reference("ManagedUser")),
  ManagedUserChange: object({ "roles?": roles, "status?": accountStatus, "salary?": salary }),
};

const accounts = {
  Credentials: object({ username: text(256), password: text(1_024) }),
  RefreshToken: object({ refresh_token: text(512) }),
  Tokens: object({
    access_token: text(4_096),
    token_type: { type: "string", const: "Bearer" },
    expires_in: { type: "integer" },
    refresh_token: text(512),
    refresh_expires_in: { type: "integer" },
  }),
  PasswordChange: object({ current_password: text(1_024), new_password: password }),
  Session: object({ id, created_at: time, last_used_at: time, expires_at: time }),
  Sessions: list(reference("Session"), 100),
  Keys: object({ keys: { type: "array", maxItems: 16, items: { type: "object" } } }),
};

const orders = {
  Product: object({ id, name: text(200), description: text(2_000), price: money, currency }),
  Products: list(reference("Product")),
  NewOrder: object({
    items: {
      type: "array",
      minItems: 1,
      maxItems: 20,
      items: object({ product_id: id, quantity }),
    },
  }),
  Order: object({
    id,
    status: {
      type: "string",
      enum: ["draft", "validated", "executed", "cancelled", "paid", "payment_failed"],
    },
    items: {
      type: "array",
      maxItems: 20,
      items: object({ product_id: id, quantity, unit_price: money }),
    },
    total: money,
    currency,
    created_at: time,
  }),
  Orders: list(reference("Order")),
  OrderEvent: object({
    type: text(64),
    actor_id: { type: ["string", "null"], format: "uuid" },
    at: time,
    data: { type: "object" },
  }),
  OrderEvents: list(reference("OrderEvent")),
  Accepted: ok("ok"),
  PaymentEvent: object({
    type: { type: "string", enum: ["payment.succeeded", "payment.failed"] },
    timestamp: time,
    data: object({ order_id: id }),
  }),
  PaymentAccepted: ok("accepted"),
};

const rest = {
  Address: object({ url: { type: "string", format: "uri", maxLength: 2_000 } }),
  Metadata: object({ title: text(200), description: text(2_000), updated_at: time }),
  InventoryEntry: object({
    method: text(8),
    path: text(200),
    team: text(64),
    lifecycle: text(32),
    access: text(64),
    quota: text(64),
  }),
  Inventory: list(reference("InventoryEntry"), 500),
  LogEntry: object({ id, at: time, name: text(200), values: { type: "integer" } }),
  LogEntries: list(reference("LogEntry")),
  Alive: ok("ok"),
  Ready: ok("ready"),
  ProblemPage: object({ code: text(64), detail: text(400) }),
  Problem: object({ code: text(64), status: { type: "integer" }, detail: text(400) }),
};

/** Every named shape. */
export const schemas: Readonly<Record<string, Schema>> = {
  ...people,
  ...accounts,
  ...orders,
  ...rest,
};
