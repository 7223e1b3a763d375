/**
 * A blog of a company. Members read everything that is published, and write what is theirs.
 *
 * Baits: foreign posts are readable by purpose; failures of small actions are 200 with
 * `success: false`; a foreign draft is 403 while an unknown one is 404, as the document says;
 * profiles are public; the author is named in every post.
 *
 * @module
 */

import { randomBytes, randomUUID } from "node:crypto";
import { broken, Counter, optional, refuseForeignPage, same, unknown, words } from "./careful.ts";
import * as d from "./document.ts";
import { empty, json, serve, text, type Answer, type Incoming } from "./serve.ts";
import type { Target } from "./target.ts";

const short = { type: "string", minLength: 1, maxLength: 120 };
const long = { type: "string", minLength: 1, maxLength: 4000 };
const problem = d.object({ error: d.string }, "error");
const outcome = d.object({ success: d.boolean, error: d.string }, "success");
const profile = d.object({ username: d.string, display_name: d.string }, "username display_name");
const id = d.inPath("postId", d.uuid);

const openApi = {
  openapi: "3.1.0",
  info: {
    title: "Company blog",
    version: "1.4.0",
    description:
      "Every member may read every published post and its comments. Only the author edits or " +
      "deletes a post, or sees it while it is a draft. A foreign draft answers 403, an unknown " +
      "post 404: which posts exist is no secret. Likes answer 200 with `success: false` when " +
      "nothing was done.",
  },
  servers: [{ url: "/" }],
  security: [{ session: [] }],
  components: {
    securitySchemes: { session: { type: "apiKey", in: "cookie", name: "sid" } },
    schemas: {
      Post: {
        ...d.object({
          id: { ...d.uuid, readOnly: true },
          title: short,
          body: long,
          draft: d.boolean,
          likes: { ...d.integer, readOnly: true },
          author: { ...profile, readOnly: true },
        }),
        additionalProperties: false,
      },
      NewPost: {
        ...d.object({ title: short, body: long, draft: d.boolean }, "title body"),
        additionalProperties: false,
      },
      Comment: d.object({ id: d.uuid, text: short, author: profile }),
    },
  },
  paths: {
    "/sessions": {
      post: {
        security: [],
        ...d.takes(d.object({ username: short, password: short }, "username password")),
        ...d.gives({ 200: profile, 401: problem, 429: problem }),
      },
      delete: { ...d.gives({ 204: "Signed out", 401: problem }) },
    },
    "/me": { get: { ...d.gives({ 200: profile, 401: problem }) } },
    "/users/{username}": {
      get: {
        security: [],
        summary: "The public profile of a member",
        parameters: [d.inPath("username")],
        ...d.gives({ 200: profile, 404: problem }),
      },
    },
    "/posts": {
      get: {
        summary: "Published posts of everybody, newest first",
        parameters: [d.inQuery("limit", { type: "integer", minimum: 1, maximum: 50 })],
        ...d.gives({ 200: d.object({ posts: d.list(d.ref("Post")) }), 400: problem, 401: problem }),
      },
      post: {
        ...d.takes(d.ref("NewPost")),
        ...d.gives({ 201: d.ref("Post"), 400: problem, 401: problem }),
      },
    },
    "/posts/{postId}": {
      parameters: [id],
      get: { ...d.gives({ 200: d.ref("Post"), 401: problem, 403: problem, 404: problem }) },
      patch: {
        ...d.takes(d.ref("NewPost")),
        ...d.gives({ 200: d.ref("Post"), 400: problem, 403: problem, 404: problem }),
      },
      delete: { ...d.gives({ 200: outcome, 404: problem }) },
    },
    "/posts/{postId}/like": {
      parameters: [id],
      post: { summary: "Once for each member", ...d.gives({ 200: outcome, 404: problem }) },
    },
    "/posts/{postId}/comments": {
      parameters: [id],
      get: { ...d.gives({ 200: d.object({ comments: d.list(d.ref("Comment")) }), 404: problem }) },
      post: {
        summary: "Every member may comment on every post",
        ...d.takes(d.object({ text: short }, "text")),
        ...d.gives({ 201: d.ref("Comment"), 400: problem, 404: problem }),
      },
    },
  },
};

interface Member {
  readonly username: string;
  readonly password: string;
  readonly display_name: string;
}

interface Post {
  readonly id: string;
  readonly author: Member;
  readonly likedBy: Set<Member>;
  readonly comments: { id: string; text: string; author: Member }[];
  title: string;
  body: string;
  draft: boolean;
}

const draft = (value: unknown): boolean => typeof value === "boolean";
const create = { title: words(120), body: words(4000), draft: optional(draft) };
const change = { title: optional(words(120)), body: optional(words(4000)), draft: optional(draft) };
const comment = { text: words(120) };
const missing = json(404, { error: "no such post" });
const anonymous = json(401, { error: "sign in" });

function profileOf({ username, display_name }: Member): unknown {
  return { username, display_name };
}

function shown({ id: postId, title, body, draft: hidden, likedBy, author }: Post): unknown {
  return { id: postId, title, body, draft: hidden, likes: likedBy.size, author: profileOf(author) };
}

/** What is wrong with a body, if anything is. */
function refusal(request: Incoming, rules: Parameters<typeof broken>[1]): Answer | undefined {
  const names = [...broken(request.body, rules), ...unknown(request.body, rules).slice(0, 3)];
  if (names.length === 0 && request.value === request.body) return undefined;
  return json(400, { error: `check: ${names.join(", ").slice(0, 100)}` });
}

class Blog {
  readonly members = new Map<string, Member>();
  readonly sessions = new Map<string, Member>();
  readonly posts = new Map<string, Post>();
  readonly failures = new Counter(8, 60);

  join(username: string, display_name: string): Member {
    const member = { username, display_name, password: randomBytes(12).toString("hex") };
    this.members.set(username, member);
    return member;
  }

  session(request: Incoming): string {
    return /(?:^|;\s*)sid=([0-9a-f]{48})(?:;|$)/.exec(request.header("cookie"))?.[1] ?? "";
  }

  begin(member: Member): string {
    const sid = randomBytes(24).toString("hex");
    this.sessions.set(sid, member);
    return sid;
  }

  as(handler: (request: Incoming, member: Member) => Answer): (request: Incoming) => Answer {
    return (request) => {
      const member = this.sessions.get(this.session(request));
      return member === undefined ? anonymous : handler(request, member);
    };
  }

  /** A post that the member may read: published, or the own draft. */
  readable(
    handler: (post: Post, request: Incoming, member: Member) => Answer,
  ): (request: Incoming) => Answer {
    return this.as((request, member) => {
      const post = this.posts.get(request.parameter("postId"));
      if (post === undefined) return missing;
      if (post.draft && post.author !== member) return json(403, { error: "a draft of others" });
      return handler(post, request, member);
    });
  }

  signIn(request: Incoming): Answer {
    const { body } = request;
    const refused = refusal(request, { username: words(120), password: words(120) });
    if (refused !== undefined) return refused;
    const username = text(body["username"]);
    const slowed = this.failures.count(username);
    if (slowed !== undefined) return slowed;
    const member = this.members.get(username);
    const right = same(text(body["password"]), member?.password ?? randomBytes(12).toString("hex"));
    if (member === undefined || !right) return json(401, { error: "name or password is wrong" });
    this.failures.forget(username);
    const cookie = `sid=${this.begin(member)}; Path=/; HttpOnly; SameSite=Strict`;
    return json(200, profileOf(member), { "set-cookie": cookie });
  }

  list({ query }: Incoming): Answer {
    const limit = query.get("limit") ?? "20";
    if (!/^([1-9]|[1-4]\d|50)$/.test(limit)) return json(400, { error: "limit is 1 to 50" });
    const posts = [...this.posts.values()].filter((post) => !post.draft).toReversed();
    return json(200, { posts: posts.slice(0, Number(limit)).map(shown) });
  }

  write(content: Incoming["body"], author: Member): Post {
    const post: Post = {
      id: randomUUID(),
      author,
      likedBy: new Set(),
      comments: [],
      title: text(content["title"]),
      body: text(content["body"]),
      draft: content["draft"] === true,
    };
    this.posts.set(post.id, post);
    return post;
  }

  edit(post: Post, request: Incoming, member: Member): Answer {
    if (post.author !== member) return json(403, { error: "only the author edits" });
    const refused = refusal(request, change);
    if (refused !== undefined) return refused;
    post.title = text(request.body["title"]) || post.title;
    post.body = text(request.body["body"]) || post.body;
    post.draft = typeof request.body["draft"] === "boolean" ? request.body["draft"] : post.draft;
    return json(200, shown(post));
  }

  remove(post: Post, member: Member): Answer {
    if (post.author !== member) return json(200, { success: false, error: "not your post" });
    this.posts.delete(post.id);
    return json(200, { success: true });
  }

  like(post: Post, member: Member): Answer {
    if (post.likedBy.has(member)) return json(200, { success: false, error: "liked before" });
    post.likedBy.add(member);
    return json(200, { success: true });
  }

  comment(post: Post, request: Incoming, author: Member): Answer {
    const refused = refusal(request, comment);
    if (refused !== undefined) return refused;
    const added = { id: randomUUID(), text: text(request.body["text"]), author };
    post.comments.push(added);
    return json(201, { ...added, author: profileOf(author) });
  }
}

async function start(): ReturnType<Target["start"]> {
  const blog = new Blog();
  const people = [blog.join("alice", "Alice A."), blog.join("bob", "Bob B.")];
  for (const author of people)
    for (const hidden of [false, true])
      blog.write({ title: `By ${author.username}`, body: "Good news.", draft: hidden }, author);
  const running = await serve(
    {
      "POST /sessions": (request) => blog.signIn(request),
      "DELETE /sessions": blog.as((request) => {
        blog.sessions.delete(blog.session(request));
        return empty();
      }),
      "GET /me": blog.as((_, member) => json(200, profileOf(member))),
      "GET /users/{username}": (request) => {
        const member = blog.members.get(request.parameter("username"));
        return member === undefined
          ? json(404, { error: "no such member" })
          : json(200, profileOf(member), { "cache-control": "public, max-age=60" });
      },
      "GET /posts": blog.as((request) => blog.list(request)),
      "POST /posts": blog.as(
        (request, member) =>
          refusal(request, create) ?? json(201, shown(blog.write(request.body, member))),
      ),
      "GET /posts/{postId}": blog.readable((post) => json(200, shown(post))),
      "PATCH /posts/{postId}": blog.readable((post, request, member) =>
        blog.edit(post, request, member),
      ),
      "DELETE /posts/{postId}": blog.readable((post, _, member) => blog.remove(post, member)),
      "POST /posts/{postId}/like": blog.readable((post, _, member) => blog.like(post, member)),
      "GET /posts/{postId}/comments": blog.readable(({ comments }) =>
        json(200, {
          comments: comments.map((one) => ({ ...one, author: profileOf(one.author) })),
        }),
      ),
      "POST /posts/{postId}/comments": blog.readable((post, request, member) =>
        blog.comment(post, request, member),
      ),
    },
    {
      strict: true,
      before: refuseForeignPage,
    },
  );
  const principals = people.map((member) => ({
    name: member.username,
    role: "member",
    cookie: `sid=${blog.begin(member)}`,
  }));
  return { ...running, openApi, principals: { principals } };
}

export const target: Target = {
  name: "secure-blog",
  description: "Posts that all members read and only authors change; soft failures.",
  holes: [],
  start,
};
