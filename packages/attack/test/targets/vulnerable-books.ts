/**
 * A bookshelf: members and books, with their names as ids, and secrets on books.
 *
 * The document is typed by hand: half of the answers have no schema, some statuses are wrong.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { runInNewContext } from "node:vm";
import { gives, inPath, list, object, string, takes } from "./document.ts";
import { json, serve, text, type Answer, type Incoming } from "./serve.ts";
import { hole, type Target } from "./target.ts";
import { bearer, mint, trusted } from "./token.ts";

const secret = "changeme";

const bearerAuth = { security: [{ bearerAuth: [] }] };
const credentials = object({ username: string, password: string }, "username password");
const title = inPath("title");
const username = inPath("username");

const openApi = {
  openapi: "3.0.1",
  info: { title: "Bookshelf", version: "1.0", description: "Keep a secret with each book." },
  servers: [{ url: "/" }],
  components: {
    securitySchemes: { bearerAuth: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
  },
  paths: {
    "/": { get: { summary: "home", ...gives({ 200: "Hello" }) } },
    "/createdb": {
      get: { tags: ["db-init"], summary: "Creates the db", ...gives({ 200: "Done" }) },
    },
    "/register": {
      post: {
        summary: "Register a new member",
        ...takes(object({ username: string, password: string, email: string }), {
          username: "name1",
          password: "pass1",
          email: "user@tempmail.com",
        }),
        // The status is a wrong one: the server says 200.
        ...gives({ 201: object({ status: string, message: string }), 400: "Bad data" }),
      },
    },
    "/login": {
      post: {
        summary: "Log in",
        ...takes(credentials, { username: "name1", password: "pass1" }),
        ...gives({ 200: object({ status: string, access_token: string }) }),
      },
    },
    "/me": {
      get: { ...bearerAuth, summary: "Who am I", ...gives({ 200: "The member", 401: "No" }) },
    },
    "/users": {
      get: {
        summary: "Names of all members",
        ...gives({ 200: object({ users: list(object({ username: string })) }) }),
      },
    },
    "/users/_debug": { get: { summary: "All details of all members", ...gives({ 200: "All" }) } },
    "/users/{username}": {
      get: {
        summary: "A member by name",
        parameters: [username],
        ...gives({ 200: object({ username: string, email: string }), 404: "Not found" }),
      },
      delete: {
        ...bearerAuth,
        summary: "Remove a member (admins only)",
        parameters: [username],
        ...gives({ 200: "Gone", 401: "Not an admin" }),
      },
    },
    "/users/{username}/email": {
      put: {
        ...bearerAuth,
        summary: "Change your e-mail address",
        parameters: [username],
        ...takes(object({ email: string }), { email: "mail3@mail.com" }),
        ...gives({ 204: "Changed" }),
      },
    },
    "/users/{username}/password": {
      put: {
        ...bearerAuth,
        summary: "Change your password",
        parameters: [username],
        ...takes(object({ password: string }), { password: "pass4" }),
        ...gives({ 204: "Changed", 400: "Malformed" }),
      },
    },
    "/books": {
      get: {
        summary: "Titles and owners of all books",
        ...gives({ 200: object({ Books: list(object({ title: string, owner: string })) }) }),
      },
      post: {
        ...bearerAuth,
        summary: "Put a book on the shelf",
        ...takes(object({ title: string, secret: string }), {
          title: "book99",
          secret: "pass1secret",
        }),
        ...gives({ 200: "Added" }),
      },
    },
    "/books/{title}": {
      get: {
        ...bearerAuth,
        summary: "A book with its secret. Only the owner may see the secret.",
        parameters: [title],
        ...gives({ 200: object({ title: string, owner: string, secret: string }), 404: "None" }),
      },
      delete: {
        ...bearerAuth,
        summary: "Take your book away",
        parameters: [title],
        ...gives({ 200: "Gone" }),
      },
    },
  },
};

type Row = Readonly<Record<string, unknown>>;

function freshDatabase(): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  database.exec(`
    CREATE TABLE users (username TEXT PRIMARY KEY, password TEXT, email TEXT, admin INTEGER);
    CREATE TABLE books (title TEXT PRIMARY KEY, secret TEXT, owner TEXT);
    INSERT INTO users VALUES ('alice', 'wonder-42', 'alice@books.test', 0);
    INSERT INTO users VALUES ('bob', 'builder-42', 'bob@books.test', 0);
    INSERT INTO users VALUES ('root', 'toor-42-toor', 'root@books.test', 1);
    INSERT INTO books VALUES ('looking-glass', 'through it', 'alice');
    INSERT INTO books VALUES ('bricks', 'under the third one', 'bob');
  `);
  return database;
}

function fail(status: number, message: string): Answer {
  return json(status, { status: "fail", message });
}

/** The pattern is as bad as it looks; only the patience with it is limited. */
function looksLikeEmail(value: string): boolean {
  try {
    const test = String.raw`/^([0-9a-zA-Z]([-.\w]*[0-9a-zA-Z])*@([0-9a-zA-Z][-\w]*[0-9a-zA-Z]\.)+[a-zA-Z]{2,9})$/.test(value)`;
    return runInNewContext(test, { value }, { timeout: 4000 }) === true;
  } catch {
    return false;
  }
}

class Shelf {
  database = freshDatabase();

  member(name: unknown): Row | undefined {
    return this.database.prepare("SELECT * FROM users WHERE username = ?").get(text(name));
  }

  book(name: string): Row | undefined {
    return this.database.prepare("SELECT * FROM books WHERE title = ?").get(name);
  }

  /** Runs a handler as the caller whom the token names. */
  as(handler: (request: Incoming, caller: Row) => Answer): (request: Incoming) => Answer {
    return (request) => {
      const claims = trusted(bearer(request.header("authorization")), secret);
      const caller = this.member(claims?.["sub"]);
      return caller === undefined ? fail(401, "Invalid token") : handler(request, caller);
    };
  }

  register({ body }: Incoming): Answer {
    const name = text(body["username"]);
    const [password, email] = [text(body["password"]), text(body["email"])];
    if (name === "" || password === "" || email === "") return fail(400, "Bad data");
    if (this.member(name) !== undefined) return fail(200, "User already exists.");
    const admin = body["admin"] === true || body["admin"] === "true" ? 1 : 0;
    this.database
      .prepare("INSERT INTO users VALUES (?, ?, ?, ?)")
      .run(name, password, email, admin);
    return json(200, { status: "success", message: "Registered, log in to get a token." });
  }

  login({ body }: Incoming): Answer {
    const member = this.member(body["username"]);
    if (member === undefined) return fail(200, "Username does not exist");
    if (member["password"] !== body["password"]) return fail(200, "Password is not correct");
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: member["username"], iat: now, exp: now + 3600 };
    return json(200, { status: "success", access_token: mint(claims, secret) });
  }

  find(request: Incoming): Answer {
    const name = request.parameter("username");
    const query = `SELECT username, email FROM users WHERE username = '${name}'`;
    try {
      const found = this.database.prepare(query).get();
      return found === undefined ? fail(404, "User not found") : json(200, found);
    } catch (error) {
      return fail(500, `sqlite3.OperationalError: ${String(error)} [SQL: ${query}]`);
    }
  }

  remove(request: Incoming, caller: Row): Answer {
    if (caller["admin"] !== 1) return fail(401, "Only Admins may delete users!");
    const { changes } = this.database
      .prepare("DELETE FROM users WHERE username = ?")
      .run(request.parameter("username"));
    return changes === 0 ? fail(404, "User not found") : json(200, { status: "success" });
  }

  changeEmail({ body }: Incoming, caller: Row): Answer {
    const email = text(body["email"]);
    if (!looksLikeEmail(email)) return fail(400, "Please Provide a valid email address.");
    const sql = "UPDATE users SET email = ? WHERE username = ?";
    this.database.prepare(sql).run(email, text(caller["username"]));
    return { status: 204 };
  }

  changePassword(request: Incoming): Answer {
    const password = text(request.body["password"]);
    if (password === "") return fail(400, "Malformed Data");
    const sql = "UPDATE users SET password = ? WHERE username = ?";
    const { changes } = this.database.prepare(sql).run(password, request.parameter("username"));
    return changes === 0 ? fail(400, "User Not Found") : { status: 204 };
  }

  add({ body }: Incoming, caller: Row): Answer {
    const [name, hidden] = [text(body["title"]), text(body["secret"])];
    if (name === "" || hidden === "") return fail(400, "A title and a secret, please");
    if (this.book(name) !== undefined) return fail(400, "Book Already exists!");
    this.database
      .prepare("INSERT INTO books VALUES (?, ?, ?)")
      .run(name, hidden, text(caller["username"]));
    return json(200, { status: "success", message: "Book has been added." });
  }

  take(request: Incoming, caller: Row): Answer {
    const book = this.book(request.parameter("title"));
    if (book === undefined) return fail(404, "Book not found!");
    if (book["owner"] !== caller["username"]) return fail(403, "Not your book!");
    this.database.prepare("DELETE FROM books WHERE title = ?").run(text(book["title"]));
    return json(200, { status: "success" });
  }

  /** Rows of a query without what the caller gives. */
  rows(query: string): readonly Row[] {
    return this.database.prepare(query).all();
  }
}

async function start(): ReturnType<Target["start"]> {
  const shelf = new Shelf();
  const running = await serve({
    "GET /": () => json(200, { message: "Bookshelf 1.0", help: "/books" }),
    "GET /createdb": () => {
      shelf.database = freshDatabase();
      return json(200, { message: "Database populated." });
    },
    "POST /register": (request) => shelf.register(request),
    "POST /login": (request) => shelf.login(request),
    "GET /me": shelf.as((_, { username: name, email, admin }) =>
      json(200, { username: name, email, admin: admin === 1 }),
    ),
    "GET /users": () => json(200, { users: shelf.rows("SELECT username FROM users") }),
    "GET /users/_debug": () => json(200, { users: shelf.rows("SELECT * FROM users") }),
    "GET /users/{username}": (request) => shelf.find(request),
    "DELETE /users/{username}": shelf.as((request, caller) => shelf.remove(request, caller)),
    "PUT /users/{username}/email": shelf.as((request, caller) =>
      shelf.changeEmail(request, caller),
    ),
    "PUT /users/{username}/password": shelf.as((request) => shelf.changePassword(request)),
    "GET /books": () => json(200, { Books: shelf.rows("SELECT title, owner FROM books") }),
    "POST /books": shelf.as((request, caller) => shelf.add(request, caller)),
    "GET /books/{title}": shelf.as((request) => {
      const book = shelf.book(request.parameter("title"));
      return book === undefined ? fail(404, "Book not found!") : json(200, book);
    }),
    "DELETE /books/{title}": shelf.as((request, caller) => shelf.take(request, caller)),
  });
  const login = (name: string, password: string): unknown => ({
    request: "POST /login",
    body: { username: name, password },
    token: "/access_token",
  });
  return {
    ...running,
    openApi,
    principals: {
      principals: [
        { name: "alice", role: "user", login: login("alice", "wonder-42") },
        { name: "bob", role: "user", login: login("bob", "builder-42") },
        { name: "root", role: "admin", login: login("root", "toor-42-toor") },
      ],
    },
  };
}

export const target: Target = {
  name: "vulnerable-books",
  description: "Members and books by name, with an open debug list and hand-made SQL.",
  holes: [
    hole(
      "API1",
      "GET /books/{title}",
      "Any member reads the secret of any book.",
      "A1-01",
      "A1-08",
    ),
    hole(
      "API1",
      "PUT /users/{username}/password",
      "The password of the member in the path changes, whoever asks.",
      "A1-02",
      "A1-04",
    ),
    hole("API2", "POST /login", "Tokens are signed with a secret that is in every list.", "J-09"),
    hole(
      "API2",
      "POST /login",
      "The answer tells an unknown member from a wrong password.",
      "C-07",
    ),
    hole("API2", "POST /login", "Passwords can be tried without end.", "C-01", "R-01"),
    hole(
      "API3",
      "POST /register",
      "Whoever registers with `admin: true` is one.",
      "M-01",
      "M-03",
      "F-15",
    ),
    hole(
      "API3",
      "GET /users/_debug",
      "Passwords and addresses of everybody, for everybody.",
      "X-03",
      "X-04",
      "I-08",
    ),
    hole(
      "API4",
      "PUT /users/{username}/email",
      "The pattern for addresses takes exponential time.",
      "R-12",
    ),
    hole(
      "API8",
      "GET /users/{username}",
      "The name is pasted into SQL, and the error shows the statement.",
      "K-18",
      "K-19",
      "K-21",
    ),
    hole("API5", "GET /createdb", "Anybody resets the database, with a GET.", "I-08", "F-02"),
  ],
  start,
};
