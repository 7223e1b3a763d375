/**
 * The document of the small shop for the tests of API3, and what can be wrong with the shop.
 *
 * @module
 */

import * as d from "./targets/document.ts";

/** What can be wrong with the server. */
export type Flaw =
  | "registration takes the role"
  | "registration takes a declared role"
  | "profile takes the role"
  | "profile takes what is nested"
  | "profile takes the query"
  | "profile takes the last of two"
  | "profile takes patches"
  | "profile takes capitals"
  | "order takes the total"
  | "order takes prices in lines"
  | "order takes the status"
  | "order keeps anything"
  | "order takes the owner"
  | "order takes an id"
  | "any body pollutes"
  | "list shows passwords"
  | "list shows addresses"
  | "orders show who they are of"
  | "feed shows addresses of orders"
  | "gift shows any order"
  | "profile shows the hash"
  | "profile shows the pin"
  | "profile shows a grade"
  | "registration echoes the password"
  | "fields can be chosen"
  | "secrets can be filtered"
  | "answers hold foreign tokens"
  | "refusals hold a password"
  | "headers hold a password"
  | "private answers are public to caches";

const person = d.object({
  id: d.string,
  username: d.string,
  display_name: d.string,
  role: d.string,
});
const order = d.object({
  delivery_address: d.string,
  id: d.string,
  note: d.string,
  status: { type: "string", enum: ["draft", "paid"] },
  total: d.integer,
  user_id: d.string,
});
const line = d.object(
  {
    product_id: { type: "integer", example: 1 },
    quantity: { type: "integer", minimum: 1, maximum: 3 },
  },
  "product_id quantity",
);
const newOrder = d.object(
  { note: d.string, delivery_address: d.string, items: { ...d.list(line), minItems: 1 } },
  "items",
);
const open = { security: [] };

/** The document; some flaws are in it. */
export function documentOf(flaw: Flaw | undefined): d.Node {
  const registration = {
    username: d.string,
    password: { type: "string", minLength: 8 },
    email: { type: "string", format: "email" },
    ...(flaw === "registration takes a declared role" && { role: d.string }),
  };
  const own = {
    ...(person["properties"] as d.Node),
    email: d.string,
    pin: { type: "string", writeOnly: true },
    grade: { type: "string", "x-visible-to": ["admin"] },
  };
  return {
    openapi: "3.0.3",
    info: { title: "People and orders", version: "1" },
    security: [{ bearer: [] }],
    components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
    paths: {
      "/register": {
        post: {
          ...open,
          ...d.takes(d.object(registration, "username password email")),
          ...d.gives({ 201: person }),
        },
      },
      "/login": {
        post: {
          ...open,
          ...d.takes(d.object({ username: d.string, password: d.string }, "username password")),
          ...d.gives({ 200: d.object({ token: d.string }) }),
        },
      },
      "/me": {
        get: { ...d.gives({ 200: d.object(own), 401: "No" }) },
        patch: { ...d.takes(d.object({ display_name: d.string })), ...d.gives({ 200: person }) },
      },
      "/users": { get: { ...d.gives({ 200: d.list(person) }) } },
      "/orders": {
        get: { ...d.gives({ 200: d.list(order) }) },
        post: { ...d.takes(newOrder), ...d.gives({ 201: order }) },
      },
      "/orders/{orderId}": {
        parameters: [d.inPath("orderId")],
        get: { summary: "Your order", ...d.gives({ 200: order, 404: "None" }) },
        patch: { ...d.takes(d.object({ note: d.string })), ...d.gives({ 200: order }) },
      },
      "/orders/{orderId}/pay": {
        post: { parameters: [d.inPath("orderId")], ...d.gives({ 200: order }) },
      },
      "/gifts": {
        post: {
          ...d.takes(d.object({ label: d.string, order_id: d.string }, "label")),
          ...d.gives({ 201: "The gift" }),
        },
      },
      "/gifts/{giftId}": {
        get: { parameters: [d.inPath("giftId")], ...d.gives({ 200: "Your gift", 404: "None" }) },
      },
      "/feed": { get: { summary: "What was bought last", ...d.gives({ 200: "Notes" }) } },
      "/admin/users": { get: { tags: ["admin"], ...d.gives({ 200: "Everybody" }) } },
    },
  };
}
