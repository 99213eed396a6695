/**
 * The variables by which both runtimes' fetch finds its proxy. It knows those of
 * the process only, and systemd hands a service those of its env file: a command
 * that is run by hand has to do so itself.
 */

/** In capitals; each is read in small letters too. */
const NAMES = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] as const;

/** The variables in force, under their names in capitals. */
export type ProxyVariables = {
  readonly [Name in typeof NAMES[number]]?: string;
};

/** Those of the environment, and of the env file what is not there. */
export function proxyVariables(
  env: Readonly<Record<string, string | undefined>>,
  file: ReadonlyMap<string, string>,
): ProxyVariables {
  const found = NAMES.map((name) => {
    const small = name.toLowerCase();
    const value = env[name] || env[small] || file.get(name) || file.get(small);
    return [name, value] as const;
  });
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}
