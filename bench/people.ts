/** The people of the benchmark: as many principals as there are tokens in turn. */

/** How many principals take turns. */
export const principals = 200;

/** Their subjects, UUIDs. */
export const subjects: readonly string[] = Array.from(
  { length: principals },
  (_, index) => `019ab3c4-5d6e-7f80-9123-${index.toString(16).padStart(12, "0")}`,
);

/** What the route answers. */
export interface Profile {
  readonly id: string;
  readonly username: string;
  readonly display_name: string;
  readonly email: string;
  readonly created_at: string;
}

const profiles = new Map<string, Profile>(
  subjects.map((id, index) => [
    id,
    {
      id,
      username: `person-${index}`,
      display_name: `Person ${index}`,
      email: "p***@mail.example",
      created_at: "2026-11-01T00:00:00.000Z",
    },
  ]),
);

/** The profile of a subject, from memory. */
export function profileOf(id: string): Profile {
  const profile = profiles.get(id);
  if (profile === undefined) throw new Error("no such person");
  return profile;
}
