/**
 * The document of the cars: operation ids everywhere, schemas for half of the answers.
 *
 * @module
 */

import * as d from "./document.ts";

const message = d.object({ message: d.string });
const tokenAuth = { security: [{ sessionToken: [] }] };
const vehicleSchema = d.object({ uuid: d.uuid, vin: d.string, model: d.string });
const orderSchema = d.object({
  id: d.integer,
  product_id: d.integer,
  quantity: d.integer,
  status: { type: "string", enum: ["delivered", "return pending", "returned"] },
});

/** The document as the owner hands it over. */
export const openApi = {
  openapi: "3.0.3",
  info: { title: "Wheels & Friends", version: "2.4.1" },
  servers: [{ url: "http://wheels.example.test" }, { url: "/" }],
  security: [{ sessionToken: [] }],
  paths: {
    "/identity/signup": {
      post: {
        security: [],
        tags: ["identity"],
        operationId: "signup",
        ...d.takes(
          d.object(
            { name: d.string, email: { type: "string", format: "email" }, password: d.string },
            "name email password",
          ),
        ),
        ...d.gives({ 200: message, 403: "E-mail known" }),
      },
    },
    "/identity/login": {
      post: {
        security: [],
        tags: ["identity"],
        operationId: "login",
        description: "The token is in the header X-Auth-Token of the answer.",
        ...d.takes(d.object({ email: d.string, password: d.string }, "email password")),
        ...d.gives({ 200: message, 401: message }),
      },
    },
    "/identity/me": {
      get: {
        operationId: "dashboard",
        ...d.gives({
          200: d.object({
            id: d.integer,
            name: d.string,
            email: d.string,
            role: d.string,
            credit: d.number,
          }),
        }),
      },
    },
    "/identity/otp": {
      post: {
        security: [],
        operationId: "forgot_password",
        description: "Mails a code of four digits.",
        ...d.takes(d.object({ email: d.string }, "email")),
        ...d.gives({ 200: message }),
      },
    },
    "/identity/v3/otp/check": {
      post: {
        security: [],
        operationId: "check_otp_v3",
        description: "Sets a new password. Five wrong codes lock the check.",
        ...d.takes(d.object({ email: d.string, otp: d.string, password: d.string })),
        ...d.gives({ 200: message, 500: "Invalid OTP", 503: "Exceeded" }),
      },
    },
    "/identity/videos": {
      post: {
        ...tokenAuth,
        operationId: "add_video",
        ...d.takes(d.object({ name: d.string }, "name")),
        ...d.gives({ 200: d.object({ id: d.integer, name: d.string }) }),
      },
    },
    "/identity/videos/{video_id}": {
      parameters: [d.inPath("video_id", d.integer)],
      get: { operationId: "get_video", ...d.gives({ 200: "The video" }) },
      put: {
        operationId: "rename_video",
        ...d.takes(d.object({ name: d.string })),
        ...d.gives({ 200: "The video" }),
      },
    },
    "/identity/admin/videos/{video_id}": {
      delete: {
        tags: ["admin"],
        operationId: "delete_video",
        summary: "For admins",
        parameters: [d.inPath("video_id", d.integer)],
        ...d.gives({ 200: message, 403: message }),
      },
    },
    "/vehicles": {
      get: { operationId: "vehicles", ...d.gives({ 200: d.list(vehicleSchema) }) },
      post: {
        operationId: "add_vehicle",
        ...d.takes(d.object({ vin: d.string, model: d.string }, "vin")),
        ...d.gives({ 200: vehicleSchema }),
      },
    },
    "/vehicles/{vehicleId}/location": {
      get: {
        operationId: "location",
        summary: "Where your car is",
        parameters: [d.inPath("vehicleId", d.uuid)],
        ...d.gives({ 200: "The place and the owner", 404: "No such car" }),
      },
    },
    "/community/posts": {
      get: {
        operationId: "recent_posts",
        ...d.gives({
          200: d.list(
            d.object({
              id: d.string,
              title: d.string,
              author: d.object({ nickname: d.string }),
            }),
          ),
        }),
      },
      post: {
        operationId: "add_post",
        ...d.takes(d.object({ title: d.string, content: d.string }, "title content")),
        ...d.gives({ 200: "The post" }),
      },
    },
    "/community/coupons/validate": {
      post: {
        operationId: "validate_coupon",
        ...d.takes(d.object({ coupon_code: d.string }), { coupon_code: "TRAC075" }),
        ...d.gives({ 200: d.object({ coupon_code: d.string, amount: d.integer }), 500: "Unknown" }),
      },
    },
    "/workshop/contact_mechanic": {
      post: {
        operationId: "contact_mechanic",
        ...d.takes(d.object({ mechanic_api: d.string, problem_details: d.string, vin: d.string }), {
          mechanic_api: "http://wheels.example.test/workshop/receive",
          vin: "V1",
        }),
        ...d.gives({ 200: "What the mechanic answered, and the id of the report" }),
      },
    },
    "/workshop/mechanic/report": {
      get: {
        operationId: "report",
        parameters: [{ ...d.inQuery("report_id", d.integer), required: true }],
        ...d.gives({ 200: "The report" }),
      },
    },
    "/shop/products": {
      get: { operationId: "products", ...d.gives({ 200: "Products and the credit" }) },
      post: {
        operationId: "add_product",
        summary: "For admins",
        ...d.takes(d.object({ name: d.string, price: d.number }, "name price")),
        ...d.gives({ 200: "The product", 403: "No admin" }),
      },
    },
    "/shop/orders": {
      post: {
        operationId: "order",
        ...d.takes(d.object({ product_id: d.integer, quantity: d.integer }, "product_id")),
        ...d.gives({ 200: d.object({ id: d.integer, credit: d.number }), 400: message }),
      },
    },
    "/shop/orders/all": { get: { operationId: "orders", ...d.gives({ 200: "Your orders" }) } },
    "/shop/orders/{order_id}": {
      parameters: [d.inPath("order_id", d.integer)],
      get: { operationId: "get_order", ...d.gives({ 200: orderSchema, 403: message }) },
      put: {
        operationId: "update_order",
        ...d.takes(d.object({ quantity: d.integer })),
        ...d.gives({ 200: orderSchema, 403: message }),
      },
    },
    "/shop/apply_coupon": {
      post: {
        operationId: "apply_coupon",
        summary: "A coupon counts once for each member",
        ...d.takes(d.object({ coupon_code: d.string, amount: d.integer }, "coupon_code amount"), {
          coupon_code: "TRAC075",
          amount: 75,
        }),
        ...d.gives({ 200: d.object({ credit: d.number }), 400: message }),
      },
    },
  },
  components: {
    securitySchemes: { sessionToken: { type: "apiKey", in: "header", name: "X-Auth-Token" } },
  },
};
