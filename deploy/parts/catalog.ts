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
  /** Debian's package, which holds `usr/bin/<programs[0]>`; none has some. */
  readonly deb?: {
    readonly package: string;
    /** Suites to unpack it from; `system` installs it, which only root can. */
    readonly suites: readonly (DebSuite | "system")[];
  };
  /** Image of the same program, whose entry point it is. */
  readonly image?: string;
  /** Archive of VictoriaMetrics' releases, and the program inside. */
  readonly release?: Release;
}

/** Names in the list of files of one release of VictoriaMetrics. */
export interface Release {
  readonly archive: string;
  /** What follows the version, for example `-cluster`. */
  readonly variant?: string;
  readonly file: string;
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
  "vmstorage": victoriaMetricsCluster("vmstorage"),
  "vminsert": victoriaMetricsCluster("vminsert"),
  "vmselect": victoriaMetricsCluster("vmselect"),
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
    deb: { package: "prometheus-alertmanager", suites: ["system"] },
  },
  "amtool": debian("amtool", "prometheus-alertmanager"),
  // One program, which runs without Docker to check a file.
  "docker-compose": {
    programs: ["docker-compose"],
    minVersion: "2.20",
    deb: { package: "docker-compose", suites: ["sid"] },
  },
} as const satisfies Record<string, PartSpec>;

/** The name of a part. */
export type PartName = keyof typeof PARTS;

function victoriaMetrics(program: string, archive: string): PartSpec {
  return {
    programs: [program, `${program}-prod`],
    minVersion: VICTORIA_METRICS_MIN,
    deb: { package: "victoria-metrics", suites: ["sid", "own"] },
    image: `victoriametrics/${program}:v${VICTORIA_METRICS_VERSION}`,
    release: { archive, file: `${program}-prod` },
  };
}

/** Debian packages the single program only. */
function victoriaMetricsCluster(program: string): PartSpec {
  const variant = "-cluster";
  return {
    programs: [program, `${program}-prod`],
    minVersion: VICTORIA_METRICS_MIN,
    image: `victoriametrics/${program}:v${VICTORIA_METRICS_VERSION}${variant}`,
    release: { archive: "victoria-metrics", variant, file: `${program}-prod` },
  };
}

function debian(
  program: string,
  debPackage: string,
  otherNames: readonly string[] = [],
): PartSpec {
  return {
    programs: [program, ...otherNames],
    deb: { package: debPackage, suites: ["own"] },
  };
}
