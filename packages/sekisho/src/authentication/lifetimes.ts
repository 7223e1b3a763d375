/**
 * How long a session lives (ASVS 7.1.1, 7.3.1, 7.3.2, NIST SP 800-63B-4 §2.2.3).
 *
 * Promise: rotation never moves the absolute end; privileged roles get the shorter times. Limits:
 * use is seen when tokens are refreshed, so idleness is measured to the length of an access token.
 *
 * @module
 */

/** The two lengths of a session. */
export interface SessionLifetime {
  /** From sign-in to the end, whatever happens in between. */
  readonly absoluteSeconds: number;
  /** From the last refresh to the end. */
  readonly idleSeconds: number;
}

/** Session lengths for everybody and for privileged roles. */
export interface SessionLifetimes {
  readonly standard: SessionLifetime;
  readonly privileged: SessionLifetime;
  /** Roles that get the privileged lengths. */
  readonly privilegedRoles: readonly string[];
}

/**
 * 24 hours and 1 hour; for `admin` 12 hours and 30 minutes.
 *
 * @example
 * const lifetimes = { ...defaultLifetimes, privilegedRoles: ["admin", "auditor"] };
 */
export const defaultLifetimes: SessionLifetimes = {
  standard: { absoluteSeconds: 24 * 3600, idleSeconds: 3600 },
  privileged: { absoluteSeconds: 12 * 3600, idleSeconds: 1800 },
  privilegedRoles: ["admin"],
};

/**
 * The lengths that apply to somebody with these roles.
 *
 * @example
 * lifetimeFor(["admin"], defaultLifetimes).idleSeconds; // 1800
 */
export function lifetimeFor(
  roles: readonly string[],
  lifetimes: SessionLifetimes,
): SessionLifetime {
  const privileged = roles.some((role) => lifetimes.privilegedRoles.includes(role));
  return privileged ? lifetimes.privileged : lifetimes.standard;
}

/**
 * Checks lengths that an application set itself.
 *
 * @throws RangeError when a length is not a positive integer or a session may idle longer than it
 * lives.
 * @example
 * requireLifetimes(defaultLifetimes);
 */
export function requireLifetimes(lifetimes: SessionLifetimes): SessionLifetimes {
  for (const name of ["standard", "privileged"] as const) {
    const { absoluteSeconds, idleSeconds } = lifetimes[name];
    for (const seconds of [absoluteSeconds, idleSeconds])
      if (!Number.isSafeInteger(seconds) || seconds < 1)
        throw new RangeError(`${name} session length is ${seconds}, not a positive integer`);
    if (idleSeconds > absoluteSeconds)
      throw new RangeError(
        `${name} sessions may idle ${idleSeconds} s but live ${absoluteSeconds} s`,
      );
  }
  return lifetimes;
}
