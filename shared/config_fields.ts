/** Settings as a table: what each is called, its kind, its default, its help. */
import type { Kind } from "./config_kinds.ts";

/** What the names of our variables begin with. */
export const ENV_PREFIX = "MSP_";

/** What is said of a setting, whatever its type. */
export interface FieldSpec {
  readonly help: string;
  /** Without dashes; otherwise made of the key: `spoolMaxBytes` → `spool-max`. */
  readonly flag?: string;
  /** `false`: there is a flag and no variable. */
  readonly env?: false;
  /** Names that are read too, after the `MSP_` one. */
  readonly alsoEnv?: readonly string[];
  /** Commands that have the setting; absent means all. */
  readonly commands?: readonly string[];
  /** Heading in the help text; absent means "Options". */
  readonly group?: string;
  /** Old spellings work and are not shown. */
  readonly hidden?: boolean;
}

/** One setting of type `T`. */
export interface Field<T> extends FieldSpec {
  readonly kind: Kind<unknown>;
  readonly defaultText?: string;
  readonly repeated: boolean;
  /** The checked values as what the program sees. */
  readonly combine: (values: readonly unknown[]) => T;
}

/** Settings by the name that the program uses. */
export type Schema = Readonly<Record<string, Field<unknown>>>;

/** The type that a schema's values have. */
export type ConfigOf<S extends Schema> = {
  readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never;
};

/** A setting that always has a value. `default` is a text of its kind. */
export function withDefault<T>(
  kind: Kind<T>,
  spec: FieldSpec & { readonly default: string },
): Field<T> {
  const { default: defaultText, ...rest } = spec;
  const fallback = kind.parse(defaultText);
  if (!fallback.ok) {
    throw new TypeError(`Default "${defaultText}" ${fallback.what}`);
  }
  const combine = ([value = fallback.value]: readonly unknown[]) => value as T; // comes from `kind.parse`
  return { ...rest, kind, defaultText, repeated: false, combine };
}

/** A setting that is `undefined` when nobody gives it. */
export function optional<T>(
  kind: Kind<T>,
  spec: FieldSpec,
): Field<T | undefined> {
  const combine = ([value]: readonly unknown[]) => value as T | undefined; // comes from `kind.parse`
  return { ...spec, kind, repeated: false, combine };
}

/** A flag that may stand several times; a variable separates values by commas. */
export function repeated<T>(
  kind: Kind<T>,
  spec: FieldSpec,
): Field<readonly T[]> {
  const combine = (values: readonly unknown[]) => values as readonly T[]; // come from `kind.parse`
  return { ...spec, kind, repeated: true, combine };
}

/** `--flag` of a setting without its dashes. The unit at the key's end goes. */
export function flagOf(key: string, field: FieldSpec): string {
  return field.flag ?? words(key).join("-").toLowerCase();
}

/** The setting's variable, or `undefined` when it has none. */
export function envOf(key: string, field: FieldSpec): string | undefined {
  if (field.env === false) return undefined;
  return ENV_PREFIX + words(key).join("_").toUpperCase();
}

function words(key: string): string[] {
  return key.replace(/(Ms|Bytes)$/, "").split(/(?=[A-Z])/);
}
