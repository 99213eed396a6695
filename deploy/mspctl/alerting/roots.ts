/** Where Alertmanager finds what its file names. */

/** Folders as Alertmanager sees them. */
export interface Roots {
  /** Passwords, tokens and addresses. */
  readonly secrets: string;
  readonly templates: string;
}

/** In its container; compose.yml mounts them there. */
export const DEFAULT_ROOTS: Roots = {
  secrets: "/run/notify",
  templates: "/templates",
};
