/** File systems and disks of one server. */
import { type Alert, type AlertText, WHO } from "./alert.ts";
import { diskUsed, overThreshold } from "./expressions.ts";
import { DISKS, FILE_SYSTEMS, PLACED_SERVER, SERVER } from "./selectors.ts";

/** One mount point; what a bind mount shows again has a name of its own. */
const MOUNT = `${SERVER}, device, mountpoint`;
const PLACED_MOUNT = `${PLACED_SERVER}, device, mountpoint`;
const WHERE = `${WHO} {{ $labels.mountpoint }}`;
const PERCENT = "{{ $value | humanizePercentage }}";

const USED = diskUsed({ matchers: "", by: PLACED_MOUNT });
const READ_ONLY =
  `max by (${PLACED_MOUNT}) (node_filesystem_readonly{${FILE_SYSTEMS}}) == 1`;
/** These report no inodes, or as many as they like. */
const WITH_INODES = `${FILE_SYSTEMS},fstype!~"vfat|exfat|btrfs|ntfs.*"`;
const INODES_USED =
  `max by (${PLACED_MOUNT}) (1 - node_filesystem_files_free{${WITH_INODES}} / (node_filesystem_files{${WITH_INODES}} > 0))`;

/**
 * Free space that reaches zero within `horizonS` if the trend goes on. It must
 * be known over half of the window, whatever the agent's interval, so that a new
 * disk's first minutes are no trend, and `below` keeps the saw-tooth of log
 * rotation on a half-empty disk out.
 */
function willFill(
  { below, windowS, horizonS }: {
    readonly below: number;
    readonly windowS: number;
    readonly horizonS: number;
  },
): string {
  const free = `node_filesystem_avail_bytes{${FILE_SYSTEMS}}`;
  return `(max by (${PLACED_MOUNT}) (${free} / node_filesystem_size_bytes{${FILE_SYSTEMS}}) < ${below})
and on (${MOUNT})
(max by (${MOUNT}) (predict_linear(${free}[${windowS}s], ${horizonS})) < 0)
and on (${MOUNT})
(max by (${MOUNT}) (lifetime(${free}[${windowS}s])) >= ${windowS / 2})
unless on (${MOUNT})
(${READ_ONLY})`;
}

const KO_SPACE = "1) du -xh --max-depth=2로 큰 디렉터리를 찾으십시오. " +
  "2) 삭제했지만 열려 있는 파일을 lsof +L1로 확인하십시오. " +
  "3) 로그를 정리하거나 디스크를 늘리십시오.";
const EN_SPACE = "1) Find large folders with du -xh --max-depth=2. " +
  "2) Find deleted files that are still open with lsof +L1. " +
  "3) Clear logs or enlarge the disk.";

const INODE_TEXTS: Record<"ko" | "en", AlertText> = {
  ko: {
    summary: `${WHERE}: inode 사용률 ${PERCENT}`,
    description: "inode가 없으면 공간이 남아 있어도 파일을 만들 수 없습니다. " +
      "1) du --inodes -x --max-depth=3으로 파일이 많은 디렉터리를 찾으십시오. " +
      "2) 세션, 메일 큐, 캐시처럼 작은 파일을 쌓는 프로그램을 확인하십시오. " +
      "3) 오래된 파일을 정리하십시오.",
  },
  en: {
    summary: `${WHERE}: ${PERCENT} of inodes used`,
    description:
      "Without inodes no file can be made, whatever space is left. " +
      "1) Find folders with many files with du --inodes -x --max-depth=3. " +
      "2) Look for what leaves small files: sessions, mail queues, caches. " +
      "3) Remove old ones.",
  },
};

/** Alerts about file systems and disks. */
export const DISK_ALERTS: readonly Alert[] = [{
  name: "HighDiskUsage",
  expr: overThreshold(`(${USED})`, "disk"),
  for: "5m",
  severity: "warning",
  scope: "host",
  cause: "disk",
  ko: {
    summary: `${WHERE}: 디스크 사용률 ${PERCENT}`,
    description: `디스크 사용률이 기준을 초과했습니다. ${KO_SPACE}`,
  },
  en: {
    summary: `${WHERE}: disk ${PERCENT} used`,
    description: `The disk is fuller than the threshold. ${EN_SPACE}`,
  },
}, {
  name: "DiskAlmostFull",
  expr: `${USED} > 0.97`,
  for: "5m",
  severity: "critical",
  scope: "host",
  cause: "disk",
  ko: {
    summary: `${WHERE}: 디스크가 거의 가득 참, 사용률 ${PERCENT}`,
    description: `곧 쓰기가 실패합니다. ${KO_SPACE}`,
  },
  en: {
    summary: `${WHERE}: disk almost full, ${PERCENT} used`,
    description: `Writes will soon fail. ${EN_SPACE}`,
  },
}, {
  name: "DiskWillFillIn24h",
  expr: willFill({ below: 0.4, windowS: 21_600, horizonS: 86_400 }),
  for: "1h",
  severity: "warning",
  scope: "host",
  cause: "disk",
  ko: {
    summary: `${WHERE}: 24시간 안에 가득 찰 추세, 남은 공간 ${PERCENT}`,
    description:
      `최근 6시간의 증가 추세가 계속되면 24시간 안에 가득 찹니다. ${KO_SPACE}`,
  },
  en: {
    summary: `${WHERE}: will be full within 24 hours, ${PERCENT} left`,
    description:
      `The trend of the last 6 hours fills it within 24. ${EN_SPACE}`,
  },
}, {
  name: "DiskWillFillIn4h",
  expr: willFill({ below: 0.2, windowS: 3_600, horizonS: 14_400 }),
  for: "15m",
  severity: "critical",
  scope: "host",
  cause: "disk",
  ko: {
    summary: `${WHERE}: 4시간 안에 가득 찰 추세, 남은 공간 ${PERCENT}`,
    description:
      `최근 1시간의 증가 추세가 계속되면 4시간 안에 가득 찹니다. ${KO_SPACE}`,
  },
  en: {
    summary: `${WHERE}: will be full within 4 hours, ${PERCENT} left`,
    description: `The trend of the last hour fills it within 4. ${EN_SPACE}`,
  },
}, {
  name: "InodesLow",
  expr: `${INODES_USED} > 0.95`,
  for: "15m",
  severity: "warning",
  scope: "host",
  cause: "inode",
  ...INODE_TEXTS,
}, {
  name: "InodesLow",
  expr: `${INODES_USED} > 0.98`,
  for: "15m",
  severity: "critical",
  scope: "host",
  cause: "inode",
  ...INODE_TEXTS,
}, {
  name: "FilesystemReadOnly",
  // What was mounted so, such as a CD, never was writable. What was told goes on
  // until it is writable again.
  expr: `(${READ_ONLY})
and on (${MOUNT}) (
  (min by (${MOUNT}) (min_over_time(node_filesystem_readonly{${FILE_SYSTEMS}}[6h])) == 0)
  or on (${MOUNT})
  last_over_time(ALERTS{alertname="FilesystemReadOnly",alertstate="firing"}[6h])
)`,
  for: "2m",
  severity: "critical",
  scope: "host",
  ko: {
    summary: `${WHERE}: 파일 시스템이 읽기 전용으로 바뀜`,
    description:
      "쓰기 가능하던 파일 시스템이 읽기 전용이 되었습니다. 대개 디스크 오류 때문입니다. " +
      "1) dmesg에서 I/O 오류와 EXT4-fs error, XFS 오류를 확인하십시오. " +
      "2) CSP 콘솔에서 볼륨 상태를 확인하십시오. " +
      "3) 백업을 확인한 뒤 fsck하고 다시 마운트하십시오.",
  },
  en: {
    summary: `${WHERE}: file system turned read-only`,
    description:
      "The file system could be written to and no longer can, mostly because of faults of the disk. " +
      "1) Look for I/O errors, EXT4-fs error or XFS in dmesg. " +
      "2) Look at the volume in the provider's console. " +
      "3) Check the backup, then fsck and mount it again.",
  },
}, {
  name: "FilesystemUnreadable",
  expr:
    `max by (${PLACED_MOUNT}, device_error) (node_filesystem_device_error{${FILE_SYSTEMS},device=~"/dev/.+"}) == 1`,
  for: "15m",
  severity: "warning",
  scope: "host",
  ko: {
    summary:
      `${WHERE}: 파일 시스템 사용량을 읽을 수 없음 ({{ $labels.device_error }})`,
    description:
      "에이전트가 사용량을 읽지 못해, 가득 차도 디스크 알림이 오지 않습니다. " +
      "1) permission denied이면 namei -l로 상위 디렉터리의 권한을 확인하고 chmod o+x로 통과를 허용하십시오. " +
      "2) 그 밖의 오류이면 dmesg에서 디스크 오류를 확인하십시오. " +
      "3) df가 멈추면 CSP 콘솔에서 볼륨 연결 상태를 확인하십시오.",
  },
  en: {
    summary:
      `${WHERE}: how full it is cannot be read ({{ $labels.device_error }})`,
    description:
      "The agent cannot read its size, so no alert comes when it is full. " +
      "1) permission denied: look at the directories above it with namei -l, and let others enter them with chmod o+x. " +
      "2) Otherwise look for errors of the disk in dmesg. " +
      "3) If df hangs, look at the volume in the provider's console.",
  },
}, {
  name: "DiskIOSaturated",
  expr:
    `max by (${PLACED_SERVER}, device) (rate(node_disk_io_time_seconds_total{${DISKS}}[5m])) > 0.95`,
  for: "30m",
  severity: "warning",
  scope: "host",
  ko: {
    summary: `${WHO}: 디스크 {{ $labels.device }} 사용 시간 ${PERCENT}`,
    description: "디스크가 30분 넘게 쉬지 못하고 있습니다. " +
      "1) iostat -x 1에서 await와 aqu-sz를 확인하십시오. " +
      "2) iotop으로 원인 프로세스를 확인하십시오. " +
      "3) CSP 볼륨의 IOPS와 처리량 한도를 확인하십시오.",
  },
  en: {
    summary: `${WHO}: disk {{ $labels.device }} busy ${PERCENT} of the time`,
    description: "The disk has had no pause for 30 minutes. " +
      "1) Look at await and aqu-sz of iostat -x 1. " +
      "2) Find the process with iotop. " +
      "3) Check the volume's limits of IOPS and throughput.",
  },
}];
