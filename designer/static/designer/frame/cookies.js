// @ts-check
/** Choices of the user that the server reads as well. */

const YEAR = 365 * 24 * 3600;

/** The path of the site, which a proxy may serve under a prefix. */
export const root = document.documentElement.dataset.root ?? "/";

/**
 * @param {string} name
 * @param {string} value empty: forget it
 */
export function keep(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=${root}; Max-Age=${value ? YEAR : 0}; SameSite=Lax${secure}`;
}

/** @param {string} name */
export function kept(name) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
