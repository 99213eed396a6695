/** The real programs that the demo, the tests and the comparisons start. */

/** The version that central pins; Debian's sid and the releases carry it. */
export const VICTORIA_METRICS_VERSION = "1.145.0";
/** Older ones lack flags that the stack relies on. */
const VICTORIA_METRICS_MIN = "1.102";

/** Where one program can be had. */
export interface PartSpec {
  /** Names in PATH, the usual one first. */
  readonly programs: readonly string[];
  /** Lowest version that will do; any where it is missing. */
  readonly minVersion?: string;
  /** Debian's package, which holds `usr/bin/<programs[0]>`. */
  readonly debPackage: string;
  /** Suites to unpack it from; `system` installs it, which only root can. */
  readonly debSuites: readonly (DebSuite | "system")[];
  /** Image of the same program, whose entry point it is. */
  readonly image?: string;
  /** Archive of VictoriaMetrics' releases, and the program inside. */
  readonly release?: { readonly archive: string; readonly file: string };
}

/** `sid` is Debian's newest; `own` is what the machine itself runs. */
export type DebSuite = "sid" | "own";

/** Every part by the name that the tests and the demo use. */
export const PARTS = {
  "victoria-metrics": victoriaMetrics("victoria-metrics", "victoria-metrics"),
  "vmagent": victoriaMetrics("vmagent", "vmutils"),
  "vmauth": victoriaMetrics("vmauth", "vmutils"),
  "vmalert": victoriaMetrics("vmalert", "vmutils"),
  "vmalert-tool": victoriaMetrics("vmalert-tool", "vmutils"),
  "vmbackup": victoriaMetrics("vmbackup", "vmutils"),
  "vmrestore": victoriaMetrics("vmrestore", "vmutils"),
  "vmctl": victoriaMetrics("vmctl", "vmutils"),
  "prometheus": debian("prometheus", "prometheus"),
  "promtool": debian("promtool", "prometheus"),
  "node-exporter": debian(
    "prometheus-node-exporter",
    "prometheus-node-exporter",
    ["node_exporter"],
  ),
  // Reads its templates from a fixed path below /usr/share.
  "alertmanager": {
    programs: ["prometheus-alertmanager", "alertmanager"],
    debPackage: "prometheus-alertmanager",
    debSuites: ["system"],
  },
  "amtool": debian("amtool", "prometheus-alertmanager"),
  // One program, which runs without Docker to check a file.
  "docker-compose": {
    programs: ["docker-compose"],
    minVersion: "2.20",
    debPackage: "docker-compose",
    debSuites: ["sid"],
  },
} as const satisfies Record<string, PartSpec>;

/** The name of a part. */
export type PartName = keyof typeof PARTS;

function victoriaMetrics(program: string, archive: string): PartSpec {
  return {
    programs: [program, `${program}-prod`],
    minVersion: VICTORIA_METRICS_MIN,
    debPackage: "victoria-metrics",
    debSuites: ["sid", "own"],
    image: `victoriametrics/${program}:v${VICTORIA_METRICS_VERSION}`,
    release: { archive, file: `${program}-prod` },
  };
}

function debian(
  program: string,
  debPackage: string,
  otherNames: readonly string[] = [],
): PartSpec {
  return {
    programs: [program, ...otherNames],
    debPackage,
    debSuites: ["own"],
  };
}
