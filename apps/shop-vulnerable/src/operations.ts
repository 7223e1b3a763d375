/** The documented endpoints: what the shop should be. */

/** One documented endpoint. */
export interface Operation {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly access: "anonymous" | "user" | "admin" | "payment service";
  readonly body?: string;
  /** Status of success with the name of its schema, if it has a body. */
  readonly success: readonly [status: number, schema?: string];
  readonly refusals?: readonly number[];
  readonly query?: readonly string[];
  readonly headers?: readonly string[];
}

const page = ["limit", "cursor"];

const accountOperations: readonly Operation[] = [
  {
    method: "POST",
    path: "/api/auth/register",
    id: "register",
    summary: "Opens an account",
    access: "anonymous",
    body: "Registration",
    success: [201, "Registered"],
    refusals: [409],
  },
  {
    method: "POST",
    path: "/api/auth/token",
    id: "signIn",
    summary: "Signs in",
    access: "anonymous",
    body: "Credentials",
    success: [200, "Tokens"],
    refusals: [401, 429],
  },
  {
    method: "POST",
    path: "/api/auth/token/refresh",
    id: "refreshToken",
    summary: "Exchanges a refresh token; the old one is used up",
    access: "anonymous",
    body: "RefreshToken",
    success: [200, "Tokens"],
    refusals: [401],
  },
  {
    method: "POST",
    path: "/api/auth/logout",
    id: "signOut",
    summary: "Ends the session and its tokens",
    access: "user",
    success: [204],
  },
  {
    method: "GET",
    path: "/api/auth/sessions",
    id: "listSessions",
    summary: "Lists the sessions of the caller",
    access: "user",
    success: [200, "Sessions"],
  },
  {
    method: "DELETE",
    path: "/api/auth/sessions/{session_id}",
    id: "endSession",
    summary: "Ends a session of the caller",
    access: "user",
    success: [204],
    refusals: [404],
  },
  {
    method: "POST",
    path: "/api/auth/password",
    id: "changePassword",
    summary: "Changes the password; other sessions end",
    access: "user",
    body: "PasswordChange",
    success: [204],
  },
  {
    method: "GET",
    path: "/api/users/me",
    id: "readMe",
    summary: "Reads the caller",
    access: "user",
    success: [200, "User"],
  },
  {
    method: "PATCH",
    path: "/api/users/me",
    id: "changeMe",
    summary: "Changes the caller",
    access: "user",
    body: "UserChange",
    success: [200, "User"],
  },
  {
    method: "GET",
    path: "/api/users/{user_id}",
    id: "readUser",
    summary: "Reads a user, who must be the caller",
    access: "user",
    success: [200, "User"],
    refusals: [403, 404],
  },
];

const orderOperations: readonly Operation[] = [
  {
    method: "GET",
    path: "/api/search",
    id: "searchProducts",
    summary: "Finds products; at most 30 calls in a minute",
    access: "anonymous",
    success: [200, "Products"],
    query: ["q", ...page],
    refusals: [429],
  },
  {
    method: "POST",
    path: "/api/orders",
    id: "createOrder",
    summary: "Creates a draft; a repeat with the same Idempotency-Key creates none",
    access: "user",
    body: "NewOrder",
    success: [201, "Order"],
    headers: ["Idempotency-Key"],
  },
  {
    method: "GET",
    path: "/api/orders",
    id: "listOrders",
    summary: "Lists the caller's orders",
    access: "user",
    success: [200, "Orders"],
    query: page,
  },
  {
    method: "GET",
    path: "/api/orders/{order_id}",
    id: "readOrder",
    summary: "Reads an order of the caller",
    access: "user",
    success: [200, "Order"],
    refusals: [404],
  },
  {
    method: "GET",
    path: "/api/orders/{order_id}/events",
    id: "listOrderEvents",
    summary: "What happened to an order of the caller",
    access: "user",
    success: [200, "OrderEvents"],
    refusals: [404],
  },
  {
    method: "POST",
    path: "/api/orders/{order_id}/validate",
    id: "validateOrder",
    summary: "Takes a draft to validated",
    access: "user",
    success: [200, "Order"],
    refusals: [404, 409],
  },
  {
    method: "POST",
    path: "/api/orders/{order_id}/execute",
    id: "executeOrder",
    summary: "Executes a validated order, once",
    access: "user",
    success: [202, "Accepted"],
    refusals: [404, 409],
  },
  {
    method: "POST",
    path: "/api/orders/{order_id}/cancel",
    id: "cancelOrder",
    summary: "Cancels a draft or a validated order",
    access: "user",
    success: [200, "Order"],
    refusals: [404, 409],
  },
  {
    method: "POST",
    path: "/api/fetch-metadata",
    id: "fetchMetadata",
    summary: "Fetches a document of the partner",
    access: "user",
    body: "Address",
    success: [200, "Metadata"],
    refusals: [502],
  },
  {
    method: "POST",
    path: "/api/webhooks/payment",
    id: "receivePayment",
    summary: "Takes a signed event of the payment service; only executed orders move, once",
    access: "payment service",
    body: "PaymentEvent",
    success: [202, "PaymentAccepted"],
  },
];

const otherOperations: readonly Operation[] = [
  {
    method: "POST",
    path: "/api/admin/users",
    id: "adminCreateUser",
    summary: "Creates a user",
    access: "admin",
    body: "NewUser",
    success: [201, "ManagedUser"],
    refusals: [409],
  },
  {
    method: "GET",
    path: "/api/admin/users",
    id: "adminListUsers",
    summary: "Lists all users",
    access: "admin",
    success: [200, "ManagedUsers"],
    query: page,
  },
  {
    method: "GET",
    path: "/api/admin/users/{user_id}",
    id: "adminReadUser",
    summary: "Reads any user",
    access: "admin",
    success: [200, "ManagedUser"],
    refusals: [404],
  },
  {
    method: "PATCH",
    path: "/api/admin/users/{user_id}",
    id: "adminChangeUser",
    summary: "Changes roles, status and salary",
    access: "admin",
    body: "ManagedUserChange",
    success: [200, "ManagedUser"],
    refusals: [404],
  },
  {
    method: "GET",
    path: "/api/admin/inventory",
    id: "adminListEndpoints",
    summary: "Lists the endpoints",
    access: "admin",
    success: [200, "Inventory"],
  },
  {
    method: "GET",
    path: "/api/admin/events",
    id: "adminListEvents",
    summary: "Lists what was called",
    access: "admin",
    success: [200, "LogEntries"],
    query: page,
  },
  {
    method: "GET",
    path: "/.well-known/jwks.json",
    id: "readKeys",
    summary: "Public keys",
    access: "anonymous",
    success: [200, "Keys"],
  },
  {
    method: "GET",
    path: "/livez",
    id: "readLiveness",
    summary: "Whether the process lives",
    access: "anonymous",
    success: [200, "Alive"],
  },
  {
    method: "GET",
    path: "/readyz",
    id: "readReadiness",
    summary: "Whether it can serve",
    access: "anonymous",
    success: [200, "Ready"],
  },
  {
    method: "GET",
    path: "/problems/{code}",
    id: "readProblem",
    summary: "Explains a code of an error",
    access: "anonymous",
    success: [200, "ProblemPage"],
    refusals: [404],
  },
];

/** Every documented endpoint. */
export const operations: readonly Operation[] = [
  ...accountOperations,
  ...orderOperations,
  ...otherOperations,
];
