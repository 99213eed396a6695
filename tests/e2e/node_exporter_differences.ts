/**
 * Where we differ from the node_exporter that Debian ships (1.5.0), on purpose
 * or because it is older than the release whose behaviour we follow (1.12.1).
 */

/** Series of theirs that we do not have, or have with other labels or values. */
export interface Difference {
  /** Matches `name{labels}` of their series. */
  readonly series: RegExp;
  readonly reason: string;
  /** We have the series, with this label beside theirs. */
  readonly addedLabel?: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    series: /^node_scrape_collector_duration_seconds\{/,
    reason: "each measures its own scrape",
  },
  {
    series: /^promhttp_/,
    reason: "its HTTP handler counts itself; ours has nothing to count",
  },
  {
    series:
      /^node_memory_(KReclaimable|SecPageTables|FileHugePages|FilePmdMapped|Hugetlb|Balloon|Unaccepted)_bytes\{/,
    reason: "since 1.9 upstream has a fixed list of fields, as we do; " +
      "--collector.meminfo.all-fields brings them back",
  },
  {
    series: /^node_disk_\w+\{device="zram\d+"/,
    reason: "upstream has excluded zram since 1.6, and so do we",
  },
  {
    series: /^node_disk_info\{/,
    reason: "since 1.9 upstream adds the label rotational, as we do",
    addedLabel: "rotational",
  },
  {
    series: /^node_network_info\{/,
    reason: "since 1.6 upstream adds the label adminstate, as we do",
    addedLabel: "adminstate",
  },
  {
    series: /^node_exporter_build_info\{/,
    reason: "each names its own build; ours is pushed by run, not printed",
  },
];
